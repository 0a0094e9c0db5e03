"""The settings of runs as tables and in a few words."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.plain_text import plain
from rdfia_core.config import FieldSpec, field_specs
from rdfia_core.experiments import Experiment
from rdfia_core.figures.tables import markdown_table

MAX_LETTERS = 60


def shown_value(spec: FieldSpec, value: Any) -> str:
    """Return how a value of a field reads, without its unit."""
    if isinstance(value, bool):
        return "on" if value else "off"
    text = f"{value:g}" if isinstance(value, float) else str(value)
    text = spec.choice_labels.get(text, text) or "none"
    return text if len(text) <= MAX_LETTERS else text[: MAX_LETTERS - 1] + "…"


def fields_that_matter(experiment: Experiment, values: Mapping[str, Any]) -> list[FieldSpec]:
    """Return the fields of training that have an effect beside these values."""
    hidden = experiment.config_class.hidden_sections
    specs = field_specs(experiment.config_class)
    return [spec for spec in specs if spec.section not in hidden and spec.has_effect(values)]


def differing_fields(
    experiment: Experiment, configs: Sequence[Mapping[str, Any]]
) -> list[FieldSpec]:
    """Return the fields in which these configs differ, where they matter for one of them."""
    matter = {s.name for config in configs for s in fields_that_matter(experiment, config)}
    return [
        spec
        for spec in field_specs(experiment.config_class)
        if spec.name in matter
        and len({str(config.get(spec.name, spec.default)) for config in configs}) > 1
    ]


def told_changes(experiment: Experiment, config: Mapping[str, Any], base: Mapping[str, Any]) -> str:
    """Say in one line what a config has changed of another."""
    changes = [
        f"{spec.label} {shown_value(spec, config.get(spec.name, spec.default))}"
        for spec in differing_fields(experiment, [config, base])
    ]
    return ", ".join(changes)


def settings_table(
    experiment: Experiment, columns: Mapping[str, Mapping[str, Any]], *, differing: bool = False
) -> str:
    """Return settings as a Markdown table, one column for each config.

    Args:
        experiment: Whose settings they are.
        columns: Configs by what stands above them.
        differing: Only those that are not the same in all.
    """
    configs = list(columns.values())
    specs = (
        differing_fields(experiment, configs)
        if differing
        else fields_that_matter(experiment, configs[0])
    )
    rows = [
        [
            plain(f"{spec.label} ({spec.unit})" if spec.unit else spec.label),
            *(plain(shown_value(spec, config.get(spec.name, spec.default))) for config in configs),
        ]
        for spec in specs
    ]
    return markdown_table(["Setting", *(plain(name) for name in columns)], rows)
