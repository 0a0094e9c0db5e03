"""Training that nobody looks at, and inputs divided by a norm in ways the lab does not offer.

A lab evaluates after each epoch; on a thousand training images that costs as much as the training.
Here a subset is evaluated once, after its last epoch; a run on all images as in the lab.

A norm along one axis of the image is what the report's code took; the lab offers the norm of the
whole image. Either makes the inputs small; `rescaled` multiplies by D (L1) or √D (L2), D numbers an
image, so that an image of equal pixels keeps a mean (L1) or mean square (L2) of 1. B images.
"""

from collections.abc import Callable, Iterator

from torch import Tensor

from rdfia_core.events import Event
from rdfia_core.experiments import Context
from rdfia_core.experiments.cifar_cnn import CifarCnnConfig
from rdfia_core.experiments.cifar_cnn.train import initial_network as initial_cnn
from rdfia_core.experiments.vit import VitConfig
from rdfia_core.experiments.vit.network import initial_network as initial_vit
from rdfia_core.experiments.vit.train import shape_of
from rdfia_core.experiments.vit.train import training_of as vit_training
from rdfia_core.training.image_setup import build_problem, build_training
from rdfia_core.training.normalization import EPSILON

ROWS = 2  # of (B, C, rows, columns): torch's default axis for an image (C, rows, columns)


def train_cnn(config: CifarCnnConfig, context: Context, option: str) -> Iterator[Event]:
    """Train as the lab does, with inputs divided as `option` says; "" leaves it to the config."""
    problem = build_problem(config, context.images.open(config.dataset), context.device)
    if option:
        problem.pipeline.normalizer = NORMS[option]
    network = initial_cnn(config, problem.image_set, problem.input_size)
    yield from build_training(
        config,
        problem,
        network,
        live=context.live,
        picture=None,
        evaluates_epochs=not config.num_train,
    ).events()


def train_vit(config: VitConfig, context: Context, option: str) -> Iterator[Event]:
    """Train as the lab does."""
    del option
    problem = build_problem(config, context.images.open(config.dataset), context.device)
    network, _ = initial_vit(config, shape_of(problem), context)
    evaluates = not config.num_train
    yield from vit_training(
        config, context, problem, network, None, evaluates_epochs=evaluates
    ).events()


def _along_axis(order: int) -> Callable[[Tensor], Tensor]:
    def divide(x_BCHW: Tensor) -> Tensor:
        norms_BC1W: Tensor = x_BCHW.norm(order, dim=ROWS, keepdim=True)
        return x_BCHW / norms_BC1W.clamp_min(EPSILON)

    return divide


def _rescaled(order: int) -> Callable[[Tensor], Tensor]:
    def divide(x_BCHW: Tensor) -> Tensor:
        size = x_BCHW[0].numel()
        norm_B: Tensor = x_BCHW.flatten(1).norm(order, dim=1).clamp_min(EPSILON)
        factor_B111: Tensor = (size ** (1 / order) / norm_B).view(-1, 1, 1, 1)
        return x_BCHW * factor_B111

    return divide


NORMS: dict[str, Callable[[Tensor], Tensor]] = {
    "l1_axis": _along_axis(1),
    "l2_axis": _along_axis(2),
    "l1_rescaled": _rescaled(1),
    "l2_rescaled": _rescaled(2),
}
