"""What the first hidden layer gets and gives under each pixel scaling, as Plotly JSON."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rdfia_core.figures.plotly_json import json_numbers

TITLES = {"raw": "Raw, 0 to 255", "unit": "0 to 1", "standard": "Standardised"}
_COLORS = ("#0072B2", "#009E73")
_FONT = {"size": 12}
_AXIS: dict[str, Any] = {
    "nticks": 4,
    "tickfont": {"size": 11},
    "gridcolor": "rgba(128, 128, 128, 0.25)",
    "zeroline": False,
}
_ROWS = (
    ("pre_counts", "pre_range", "What a unit sums up", [0.6, 0.94]),
    ("counts", "range", "What it answers", [0.0, 0.36]),
)


def scaling_figure(scalings: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Draw the shares of pre-activations above, of activations below, a column a scaling.

    Args:
        scalings: As the task "scaling" tells them: scaling, pre_counts, pre_range, counts, range.
    """
    data: list[dict[str, Any]] = []
    layout: dict[str, Any] = {
        "height": 420,
        "margin": {"l": 52, "r": 8, "t": 28, "b": 40},
        "showlegend": False,
        "bargap": 0.06,
        "annotations": [],
    }
    width, middle = 1 / len(scalings), len(scalings) // 2
    for row, (counts_name, range_name, axis_title, domain) in enumerate(_ROWS):
        for column, told in enumerate(scalings):
            number = row * len(scalings) + column + 1
            suffix = "" if number == 1 else str(number)
            counts = np.asarray(told[counts_name], dtype=float)
            low, high = told[range_name]
            edges = np.linspace(low, high, len(counts) + 1)
            data.append(
                {
                    "type": "bar",
                    "x": json_numbers((edges[:-1] + edges[1:]) / 2),
                    "y": json_numbers(100 * counts / max(1.0, counts.sum())),
                    "xaxis": f"x{suffix}",
                    "yaxis": f"y{suffix}",
                    "marker": {"color": _COLORS[row]},
                    "hovertemplate": f"{axis_title}: %{{x:.3~g}}<br>%{{y:.1f}} %<extra></extra>",
                }
            )
            span = [column * width + 0.03 * (column > 0), (column + 1) * width - 0.03]
            layout[f"xaxis{suffix}"] = {
                "domain": span,
                "anchor": f"y{suffix}",
                **_AXIS,
                **({"title": {"text": axis_title, "font": _FONT}} if column == middle else {}),
            }
            layout[f"yaxis{suffix}"] = {
                "domain": domain,
                "anchor": f"x{suffix}",
                "rangemode": "tozero",
                **_AXIS,
                **({"title": {"text": "Share (%)", "font": _FONT}} if column == 0 else {}),
            }
            if row == 0:
                layout["annotations"].append(
                    {
                        "text": f"<b>{TITLES[str(told['scaling'])]}</b>",
                        "x": sum(span) / 2,
                        "y": 1.0,
                        "xref": "paper",
                        "yref": "paper",
                        "xanchor": "center",
                        "yanchor": "bottom",
                        "showarrow": False,
                    }
                )
    return {"data": data, "layout": layout}
