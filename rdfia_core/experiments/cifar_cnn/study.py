"""Study: baseline and variants trained with the same seeds, so that they compare pair by pair."""

import math
from collections.abc import Iterator
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
from rdfia_core.experiments import Context
from rdfia_core.experiments.cifar_cnn import CifarCnnConfig, variant_of
from rdfia_core.experiments.cifar_cnn.train import training_of
from rdfia_core.experiments.cifar_cnn.variants import split_variants
from rdfia_core.training.image_setup import build_problem

CURVES = tuple(
    f"{part}_{what}"
    for part in ("train", "train_now", "val", "test")
    for what in ("loss", "accuracy")
)


def study(config: CifarCnnConfig, context: Context) -> Iterator[Event]:
    """Train every arm with every seed; yields a `Result` "study" after each epoch.

    The result holds `arms`, a list of {label, changes} with the baseline first, and `runs`, a list
    of {arm, seed, epoch, ends, CURVE: [...]} in the order of training: for each seed all arms, so
    that what there is when a study is cancelled is comparable.
    """
    arms: list[dict[str, Any]] = [{"label": "baseline", "changes": {}}]
    for changes in split_variants(config.variants):
        label = ", ".join(f"{name} {value}" for name, value in changes.items())
        arms.append({"label": label, "changes": changes})
    plan = [(arm, config.seed + k) for k in range(config.num_seeds) for arm in range(len(arms))]
    runs: list[dict[str, Any]] = []
    if context.resume is not None:
        runs = list(context.resume.values["runs"])
    step = len(runs)

    def checkpoint() -> Checkpoint:
        return Checkpoint({}, {"step": step, "runs": [run for run in runs if run["ends"]]})

    yield Started(0, context.device)
    yield Step(step, config.epochs * len(runs) / len(plan), checkpoint=checkpoint)
    if runs:
        yield Result("study", {"arms": arms, "runs": runs})
    for arm, seed in plan[len(runs) :]:
        chosen = variant_of(config, {**arms[arm]["changes"], "seed": str(seed)})
        run: dict[str, Any] = {"arm": arm, "seed": seed, "epoch": [], "ends": ""}
        runs.append(run)
        for event in _trained(chosen, context):
            if isinstance(event, Metrics) and event.epoch == int(event.epoch):
                _add(run, event)
                yield Result("study", {"arms": arms, "runs": runs})
                share = (len(runs) - 1 + event.epoch / chosen.epochs) / len(plan)
                yield Step(step, config.epochs * share, checkpoint=checkpoint)
            elif isinstance(event, End):
                run["ends"] = event.reason.value
            else:
                yield Pulse()
        step = len(runs)
        yield Result("study", {"arms": arms, "runs": runs})
        yield Step(step, config.epochs * step / len(plan), checkpoint=checkpoint)
    yield End(EndReason.COMPLETED, "", {})


def _trained(config: CifarCnnConfig, context: Context) -> Iterator[Event]:
    """Train one arm with one seed, without pictures."""
    problem = build_problem(config, context.images.open(config.dataset), context.device)
    live = {"learning_rate": config.learning_rate, "shown_image": 0}
    own = Context(context.device, context.uploads_dir, live, library=context.library)
    return training_of(config, own, problem, has_pictures=False).events()


def _add(run: dict[str, Any], event: Metrics) -> None:
    run["epoch"].append(event.epoch)
    for name in CURVES:
        value = event.scalars.get(name, math.nan)
        run.setdefault(name, []).append(round(value, 5) if math.isfinite(value) else None)
