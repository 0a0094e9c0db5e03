"""Curves of groups of runs over one another: the mean of each, and a band over its runs.

S runs of a group, E epochs.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy.special import stdtrit

from rdfia_core.figures.plotly_json import CLASS_COLORS, json_numbers
from rdfia_core.figures.study import translucent
from rdfia_core.figures.sweep_grid import CONFIDENCE, is_accuracy

Band = Literal["interval", "range"]
Columns = Mapping[str, np.ndarray]

MAX_EPOCHS = 400
_COLORS = (*CLASS_COLORS, "#D55E00", "#8A8A8A")
_DASHES = ("solid", "dash", "dot")


@dataclass(frozen=True, slots=True)
class Group:
    """Runs that share one line and one band.

    Args:
        label: In the legend.
        runs: Metric rows of each, among them "epoch".
        curve: The column that is drawn.
        color: Place in the palette.
        dash: Place among the dashes; the first one is a full line.
    """

    label: str
    runs: Sequence[Columns]
    curve: str
    color: int = 0
    dash: int = 0


def compared(labels: Mapping[str, Sequence[Columns]], curve: str) -> list[Group]:
    """Return groups that all draw one curve, each in a colour of its own."""
    return [
        Group(label, runs, curve, place, place // len(_COLORS))
        for place, (label, runs) in enumerate(labels.items())
    ]


def bands_figure(groups: Sequence[Group], title: str, band: Band) -> dict[str, Any]:
    """Draw one line and one band for each group, as Plotly JSON without a theme.

    Args:
        groups: What is drawn; accuracies and losses do not mix.
        title: Of the axis.
        band: "interval" holds the mean with a confidence of 95 %, "range" holds every run.
    """
    traces = [trace for group in groups for trace in _traces(group, band)]
    shares = any(is_accuracy(group.curve) for group in groups)
    shown = {"tickformat": ".0%", "hoverformat": ".1%"} if shares else {"hoverformat": ".3f"}
    layout = {
        "height": 380,
        "hovermode": "x unified",
        "xaxis": {"title": {"text": "Epoch"}, "rangemode": "tozero"},
        "yaxis": {"title": {"text": title}, **shown},
    }
    return {"data": traces, "layout": layout}


def over_epochs(runs: Sequence[Columns], curve: str) -> tuple[np.ndarray, np.ndarray]:
    """Return epochs (E,) and values (S, E), NaN outside of what a run has.

    Runs that were measured at different moments are read between their own by straight lines.
    """
    kept = []
    for columns in runs:
        if curve in columns:
            is_there = np.isfinite(columns[curve])
            if is_there.any():
                kept.append((columns["epoch"][is_there], columns[curve][is_there]))
    if not kept:
        return np.array([]), np.empty((0, 0))
    epochs_E = np.unique(np.concatenate([epochs for epochs, _ in kept]))
    if len(epochs_E) > MAX_EPOCHS:
        epochs_E = epochs_E[np.linspace(0, len(epochs_E) - 1, MAX_EPOCHS).round().astype(int)]
    values_SE = [np.interp(epochs_E, *own, left=np.nan, right=np.nan) for own in kept]
    return epochs_E, np.array(values_SE)


def band_edges(values_SE: np.ndarray, band: Band) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return lower edge, mean and upper edge (E,) over the runs that have a value there.

    The edges are NaN where one run alone has a value: it says nothing of the spread.
    """
    count_E = np.isfinite(values_SE).sum(axis=0)
    mean_E = np.nanmean(values_SE, axis=0)
    if band == "range":
        low_E, high_E = np.nanmin(values_SE, axis=0), np.nanmax(values_SE, axis=0)
    else:
        freedom_E = np.maximum(1, count_E - 1)
        deviation_E = np.sqrt(np.nansum((values_SE - mean_E) ** 2, axis=0) / freedom_E)
        half_E = stdtrit(freedom_E, (1 + CONFIDENCE) / 2) * deviation_E / np.sqrt(count_E)
        low_E, high_E = mean_E - half_E, mean_E + half_E
    alone_E = count_E < 2
    return np.where(alone_E, np.nan, low_E), mean_E, np.where(alone_E, np.nan, high_E)


def _traces(group: Group, band: Band) -> Iterator[dict[str, Any]]:
    epochs_E, values_SE = over_epochs(group.runs, group.curve)
    if not len(epochs_E):
        return
    color = _COLORS[group.color % len(_COLORS)]
    low_E, mean_E, high_E = band_edges(values_SE, band)
    if is_accuracy(group.curve):  # Student's interval knows no bounds, an accuracy does
        low_E, high_E = np.clip(low_E, 0, 1), np.clip(high_E, 0, 1)
    has_band_E = np.isfinite(low_E)
    if has_band_E.any():
        x = json_numbers(epochs_E[has_band_E])
        edge: dict[str, Any] = {"type": "scatter", "mode": "lines", "x": x, "line": {"width": 0}}
        edge |= {"hoverinfo": "skip", "showlegend": False, "legendgroup": group.label}
        yield {**edge, "y": json_numbers(low_E[has_band_E])}
        fill = {"fill": "tonexty", "fillcolor": translucent(color)}
        yield {**edge, **fill, "y": json_numbers(high_E[has_band_E])}
    yield {
        "type": "scatter",
        "mode": "lines+markers" if len(epochs_E) < 3 else "lines",
        "name": group.label,
        "legendgroup": group.label,
        "x": json_numbers(epochs_E),
        "y": json_numbers(mean_E),
        "line": {"color": color, "width": 2.4, "dash": _DASHES[group.dash % len(_DASHES)]},
    }
