"""What makes a run on images fail at once. Free of torch: asked before a run is queued."""

from rdfia_core.data.images.library import ImageLibrary
from rdfia_core.errors import DataUnavailableError
from rdfia_core.training.compiler import check_compiler
from rdfia_core.training.image_config import ImageConfig
from rdfia_core.training.image_set_config import ImageSetConfig


def check_images(config: ImageSetConfig, images: ImageLibrary) -> None:
    """Refuse a run whose images are not there.

    Raises:
        DataUnavailableError: If the set cannot be had; the message says what to do.
    """
    status = images.status(config.dataset)
    if not status.is_available:
        raise DataUnavailableError(status.sentence)


def check_image_run(config: ImageConfig, images: ImageLibrary) -> None:
    """Refuse a run whose images are not there, or that this server cannot compile.

    Raises:
        DataUnavailableError: If the set cannot be had; the message says what to do.
        ConfigError: If the network cannot be compiled here.
    """
    check_images(config, images)
    if config.compile:
        check_compiler()
