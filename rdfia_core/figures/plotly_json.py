"""Numbers as Plotly reads them."""

import base64
from typing import Any

import numpy as np

# Okabe and Ito's colours, which remain apart for colour-blind readers.
CLASS_COLORS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9")


def json_numbers(values: np.ndarray) -> list[float | None]:
    """Return numbers for JSON: what is not finite becomes null."""
    return [float(value) if np.isfinite(value) else None for value in values]


def typed(array: np.ndarray) -> dict[str, Any]:
    """Return an array as Plotly reads it without parsing numbers: float32, base64."""
    data = base64.b64encode(np.ascontiguousarray(array, dtype=np.float32).tobytes()).decode()
    return {"dtype": "f4", "bdata": data, "shape": ",".join(str(size) for size in array.shape)}


def short_number(value: float) -> str:
    """Return a number as a label of an axis: three digits, no exponent up to a million."""
    return f"{value:.0f}" if 1000 <= abs(value) < 1e6 else f"{value:.3g}"
