"""Training on rows of pixels: data, stage, loop and pictures put together."""

from collections.abc import Iterator

import numpy as np
import torch

from rdfia_core.events import Event
from rdfia_core.experiments import Context
from rdfia_core.experiments.mnist_mlp import MnistMlpConfig
from rdfia_core.experiments.mnist_mlp.diagnosis import PixelDiagnosis
from rdfia_core.experiments.mnist_mlp.evaluation import MAX_REEVALUATED, ImageEvaluator, sampled
from rdfia_core.experiments.mnist_mlp.picture import Painter
from rdfia_core.experiments.mnist_mlp.problem import Problem, build_problem, stage_of
from rdfia_core.models.stages import Stage
from rdfia_core.seeding import numpy_rng, seed_default_generators, torch_rng
from rdfia_core.training.batches import BatchOrder
from rdfia_core.training.stage_training import Split, StageTraining


def train(config: MnistMlpConfig, context: Context) -> Iterator[Event]:
    """Train the network of a config to its end; yields as events.py describes."""
    problem = build_problem(config, context)
    training = training_of(problem, stage_of(config, problem.weights), config, context)
    if context.resume is not None:
        training.restore(context.resume)
    yield from training.events(context.device)


def training_of(
    problem: Problem, stage: Stage, config: MnistMlpConfig, context: Context
) -> StageTraining:
    """Put one stage into the training loop, with the data order and dropout of the seed."""
    seed_default_generators(config.seed)
    images = problem.images
    train_split = problem.split(images.train)
    sample_ND = sampled(train_split.inputs_ND)
    parts = [part for part in (images.val, images.test) if part is not None]
    order = BatchOrder(len(images.train), torch_rng(config.seed, "order"))
    num_classes = images.image_set.num_classes
    evaluator = ImageEvaluator(
        stage,
        [_reevaluated(train_split, config.seed), *map(problem.split, parts)],
        config.loss,
        sample_ND=sample_ND,
        activation=config.activation,
        pictured=images.pictured,
        num_classes=num_classes,
        epoch=lambda: order.progress,
    )
    counts = torch.bincount(images.train.targets_N)
    return StageTraining(
        stage,
        [train_split],
        evaluator,
        order,
        epochs=config.epochs,
        live=context.live,
        is_attentive=lambda: context.attentive,
        snapshot=Painter(
            config,
            problem,
            stage,
            images.test,
            lambda: int(context.live["shown_image"]),
            evaluator,
            sample_ND,
        ),
        diagnosis=PixelDiagnosis(config, num_classes, float(counts.max()) / len(images.train)),
        activation=config.activation,
    )


def _reevaluated(train: Split, seed: int) -> Split:
    """Return the training images that are measured after each epoch: all, or 5,000 by chance."""
    count = len(train.targets_N)
    if count <= MAX_REEVALUATED:
        return train
    chosen = numpy_rng(seed, "train_now").choice(count, MAX_REEVALUATED, replace=False)
    places = torch.from_numpy(np.sort(chosen)).to(train.targets_N.device)
    return Split(train.name, train.inputs_ND[places], train.targets_N[places])
