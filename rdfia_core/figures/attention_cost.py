"""Time and memory of attention against the number of tokens, as Plotly JSON without a theme."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rdfia_core.figures.plotly_json import json_numbers

PANELS = (
    ("seconds", "Time (ms)", 1e3, "ms", "y"),
    ("bytes", "Memory (MB)", 1e-6, "MB", "y2"),
)
"""Column, title, factor, unit, axis."""
_MEASURED = "#0072B2"
_FIT = "#8a8a8a"
_PARTS = ((1, "Part b n", "#009E73", "dot"), (2, "Part c n²", "#D55E00", "dash"))


def attention_cost_figure(
    columns: Mapping[str, np.ndarray], fits: Mapping[str, Sequence[float]]
) -> dict[str, Any]:
    """Draw what was measured, and below it the parts of the fitted polynomial.

    Args:
        columns: tokens, seconds, bytes, of one length.
        fits: Of seconds and bytes: the constant, linear and quadratic part; empty while unknown.
    """
    tokens = columns["tokens"]
    traces: list[dict[str, Any]] = []
    for name, title, factor, unit, axis in PANELS:
        shared: dict[str, Any] = {"type": "scatter", "yaxis": axis}
        hover = f"%{{x}} tokens: %{{y:.3g}} {unit}<extra>{title.split(' (')[0]}</extra>"
        if parts := fits.get(name):
            x = np.geomspace(tokens.min(), tokens.max(), 60)
            line = {"color": _FIT, "width": 2}
            y = factor * np.polynomial.polynomial.polyval(x, list(parts))
            traces.append(
                {**shared, "mode": "lines", "name": "Fit a + b n + c n²", "line": line,
                 "legendgroup": "fit", "x": json_numbers(x), "y": json_numbers(y),
                 "hoverinfo": "skip"}
            )  # fmt: skip
            for power, label, color, dash in _PARTS:
                if parts[power] > 0:
                    y = factor * parts[power] * x**power
                    line = {"color": color, "width": 2, "dash": dash}
                    traces.append(
                        {**shared, "mode": "lines", "name": label, "legendgroup": label,
                         "line": line, "x": json_numbers(x), "y": json_numbers(y),
                         "hoverinfo": "skip"}
                    )  # fmt: skip
        traces.append(
            {**shared, "mode": "markers", "name": "Measured", "legendgroup": "measured",
             "marker": {"color": _MEASURED, "size": 9}, "x": json_numbers(tokens),
             "y": json_numbers(factor * columns[name]), "hovertemplate": hover}
        )  # fmt: skip
    layout = {
        "height": 520,
        "margin": {"l": 64, "r": 12, "t": 12, "b": 48},
        "xaxis": {"title": {"text": "Tokens n"}, "type": "log", "anchor": "y2", **_ticks(tokens)},
        "yaxis": {**_axis(columns["seconds"] * 1e3), "title": {"text": "Time (ms)"},
                  "domain": [0.55, 1]},
        "yaxis2": {**_axis(columns["bytes"] / 1e6), "title": {"text": "Memory (MB)"},
                   "domain": [0, 0.45], "anchor": "x"},
    }  # fmt: skip
    return {"data": _each_named_once(traces), "layout": layout}


def _each_named_once(traces: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = [trace["name"] for trace in traces]
    return [
        {**trace, "showlegend": names.index(trace["name"]) == place}
        for place, trace in enumerate(traces)
    ]


def _ticks(tokens: np.ndarray) -> dict[str, Any]:
    shown = [int(n) for n in tokens if int(n) & (int(n) - 1) == 0]  # powers of two
    return {"tickvals": shown, "ticktext": [f"{n:,}" for n in shown]}


def _axis(values: np.ndarray) -> dict[str, Any]:
    """A logarithmic axis around what was measured; parts that are far below it fall off."""
    low, high = np.log10(values.min()) - 0.6, np.log10(values.max()) + 0.3
    return {"type": "log", "range": [float(low), float(high)], "dtick": 1}
