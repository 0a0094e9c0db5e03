"""Hyperparameters of the small-data study, and what it trains for each size. Free of torch."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator

from rdfia_core.config import hyperparameter
from rdfia_core.errors import ConfigError
from rdfia_core.training.study_config import StudiedImageConfig

MIN_SIZE = 10
MAX_SIZE = 50_000
MAX_SIZES = 8
MAX_STEPS = 2_000
"""Of a run: with a step an epoch, as small sets have, as many epochs as a config may have."""
_MAX_WARMUP = 100.0


def _canonical_sizes(value: Any) -> str:
    """Accept a comma list of whole numbers in any order; return each once, smallest first."""
    try:
        sizes = sorted({int(part) for part in str(value).split(",") if part.strip()})
    except ValueError:
        sizes = []
    if not (1 <= len(sizes) <= MAX_SIZES) or sizes[0] < MIN_SIZE or sizes[-1] > MAX_SIZE:
        raise ConfigError(
            f"The 'sizes' parameter must be a comma list of 1 to {MAX_SIZES} numbers of training "
            f"images, each {MIN_SIZE} to {MAX_SIZE:,}, for example 10,100,1000. "
            f"Got {str(value)[:60]!r}.",
            "sizes",
        )
    return ",".join(map(str, sizes))


class SmallDataConfig(StudiedImageConfig):
    """Over which sizes of the training set the study goes, and how long it trains on each."""

    hidden_sections: ClassVar[tuple[str, ...]] = ("Study", "Small data", "Picture")

    sizes: Annotated[str, BeforeValidator(_canonical_sizes)] = hyperparameter(
        "10,50,200,1000",
        label="Sizes of the training set",
        help="Numbers of training images that the small-data study compares; the larger sets "
        "contain the smaller. Try 10,100,1000,5000 where the data set has as many.",
        section="Small data",
        editor="line",
    )
    study_steps: int = hyperparameter(
        300,
        label="Updates of a run",
        help="Optimiser updates of each run of the small-data study, rounded up to whole epochs: "
        "with equal epochs ten images would get hardly any. Try 1000 if scratch still rises.",
        section="Small data",
        unit="steps",
        ge=10,
        le=MAX_STEPS,
        suggestions=(30, 100, 200, 300, 500, 1_000, 2_000),
    )


@dataclass(frozen=True)
class SizePlan:
    """How a set of one size is trained on.

    Args:
        size: Training images.
        batch_size: Images a step: the config's, or all there are.
        epochs: As many as make up the study's steps, rounded up.
    """

    size: int
    batch_size: int
    epochs: int

    @property
    def steps(self) -> int:
        """Optimiser updates of a run."""
        return self.epochs * -(-self.size // self.batch_size)


def size_plans(config: SmallDataConfig) -> list[SizePlan]:
    """Return how each size is trained on: for about the same number of updates."""
    plans = []
    for size in map(int, config.sizes.split(",")):
        batch_size = min(config.batch_size, size)
        steps_per_epoch = -(-size // batch_size)
        plans.append(SizePlan(size, batch_size, -(-config.study_steps // steps_per_epoch)))
    return plans


def planned_changes(config: SmallDataConfig, plan: SizePlan) -> dict[str, Any]:
    """Return what a run on one size sets: all is trained to the end, the warm-up in proportion."""
    warmup_share = config.warmup_epochs / config.epochs
    return {
        "num_train": plan.size,
        "num_val": 0,  # nothing is chosen, so nothing is held out
        "patience": 0,
        "batch_size": plan.batch_size,
        "epochs": plan.epochs,
        "warmup_epochs": min(_MAX_WARMUP, warmup_share * plan.epochs),
    }


def check_small_data(config: SmallDataConfig, num_available: int) -> None:
    """Refuse a study that would fail halfway, or whose sizes would not compare.

    Args:
        config: Of the study.
        num_available: Training images of the data set.

    Raises:
        ConfigError: If there are fewer images than the largest size, or the schedule counts epochs.
    """
    largest = size_plans(config)[-1].size
    if largest > num_available:
        raise ConfigError(
            f"The 'sizes' parameter must be at most {num_available:,}, the training images of "
            f"{config.dataset}. Got {largest}: leave it out, or choose a larger data set.",
            "sizes",
        )
    if config.schedule == "exponential":
        raise ConfigError(
            "The 'schedule' parameter must be another than exponential in the small-data study, "
            "since that falls by the epoch, and small sets have many more of them. Got "
            "exponential: choose cosine.",
            "schedule",
        )
