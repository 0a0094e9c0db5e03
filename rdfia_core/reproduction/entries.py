"""What an entry of the reproduction is: what the report prints, and what is run beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from rdfia_core.config import ExperimentConfig
from rdfia_core.experiments import experiment_named

QUICK, FULL = "quick", "full"
VARIANTS = (QUICK, FULL)


@dataclass(frozen=True, slots=True)
class Printed:
    """A number of the report, in the unit in which it is printed.

    Args:
        low: The number, or the least of a range.
        high: The most of a range; None for a single number.
        is_read_off: It was read off a plot, to about ± 1.
    """

    low: float
    high: float | None = None
    is_read_off: bool = False

    def told(self) -> str:
        """Return it as the report prints it."""
        number = f"{'~' if self.is_read_off else ''}{self.low:,.12g}"
        return number if self.high is None else f"{number} to {self.high:,.12g}"

    def bounds(self, tolerance: float) -> tuple[float, float]:
        """Return what counts as the same number."""
        slack = max(tolerance, 1.0) if self.is_read_off else tolerance
        return self.low - slack, (self.low if self.high is None else self.high) + slack


@dataclass(frozen=True, slots=True)
class Arm:
    """One setting of an entry.

    Args:
        name: In the measurements.
        label: For a person.
        changes: Hyperparameters that differ from the entry's base.
        printed: What the report prints of the entry's metric.
        option: What the entry's own task is told, if it has one.
        is_quick: Whether the quick variant runs it.
        weights: timm's network whose trained weights it needs, "" for none.
    """

    name: str
    label: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    printed: Printed | None = None
    option: str = ""
    is_quick: bool = True
    weights: str = ""


@dataclass(frozen=True, slots=True)
class Variant:
    """How much of an entry is run.

    Args:
        seeds: How many, from 0.
        says: The subset in words: what differs from the printed setting.
        changes: Hyperparameters that differ from the entry's base.
        is_as_printed: Numbers may be compared with the printed ones.
    """

    seeds: int
    says: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    is_as_printed: bool = False


@dataclass(frozen=True, slots=True)
class Expected:
    """What the report says of two arms: that the first has the larger value of a metric.

    Args:
        larger: Name of an arm.
        smaller: Name of another.
        metric: What is compared; "" for the entry's.
        over: What it is compared with in the other arm; "" for the same metric.
        margin: With one, the report says that the two are the same within it.
    """

    larger: str
    smaller: str
    metric: str = ""
    over: str = ""
    margin: float = 0.0


@dataclass(frozen=True, slots=True)
class Entry:
    """One experiment of the report.

    Args:
        name: For the command line and the address.
        part: Of the course: 1 networks from scratch, 2 convolutions, 3 transformers.
        title: For a person.
        says: What the report prints or concludes, in our words.
        experiment: The lab that runs it.
        arms: Its settings.
        quick: A subset for a processor.
        full: As printed.
        base: Hyperparameters that differ from the lab's defaults.
        task: "train", or the address of a function (config, context, option) that yields events.
        metric: What the printed numbers are.
        also: Metrics that are shown beside it.
        expects: What the report says of its arms.
        tolerance: By how much a mean may miss a printed number, in its unit.
        claims: Numbers of the claims that it bears on; the first decides on its verdict.
        figures: The report's own numbers of its figures, where they are known.
        view: The lab's view that "Try it" opens, "" for its first.
    """

    name: str
    part: int
    title: str
    says: str
    experiment: str
    arms: tuple[Arm, ...]
    quick: Variant
    full: Variant
    base: Mapping[str, Any] = field(default_factory=dict)
    task: str = "train"
    metric: str = "test_accuracy"
    also: tuple[str, ...] = ()
    expects: tuple[Expected, ...] = ()
    tolerance: float = 1.0
    claims: tuple[int, ...] = ()
    figures: str = ""
    view: str = ""

    def variant(self, name: str) -> Variant:
        """Return the quick or the full variant."""
        return self.quick if name == QUICK else self.full

    def arms_of(self, variant: str) -> tuple[Arm, ...]:
        """Return the arms that a variant runs."""
        return tuple(arm for arm in self.arms if arm.is_quick or variant == FULL)

    def values(self, variant: str, arm: Arm) -> dict[str, Any]:
        """Return the hyperparameters of an arm, without the seed."""
        return {**self.base, **self.variant(variant).changes, **arm.changes}

    def planned(self, variant: str, seeds: int | None = None) -> list["Planned"]:
        """Return what is to be run, all arms of a seed before the next seed.

        Args:
            variant: quick or full.
            seeds: How many seeds; None for the variant's own number.
        """
        count = self.variant(variant).seeds if seeds is None else seeds
        first = [planned(self, variant, arm, 0) for arm in self.arms_of(variant)]
        return [each.with_seed(seed) for seed in range(count) for each in first]


@dataclass(frozen=True, slots=True)
class Planned:
    """One run that an entry asks for.

    Args:
        entry: Whose.
        variant: quick or full.
        arm: Which setting.
        seed: Which seed.
        config: Every hyperparameter, except for the device.
        changed: Those that differ from the lab's defaults.
    """

    entry: Entry
    variant: str
    arm: Arm
    seed: int
    config: Mapping[str, Any]
    changed: Mapping[str, Any]

    @property
    def asked(self) -> dict[str, Any]:
        """What is run, as JSON: two entries that ask the same share one measurement."""
        return {
            "experiment": self.entry.experiment,
            "task": self.entry.task,
            "option": self.arm.option,
            "changed": dict(self.changed),
        }

    def with_seed(self, seed: int) -> "Planned":
        """Return the same run with another seed."""
        changed = {name: value for name, value in self.changed.items() if name != "seed"}
        if seed != ExperimentConfig.model_fields["seed"].default:
            changed["seed"] = seed
        config = {**self.config, "seed": seed}
        return replace(self, seed=seed, config=config, changed=changed)


def planned(entry: Entry, variant: str, arm: Arm, seed: int) -> Planned:
    """Build the config of one run.

    Raises:
        ConfigError: If the entry asks for what the lab does not allow.
    """
    config_class = experiment_named(entry.experiment).config_class
    config = config_class.build({**entry.values(variant, arm), "seed": seed})
    values, changed = config.model_dump(), config.changed()
    for each in (values, changed):
        each.pop("device", None)
    return Planned(entry, variant, arm, seed, values, changed)
