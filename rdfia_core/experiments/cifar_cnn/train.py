"""Training the CNN: data, network, loop and pictures put together."""

from collections.abc import Callable, Iterator, Mapping

from torch import Tensor

from rdfia_core.data.images.image_set import ImageSet
from rdfia_core.events import Event
from rdfia_core.experiments import Context
from rdfia_core.experiments.cifar_cnn import CifarCnnConfig
from rdfia_core.models.cnn.blocks import effective_blocks
from rdfia_core.models.cnn.build import BlockNetwork, build_network, feature_maps
from rdfia_core.seeding import seed_default_generators
from rdfia_core.training.image_data import ImagePart
from rdfia_core.training.image_evaluation import predict
from rdfia_core.training.image_pictures import ImagePainter, first_filters
from rdfia_core.training.image_setup import ImageProblem, build_problem, build_training
from rdfia_core.training.image_training import ImageTraining


def train(config: CifarCnnConfig, context: Context) -> Iterator[Event]:
    """Train the network of a config to its end; yields as events.py describes."""
    problem = build_problem(config, context.images.open(config.dataset), context.device)
    training = training_of(config, context, problem, has_pictures=True)
    if context.resume is not None:
        training.restore(context.resume)
    yield from training.events()


def training_of(
    config: CifarCnnConfig, context: Context, problem: ImageProblem, *, has_pictures: bool
) -> ImageTraining:
    """Put the network of a config into the training loop, with initial weights of the seed."""
    network = initial_network(config, problem.image_set, problem.input_size)
    picture = painter(
        config, problem, network, problem.test, lambda: int(context.live["shown_image"])
    )
    return build_training(
        config, problem, network, live=context.live, picture=picture if has_pictures else None
    )


def initial_network(config: CifarCnnConfig, image_set: ImageSet, input_size: int) -> BlockNetwork:
    """Build the network of a config; the seed alone decides on its initial weights.

    Raises:
        ConfigError: If a block does not fit the images.
    """
    blocks = effective_blocks(
        config.architecture, batch_norm=config.batch_norm, dropout=config.dropout
    )
    seed_default_generators(config.seed)
    return build_network(
        blocks,
        num_channels=image_set.num_channels,
        image_size=input_size,
        num_classes=image_set.num_classes,
    )


def painter(
    config: CifarCnnConfig,
    problem: ImageProblem,
    network: BlockNetwork,
    shown: ImagePart,
    shown_image: Callable[[], int],
) -> ImagePainter:
    """Return what takes the pictures of a network."""

    def maps(x_1CHW: Tensor) -> Mapping[str, Tensor]:
        return feature_maps(network, x_1CHW)

    def logits(x_1CHW: Tensor) -> Tensor:
        return predict(network, x_1CHW, problem.device, config.precision)

    return ImagePainter(
        lambda: first_filters(network),
        maps,
        logits,
        shown,
        problem.pipeline,
        problem.image_set.class_names,
        shown_image,
    )
