"""Curves and differences of a study, as Plotly JSON without a theme. S runs, E epochs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from rdfia_core.figures.plotly_json import CLASS_COLORS, json_numbers

BASELINE_COLOR = "#8a8a8a"
_BAND_OPACITY = 0.16
_POINT_OPACITY = 0.45


def arm_color(arm: int) -> str:
    """Return the colour of an arm; the baseline is grey."""
    return CLASS_COLORS[(arm - 1) % len(CLASS_COLORS)] if arm else BASELINE_COLOR


def study_curves_figure(
    labels: Sequence[str], runs: Sequence[Mapping[str, Any]], curve: str, title: str
) -> dict[str, Any]:
    """Draw each arm's mean over its seeds with a band of one standard deviation.

    Only runs that have ended count, so that a mean does not jump where one run stops; while an
    arm has none yet, the run under way stands for it.

    Args:
        labels: Of the arms, the baseline first.
        runs: {arm, epoch, ends, CURVE} of each.
        curve: What is drawn.
        title: Of the axis.
    """
    traces: list[dict[str, Any]] = []
    for arm, label in enumerate(labels):
        own = [run for run in runs if run["arm"] == arm and run.get(curve)]
        chosen = [run for run in own if run["ends"]] or own[:1]
        if chosen:
            traces += arm_traces(label, arm_color(arm), *_over_seeds(chosen, curve))
    is_accuracy = curve.endswith("accuracy")
    axis = {"title": {"text": title}, **({"tickformat": ".0%"} if is_accuracy else {})}
    layout = {
        "height": 380,
        "hovermode": "x unified",
        "xaxis": {"title": {"text": "Epoch"}, "rangemode": "tozero"},
        "yaxis": {**axis, "hoverformat": ".1%" if is_accuracy else ".3f"},
    }
    return {"data": traces, "layout": layout}


def _over_seeds(runs: Sequence[Mapping[str, Any]], curve: str) -> tuple[np.ndarray, np.ndarray]:
    """Return epochs (E,) and values (S, E), NaN where a run has none."""
    epochs = sorted({epoch for run in runs for epoch in run["epoch"]})
    places = {epoch: place for place, epoch in enumerate(epochs)}
    values_SE = np.full((len(runs), len(epochs)), np.nan)
    for row, run in enumerate(runs):
        for epoch, value in zip(run["epoch"], run[curve], strict=True):
            values_SE[row, places[epoch]] = np.nan if value is None else value
    some_E = np.isfinite(values_SE).any(axis=0)
    return np.array(epochs)[some_E], values_SE[:, some_E]


def arm_traces(
    label: str, color: str, x_E: np.ndarray, values_SE: np.ndarray
) -> Iterator[dict[str, Any]]:
    """Yield the mean over runs as a line, and where there are several, a band of one deviation.

    Args:
        label: Of the arm.
        color: Of the arm.
        x_E: Where the values are.
        values_SE: Values of each run, NaN where it has none; one at least at each place.
    """
    mean_E, x = np.nanmean(values_SE, axis=0), json_numbers(x_E)
    if len(values_SE) > 1:
        freedom_E = np.maximum(1, np.isfinite(values_SE).sum(axis=0) - 1)
        deviation_E = np.sqrt(np.nansum((values_SE - mean_E) ** 2, axis=0) / freedom_E)
        shared: dict[str, Any] = {"type": "scatter", "mode": "lines", "x": x, "line": {"width": 0}}
        shared |= {"hoverinfo": "skip", "showlegend": False, "legendgroup": label}
        yield {**shared, "y": json_numbers(mean_E - deviation_E)}
        fill = {"fill": "tonexty", "fillcolor": translucent(color)}
        yield {**shared, **fill, "y": json_numbers(mean_E + deviation_E)}
    yield {
        "type": "scatter",
        "mode": "lines+markers" if len(x) < 3 else "lines",
        "name": label,
        "legendgroup": label,
        "x": x,
        "y": json_numbers(mean_E),
        "line": {"color": color, "width": 2.4},
    }


def translucent(color: str) -> str:
    """Return a colour #rrggbb as the fill of a band."""
    red, green, blue = (int(color[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {_BAND_OPACITY})"


def study_differences_figure(
    labels: Sequence[str], differences: Sequence[Mapping[str, Any] | None], *, is_accuracy: bool
) -> dict[str, Any]:
    """Draw each variant's difference from the baseline: interval, mean, and every pair of runs.

    Args:
        labels: Of the variants.
        differences: Of each, None where there is no pair yet.
        is_accuracy: Differences are fractions, drawn as percentage points.
    """
    scale = 100 if is_accuracy else 1
    unit = "points" if is_accuracy else "nats"
    traces: list[dict[str, Any]] = []
    for arm, (label, difference) in enumerate(zip(labels, differences, strict=True), start=1):
        if difference is None:
            continue
        pairs = [scale * value for value in difference["values"]]
        mean = scale * difference["mean"]
        marker = {"color": arm_color(arm), "size": 7, "symbol": "line-ns-open"}
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": pairs,
                "y": [label] * len(pairs),
                "marker": {**marker, "opacity": _POINT_OPACITY, "line": {"width": 2}},
                "hovertemplate": f"one pair of runs: %{{x:+.2f}} {unit}<extra></extra>",
            }
        )
        mean_trace: dict[str, Any] = {
            "type": "scatter",
            "mode": "markers",
            "x": [mean],
            "y": [label],
            "marker": {"color": arm_color(arm), "size": 11},
            "hovertemplate": f"mean: %{{x:+.2f}} {unit}<extra></extra>",
        }
        if difference["high"] is not None:
            half = scale * difference["high"] - mean
            mean_trace["error_x"] = {"type": "data", "array": [half], "thickness": 2.4, "width": 7}
        traces.append(mean_trace)
    line = {"type": "line", "xref": "x", "x0": 0, "x1": 0, "yref": "paper", "y0": 0, "y1": 1}
    layout = {
        "height": 110 + 44 * max(1, len(labels)),
        "showlegend": False,
        "xaxis": {"title": {"text": f"Difference from the baseline ({unit})"}, "zeroline": False},
        "yaxis": {"autorange": "reversed", "automargin": True, "type": "category"},
        "shapes": [{**line, "line": {"color": BASELINE_COLOR, "dash": "dash"}}],
    }
    return {"data": traces, "layout": layout}
