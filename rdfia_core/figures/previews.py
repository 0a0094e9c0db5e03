"""The schedule's curve and the histograms of a normalisation, as Plotly JSON without a theme."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

CHANNELS = {
    1: (("Grey", "#8a8a8a"),),
    3: (("Red", "#d64545"), ("Green", "#2f9e5a"), ("Blue", "#3f78d8")),
}


def schedule_figure(epochs: Sequence[float], rates: Sequence[float]) -> dict[str, Any]:
    """Draw the learning rate over the epochs."""
    trace = {
        "type": "scatter",
        "mode": "lines",
        "x": list(epochs),
        "y": list(rates),
        "line": {"color": "#6a63d8", "width": 2.4},
        "hovertemplate": "epoch %{x:.2~f}: %{y:.3~g}<extra></extra>",
        "showlegend": False,
    }
    layout = {
        "height": 260,
        "xaxis": {"title": {"text": "Epoch"}, "rangemode": "tozero"},
        "yaxis": {"title": {"text": "Learning rate"}, "rangemode": "tozero"},
    }
    return {"data": [trace], "layout": layout}


def histogram_figure(histogram_2CB: np.ndarray, info: Mapping[str, Any]) -> dict[str, Any]:
    """Draw how often each value occurs, before and after normalisation.

    Args:
        histogram_2CB: Counts in B bins of C channels, before and after.
        info: `ranges` of the two, [low, high] each.
    """
    data = []
    for side, counts_CB in enumerate(histogram_2CB):
        low, high = info["ranges"][side]
        edges = np.linspace(low, high, counts_CB.shape[1] + 1)
        centres = ((edges[:-1] + edges[1:]) / 2).round(6).tolist()
        for (name, color), counts_B in zip(CHANNELS[len(counts_CB)], counts_CB, strict=True):
            data.append(
                {
                    "type": "scatter",
                    "mode": "lines",
                    "name": name,
                    "legendgroup": name,
                    "showlegend": side == 0,
                    "x": centres,
                    "y": (100 * counts_B / max(1, counts_B.sum())).round(4).tolist(),
                    "xaxis": "x" if side == 0 else "x2",
                    "yaxis": "y" if side == 0 else "y2",
                    "line": {"color": color, "width": 1.8, "shape": "hvh"},
                    "fill": "tozeroy",
                    "hovertemplate": "%{x:.3~g}: %{y:.2~f} % of the pixels",
                }
            )
    layout = {
        "height": 280,
        "xaxis": {"title": {"text": "Before"}, "domain": [0, 0.46], "anchor": "y"},
        "yaxis": {"title": {"text": "% of the pixels"}, "rangemode": "tozero"},
        "xaxis2": {"title": {"text": "After"}, "domain": [0.56, 1], "anchor": "y2"},
        "yaxis2": {"rangemode": "tozero", "anchor": "x2"},
    }
    return {"data": data, "layout": layout}
