"""All four stages at once: from the same weights on the same batches they are one algorithm."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

import torch
from torch import Tensor

from rdfia_core.events import End, EndReason, Event, Metrics, Result, Started, Step
from rdfia_core.models.stage_sources import STAGES
from rdfia_core.models.stages import Stage, StageSpec, build_stage
from rdfia_core.training.stage_config import StageConfig

Config = TypeVar("Config", bound=StageConfig)


def exactly(config: Config) -> Config:
    """Return a config in float64 with plain SGD: what then differs between stages is rounding.

    For the processor: Apple's GPUs have no float64, and on few examples any GPU mostly waits.
    """
    return config.model_copy(update={"dtype": "float64", "optimizer": "sgd"})


def comparison_events(
    weights: Sequence[Tensor],
    spec: StageSpec,
    train: Callable[[Stage], Iterator[Event]],
    device: str,
) -> Iterator[Event]:
    """Train the four stages side by side.

    Args:
        weights: That all of them start from.
        spec: How they compute and learn.
        train: Returns the training of a stage, from the same seed each time.
        device: Where.

    Yields:
        A metric row an epoch with NAME_loss (the training loss) of each stage and
        `largest_difference`, the largest absolute difference so far of any parameter from the
        manual stage's.
    """
    stages = {name: build_stage(name, weights, spec) for name in STAGES}
    streams = {name: train(stage) for name, stage in stages.items()}
    yield Started(sum(weight.numel() for weight in weights), device)
    dropout_states = dict.fromkeys(STAGES, torch.get_rng_state())
    largest = 0.0
    while True:
        rows: dict[str, Metrics] = {}
        for name, stream in streams.items():
            # Dropout draws from the default generator: each stage has its own copy of it.
            torch.set_rng_state(dropout_states[name])
            row = next((event for event in stream if isinstance(event, Metrics)), None)
            if row is not None:
                rows[name] = row
            dropout_states[name] = torch.get_rng_state()
        if not rows:
            break
        largest = max(largest, _largest_difference(stages))
        step, epoch = rows["manual"].step, rows["manual"].epoch
        scalars = {f"{name}_loss": row.scalars["train_loss"] for name, row in rows.items()}
        scalars["largest_difference"] = largest
        yield Metrics(step, epoch, scalars)
        yield Step(step, epoch)
    yield Result("compare_stages", {"largest_difference": largest, "epochs": epoch})
    yield End(EndReason.COMPLETED, "", scalars)


def _largest_difference(stages: Mapping[str, Stage]) -> float:
    manual = stages["manual"].parameters
    return max(
        float((ours.detach() - theirs.detach()).abs().max())
        for stage in stages.values()
        for ours, theirs in zip(manual, stage.parameters, strict=True)
    )
