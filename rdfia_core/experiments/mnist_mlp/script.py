"""The standalone script of a run of the MNIST MLP: what its config decides."""

from rdfia_core.experiments import Context
from rdfia_core.experiments.mnist_mlp import MnistMlpConfig
from rdfia_core.scripts.image_facts import (
    device_known,
    image_constants,
    image_needs,
    normalizer_known,
)
from rdfia_core.scripts.recipe import Ran, Recipe
from rdfia_core.scripts.stage_facts import STAGE_CLASSES, stage_constants, stage_kept, stage_known


def script(config: MnistMlpConfig, context: Context, ran: Ran) -> Recipe:
    """Return what makes the script of a config.

    Raises:
        DataUnavailableError: If there are no such imported images.
    """
    normalization = "per_channel" if config.pixel_scaling == "standard" else "none"
    return Recipe(
        program=("rdfia_core.scripts.images.program", "rdfia_core.experiments.mnist_mlp.program"),
        constants={
            **stage_constants(config, ran),
            **image_constants(config, context.images, ran),
            "PIXEL_SCALING": config.pixel_scaling,
            "HAS_SATURATION": config.activation in ("tanh", "sigmoid"),
        },
        known={
            **stage_known(config),
            **device_known(ran),
            **normalizer_known(normalization),
            "fit_scaling": {"kind": config.pixel_scaling},
        },
        kept=stage_kept(config),
        instead={"rdfia_core.models.stages.interface:Stage": STAGE_CLASSES[config.stage]},
        needs=image_needs(config),
    )
