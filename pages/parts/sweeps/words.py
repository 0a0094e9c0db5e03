"""Numbers of a sweep in words."""

from collections.abc import Mapping
from typing import Any

from rdfia_core.config import FieldSpec, field_specs
from rdfia_core.experiments import experiment_named
from rdfia_core.figures.sweep_grid import EPOCHS_TO_TARGET, SECONDS, is_accuracy

NBSP = "\N{NO-BREAK SPACE}"
SWITCHES = {True: "on", False: "off"}


def specs_of(experiment: str) -> dict[str, FieldSpec]:
    """Return the declared fields of an experiment by name."""
    config_class = experiment_named(experiment).config_class
    return {spec.name: spec for spec in field_specs(config_class)}


def told_value(spec: FieldSpec, value: Any) -> str:
    """Return a value of a field in the form's words."""
    if isinstance(value, bool):
        return SWITCHES[value]
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return spec.choice_labels.get(text, text)


def told_cell(specs: Mapping[str, FieldSpec], values: Mapping[str, Any]) -> str:
    """Return the values of a cell as one line."""
    return ", ".join(
        f"{specs[name].label} {told_value(specs[name], value)}" for name, value in values.items()
    )


def cell_key(values: Mapping[str, Any]) -> str:
    """Return the word that names a cell in the address."""
    return " ".join(f"{name}={value}" for name, value in values.items())


def told_number(measure: str, value: float, *, with_unit: bool = True) -> str:
    """Return a number of a run: accuracies in per cent, losses with three digits."""
    if is_accuracy(measure):
        return f"{100 * value:.1f}" + (f"{NBSP}%" if with_unit else "")
    if measure == SECONDS:
        return f"{value:.3g}" + (f"{NBSP}s" if with_unit else "")
    if measure == EPOCHS_TO_TARGET:
        return f"{value:.3g}"
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.1e}"


def told_mean(measure: str, mean: float, std: float | None) -> str:
    """Return a mean with its standard deviation, where there is one."""
    spread = "" if std is None else f" ± {told_number(measure, std, with_unit=False)}"
    return told_number(measure, mean, with_unit=False) + spread + _unit(measure)


def _unit(measure: str) -> str:
    if is_accuracy(measure):
        return f"{NBSP}%"
    return f"{NBSP}s" if measure == SECONDS else ""


def told_seconds(seconds: float) -> str:
    """Return a duration."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
