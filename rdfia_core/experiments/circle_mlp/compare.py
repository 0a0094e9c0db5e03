"""Two ways to trust the hand-written gradient: all four stages at once, and a numerical check."""

from collections.abc import Iterator
from dataclasses import replace

import torch

from rdfia_core.events import End, EndReason, Event, Result, Started, Step
from rdfia_core.experiments import Context
from rdfia_core.experiments.circle_mlp import CircleMlpConfig
from rdfia_core.experiments.circle_mlp.train import build_problem, training_of
from rdfia_core.models.gradient_check import check_gradients as check_stage_gradients
from rdfia_core.models.stages import Stage
from rdfia_core.training.stage_comparison import comparison_events, exactly

MAX_CHECK_POINTS = 32


def compare_stages(config: CircleMlpConfig, context: Context) -> Iterator[Event]:
    """Train the four stages side by side; yields as `comparison_events`."""
    exact, context = exactly(config), replace(context, device="cpu")
    problem = build_problem(exact, context)

    def stream(stage: Stage) -> Iterator[Event]:
        return training_of(problem, stage, exact, context).events(context.device)

    yield from comparison_events(problem.weights, problem.spec, stream, context.device)


def check_gradients(config: CircleMlpConfig, context: Context) -> Iterator[Event]:
    """Compare each parameter's hand-written gradient with finite differences and autograd.

    At the parent run's last checkpoint where there is one, else at the initial weights.

    Yields:
        A `Result` named "check_gradients" with a table a layer's tensor.
    """
    exact, context = exactly(config), replace(context, device="cpu")
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
