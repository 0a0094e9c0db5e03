"""Arms of an entry compared, seed by seed. Pure functions of numbers."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rdfia_core.training.paired import paired_difference, spread

Table = Mapping[str, Mapping[int, Mapping[str, float | None]]]
"""What was measured of an entry: arm, seed, metric. None for what was no number."""


class Direction(StrEnum):
    """Where a mean difference lies, as far as its interval tells."""

    UP = "up"
    DOWN = "down"
    SAME = "same"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Unit:
    """How a metric is written.

    Args:
        scale: Of the stored number.
        digits: After the point.
        word: Behind a value.
        difference: Behind a difference.
    """

    scale: float
    digits: int
    word: str
    difference: str


PERCENT = Unit(100, 1, " %", " points")
NATS = Unit(1, 3, " nats", " nats")
EPOCHS = Unit(1, 1, " epochs", " epochs")
PLAIN = Unit(1, 3, "", "")
COUNT = Unit(1, 1, "", "")


def unit_of(metric: str) -> Unit:
    """Return how a metric is written, by its name."""
    if metric.endswith(("_accuracy", "_share", "unsteadiness")):
        return PERCENT
    if metric.endswith("_loss"):
        return NATS
    if metric.startswith(("num_", "weights_", "multiply_adds_")):
        return COUNT
    return EPOCHS if "epoch" in metric else PLAIN


@dataclass(frozen=True, slots=True)
class Compared:
    """Mean difference of pairs with its interval (95 %, Student).

    Args:
        mean: Of the differences.
        low: Of the interval; None for a single pair.
        high: As `low`.
        count: Pairs.
        unit: How it is written.
    """

    mean: float
    low: float | None
    high: float | None
    count: int
    unit: Unit

    def direction(self, margin: float = 0.0) -> Direction:
        """Say where the difference lies.

        An interval inside ± margin is "same"; one that keeps clear of 0 is "up" or "down"; any
        other is "open", and so is a single pair.
        """
        if self.low is None or self.high is None:
            return Direction.OPEN
        if -margin <= self.low and self.high <= margin:
            return Direction.SAME
        if self.low > 0:
            return Direction.UP
        return Direction.DOWN if self.high < 0 else Direction.OPEN

    def told(self) -> str:
        """Say the difference with its interval."""
        scale, form = self.unit.scale, f"+.{self.unit.digits}f"
        mean = f"{scale * self.mean:{form}}{self.unit.difference}"
        if self.low is None or self.high is None:
            return f"{mean} (one pair, no interval)"
        return (
            f"{mean} (95 % interval {scale * self.low:{form}} to {scale * self.high:{form}}, "
            f"{self.count} pairs)"
        )


def values_of(table: Table, arm: str, metric: str) -> dict[int, float]:
    """Return an arm's values by seed, without those that are no numbers."""
    found = {seed: metrics.get(metric) for seed, metrics in table.get(arm, {}).items()}
    return {seed: v for seed, v in sorted(found.items()) if v is not None and math.isfinite(v)}


def compare(table: Table, base: str, variant: str, metric: str) -> Compared | None:
    """Return variant minus base over the seeds that both have; None if they share none."""
    return compare_values(
        values_of(table, base, metric), values_of(table, variant, metric), unit_of(metric)
    )


def compare_values(
    base: Mapping[int, float], variant: Mapping[int, float], unit: Unit
) -> Compared | None:
    """Return variant minus base over the seeds that both have; None if they share none."""
    seeds = sorted(base.keys() & variant.keys())
    if not seeds:
        return None
    found = paired_difference([base[s] for s in seeds], [variant[s] for s in seeds])
    return Compared(found["mean"], found["low"], found["high"], len(seeds), unit)


def told_mean(table: Table, arm: str, metric: str) -> str:
    """Say an arm's mean, deviation and number of seeds; "not measured" if there is none."""
    return told_values(list(values_of(table, arm, metric).values()), unit_of(metric))


def told_values(values: Sequence[float], unit: Unit) -> str:
    """Say a mean, of several values also their standard deviation, and how many they are."""
    if not values:
        return "not measured"
    found = spread(values)
    form = f".{unit.digits}f"
    deviation = "" if found["std"] is None else f" ± {unit.scale * found['std']:{form}}"
    return f"{unit.scale * found['mean']:{form}}{deviation}{unit.word} (n = {found['count']})"


Evidence = Mapping[str, Table]
"""What was measured of several entries, by their names."""


def table_in(evidence: Evidence, entry: str) -> Table:
    """Return an entry's measurements, empty if there are none."""
    return evidence.get(entry, {})
