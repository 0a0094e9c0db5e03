"""Two ways to trust the hand-written gradient: all four stages at once, and a numerical check."""

from collections.abc import Iterator, Mapping

import torch

from rdfia_core.events import End, EndReason, Event, Metrics, Result, Started, Step
from rdfia_core.experiments import Context
from rdfia_core.experiments.circle_mlp import CircleMlpConfig
from rdfia_core.experiments.circle_mlp.train import build_problem, training_of
from rdfia_core.models.gradient_check import check_gradients as check_stage_gradients
from rdfia_core.models.stage_sources import STAGES
from rdfia_core.models.stages import Stage, build_stage

MAX_CHECK_POINTS = 32


def compare_stages(config: CircleMlpConfig, context: Context) -> Iterator[Event]:
    """Train the four stages side by side from the same weights on the same batches.

    All of it in float64 with plain SGD, so that what remains between the stages is rounding.

    Yields:
        A metric row an epoch with NAME_loss (the training loss) of each stage and
        `largest_difference`, the largest absolute difference so far of any parameter from the
        manual stage's.
    """
    exact = config.model_copy(update={"dtype": "float64", "optimizer": "sgd"})
    problem = build_problem(exact, context)
    stages = {name: build_stage(name, problem.weights, problem.spec) for name in STAGES}
    streams = {
        name: training_of(problem, stage, exact, context).events(context.device)
        for name, stage in stages.items()
    }
    yield Started(sum(weight.numel() for weight in problem.weights), context.device)
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


def check_gradients(config: CircleMlpConfig, context: Context) -> Iterator[Event]:
    """Compare each parameter's hand-written gradient with finite differences and autograd.

    At the parent run's last checkpoint where there is one, else at the initial weights.

    Yields:
        A `Result` named "check_gradients" with a table a layer's tensor.
    """
    exact = config.model_copy(update={"dtype": "float64"})
    problem = build_problem(exact, context)
    weights = problem.weights
    step = 0
    if context.resume is not None:
        step = int(context.resume.values["step"])
        arrays = context.resume.arrays
        weights = [
            torch.from_numpy(arrays[f"stage.parameter.{k}"]).to(torch.float64)
            for k in range(len(weights))
        ]
    yield Started(sum(weight.numel() for weight in weights), context.device)
    train = problem.splits[0]
    inputs, targets = train.inputs_ND[:MAX_CHECK_POINTS], train.targets_N[:MAX_CHECK_POINTS]
    tables = check_stage_gradients(weights, problem.spec, inputs, targets)
    worst = max(table["max_error"] for table in tables)
    yield Result(
        "check_gradients",
        {"tables": tables, "num_points": len(targets), "step": step, "worst": worst},
    )
    yield Step(0, 0.0)
    yield End(EndReason.COMPLETED, "", {"max_relative_error": worst})
