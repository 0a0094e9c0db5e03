"""Where in a larger picture a network sees a class, as Plotly JSON without a theme."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rdfia_core.figures.plotly_json import typed


def place_figure(probs_mm: np.ndarray, info: Mapping[str, Any]) -> dict[str, Any]:
    """Draw the probability of one class at each place.

    Args:
        probs_mm: Row 0 is the top.
        info: `size` of the window and `stride` between places, in pixels of the picture.
    """
    centres = (info["size"] / 2 + info["stride"] * np.arange(len(probs_mm))).tolist()
    trace = {
        "type": "heatmap",
        "x": centres,
        "y": centres,
        "z": typed(probs_mm),
        "zmin": 0,
        "zmax": 1,
        "colorscale": "Viridis",
        "colorbar": {"tickformat": ".0%", "thickness": 12},
        "hovertemplate": "centre of the window x %{x}, y %{y}: %{z:.1%}<extra></extra>",
    }
    axis = {"ticksuffix": " px"}
    layout = {
        "height": 340,
        "xaxis": {**axis, "constrain": "domain"},
        "yaxis": {**axis, "autorange": "reversed", "scaleanchor": "x", "constrain": "domain"},
    }
    return {"data": [trace], "layout": layout}
