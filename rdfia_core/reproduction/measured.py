"""One measurement, its JSON form, and what belongs to an entry among many."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from rdfia_core.reproduction.comparing import Table
from rdfia_core.reproduction.entries import Entry, Planned, planned

MOST_SEEDS = 100


@dataclass(frozen=True, slots=True)
class Made:
    """Where and when a measurement was made.

    Args:
        device: Kind and name of what computed.
        torch: Version.
        date: Day, as YYYY-MM-DD.
    """

    device: str
    torch: str
    date: str


@dataclass(frozen=True, slots=True)
class Measured:
    """What one run came to.

    Args:
        asked: What was run (`Planned.asked`).
        config: Every hyperparameter that there was, except for the device.
        metrics: Final values and what follows from the curves; None for what is no number.
        curves: `epoch` and the entry's metric, thinned.
        ends: completed or diverged.
        seconds: At work.
        made: Where and when.
    """

    asked: Mapping[str, Any]
    config: Mapping[str, Any]
    metrics: Mapping[str, float | None]
    curves: Mapping[str, list[float | None]]
    ends: str
    seconds: float
    made: Made = field(default_factory=lambda: Made("", "", ""))

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Measured":
        """Read what `as_json` wrote.

        Raises:
            TypeError: If it is not of that form.
            KeyError: If something is missing.
        """
        return cls(**{**values, "made": Made(**values["made"])})


Pool = Mapping[str, Measured]
"""Measurements by what was run, see `pooled`."""


def _name(asked: Mapping[str, Any]) -> str:
    changed = sorted((name, str(value)) for name, value in asked["changed"].items())
    return repr([asked["experiment"], asked["task"], asked["option"], changed])


def pooled(*measurements: Iterable[Measured]) -> Pool:
    """Put measurements together; of the same run the later one counts."""
    return {_name(each.asked): each for several in measurements for each in several}


def found_in(pool: Pool, wanted: Planned) -> Measured | None:
    """Return the measurement of a run, unless it was made with other settings.

    A field that a lab has had since is at its default in both: it is not compared.
    """
    found = pool.get(_name(wanted.asked))
    if found is None:
        return None
    known = found.config.keys() & wanted.config.keys()
    is_same = all(found.config[name] == wanted.config[name] for name in known)
    return found if is_same else None


def of_entry(pool: Pool, entry: Entry, variant: str) -> dict[str, dict[int, Measured]]:
    """Return what there is of an entry's variant: arm, seed, measurement."""
    found: dict[str, dict[int, Measured]] = {arm.name: {} for arm in entry.arms_of(variant)}
    if not pool:
        return found
    for arm in entry.arms_of(variant):
        first = planned(entry, variant, arm, 0)
        for seed in _seeds(pool, entry):
            measured = found_in(pool, first.with_seed(seed))
            if measured is not None:
                found[arm.name][seed] = measured
    return found


def _seeds(pool: Pool, entry: Entry) -> list[int]:
    return sorted(
        {
            int(each.config.get("seed", 0))
            for each in pool.values()
            if each.asked["experiment"] == entry.experiment and each.asked["task"] == entry.task
        }
    )[:MOST_SEEDS]


def table_of(measured: Mapping[str, Mapping[int, Measured]]) -> Table:
    """Return the metrics alone."""
    return {
        arm: {seed: each.metrics for seed, each in runs.items()} for arm, runs in measured.items()
    }
