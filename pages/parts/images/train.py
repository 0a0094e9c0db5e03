"""The run: curves, filters, feature maps, confusion matrix, mistakes."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from app.controls import Form
from app.live import image_view
from app.resources import image_library
from app.run_panel import Panel, draw_panel
from rdfia_core.config import ExperimentConfig
from rdfia_core.errors import DataUnavailableError
from rdfia_core.training.image_set_config import ImageSetConfig

SPEEDS = (0.01, 0.05, 0.2, None)


def draw_train(form: Form, mount: Callable[..., None] = image_view) -> None:
    """Draw the run, and above it what it trains on.

    Args:
        form: Of a lab on images.
        mount: The component that shows the run.
    """
    if isinstance(form.config, ImageSetConfig):
        _draw_subset(form.config)
    draw_panel(Panel(form, mount=mount, told=_told, speeds=SPEEDS, default_speed=None))


def images_of_epoch(config: ImageSetConfig) -> int:
    """Return how many images an epoch of this config has, 0 if that is not known here.

    Raises:
        DataUnavailableError: If there can be no set of that name.
    """
    held = image_library().status(config.dataset).num_train - config.num_val
    return max(0, config.num_train or held)


def _told(config: ExperimentConfig) -> Mapping[str, Any]:
    assert isinstance(config, ImageSetConfig), "this panel is for labs on images"
    try:
        images = images_of_epoch(config)
    except DataUnavailableError:
        images = 0
    # Another data set, or part of one, is another subject: its pictures do not follow the old.
    source = [config.dataset, config.num_train, config.num_val]
    return {"images": images, "source": source}


def _draw_subset(config: ImageSetConfig) -> None:
    try:
        status = image_library().status(config.dataset)
    except DataUnavailableError as error:
        st.warning(str(error), icon=":material/cloud_download:")
        return
    if not status.is_available:
        st.warning(status.sentence, icon=":material/cloud_download:")
        return
    trained = images_of_epoch(config)
    whole = "" if trained + config.num_val == status.num_train else f" of {status.num_train:,}"
    st.caption(
        f"{status.title}: {trained:,}{whole} images to train on, {config.num_val:,} to choose "
        f"settings by, {status.num_test:,} to report."
    )
