"""What a sweep will run: every combination of the values of some fields. Free of torch."""

import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rdfia_core.config import FieldSpec, field_spec
from rdfia_core.errors import ConfigError
from rdfia_core.experiments import experiment_named

MAX_RUNS = 2000
TEXT_SEPARATOR = "|"
"""Between alternatives of a text, which may hold commas itself: hidden_layers="10|10,10"."""
_RANGE = re.compile(r"(-?\d+)\.\.(-?\d+)", re.ASCII)

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SweepPlan:
    """The grid of a sweep; `build` makes one that is known to be valid.

    Args:
        experiment: Name in the registry.
        base: Fields that were given one value.
        axes: Fields that were given several, in the order in which they were named; the last one
            varies fastest.
    """

    experiment: str
    base: Values
    axes: Mapping[str, Sequence[Any]]

    @classmethod
    def build(
        cls,
        experiment: str,
        assignments: Sequence[str],
        *,
        preset: str = "",
        max_runs: int = MAX_RUNS,
    ) -> "SweepPlan":
        """Read `field=value,value` words and validate the config of every cell.

        A comma separates values, and a..b stands for the whole numbers from a to b. Texts
        (hidden_layers, features, augmentation ...) may hold commas of their own, so there | does:
        hidden_layers="10|10,10". | may be used everywhere.

        Args:
            experiment: Name in the registry.
            assignments: Words; a field may be named once.
            preset: Its values are taken where no word says otherwise.
            max_runs: Largest number of runs.

        Raises:
            ConfigError: If a word is malformed, a field unknown, a value not allowed in some cell,
                or there are too many cells.
            UnknownExperimentError: If there is no such experiment or preset.
        """
        chosen = experiment_named(experiment)
        texts = _texts(assignments)
        options = {
            name: _options(field_spec(chosen.config_class, name), text, max_runs)
            for name, text in texts.items()
        }
        base: dict[str, Any] = dict(chosen.preset(preset).values) if preset else {}
        axes: dict[str, Sequence[Any]] = {}
        for name, values in options.items():
            base.pop(name, None)
            _refuse_twice(name, values)
            if len(values) == 1:
                base[name] = values[0]
            else:
                axes[name] = values
        plan = cls(experiment, base, axes)
        if plan.count > max_runs:
            counts = " × ".join(str(len(values)) for values in axes.values())
            raise ConfigError(
                f"A sweep may have at most {max_runs:,} runs. Got {counts} = {plan.count:,}: name "
                "fewer values.",
                next(reversed(axes)),
            )
        return plan._canonical()

    def _canonical(self) -> "SweepPlan":
        """Return the plan with values as the configs hold them, every config being valid."""
        axes: dict[str, dict[Any, Any]] = {name: {} for name in self.axes}
        base: dict[str, Any] = {}
        for cell, values in self.cells():
            base = {name: values[name] for name in self.base}
            for name, given in cell.items():
                axes[name][given] = values[name]
        for name, found in axes.items():
            _refuse_twice(name, list(found.values()))
        return SweepPlan(
            self.experiment, base, {name: list(found.values()) for name, found in axes.items()}
        )

    @property
    def count(self) -> int:
        """Number of cells, which is the number of runs."""
        return math.prod(len(values) for values in self.axes.values())

    def cells(self) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        """Yield each cell: the values of its axes, and its whole config as JSON values.

        Raises:
            ConfigError: If a cell is not allowed; says which one.
        """
        for values in itertools.product(*self.axes.values()):
            cell = dict(zip(self.axes, values, strict=True))
            yield cell, self.config_of(cell)

    def config_of(self, cell: Values) -> dict[str, Any]:
        """Return the whole config of one cell.

        Raises:
            ConfigError: If it is not allowed; says which cell it is.
        """
        config_class = experiment_named(self.experiment).config_class
        try:
            return config_class.build({**self.base, **cell}).model_dump()
        except ConfigError as error:
            told = " ".join(f"{name}={value}" for name, value in cell.items())
            where = f"In the cell {told}: " if told else ""
            raise ConfigError(f"{where}{error}{self._hint(error.field)}", error.field) from error

    def _hint(self, field: str) -> str:
        if field not in self.base or "," not in str(self.base[field]):
            return ""
        return (
            f" Alternatives of {field} are separated by {TEXT_SEPARATOR}, for example "
            f'{field}="10{TEXT_SEPARATOR}10,10".'
            if field == "hidden_layers"
            else f" Alternatives of {field} are separated by {TEXT_SEPARATOR}."
        )


def cell_key(axes: Mapping[str, Sequence[Any]], config: Values) -> tuple[str, ...]:
    """Name the cell that a config belongs to."""
    return tuple(repr(config.get(name)) for name in axes)


def _texts(assignments: Sequence[str]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for word in assignments:
        name, equals, text = word.partition("=")
        name = name.strip()
        if not equals or not name:
            raise ConfigError(
                f"Values are given as field=value,value. Got {word[:60]!r}.", name[:60]
            )
        if name in texts:
            raise ConfigError(f"'{name}' is named twice: give all its values at once.", name)
        texts[name] = text
    return texts


def _options(spec: FieldSpec, text: str, max_runs: int) -> list[Any]:
    """Return the values that a text names."""
    if spec.kind == "text":
        return [part.strip() for part in text.split(TEXT_SEPARATOR)]
    parts = [part.strip() for part in re.split(r"[,|]", text)]
    if "" in parts:
        raise ConfigError(
            f"'{spec.name}' must be {spec.expected()}, several separated by commas. "
            f"Got {text[:60]!r}, in which a value is missing.",
            spec.name,
        )
    values: list[Any] = []
    for part in parts:
        values += _range(spec, part, max_runs) if ".." in part else [part]
    return values


def _range(spec: FieldSpec, part: str, max_runs: int) -> list[int]:
    match = _RANGE.fullmatch(part)
    if spec.kind != "integer" or match is None:
        raise ConfigError(
            f"'{spec.name}' must be {spec.expected()}; a range like 0..9 stands for whole numbers "
            f"only. Got {part[:60]!r}.",
            spec.name,
        )
    first, last = int(match[1]), int(match[2])
    if not first < last:
        raise ConfigError(
            f"A range goes from the smaller number to the larger, like 0..9. Got {spec.name}="
            f"{part[:60]}.",
            spec.name,
        )
    if last - first >= max_runs:
        raise ConfigError(
            f"A sweep may have at most {max_runs:,} runs. Got {last - first + 1:,} values of "
            f"{spec.name}: name fewer.",
            spec.name,
        )
    return list(range(first, last + 1))


def _refuse_twice(name: str, values: Sequence[Any]) -> None:
    seen: set[str] = set()
    for value in values:
        if repr(value) in seen:
            raise ConfigError(f"{name}={value} is named twice: name each value once.", name)
        seen.add(repr(value))
