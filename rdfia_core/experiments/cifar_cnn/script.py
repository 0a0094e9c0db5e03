"""The standalone script of a run of the CNN lab: what its config decides."""

from rdfia_core.experiments import Context
from rdfia_core.experiments.cifar_cnn import CifarCnnConfig
from rdfia_core.models.cnn.as_code import network_code
from rdfia_core.models.cnn.blocks import effective_blocks
from rdfia_core.scripts.image_facts import (
    device_known,
    image_constants,
    image_needs,
    training_constants,
    training_known,
)
from rdfia_core.scripts.recipe import Code, Ran, Recipe
from rdfia_core.training.input_shape import input_shape, shape_of_set


def script(config: CifarCnnConfig, context: Context, ran: Ran) -> Recipe:
    """Return what makes the script of a config.

    Raises:
        DataUnavailableError: If there are no such imported images.
    """
    shape = input_shape(config, context.images)
    whole = shape_of_set(config.dataset, (), context.images)
    blocks = effective_blocks(
        config.architecture, batch_norm=config.batch_norm, dropout=config.dropout
    )
    network = network_code(
        blocks,
        num_channels=shape.num_channels,
        image_size=shape.image_size,
        num_classes=shape.num_classes,
    )
    return Recipe(
        program=(
            "rdfia_core.scripts.images.program",
            "rdfia_core.experiments.cifar_cnn.program",
            "rdfia_core.scripts.image_training.program",
        ),
        constants={
            **image_constants(config, context.images, ran),
            **training_constants(config, whole.image_size),
            "network": Code(network),
        },
        known={**device_known(ran), **training_known(config)},
        needs=image_needs(config),
    )
