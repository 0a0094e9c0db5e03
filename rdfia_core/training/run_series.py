"""Runs that are compared, trained one after the other: curves, ends, and sums over seeds."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

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
from rdfia_core.training.image_config import ImageConfig
from rdfia_core.training.paired import paired_difference, spread

CURVES = tuple(
    f"{part}_{what}"
    for part in ("train", "train_now", "val", "test")
    for what in ("loss", "accuracy")
)
Config = TypeVar("Config", bound=ImageConfig)


def run_series(
    plan: Sequence[tuple[Mapping[str, Any], Config]],
    *,
    epochs: int,
    device: str,
    resume: Checkpoint | None,
    train_one: Callable[[Config], Iterator[Event]],
    result_of: Callable[[Sequence[Mapping[str, Any]]], Result],
) -> Iterator[Event]:
    """Train every config of a plan; yields a `Result` after each evaluation and each end.

    Args:
        plan: What tells each run apart (`arm`, `seed` and perhaps more), and its config.
        epochs: What the end of the series is as an epoch, for whoever shows progress.
        device: Where the runs compute.
        resume: State of the series to go on from, after its last finished run.
        train_one: Trains one config from its start, without pictures.
        result_of: Makes the result of all runs so far: what tells them apart and {epoch, ends,
            final, CURVE: [...]}, the last of them perhaps under way, with empty `ends`.
    """
    runs: list[dict[str, Any]] = []
    if resume is not None:
        runs = list(resume.values["runs"])
    step = len(runs)

    def checkpoint() -> Checkpoint:
        return Checkpoint({}, {"step": step, "runs": [run for run in runs if run["ends"]]})

    yield Started(0, device)
    yield Step(step, epochs * step / len(plan), checkpoint=checkpoint)
    if runs:
        yield result_of(runs)
    for names, config in plan[len(runs) :]:
        run: dict[str, Any] = {**names, "epoch": [], "ends": "", "final": {}}
        runs.append(run)
        for event in train_one(config):
            if isinstance(event, Metrics) and "test_loss" in event.scalars:
                _add(run, event)
                yield result_of(runs)
            elif isinstance(event, Step):
                done = step + min(1.0, event.epoch / config.epochs)
                yield Step(step, epochs * done / len(plan), checkpoint=checkpoint)
            elif isinstance(event, End):
                run["ends"] = event.reason.value
                run["final"] = _rounded(event)
            else:
                yield Pulse()
        step = len(runs)
        yield result_of(runs)
        yield Step(step, epochs * step / len(plan), checkpoint=checkpoint)
    yield End(EndReason.COMPLETED, "", {})


def _add(run: dict[str, Any], event: Metrics) -> None:
    run["epoch"].append(event.epoch)
    for name, value in _rounded(event).items():
        run.setdefault(name, []).append(value)


def _rounded(event: Metrics | End) -> dict[str, float | None]:
    scalars = event.scalars if isinstance(event, Metrics) else event.metrics
    values = {name: scalars.get(name, math.nan) for name in CURVES}
    return {name: round(v, 5) if math.isfinite(v) else None for name, v in values.items()}


def summed_up(num_arms: int, runs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Sum up the runs that have ended, for each arm; arm 0 is what the others are compared with.

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
