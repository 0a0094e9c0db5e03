"""Small data: from scratch against carried over, on nested training sets of growing size.

For one seed both arms see the same images (the larger sets contain the smaller), in the same order,
so they compare pair by pair.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypeVar

from rdfia_core.events import Checkpoint, Event, Result
from rdfia_core.training.run_series import run_series, summed_up
from rdfia_core.training.small_data_config import (
    SmallDataConfig,
    check_small_data,
    planned_changes,
    size_plans,
)
from rdfia_core.training.study_config import variant_of

ARMS = ("scratch", "transfer")
Config = TypeVar("Config", bound=SmallDataConfig)


def small_data_events(
    config: Config,
    *,
    num_available: int,
    scratch: Mapping[str, Any],
    device: str,
    resume: Checkpoint | None,
    train_one: Callable[[Config], Iterator[Event]],
) -> Iterator[Event]:
    """Train both arms on every size with every seed; yields a `Result` "small_data" meanwhile.

    The result holds `sizes`, a list of {size, batch_size, epochs, steps}; `runs`, a list of {size,
    arm, seed, ends, final, ...} as in `run_series`, in the order of training: for each seed all
    sizes, for each size both arms; and `summary`, for each size what `summed_up` says of the arms,
    scratch first.

    Args:
        config: Of the study; its seed is the first of `num_seeds`, and it starts from the weights
            that are carried over.
        num_available: Training images of the data set.
        scratch: What makes the same network start from scratch, and learn as a whole.
        device: Where the runs compute.
        resume: State of a study to go on from, after its last finished run.
        train_one: Trains one config from its start, without pictures; one evaluation, after its
            last epoch, is enough.

    Raises:
        ConfigError: If the study would fail halfway, or its sizes would not compare.
    """
    check_small_data(config, num_available)
    plans = size_plans(config)
    plan = [
        (
            {"size": each.size, "arm": arm, "seed": config.seed + k},
            variant_of(
                config, {**planned_changes(config, each), **changes, "seed": config.seed + k}
            ),
        )
        for k in range(config.num_seeds)
        for each in plans
        for arm, changes in enumerate((scratch, {}))
    ]
    sizes = [{**asdict(each), "steps": each.steps} for each in plans]

    def result_of(runs: Sequence[Mapping[str, Any]]) -> Result:
        summary = [
            summed_up(len(ARMS), [run for run in runs if run["size"] == each.size])
            for each in plans
        ]
        return Result("small_data", {"sizes": sizes, "runs": runs, "summary": summary})

    yield from run_series(
        plan,
        epochs=config.epochs,
        device=device,
        resume=resume,
        train_one=train_one,
        result_of=result_of,
    )
