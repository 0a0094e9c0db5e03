"""A kernel's matrix, and the lift into three dimensions, as Plotly JSON without a theme."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rdfia_core.figures.plotly_json import CLASS_COLORS, json_numbers, typed


def kernel_figure(matrix_SS: np.ndarray, counts: Sequence[int]) -> dict[str, Any]:
    """Draw a kernel matrix that is sorted by class, with lines between the classes."""
    size = len(matrix_SS)
    bounds = np.cumsum(counts)[:-1] - 0.5
    has_signs = float(matrix_SS.min()) < 0
    reach = float(np.abs(matrix_SS).max()) or 1.0
    trace = {
        "type": "heatmap",
        "z": typed(matrix_SS),
        "colorscale": "PRGn" if has_signs else "Viridis",
        "zmin": -reach if has_signs else 0.0,
        "zmax": reach,
        "hovertemplate": "points %{x} and %{y}<br>similarity %{z:.3g}<extra></extra>",
        "colorbar": {
            "title": {"text": "Kernel value", "side": "top"},
            "orientation": "h",
            "y": -0.08,
            "yanchor": "top",
            "thickness": 12,
        },
    }
    edges = np.concatenate([[0], np.cumsum(counts)])
    ticks = {
        "tickvals": [float(a + b) / 2 for a, b in itertools.pairwise(edges.tolist())],
        "ticktext": [f"Class {k}" for k in range(len(counts))],
        "showgrid": False,
        "constrain": "domain",
    }
    line = {"color": "#ffffff" if not has_signs else "#333333", "width": 2}
    shapes = [
        {"type": "line", "line": line, **dict(zip(("x0", "x1", "y0", "y1"), ends, strict=True))}
        for bound in bounds.tolist()
        for ends in ((bound, bound, -0.5, size - 0.5), (-0.5, size - 0.5, bound, bound))
    ]
    layout = {
        "height": 540,
        "margin": {"l": 66, "r": 10, "t": 12, "b": 120},
        "xaxis": ticks,
        "yaxis": {**ticks, "autorange": "reversed", "scaleanchor": "x"},
        "shapes": shapes,
    }
    return {"data": [trace], "layout": layout}


def lift_figure(
    points: Mapping[str, Any], mean: np.ndarray, scale: np.ndarray, plane: tuple[float, ...]
) -> dict[str, Any]:
    """Draw the points on the paraboloid z = x1² + x2² and the plane that cuts it.

    Args:
        points: For display (docs/live.md), in the data's own units.
        mean: Of the standardisation, (2,).
        scale: Of the standardisation, (2,).
        plane: w1, w2, w3, b of w1 x1 + w2 x2 + w3 z + b = 0.
    """
    training = np.array(points["split"]) == 0
    x_N2 = np.column_stack([points["x"], points["y"]])[training]
    x_N2 = (x_N2 - mean) / scale
    label_N = np.array(points["label"])[training]
    z_N = (x_N2**2).sum(axis=1)
    top = float(z_N.max()) * 1.1
    radius_R, turn_T = np.linspace(0, np.sqrt(top), 25), np.linspace(0, 2 * np.pi, 49)
    bowl_x, bowl_y = radius_R[:, None] * np.cos(turn_T), radius_R[:, None] * np.sin(turn_T)
    traces = [_surface(bowl_x, bowl_y, bowl_x**2 + bowl_y**2, "#8a8a8a", 0.22, "Paraboloid")]
    traces += [
        {
            "type": "scatter3d",
            "mode": "markers",
            "name": f"Class {k}",
            "x": json_numbers(x_N2[label_N == k, 0]),
            "y": json_numbers(x_N2[label_N == k, 1]),
            "z": json_numbers(z_N[label_N == k]),
            "marker": {"size": 3.5, "color": CLASS_COLORS[k % len(CLASS_COLORS)]},
        }
        for k in np.unique(label_N).tolist()
    ]
    w1, w2, w3, b = plane
    if abs(w3) > 1e-9 * (abs(w1) + abs(w2) + 1e-300):
        axis_G = np.sqrt(top) * np.linspace(-1, 1, 61)
        sheet_GG = -(w1 * axis_G + w2 * axis_G[:, None] + b) / w3
        inside = (sheet_GG >= -0.05 * top) & (sheet_GG <= top)
        sheet_GG = np.where(inside, sheet_GG, np.nan)
        traces.append(_surface(axis_G, axis_G, sheet_GG, "#d55e00", 0.45, "Plane"))
        traces += _cut(w1 / w3, w2 / w3, b / w3)
    named = ("x₁", "x₂", "x₁² + x₂²")
    scene = {
        axis: {"title": {"text": title}}
        for axis, title in zip(("xaxis", "yaxis", "zaxis"), named, strict=True)
    }
    eye = {"eye": {"x": 1.1, "y": -1.25, "z": 0.6}}
    return {
        "data": traces,
        "layout": {
            "height": 520,
            "margin": {"l": 0, "r": 0, "t": 30, "b": 0},
            "scene": {**scene, "camera": eye, "aspectmode": "cube"},
        },
    }


def _surface(
    x: np.ndarray, y: np.ndarray, z: np.ndarray, color: str, opacity: float, name: str
) -> dict[str, Any]:
    return {
        "type": "surface",
        "name": name,
        "x": typed(x),
        "y": typed(y),
        "z": typed(z),
        "opacity": opacity,
        "showscale": False,
        "colorscale": [[0, color], [1, color]],
        "hoverinfo": "skip",
    }


def _cut(p: float, q: float, r: float) -> list[dict[str, Any]]:
    """Draw where the plane z = -(p x1 + q x2 + r) meets the paraboloid: above a circle."""
    square = (p * p + q * q) / 4 - r
    if square <= 0:
        return []
    turn = np.linspace(0, 2 * np.pi, 121)
    x = -p / 2 + np.sqrt(square) * np.cos(turn)
    y = -q / 2 + np.sqrt(square) * np.sin(turn)
    line = {"color": "#d55e00", "width": 6}
    shadow = {"color": "#d55e00", "width": 4, "dash": "dash"}
    return [
        {"type": "scatter3d", "mode": "lines", "name": name, "line": style, "hoverinfo": "skip"}
        | {"x": json_numbers(x), "y": json_numbers(y), "z": json_numbers(z)}
        for name, z, style in (
            ("Cut", x**2 + y**2, line),
            ("Its shadow: the boundary", np.zeros_like(x), shadow),
        )
    ]
