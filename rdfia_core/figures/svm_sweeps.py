"""Accuracy over C, and over C and another hyperparameter, as Plotly JSON without a theme."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rdfia_core.figures.plotly_json import json_numbers, short_number

CURVES = {
    "train_accuracy": ("Training", "y", "#6a63d8", "circle", "solid"),
    "val_accuracy": ("Validation", "y", "#14998c", "triangle-up", "dash"),
    "test_accuracy": ("Test", "y", "#d6407a", "diamond-open", "solid"),
    "cv_accuracy": ("Cross-validated", "y", "#b87400", "square", "dot"),
    "num_free": ("Free support vectors", "y2", "#5f8f1a", "circle", "solid"),
    "num_bounded": ("Bounded support vectors", "y2", "#8a63c8", "square", "dot"),
    "margin_width": ("Margin width", "y3", "#8a8a8a", "circle", "solid"),
}
"""Column: name, axis, colour, symbol, dash."""
Columns = Mapping[str, np.ndarray]


def c_path_figure(columns: Columns, current_C: float) -> dict[str, Any]:
    """Draw accuracies, support vectors and margin against C.

    Args:
        columns: Metric columns of a sweep, among them C.
        current_C: Marked by a line.
    """
    traces = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": label,
            "x": json_numbers(columns["C"]),
            "y": json_numbers(columns[name]),
            "yaxis": axis,
            "marker": {"symbol": symbol, "size": 8, "color": color},
            "line": {"color": color, "width": 2, "dash": dash},
        }
        for name, (label, axis, color, symbol, dash) in CURVES.items()
        if name in columns
    ]
    mark = {"type": "line", "xref": "x", "yref": "paper", "y0": 0, "y1": 1}
    mark |= {"x0": current_C, "x1": current_C, "line": {"color": "#8a8a8a", "dash": "dash"}}
    accuracy: dict[str, Any] = {
        "title": {"text": "Accuracy"},
        "tickformat": ".0%",
        "domain": [0.5, 1],
    }
    accuracy["hoverformat"] = ".1%"
    count = {"title": {"text": "Support vectors"}, "domain": [0, 0.42], "rangemode": "tozero"}
    layout: dict[str, Any] = {
        "height": 480,
        "hovermode": "x unified",
        "hoversubplots": "axis",
        "margin": {"l": 58, "r": 58, "t": 70, "b": 46},
        "xaxis": {"title": {"text": "C"}, "type": "log", "anchor": "y2", "exponentformat": "power"},
        "yaxis": accuracy,
        "yaxis2": {**count, "anchor": "x"},
        "shapes": [mark],
    }
    if "margin_width" in columns:
        over = {"overlaying": "y2", "side": "right", "anchor": "x", "showgrid": False}
        layout["yaxis3"] = {"title": {"text": "Margin width"}, "type": "log", **over}
    return {"data": traces, "layout": layout}


def grid_figure(
    columns: Columns, rows: str, row_title: str, metric: str, metric_title: str
) -> dict[str, Any]:
    """Draw a heat map over C and another hyperparameter; cells that are not done stay empty.

    Args:
        columns: Metric columns of a sweep, among them C and `rows`.
        rows: Name of the other hyperparameter.
        row_title: In words.
        metric: Which accuracy.
        metric_title: In words.
    """
    x, y = np.unique(columns["C"]), np.unique(columns[rows])
    z = np.full((len(y), len(x)), np.nan)
    z[np.searchsorted(y, columns[rows]), np.searchsorted(x, columns["C"])] = columns[metric]
    words = f"C %{{x}}<br>{row_title} %{{y}}<br>{metric_title} %{{z:.1%}}<extra></extra>"
    trace = {
        "type": "heatmap",
        "x": [short_number(value) for value in x],
        "y": [short_number(value) for value in y],
        "z": [json_numbers(row) for row in z],
        "zmin": max(0.0, min(0.5, float(np.nanmin(z)))),
        "zmax": 1.0,
        "colorscale": "Viridis",
        "xgap": 1,
        "ygap": 1,
        "texttemplate": "%{z:.0%}",
        "textfont": {"size": 10},
        "hovertemplate": words,
        "colorbar": {"title": {"text": metric_title, "side": "right"}, "tickformat": ".0%"},
    }
    axis = {"type": "category", "showgrid": False}
    layout = {
        "height": 440,
        "margin": {"l": 66, "r": 10, "t": 16, "b": 50},
        "xaxis": {**axis, "title": {"text": "C"}},
        "yaxis": {**axis, "title": {"text": row_title}},
    }
    return {"data": [trace], "layout": layout}
