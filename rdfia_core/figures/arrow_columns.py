"""Columns of a table for the browser's data grid, made of buffers.

pyarrow's own way from lists to arrays imports pandas, which the interface process does without: it
costs a second at the first table, and 80 MB for good.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa


def text_column(values: Sequence[str]) -> pa.Array:
    """Return texts."""
    encoded = [value.encode() for value in values]
    buffers = [None, _offsets([len(each) for each in encoded]), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(pa.string(), len(values), buffers)


def number_column(values: Sequence[float | None]) -> pa.Array:
    """Return numbers; None is an empty cell."""
    known = np.array([value is not None for value in values], dtype=bool)
    numbers = np.array([0.0 if value is None else value for value in values], dtype="<f8")
    valid = pa.py_buffer(np.packbits(known, bitorder="little").tobytes())
    return pa.Array.from_buffers(
        pa.float64(), len(values), [valid, pa.py_buffer(numbers.tobytes())]
    )


def time_column(seconds: Sequence[float]) -> pa.Array:
    """Return moments, given in seconds since 1970."""
    milliseconds = np.round(np.array(seconds, dtype=float) * 1000).astype("<i8")
    buffers = [None, pa.py_buffer(milliseconds.tobytes())]
    return pa.Array.from_buffers(pa.timestamp("ms", "UTC"), len(seconds), buffers)


def list_column(rows: Sequence[Sequence[str]] | Sequence[Sequence[float]]) -> pa.Array:
    """Return lists of texts, or of numbers."""
    items = [item for row in rows for item in row]
    is_text = any(isinstance(item, str) for item in items)
    children = text_column(items) if is_text else number_column(items)  # type: ignore[arg-type]
    buffers = [None, _offsets([len(row) for row in rows])]
    return pa.Array.from_buffers(pa.list_(children.type), len(rows), buffers, children=[children])


def _offsets(lengths: Sequence[int]) -> pa.Buffer:
    """Return where each item begins, and where the last one ends."""
    return pa.py_buffer(np.concatenate([[0], np.cumsum(lengths)]).astype("<i4").tobytes())
