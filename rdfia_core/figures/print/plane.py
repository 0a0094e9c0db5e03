"""The plane as a network or a machine divides it, with the points. K classes, G pixels a side."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from rdfia_core.figures.plotly_json import CLASS_COLORS
from rdfia_core.figures.print.sheet import INK, add_caption, new_sheet
from rdfia_core.figures.quantise import NOT_A_NUMBER

_PARTS = ((0, "training", "o", 16), (1, "validation", "s", 14), (2, "test", "x", 16))
_NO_NUMBER_COLOR = (0.6, 0.6, 0.6)
_FREE, _BOUNDED = 1, 2


def draw_plane(
    arrays: Mapping[str, np.ndarray],
    info: Mapping[str, Any],
    points: Mapping[str, Any],
    caption: str,
) -> Figure:
    """Draw a class map with its points (names of arrays and info: docs/live.md).

    Args:
        arrays: `probs`, and for a support vector machine `support`.
        info: `extent`; `levels` and `score_scale` for a support vector machine.
        points: x, y, label, split (0 train, 1 val, 2 test) and num_classes.
        caption: What run this is.
    """
    figure = new_sheet(5.4, width=5.6)
    axes = figure.subplots()
    probs_KGG = _probs(arrays)
    x_min, x_max, y_min, y_max = (float(value) for value in info["extent"])
    extent = (x_min, x_max, y_min, y_max)
    axes.imshow(_colors(probs_KGG), extent=extent, aspect="equal", interpolation="bilinear")
    has_scores = "score_scale" in info
    _draw_lines(axes, probs_KGG, extent, info)
    marks = _draw_points(axes, points)
    if "support" in arrays:
        marks += _draw_support(axes, arrays["support"], points)
    axes.set_xlabel("x₁")
    axes.set_ylabel("x₂")
    axes.set_xlim(extent[0], extent[1])
    axes.set_ylim(extent[2], extent[3])
    line = "decision score 0" if has_scores else "equal probability"
    if len(probs_KGG) == 1:
        marks.append(Line2D([], [], color=INK, linewidth=1.2, label=line))
    if info.get("levels"):
        label = "score −1 and 1 (margin)"
        marks.append(Line2D([], [], color=INK, linewidth=0.9, linestyle="--", label=label))
    columns = 2 if "support" in arrays else 4
    figure.legend(handles=marks, loc="outside upper center", ncols=columns)
    add_caption(figure, caption)
    return figure


def _probs(arrays: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return probabilities (K, G, G), NaN where there is none."""
    codes_KGG = arrays["probs"].astype(np.float64)
    values = codes_KGG.copy()
    if "probs_rest" in arrays:
        values += (arrays["probs_rest"].astype(np.float64) - 127) / 254
    probs_KGG: np.ndarray = np.where(codes_KGG == NOT_A_NUMBER, np.nan, np.clip(values / 254, 0, 1))
    return probs_KGG


def _colors(probs_KGG: np.ndarray) -> np.ndarray:
    """Mix the classes' colours by probability, faintly enough for points to stand out."""
    all_KGG = np.concatenate([1 - probs_KGG, probs_KGG]) if len(probs_KGG) == 1 else probs_KGG
    palette = np.array([to_rgb(CLASS_COLORS[k % len(CLASS_COLORS)]) for k in range(len(all_KGG))])
    total_GG = np.maximum(np.nansum(all_KGG, axis=0), 1e-9)
    mixed = np.einsum("kij,kc->ijc", np.nan_to_num(all_KGG), palette) / total_GG[..., None]
    faint = 1 - 0.5 * (1 - mixed)
    faint[np.isnan(all_KGG).any(axis=0)] = _NO_NUMBER_COLOR
    mixed_GG3: np.ndarray = np.clip(faint, 0, 1)
    return mixed_GG3


def _draw_lines(
    axes: Axes, probs_KGG: np.ndarray, extent: Sequence[float], info: Mapping[str, Any]
) -> None:
    if len(probs_KGG) != 1 or np.isnan(probs_KGG).any():
        return
    size = probs_KGG.shape[-1]
    centres = (np.arange(size) + 0.5) / size
    x = extent[0] + (extent[1] - extent[0]) * centres
    y = extent[3] - (extent[3] - extent[2]) * centres
    scale = float(info.get("score_scale", 1.0))
    wanted = [(0.5, "-", 1.2)]
    wanted += [(0.5 + level / (2 * scale), "--", 0.9) for level in info.get("levels", ())]
    for level, line, width in wanted:
        if probs_KGG.min() < level < probs_KGG.max():
            axes.contour(x, y, probs_KGG[0], [level], colors=INK, linestyles=line, linewidths=width)


def _draw_points(axes: Axes, points: Mapping[str, Any]) -> list[Any]:
    x, y = np.asarray(points["x"]), np.asarray(points["y"])
    labels, splits = np.asarray(points["label"]), np.asarray(points["split"])
    marks: list[Any] = []
    for split, name, marker, size in _PARTS:
        if not (splits == split).any():
            continue
        for k in range(int(points["num_classes"])):
            chosen = (splits == split) & (labels == k)
            color = CLASS_COLORS[k % len(CLASS_COLORS)]
            edge: dict[str, Any] = {}
            if marker != "x":
                edge = {"edgecolors": "white", "linewidths": 0.4}
            axes.scatter(x[chosen], y[chosen], s=size, c=color, marker=marker, **edge)
        marks.append(Line2D([], [], color=INK, marker=marker, linestyle="", label=name))
    for k in range(int(points["num_classes"])):
        color = CLASS_COLORS[k % len(CLASS_COLORS)]
        marks.append(Line2D([], [], color=color, marker="o", linestyle="", label=f"class {k}"))
    return marks


def _draw_support(axes: Axes, support_N: np.ndarray, points: Mapping[str, Any]) -> list[Any]:
    train = np.flatnonzero(np.asarray(points["split"]) == 0)
    x, y = np.asarray(points["x"])[train], np.asarray(points["y"])[train]
    marks: list[Any] = []
    for kind, line, name in ((_FREE, "-", "on the margin"), (_BOUNDED, ":", "at the bound C")):
        chosen = support_N[: len(train)] == kind
        look: dict[str, Any] = {"linestyle": line, "linewidths": 1.0}
        axes.scatter(x[chosen], y[chosen], s=52, facecolors="none", edgecolors=INK, **look)
        label = f"support vector {name} ({int(chosen.sum())})"
        marks.append(
            Line2D(
                [],
                [],
                color=INK,
                marker="o",
                markersize=8,
                markerfacecolor="none",
                linestyle="",
                label=label,
            )
        )
    return marks
