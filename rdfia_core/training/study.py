"""Study: baseline and variants trained with the same seeds, so that they compare pair by pair."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from rdfia_core.events import Checkpoint, Event, Result
from rdfia_core.training.run_series import run_series, summed_up
from rdfia_core.training.study_config import Studied, StudiedImageConfig, variant_of
from rdfia_core.training.variants import split_variants


def study_events(
    config: Studied,
    *,
    device: str,
    resume: Checkpoint | None,
    train_one: Callable[[Studied], Iterator[Event]],
) -> Iterator[Event]:
    """Train every arm with every seed; yields a `Result` "study" after each epoch.

    The result holds `arms`, a list of {label, changes} with the baseline first; `runs`, a list of
    {arm, seed, epoch, ends, final, CURVE: [...]} in the order of training: for each seed all arms,
    so that what there is when a study is cancelled is comparable; and `summary`, see `summed_up`.

    Args:
        config: Of the study; its seed is the first of `num_seeds`.
        device: Where the runs compute.
        resume: State of a study to go on from, after its last finished run.
        train_one: Trains one config from its start, without pictures.
    """
    arms = _arms(config)
    plan = [
        (
            {"arm": arm, "seed": config.seed + k},
            variant_of(config, {**arms[arm]["changes"], "seed": config.seed + k}),
        )
        for k in range(config.num_seeds)
        for arm in range(len(arms))
    ]

    def result_of(runs: Sequence[Mapping[str, Any]]) -> Result:
        return Result("study", {"arms": arms, "runs": runs, "summary": summed_up(len(arms), runs)})

    yield from run_series(
        plan,
        epochs=config.epochs,
        device=device,
        resume=resume,
        train_one=train_one,
        result_of=result_of,
    )


def _arms(config: StudiedImageConfig) -> list[dict[str, Any]]:
    arms: list[dict[str, Any]] = [{"label": "baseline", "changes": {}}]
    for changes in split_variants(config.variants):
        label = ", ".join(f"{name} {value}" for name, value in changes.items())
        arms.append({"label": label, "changes": changes})
    return arms
