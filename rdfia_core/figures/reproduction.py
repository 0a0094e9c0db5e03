"""Measured against printed, setting by setting, as Plotly JSON without a theme."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rdfia_core.figures.plotly_json import CLASS_COLORS

PRINTED_COLOR = "#E69F00"
_MARGIN = 90
_ROW = 40


@dataclass(frozen=True, slots=True)
class Row:
    """One setting, in the unit of the axis.

    Args:
        label: Of the setting.
        values: Measured, one a seed.
        mean: Of the values; None without any.
        deviation: Of the values; 0 for a single one.
        printed: The least and the most that the report prints, None if it prints nothing.
    """

    label: str
    values: Sequence[float]
    mean: float | None
    deviation: float
    printed: tuple[float, float] | None


def reproduction_figure(rows: Sequence[Row], title: str) -> dict[str, Any]:
    """Draw each seed, mean with one standard deviation, and the printed number beside them.

    Args:
        rows: The settings, from top to bottom.
        title: Of the axis.
    """
    measured = [row for row in rows if row.mean is not None]
    seeds = [(value, row.label) for row in measured for value in row.values]
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": "one seed",
            "x": [value for value, _ in seeds],
            "y": [label for _, label in seeds],
            "marker": {
                "color": CLASS_COLORS[0],
                "size": 9,
                "symbol": "line-ns-open",
                "opacity": 0.5,
            },
        },
        {
            "type": "scatter",
            "mode": "markers",
            "name": "measured, mean ± sd",
            "x": [row.mean for row in measured],
            "y": [row.label for row in measured],
            "error_x": {"type": "data", "array": [row.deviation for row in measured], "width": 5},
            "marker": {"color": CLASS_COLORS[0], "size": 11},
        },
        *_printed(rows),
    ]
    layout = {
        "height": _MARGIN + _ROW * max(1, len(rows)),
        "xaxis": {"title": {"text": title}, "zeroline": False},
        "yaxis": {
            "type": "category",
            "automargin": True,
            "categoryorder": "array",
            "categoryarray": [row.label for row in reversed(rows)],
        },
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    }
    return {"data": traces, "layout": layout}


def _printed(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return the printed numbers, in the middle of their range."""
    found = [(row.label, row.printed) for row in rows if row.printed is not None]
    if not found:
        return []
    middles = [(low + high) / 2 for _, (low, high) in found]
    halves = [(high - low) / 2 for _, (low, high) in found]
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "name": "printed",
            "x": middles,
            "y": [label for label, _ in found],
            "error_x": {"type": "data", "array": halves, "width": 5, "color": PRINTED_COLOR},
            "marker": {"color": PRINTED_COLOR, "size": 11, "symbol": "diamond-open"},
        }
    ]
