"""Study: baseline and variants trained with the same seeds, so that they compare pair by pair."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from rdfia_core.events import (
    Checkpoint,
    End,
    EndReason,
    Event,
    Metrics,
    Pulse,
    Result,
    Started,
    Step,
)
from rdfia_core.training.paired import paired_difference, spread
from rdfia_core.training.study_config import Studied, StudiedImageConfig, variant_of
from rdfia_core.training.variants import split_variants

CURVES = tuple(
    f"{part}_{what}"
    for part in ("train", "train_now", "val", "test")
    for what in ("loss", "accuracy")
)


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
    so that what there is when a study is cancelled is comparable; and `summary`, see `_summary`.

    Args:
        config: Of the study; its seed is the first of `num_seeds`.
        device: Where the runs compute.
        resume: State of a study to go on from, after its last finished run.
        train_one: Trains one config from its start, without pictures.
    """
    arms = _arms(config)
    plan = [(arm, config.seed + k) for k in range(config.num_seeds) for arm in range(len(arms))]
    runs: list[dict[str, Any]] = []
    if resume is not None:
        runs = list(resume.values["runs"])
    step = len(runs)

    def checkpoint() -> Checkpoint:
        return Checkpoint({}, {"step": step, "runs": [run for run in runs if run["ends"]]})

    def result() -> Result:
        return Result("study", {"arms": arms, "runs": runs, "summary": _summary(len(arms), runs)})

    yield Started(0, device)
    yield Step(step, config.epochs * len(runs) / len(plan), checkpoint=checkpoint)
    if runs:
        yield result()
    for arm, seed in plan[len(runs) :]:
        chosen = variant_of(config, {**arms[arm]["changes"], "seed": str(seed)})
        run: dict[str, Any] = {"arm": arm, "seed": seed, "epoch": [], "ends": "", "final": {}}
        runs.append(run)
        for event in train_one(chosen):
            if isinstance(event, Metrics) and event.epoch == int(event.epoch):
                _add(run, event)
                yield result()
                share = (len(runs) - 1 + event.epoch / chosen.epochs) / len(plan)
                yield Step(step, config.epochs * share, checkpoint=checkpoint)
            elif isinstance(event, End):
                run["ends"] = event.reason.value
                run["final"] = _rounded(event)
            else:
                yield Pulse()
        step = len(runs)
        yield result()
        yield Step(step, config.epochs * step / len(plan), checkpoint=checkpoint)
    yield End(EndReason.COMPLETED, "", {})


def _arms(config: StudiedImageConfig) -> list[dict[str, Any]]:
    arms: list[dict[str, Any]] = [{"label": "baseline", "changes": {}}]
    for changes in split_variants(config.variants):
        label = ", ".join(f"{name} {value}" for name, value in changes.items())
        arms.append({"label": label, "changes": changes})
    return arms


def _add(run: dict[str, Any], event: Metrics) -> None:
    run["epoch"].append(event.epoch)
    for name, value in _rounded(event).items():
        run.setdefault(name, []).append(value)


def _rounded(event: Metrics | End) -> dict[str, float | None]:
    scalars = event.scalars if isinstance(event, Metrics) else event.metrics
    values = {name: scalars.get(name, math.nan) for name in CURVES}
    return {name: round(v, 5) if math.isfinite(v) else None for name, v in values.items()}


def _summary(num_arms: int, runs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Sum up the runs that have ended, for each arm.

    A run that diverged has no final value. It is counted, and left out of the rest with its pair.

    Returns:
        `num_ended`, `num_diverged`, `finals` (a `Spread` by curve) and, against the baseline,
        `differences` (a `Difference` by curve).
    """
    ended = {(run["arm"], run["seed"]): run for run in runs if run["ends"]}
    sound = {k: run for k, run in ended.items() if run["ends"] == EndReason.COMPLETED}
    rows = []
    for arm in range(num_arms):
        seeds = [seed for number, seed in sound if number == arm]
        paired = [seed for seed in seeds if arm and (0, seed) in sound]
        finals, differences = {}, {}
        for curve in CURVES:
            values = [sound[arm, seed]["final"][curve] for seed in seeds]
            if not values or None in values:
                continue
            finals[curve] = spread(values)
            if paired:
                differences[curve] = paired_difference(
                    [sound[0, seed]["final"][curve] for seed in paired],
                    [sound[arm, seed]["final"][curve] for seed in paired],
                )
        num_ended = sum(number == arm for number, _ in ended)
        rows.append(
            {
                "num_ended": num_ended,
                "num_diverged": num_ended - len(seeds),
                "finals": finals,
                "differences": differences,
            }
        )
    return rows
