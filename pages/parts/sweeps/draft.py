"""The sweep that is being set up: what of it is kept in the tab, and what stands in the address."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app import address, state
from rdfia_core.config import ExperimentConfig, FieldSpec, field_specs
from rdfia_core.experiments import Experiment, experiment_named, experiments
from rdfia_core.figures.plotly_json import short_number

PAGE = "sweeps"
DEFAULT_EXPERIMENT = "circle_mlp"
DEFAULT_AXES = {"learning_rate": "0.01, 0.03, 0.1"}
DEFAULT_SEEDS = "0..2"
MAX_AXES = 3
NEVER_AXES = ("seed", "device")
EDITED_ELSEWHERE = ("map", "upload")


@dataclass(frozen=True)
class Draft:
    """What the visitor has set, besides the values that all runs share.

    Args:
        experiment: Whose runs the sweep makes.
        axes: Fields that vary, with their values as typed.
        seeds: As typed.
        budget: Minutes of work, or None.
    """

    experiment: Experiment
    axes: Mapping[str, str]
    seeds: str
    budget: float | None


def current_draft() -> Draft:
    """Return what is set; at a tab's first visit, what the address says."""
    values = state.form_values(PAGE)
    if "experiment" not in values:
        values.update(_read_address())
    chosen = experiment_named(values["experiment"])
    return Draft(chosen, dict(values["axes"]), values["seeds"], values["budget"])


def change_draft(**changes: Any) -> None:
    """Change some of it by a callback; the widgets follow."""
    state.set_form_values(PAGE, {**state.form_values(PAGE), **changes})


def keep_draft(draft: Draft) -> None:
    """Keep what the widgets say, and write it into the address."""
    kept = {"axes": dict(draft.axes), "seeds": draft.seeds, "budget": draft.budget}
    state.form_values(PAGE).update(kept)
    words = {
        "experiment": draft.experiment.name,
        "axis": [f"{name}={tidy(text)}" for name, text in draft.axes.items()],
        "seeds": tidy(draft.seeds),
        "budget": "" if draft.budget is None else f"{draft.budget:g}",
    }
    for name, value in words.items():
        address.write_word(name, value)


def replace_draft(
    experiment: str,
    axes: Mapping[str, str] | None = None,
    seeds: str = DEFAULT_SEEDS,
    base: Mapping[str, Any] | None = None,
) -> None:
    """Set up another sweep; without `base` the lab's form stays as it is."""
    address.forget_all()
    config_class = experiment_named(experiment).config_class
    if axes is None:
        axes = {name: text for name, text in DEFAULT_AXES.items() if name in _names(config_class)}
    if base is not None:
        defaults = {spec.name: spec.default for spec in field_specs(config_class)}
        state.set_form_values(experiment, defaults | dict(base))
    change_draft(experiment=experiment, axes=dict(axes), seeds=seeds, budget=None)


def _names(config_class: type[ExperimentConfig]) -> set[str]:
    return {spec.name for spec in field_specs(config_class)}


def _read_address() -> dict[str, Any]:
    experiment = address.word("experiment") or DEFAULT_EXPERIMENT
    if experiment not in experiments():
        state.leave_message(
            PAGE,
            f"In the address: There is no experiment '{experiment[:40]}'. There are: "
            f"{', '.join(experiments())}. {DEFAULT_EXPERIMENT} is used instead.",
        )
        experiment = DEFAULT_EXPERIMENT
    offered = _names(experiment_named(experiment).config_class)
    pairs = [word.partition("=") for word in address.words("axis")[:MAX_AXES]]
    axes = {name: text for name, _, text in pairs if name in offered}
    if not axes and not address.word("seeds"):
        axes = {name: text for name, text in DEFAULT_AXES.items() if name in offered}
    budget = re.fullmatch(r"\d{1,6}(\.\d{1,3})?", address.word("budget"))
    return {
        "experiment": experiment,
        "axes": axes,
        "seeds": address.word("seeds") or DEFAULT_SEEDS,
        "budget": float(budget[0]) if budget and float(budget[0]) > 0 else None,
    }


def tidy(text: str) -> str:
    """Return values as they are typed on a command line: no space around what separates them."""
    return re.sub(r"\s*([,|])\s*", r"\1", text.strip())


def axis_specs(
    experiment: Experiment, values: Mapping[str, Any], axes: Mapping[str, str]
) -> dict[str, FieldSpec]:
    """Return the fields that may vary: those with an effect, and those that vary already."""
    config_class = experiment.config_class
    return {
        spec.name: spec
        for spec in field_specs(config_class)
        if spec.name in axes
        or (
            spec.name not in NEVER_AXES
            and spec.editor not in EDITED_ELSEWHERE
            and spec.section not in config_class.hidden_sections
            and spec.has_effect(values)
        )
    }


def first_values(spec: FieldSpec, value: Any) -> str:
    """Return values to begin with: the present one and its neighbours, or all choices."""
    if spec.kind == "switch":
        return "true, false"
    if spec.kind == "choice":
        return ", ".join(spec.choices)
    if spec.kind == "text":
        named = [str(value), *(name for name in spec.choice_labels if name != value)]
        numbers = [short_number(number) for number in spec.suggestions]
        return "|".join(numbers[::4] if numbers else named[:3])
    if spec.suggestions:
        near = sorted(spec.suggestions, key=lambda other: abs(_distance(other, value)))[:3]
        return ", ".join(f"{number:g}" for number in sorted(near))
    doubled = value * 2 or 1
    is_allowed = spec.maximum is None or doubled <= spec.maximum
    return f"{value:g}, {doubled if is_allowed else value / 2:g}"


def _distance(other: float, value: float) -> float:
    """Return how far two numbers are apart: by their ratio, where both have one."""
    if other > 0 and value > 0:
        return max(other / value, value / other)
    return abs(other - value)
