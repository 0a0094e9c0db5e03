"""The four stages at once, on few enough images that this takes seconds."""

from collections.abc import Iterator
from dataclasses import replace

from rdfia_core.events import Event, Snapshot
from rdfia_core.experiments import Context
from rdfia_core.experiments.mnist_mlp import MnistMlpConfig
from rdfia_core.experiments.mnist_mlp.problem import build_problem
from rdfia_core.models.stages import Stage
from rdfia_core.seeding import seed_default_generators, torch_rng
from rdfia_core.training.batches import BatchOrder
from rdfia_core.training.stage_comparison import comparison_events, exactly
from rdfia_core.training.stage_setup import stage_spec
from rdfia_core.training.stage_training import Evaluator, StageTraining

MAX_COMPARED = 1_000


def compare_stages(config: MnistMlpConfig, context: Context) -> Iterator[Event]:
    """Train the four stages on at most 1,000 images; yields as `comparison_events`."""
    exact, context = exactly(config), replace(context, device="cpu")
    if not 0 < exact.num_train <= MAX_COMPARED:
        exact = exact.model_copy(update={"num_train": _fewer(exact, context)})
    problem = build_problem(exact, context)
    splits = [problem.split(problem.images.train)]

    def train(stage: Stage) -> Iterator[Event]:
        seed_default_generators(exact.seed)
        training = StageTraining(
            stage,
            splits,
            Evaluator(stage, splits, exact.loss),
            BatchOrder(len(splits[0].targets_N), torch_rng(exact.seed, "order")),
            epochs=exact.epochs,
            live=context.live,
            is_attentive=lambda: False,
            snapshot=lambda _: Snapshot({}, {}),
        )
        return training.events(context.device)

    yield from comparison_events(problem.weights, stage_spec(exact), train, context.device)


def _fewer(config: MnistMlpConfig, context: Context) -> int:
    held = len(context.images.open(config.dataset).y_train) - config.num_val
    return max(1, min(MAX_COMPARED, held))
