"""Thin long curves for display without losing their peaks."""

import itertools
from collections.abc import Mapping

import numpy as np


def thin_rows(columns: Mapping[str, np.ndarray], max_rows: int) -> dict[str, np.ndarray]:
    """Keep at most about `max_rows` rows: the ends, and each bucket's extremes of every column.

    Args:
        columns: Arrays of one length by name, among them "step", which is not an extreme to keep.
        max_rows: What the browser draws comfortably, at least 4.

    Returns:
        The same columns, unchanged where they are short enough. Never more rows than given.
    """
    length = len(next(iter(columns.values()), ()))
    if length <= max_rows:
        return dict(columns)
    curves = [v for name, v in columns.items() if name not in ("step", "epoch")]
    num_buckets = max(1, max_rows // max(2, 2 * len(curves)))
    edges = np.linspace(0, length, num_buckets + 1).astype(int)
    keep = {0, length - 1}
    for begin, end in itertools.pairwise(edges):
        keep.add(int(begin))
        for values in curves:
            bucket = np.where(np.isfinite(values[begin:end]), values[begin:end], np.nan)
            if np.isnan(bucket).all():
                continue
            keep.update((int(begin + np.nanargmin(bucket)), int(begin + np.nanargmax(bucket))))
    rows = np.array(sorted(keep))
    return {name: values[rows] for name, values in columns.items()}
