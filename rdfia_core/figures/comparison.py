"""Curves of several networks trained alike: do they coincide? Plotly figures as plain JSON."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rdfia_core.figures.plotly_json import CLASS_COLORS, json_numbers

WIDTHS = (9, 6, 3.5, 1.5)


def overlay_figure(columns: Mapping[str, np.ndarray], suffix: str, y_title: str) -> dict[str, Any]:
    """Draw the curves NAME + suffix over one another, the first the widest.

    Where curves coincide the wide ones show on both sides of the narrow ones.

    Args:
        columns: Arrays of one length by name, among them "epoch".
        suffix: For example "_loss".
        y_title: Of the axis.
    """
    names = [name.removesuffix(suffix) for name in columns if name.endswith(suffix)]
    traces = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": name,
            "x": columns["epoch"].tolist(),
            "y": json_numbers(columns[name + suffix]),
            "line": {"color": CLASS_COLORS[place % 4], "width": WIDTHS[place % 4]},
        }
        for place, name in enumerate(names)
    ]
    layout = {
        "height": 320,
        "margin": {"l": 56, "r": 12, "t": 12, "b": 44},
        "hovermode": "x unified",
        "xaxis": {"title": {"text": "Epoch"}},
        "yaxis": {"title": {"text": y_title}},
        "legend": {"orientation": "h", "y": 1.12},
    }
    return {"data": traces, "layout": layout}
