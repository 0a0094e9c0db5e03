"""Training a transformer: data, network, loop and pictures put together."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from torch import Tensor, nn

from rdfia_core.events import Event, Started
from rdfia_core.experiments import Context
from rdfia_core.experiments.vit import SCRATCH, VitConfig
from rdfia_core.experiments.vit.network import fetching, initial_network
from rdfia_core.models.vit.network import blocks_of
from rdfia_core.models.vit.picture import MAX_BYTES, add_attention
from rdfia_core.models.vit.transfer import layer_scales, layers_of
from rdfia_core.training.image_data import ImagePart
from rdfia_core.training.image_evaluation import predict
from rdfia_core.training.image_pictures import ImagePainter, first_filters
from rdfia_core.training.image_setup import ImageProblem, build_problem, build_training
from rdfia_core.training.image_training import ImageTraining
from rdfia_core.training.input_shape import InputShape


def train(config: VitConfig, context: Context) -> Iterator[Event]:
    """Train the network of a config to its end; yields as events.py describes."""
    problem = build_problem(config, context.images.open(config.dataset), context.device)
    yield from fetching(config, context)
    network, notes = initial_network(config, shape_of(problem), context)
    paint = painter(
        config, problem, network, problem.test, lambda: int(context.live["shown_image"])
    )
    training = training_of(config, context, problem, network, paint)
    if context.resume is not None:
        training.restore(context.resume)
    for event in training.events():
        yield event
        if isinstance(event, Started):
            yield from notes


def training_of(
    config: VitConfig,
    context: Context,
    problem: ImageProblem,
    network: nn.Module,
    picture: ImagePainter | None,
    *,
    evaluates_epochs: bool = True,
) -> ImageTraining:
    """Put a network into the training loop; its layers have gradients and rates of their own."""
    parameters = dict(network.named_parameters())
    decay = 1.0 if config.init_from == SCRATCH else config.layer_decay
    layers = [[parameters[name] for name in layer] for layer in layers_of(network)]
    return build_training(
        config,
        problem,
        network,
        live=context.live,
        picture=picture,
        layers=layers,
        scale_of=layer_scales(network, decay),
        evaluates_epochs=evaluates_epochs,
    )


def shape_of(problem: ImageProblem) -> InputShape:
    """Return the shape of what a problem's images give to a network."""
    image_set = problem.image_set
    return InputShape(image_set.num_channels, problem.input_size, image_set.num_classes)


def painter(
    config: VitConfig,
    problem: ImageProblem,
    network: nn.Module,
    shown: ImagePart,
    shown_image: Callable[[], int],
    max_bytes: int = MAX_BYTES,
) -> ImagePainter:
    """Return what takes the pictures of a network; `max_bytes` as in `add_attention`."""

    def logits(x_1CSS: Tensor) -> Tensor:
        return predict(network, x_1CSS, problem.device, config.precision)

    def look(x_1CSS: Tensor, arrays: dict[str, np.ndarray], info: dict[str, Any]) -> None:
        add_attention(network, x_1CSS, arrays, info, max_bytes)

    return ImagePainter(
        lambda: first_filters(network),
        lambda _: {},
        logits,
        shown,
        problem.pipeline,
        problem.image_set.class_names,
        shown_image,
        look if blocks_of(network) else None,
    )
