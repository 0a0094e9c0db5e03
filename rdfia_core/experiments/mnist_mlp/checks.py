"""What makes a run fail at once. Free of torch: asked before a run is queued."""

from rdfia_core.experiments import Context
from rdfia_core.experiments.mnist_mlp import MnistMlpConfig
from rdfia_core.training.image_checks import check_images


def check_run(config: MnistMlpConfig, context: Context) -> None:
    """Refuse a run whose images are not there.

    Raises:
        DataUnavailableError: If the set cannot be had; the message says what to do.
    """
    check_images(config, context.images)
