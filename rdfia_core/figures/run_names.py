"""What runs are called: by what differs among them, in the words of the form."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rdfia_core.config import ExperimentConfig, FieldSpec, field_specs

DEFAULTS = "defaults"
MAX_VALUE = 24
SWITCH_WORDS = {"True": "on", "False": "off"}
NO_EFFECT = "–"


@dataclass(frozen=True)
class NamedRun:
    """What a name is made of.

    Args:
        title: Of the run's lab.
        config_class: Of the lab; None for a lab that this program does not know (any more).
        values: The hyperparameters, live changes included.
        name: What its owner calls it, or "".
    """

    title: str
    config_class: type[ExperimentConfig] | None
    values: Mapping[str, Any]
    name: str = ""

    @property
    def specs(self) -> tuple[FieldSpec, ...]:
        """The fields of the config."""
        return () if self.config_class is None else field_specs(self.config_class)

    def effective(self) -> dict[str, Any]:
        """Return the values that have an effect beside the others, by field."""
        values = {spec.name: self.values.get(spec.name, spec.default) for spec in self.specs}
        return {spec.name: values[spec.name] for spec in self.specs if spec.has_effect(values)}


def changed_words(run: NamedRun) -> str:
    """Say what differs from the defaults: "Learning rate 0.1, Seed 3", or "defaults"."""
    values = run.effective()
    return _words(run, [s for s in run.specs if values.get(s.name, s.default) != s.default])


def run_names(runs: Sequence[NamedRun]) -> list[str]:
    """Return a name for each run, no two alike.

    A name that the owner has given comes first; otherwise the lab, where there are several, and the
    fields in which the runs differ.
    """
    if len(runs) == 1:
        return [runs[0].name or changed_words(runs[0])]
    several = len({run.title for run in runs}) > 1
    names = []
    for run in runs:
        alike = [other for other in runs if other.config_class is run.config_class]
        shown = [spec for spec in differing_fields(alike) if spec.name in run.effective()]
        words = _words(run, shown)
        names.append(run.name or (f"{run.title}: {words}" if several else words))
    return _numbered(names)


def differing_fields(runs: Sequence[NamedRun]) -> list[FieldSpec]:
    """Return the fields in which runs of any labs differ, in the order of their forms.

    A field counts only where it has an effect; runs of a lab that lacks it do not count.
    """
    specs = {spec.name: spec for run in runs for spec in run.specs}
    values = [run.effective() for run in runs]
    owned = [{spec.name for spec in run.specs} for run in runs]
    return [
        spec
        for name, spec in specs.items()
        if len({_key(v.get(name)) for v, names in zip(values, owned, strict=True) if name in names})
        > 1
    ]


def config_difference(runs: Sequence[NamedRun]) -> list[tuple[str, list[str]]]:
    """Return a row for each field that differs: its label, and what each run has there."""
    values = [run.effective() for run in runs]
    return [
        (
            f"{spec.label} ({spec.unit})" if spec.unit else spec.label,
            [value_words(spec, v[spec.name]) if spec.name in v else NO_EFFECT for v in values],
        )
        for spec in differing_fields(runs)
    ]


def value_words(spec: FieldSpec, value: Any) -> str:
    """Say a value as the form does, cut short where it is long."""
    known = {**SWITCH_WORDS} if spec.kind == "switch" else {}
    text = str(spec.choice_labels.get(str(value), known.get(str(value), _plain(value))))
    return text if len(text) <= MAX_VALUE else f"{text[: MAX_VALUE - 1]}…"


def _plain(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _words(run: NamedRun, specs: Iterable[FieldSpec]) -> str:
    values = run.effective()
    parts = []
    for spec in specs:
        value = value_words(spec, values[spec.name])
        parts.append(f"{spec.label} {value}" if value else f"no {spec.label}")
    if not parts:
        return DEFAULTS
    first, *rest = parts
    return ", ".join([first, *(part[0].lower() + part[1:] for part in rest)])


def _key(value: Any) -> str:
    """Return what makes values equal: 1 and 1.0 are, and a list is compared as a text."""
    return f"{value:.12g}" if isinstance(value, (int, float)) and value is not True else str(value)


def _numbered(names: Sequence[str]) -> list[str]:
    """Tell equal names apart by a number."""
    total, seen = Counter(names), Counter[str]()
    result = []
    for name in names:
        seen[name] += 1
        result.append(f"{name} ({seen[name]})" if total[name] > 1 else name)
    return result
