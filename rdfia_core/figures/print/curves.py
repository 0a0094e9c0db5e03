"""Loss and accuracy by epoch, for paper."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rdfia_core.figures.print.sheet import GRID, add_caption, new_sheet

# Solid and dashed besides the colour: the figure may be printed in grey.
_LOOKS = {
    "train": ("#0072B2", "-"),
    "train_now": ("#56B4E9", "-."),
    "val": ("#009E73", ":"),
    "test": ("#D55E00", "--"),
    "batch": ("#B0BEC5", "-"),
}
_NAMES = {
    "train": "training",
    "train_now": "training, after the epoch",
    "val": "validation",
    "test": "test",
}
_OTHER = ("#CC79A7", "-")


def draw_curves(columns: Mapping[str, np.ndarray], caption: str, loss_unit: str = "nats") -> Figure:
    """Draw a run's losses and accuracies side by side.

    Args:
        columns: Metric rows by name, `epoch` among them; NaN where nothing was measured.
        caption: What run this is.
        loss_unit: Unit of the loss, or "" for none.

    Returns:
        The figure, with a sentence in place of what was never measured.
    """
    figure = new_sheet(3.1)
    left, right = figure.subplots(1, 2)
    _draw(left, columns, "_loss", f"Loss ({loss_unit})" if loss_unit else "Loss", 1.0)
    _draw(right, columns, "_accuracy", "Accuracy (%)", 100.0)
    add_caption(figure, caption)
    return figure


def _draw(
    axes: Axes, columns: Mapping[str, np.ndarray], ending: str, label: str, scale: float
) -> None:
    axes.set_title(label)
    axes.set_xlabel("Epoch")
    axes.set_ylabel(label)
    axes.grid(visible=True, color=GRID, linewidth=0.6)
    names = [name for name in columns if name.endswith(ending) and not name.startswith("batch")]
    drawn = 0
    for name in names:
        part = name.removesuffix(ending)
        measured = np.isfinite(columns[name])
        if not measured.any():
            continue
        color, line = _LOOKS.get(part, _OTHER)
        epochs, values = columns["epoch"][measured], columns[name][measured] * scale
        axes.plot(
            epochs,
            values,
            line,
            color=color,
            linewidth=1.4,
            label=_NAMES.get(part, part),
            marker="o" if len(values) == 1 else None,
            markersize=3,
        )
        drawn += 1
    if drawn:
        axes.legend(loc="best")
    else:
        _say(axes, "Nothing was measured")


def _say(axes: Axes, sentence: str) -> None:
    axes.text(0.5, 0.5, sentence, ha="center", va="center", transform=axes.transAxes)
