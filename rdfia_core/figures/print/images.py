"""What an image run's last picture holds, for paper: filters, confusions, attention.

K classes, F filters, L blocks, H heads, N patches. Names and encodings of the arrays: docs/live.md.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from rdfia_core.figures.print.sheet import INK, add_caption, hide_ticks, new_sheet

MAX_FILTERS = 32
COLUMNS = 16
MAX_ATTENTION_HEADS = 8
MAX_ATTENTION_BLOCKS = 6
PART_NAMES = {"train": "training", "val": "validation", "test": "test"}
MAX_NUMBERS = 12  # classes a side up to which a confusion matrix is written out

Arrays = Mapping[str, np.ndarray]
Info = Mapping[str, Any]
_Panel = Callable[[SubFigure, Arrays, Info], None]


def draw_picture(arrays: Arrays, info: Info, caption: str) -> Figure | None:
    """Draw what the picture holds, one panel below the other; None if that is nothing."""
    panels: list[tuple[_Panel, float]] = []
    if "confusion" in arrays:
        panels.append((_draw_confusion, 4.2))
    if "attention" in arrays:
        rows = min(arrays["attention"].shape[0], MAX_ATTENTION_BLOCKS)
        panels.append((_draw_attention, 0.6 + 0.95 * rows))
    if "filters" in arrays:
        rows = math.ceil(min(len(arrays["filters"]), MAX_FILTERS) / COLUMNS)
        panels.append((_draw_filters, 0.5 + 0.5 * rows))
    if not panels:
        return None
    heights = [height for _, height in panels]
    figure = new_sheet(sum(heights) + 0.5)
    places = figure.subfigures(len(panels), 1, height_ratios=heights, squeeze=False)
    for (draw, _), place in zip(panels, places[:, 0], strict=True):
        draw(place, arrays, info)
    add_caption(figure, caption)
    return figure


def _draw_confusion(place: SubFigure, arrays: Arrays, info: Info) -> None:
    counts_KK = arrays["confusion"].astype(np.int64)
    names = [str(name) for name in info["class_names"]]
    evaluated = info.get("evaluated", {})
    axes = place.subplots()
    share_KK = counts_KK / np.maximum(counts_KK.sum(axis=1, keepdims=True), 1)
    image = axes.imshow(100 * share_KK, cmap="Blues", vmin=0, vmax=100)
    place.colorbar(image, ax=axes, label="share of the true class (%)", shrink=0.8)
    axes.set_xticks(range(len(names)), names, rotation=45, ha="right")
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel("predicted class")
    axes.set_ylabel("true class")
    count, part = (
        int(evaluated.get("count", counts_KK.sum())),
        PART_NAMES.get(evaluated.get("part", ""), "test"),
    )
    epoch = f", epoch {evaluated['epoch']:g}" if "epoch" in evaluated else ""
    axes.set_title(f"Confusion matrix: {count:,} images of the {part} part{epoch}")
    if len(names) > MAX_NUMBERS:
        return
    for (row, column), number in np.ndenumerate(counts_KK):
        color = "white" if share_KK[row, column] > 0.6 else INK
        axes.text(column, row, str(number), ha="center", va="center", fontsize=7, color=color)


def _draw_filters(place: SubFigure, arrays: Arrays, info: Info) -> None:
    filters_FkkC = arrays["filters"][:MAX_FILTERS]
    of = info.get("filters_of", {})
    kind = {"units": "hidden units", "classes": "classes"}.get(of.get("kind", ""), "filters")
    total = int(of.get("count", len(arrays["filters"])))
    axes = place.subplots()
    hide_ticks(axes)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_title(
        f"Weights of the first layer: {len(filters_FkkC)} of {total} {kind}, "
        f"largest {float(arrays['filter_scale'][0]):.3g}"
    )
    tiles_FkkC = filters_FkkC / (254 if filters_FkkC.shape[-1] == 1 else 255)
    mosaic = _mosaic(tiles_FkkC, COLUMNS)
    if mosaic.shape[-1] == 3:
        axes.imshow(mosaic)
    else:
        axes.imshow(mosaic[..., 0], cmap="RdBu_r", vmin=0, vmax=1)


def _mosaic(tiles_NhwC: np.ndarray, columns: int) -> np.ndarray:
    """Lay tiles in rows with gaps between them: one picture is drawn faster than many axes."""
    count, height, width, channels = tiles_NhwC.shape
    gap = max(1, height // 10)
    rows = math.ceil(count / columns)
    columns = min(columns, count)
    shape = (rows * (height + gap) - gap, columns * (width + gap) - gap, channels)
    mosaic = np.full(shape, np.nan if channels == 1 else 1.0)
    for number, tile in enumerate(tiles_NhwC):
        top, left = number // columns * (height + gap), number % columns * (width + gap)
        mosaic[top : top + height, left : left + width] = tile
    return mosaic


def _show(axes: Axes, pixels_SSC: np.ndarray) -> None:
    hide_ticks(axes)
    if pixels_SSC.shape[-1] == 3:
        axes.imshow(pixels_SSC)
    else:
        axes.imshow(pixels_SSC[..., 0], cmap="gray", vmin=0, vmax=255)


def _draw_attention(place: SubFigure, arrays: Arrays, info: Info) -> None:
    """Tile the attention of what the head reads: blocks below each other, heads side by side."""
    attention_LHRT, told = arrays["attention"], info["attention"]
    num_blocks = min(attention_LHRT.shape[0], MAX_ATTENTION_BLOCKS)
    num_heads = min(attention_LHRT.shape[1], MAX_ATTENTION_HEADS)
    rows, columns = told["grid"]
    first = 1 if told["class_token"] else 0
    is_read_row = attention_LHRT.shape[2] == 1 or told["class_token"]
    read_LHT = attention_LHRT[:, :, 0] if is_read_row else attention_LHRT.mean(axis=2)
    tiles = read_LHT[:num_blocks, :num_heads, first:].astype(np.float64)
    tiles /= np.maximum(tiles.max(axis=2, keepdims=True), 1e-9)
    reader = "the class token" if told["class_token"] else "all patches, on average"
    place.suptitle(
        f"Attention of {reader} to the patches, each map up to its own largest value", fontsize=9.5
    )
    left, right = place.subplots(1, 2, width_ratios=[1, 4])
    _show(left, arrays["shown_image"])
    left.set_title(f"shown: {_label(info)}", fontsize=8)
    mosaic = _mosaic(tiles.reshape(-1, rows, columns, 1), num_heads)
    right.imshow(mosaic[..., 0], cmap="viridis", vmin=0, vmax=1)
    gap = max(1, rows // 10)
    heads, blocks = range(num_heads), range(num_blocks)
    right.set_xticks(
        [h * (columns + gap) + columns / 2 - 0.5 for h in heads], [f"head {h + 1}" for h in heads]
    )
    right.set_yticks(
        [b * (rows + gap) + rows / 2 - 0.5 for b in blocks], [f"block {b + 1}" for b in blocks]
    )
    right.tick_params(length=0)
    for spine in right.spines.values():
        spine.set_visible(False)


def _label(info: Info) -> str:
    """Name the image asked about."""
    shown = info.get("shown", {})
    label = int(shown.get("label", -1))
    return "image" if label < 0 else str(info["class_names"][label])
