"""Preview: what augmentation and normalisation make of the images of a config."""

from collections.abc import Iterator

from rdfia_core.events import Event
from rdfia_core.experiments import Context
from rdfia_core.experiments.cifar_cnn import CifarCnnConfig
from rdfia_core.training.image_preview import preview_events


def preview(config: CifarCnnConfig, context: Context) -> Iterator[Event]:
    """Yield as `preview_events`."""
    return preview_events(config, context.images.open(config.dataset), context.device)
