"""One curve of several runs in one picture, as Plotly JSON without a theme."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from rdfia_core.figures.curves import thin_rows
from rdfia_core.figures.plotly_json import CLASS_COLORS, json_numbers

_MAX_ROWS = 600
_DASHES = {"train": "solid", "val": "dot", "test": "dash"}
CURVES = {"loss": "Loss (nats)", "accuracy": "Accuracy"}


def run_curves_figure(runs: Sequence[tuple[str, Mapping[str, np.ndarray]]], of: str) -> Any:
    """Draw a curve of every run: one colour a run, training solid, validation dotted, test dashed.

    Args:
        runs: Label and metric columns of each run, among them "epoch".
        of: One of CURVES.
    """
    traces = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": f"{escape(label)}, {part}",  # Plotly reads names as HTML
            "legendgroup": label,
            "x": json_numbers(columns["epoch"][given]),
            "y": json_numbers(columns[f"{part}_{of}"][given]),
            "line": {"color": CLASS_COLORS[place % len(CLASS_COLORS)], "dash": dash, "width": 2},
        }
        for place, (label, all_columns) in enumerate(runs)
        for part, dash in _DASHES.items()
        if f"{part}_{of}" in all_columns
        for columns in [thin_rows(all_columns, _MAX_ROWS)]
        for given in [np.isfinite(columns[f"{part}_{of}"])]
    ]
    percent = {"tickformat": ".0%", "hoverformat": ".1%"} if of == "accuracy" else {}
    layout = {
        "height": 360,
        "margin": {"l": 56, "r": 12, "t": 12, "b": 44},
        "hovermode": "x unified",
        "xaxis": {"title": {"text": "Epoch"}, "rangemode": "tozero"},
        "yaxis": {"title": {"text": CURVES[of]}, **percent},
        "legend": {"orientation": "h", "y": 1.14},
    }
    return {"data": traces, "layout": layout}
