"""Accuracy over the size of the training set, as Plotly JSON without a theme. S seeds, N sizes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rdfia_core.figures.plotly_json import json_numbers
from rdfia_core.figures.study import arm_color, arm_traces

_CURVE = "test_accuracy"
_POINT_OPACITY = 0.55


def small_data_figure(
    labels: Sequence[str], sizes: Sequence[int], runs: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Draw each arm's mean over its seeds with a band of one standard deviation, and every run.

    Only runs that have ended with a number count.

    Args:
        labels: Of the arms, the baseline first.
        sizes: Numbers of training images, ascending.
        runs: {arm, size, seed, final: {test_accuracy}} of each.
    """
    traces: list[dict[str, Any]] = []
    for arm, label in enumerate(labels):
        own = [run for run in runs if run["arm"] == arm and run["final"].get(_CURVE) is not None]
        if own:
            x_N, values_SN = _over_seeds(own, sizes)
            mean_traces = list(arm_traces(label, arm_color(arm), x_N, values_SN))
            mean_traces[-1] |= {"mode": "lines+markers", "hovertemplate": "%{y:.1%}"}
            traces += [*mean_traces, _points(label, arm_color(arm), own)]
    layout = {
        "height": 400,
        "hovermode": "x unified",
        "xaxis": {
            "type": "log",
            "title": {"text": "Training images"},
            "tickvals": list(sizes),
            "ticktext": [f"{size:,}" for size in sizes],
            "minor": {"ticks": ""},
        },
        "yaxis": {"title": {"text": "Test accuracy"}, "tickformat": ".0%", "hoverformat": ".1%"},
    }
    return {"data": traces, "layout": layout}


def _over_seeds(
    runs: Sequence[Mapping[str, Any]], sizes: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Return sizes (N,) that have a run, and values (S, N), NaN where a seed has none."""
    seeds = sorted({run["seed"] for run in runs})
    values_SN = np.full((len(seeds), len(sizes)), np.nan)
    for run in runs:
        values_SN[seeds.index(run["seed"]), sizes.index(run["size"])] = run["final"][_CURVE]
    some_N = np.isfinite(values_SN).any(axis=0)
    return np.array(sizes)[some_N], values_SN[:, some_N]


def _points(label: str, color: str, runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": json_numbers(np.array([run["size"] for run in runs])),
        "y": json_numbers(np.array([run["final"][_CURVE] for run in runs])),
        "marker": {"color": color, "size": 5, "opacity": _POINT_OPACITY},
        "legendgroup": label,
        "showlegend": False,
        "hoverinfo": "skip",
    }
