"""What the network of a run answers to one image, a test image or a drawing."""

from collections.abc import Iterator
from functools import partial

import torch
from torch import Tensor

from rdfia_core.errors import ConfigError
from rdfia_core.events import Event, Started
from rdfia_core.experiments import Context
from rdfia_core.experiments.mnist_mlp import MnistMlpConfig
from rdfia_core.experiments.mnist_mlp.picture import Painter
from rdfia_core.experiments.mnist_mlp.problem import Problem, build_problem, stage_of
from rdfia_core.models.stages import Stage
from rdfia_core.training.centred_ink import NUM_MEASURED, centred, usual_form
from rdfia_core.training.image_data import ImagePart
from rdfia_core.training.one_picture import UNKNOWN_CLASS, asked_image, resized, shown
from rdfia_core.training.tensor_state import tensors_under


def predict(config: MnistMlpConfig, context: Context) -> Iterator[Event]:
    """Yield one picture as a run does.

    The image is the config's picture, drawn as its training images are, or without one the test
    image `shown_image`.
    """
    problem, stage = restored(config, context)
    yield Started(sum(weight.numel() for weight in problem.weights), context.device)
    fit = partial(_like_training, problem.images.train)
    part, place = asked_image(config, problem.images, context.uploads_dir, fit)
    snapshot = Painter(config, problem, stage, part, lambda: place).picture()
    if config.picture:
        snapshot.info["shown"]["label"] = UNKNOWN_CLASS
    yield from shown(snapshot, config.epochs)


def restored(config: MnistMlpConfig, context: Context) -> tuple[Problem, Stage]:
    """Build the problem of a run and its stage as the run left it.

    Raises:
        ConfigError: If there is no run to go on from.
    """
    if context.resume is None:
        raise ConfigError("Start a run first: its network is asked, and there is none yet.")
    problem = build_problem(config, context)
    stage = stage_of(config, problem.weights)
    stage.load_state(tensors_under("stage.", context.resume.arrays))
    return problem, stage


def _like_training(train: ImagePart, x_13HW: Tensor, size: int, num_channels: int) -> Tensor:
    """Make a drawing like the training images; arguments and result as of `resized`."""
    if num_channels == 3:
        return resized(x_13HW, size, num_channels)
    places = torch.arange(min(NUM_MEASURED, len(train)), device=train.rows_N.device)
    form = usual_form(train.images(places))
    return centred(x_13HW[0].mean(dim=0), size, form)[None, None]
