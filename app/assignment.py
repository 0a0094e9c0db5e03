"""What a lesson or a class board asks of a lab: where the form starts, and what stays as it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rdfia_core.config import ExperimentConfig, FieldSpec, field_specs
from rdfia_core.experiments import Experiment


def _anything(config: ExperimentConfig) -> None:
    del config


@dataclass(frozen=True)
class Recording:
    """A recorded run: its address, what it is, and its config."""

    address: str
    title: str
    config: Mapping[str, Any]


@dataclass(frozen=True)
class Assignment:
    """Bounds of a form.

    Args:
        id: Tells one from another.
        noun: What it is, for sentences: "lesson" or "class board".
        values: What the form starts with.
        free: Names of the settings that may be changed.
        fixed: Names of those that are shown and may not be changed; the others are hidden.
        check: Raises ConfigError for a config that is not allowed.
        recording: A recorded run to replay before the first own one, or None.
        board: Code of the class board that runs are made for, or "".
    """

    id: str
    noun: str
    values: Mapping[str, Any]
    free: frozenset[str]
    fixed: frozenset[str]
    check: Callable[[ExperimentConfig], None] = _anything
    recording: Recording | None = None
    board: str = ""

    def start(self, experiment: Experiment) -> dict[str, Any]:
        """Return what every field of the form starts with."""
        specs = field_specs(experiment.config_class)
        return {spec.name: self.values.get(spec.name, spec.default) for spec in specs}

    def locks(self, experiment: Experiment, spec: FieldSpec) -> bool:
        """Tell whether a setting stays as it is; what training does not read is free."""
        return (
            spec.name not in self.free
            and spec.section not in experiment.config_class.hidden_sections
        )

    def enforced(self, experiment: Experiment, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return values with those that stay as they are."""
        start = self.start(experiment)
        return {
            spec.name: start[spec.name] if self.locks(experiment, spec) else values[spec.name]
            for spec in field_specs(experiment.config_class)
        }
