"""Runs as lines across parallel axes: one axis a field that differs, then what came out."""

from collections.abc import Mapping, Sequence
from typing import Any

from rdfia_core.config import FieldSpec
from rdfia_core.figures.plotly_json import short_number
from rdfia_core.figures.run_names import NO_EFFECT, NamedRun, differing_fields, value_words
from rdfia_core.figures.run_numbers import PART_WORDS, RunNumbers

MAX_AXES = 8
# From blue over grey to orange: order can be read without telling red from green.
COLORS = ((0.0, "#3b8fd6"), (0.5, "#8c8c8c"), (1.0, "#e08214"))


def parallel_figure(runs: Sequence[NamedRun], numbers: Sequence[RunNumbers]) -> dict[str, Any]:
    """Return the figure; a line's colour is the run's best accuracy, else its lowest loss.

    Args:
        runs: Of one lab, at least two.
        numbers: What came out of each, in the same order.
    """
    fields = differing_fields(runs)[:MAX_AXES]
    values = [run.effective() for run in runs]
    axes = [_field_axis(spec, [v.get(spec.name) for v in values]) for spec in fields]
    outcomes = [axis for kind in ("accuracy", "loss") if (axis := _outcome_axis(numbers, kind))]
    line: dict[str, Any] = {"color": "#3b8fd6"}
    if outcomes:
        line = {"color": outcomes[0]["values"], "colorscale": [list(stop) for stop in COLORS]}
    trace = {
        "type": "parcoords",
        "dimensions": [*axes, *outcomes],
        "line": line,
        "labelangle": -12,
        "labelfont": {"size": 13},
        "labelside": "top",
    }
    return {
        "data": [trace],
        "layout": {"height": 420, "margin": {"l": 70, "r": 70, "t": 80, "b": 30}},
    }


def _field_axis(spec: FieldSpec, values: Sequence[Any]) -> dict[str, Any]:
    """Return the axis of a field: its numbers, or its words in the order of the form."""
    label = f"{spec.label} ({spec.unit})" if spec.unit else spec.label
    if spec.kind in ("integer", "number") and None not in values:
        low, high = min(values), max(values)
        axis: dict[str, Any] = {"label": label, "values": list(values), "range": [low, high]}
        if distinct := sorted(set(values)) if len(set(values)) <= MAX_AXES else []:
            # Steps of equal height: rates such as 0.001, 0.01, 0.1 would else crowd at one end.
            axis["values"] = [distinct.index(value) for value in values]
            axis["range"] = [0, len(distinct) - 1]
            axis["tickvals"] = list(range(len(distinct)))
            axis["ticktext"] = [short_number(value) for value in distinct]
        return axis
    words = [NO_EFFECT if value is None else value_words(spec, value) for value in values]
    known = [value_words(spec, choice) for choice in spec.choices]
    order = [word for word in known if word in words]
    order += sorted(set(words) - set(order))
    return {
        "label": label,
        "values": [order.index(word) for word in words],
        "range": [0, max(1, len(order) - 1)],
        "tickvals": list(range(len(order))),
        "ticktext": order,
    }


def _outcome_axis(numbers: Sequence[RunNumbers], kind: str) -> Mapping[str, Any] | None:
    """Return the axis of the best values, None where a run has none, or of another part."""
    found = [n.accuracy if kind == "accuracy" else n.loss for n in numbers]
    measured = [m for m in found if m is not None]
    if len(measured) != len(found) or len({m.part for m in measured}) != 1:
        return None
    best = [m.best for m in measured]
    word = PART_WORDS[measured[0].part]
    label = f"Best {word} accuracy" if kind == "accuracy" else f"Lowest {word} loss"
    low, high = min(best), max(best)
    rest = max((high - low) * 0.02, 1e-6)
    form = {"tickformat": ".1%"} if kind == "accuracy" else {"tickformat": ".3~g"}
    return {"label": label, "values": best, "range": [low - rest, high + rest], **form}
