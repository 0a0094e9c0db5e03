"""A few training images of each class of a set."""

import numpy as np
import streamlit as st

from app import state
from app.plain_text import plain
from app.sheets import sheet
from rdfia_core.data.images.image_set import ImageSet
from rdfia_core.data.images.overview import Overview, sample_rows
from rdfia_core.experiments import Experiment

SAMPLES = 8
MAX_CLASSES_SHOWN = 30
_PICTURE_PIXELS = 128
"""About the pixels that one image is enlarged to, enough for a dense screen."""


def draw_samples(experiment: Experiment, image_set: ImageSet, found: Overview) -> None:
    """Draw a sample of each class and the images that it has in each part."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("**A sample of the training images**")
        st.button(
            "Another sample",
            icon=":material/shuffle:",
            key=f"{experiment.name}/another",
            on_click=state.next_sample,
            args=(experiment.name,),
        )
    shown = min(image_set.num_classes, MAX_CLASSES_SHOWN)
    seed = state.sample_number(experiment.name)
    half = (shown + 1) // 2
    for labels, column in zip((range(half), range(half, shown)), st.columns(2), strict=True):
        with column:
            for label in labels:
                _draw_class(image_set, found, label, seed)
    if shown < image_set.num_classes:
        st.caption(f"The first {shown} of {image_set.num_classes} classes.")


def _draw_class(image_set: ImageSet, found: Overview, label: int, seed: int) -> None:
    name = image_set.class_names[label]
    counts = (found.num_train[label], found.num_val[label], found.num_test[label])
    train, val, test = (f"{count:,}" for count in counts)
    st.markdown(f"**{plain(name)}** :small[{train} training, {val} validation, {test} test]")
    rows = sample_rows(image_set.y_train, found.train_rows, label, SAMPLES, seed)
    if len(rows):
        st.image(
            _in_a_row(image_set.x_train[rows]),
            width="stretch",
            output_format="PNG",
            alt=f"{len(rows)} training images of the class {name}",
        )


def _in_a_row(images_NHWC: np.ndarray) -> np.ndarray:
    """Enlarge the images side by side; where there are fewer than `SAMPLES`, leave the rest clear.

    Returns:
        Red, green, blue and opacity, (height, width, 4), uint8.
    """
    scale = max(2, _PICTURE_PIXELS // images_NHWC.shape[1])
    drawn = sheet(images_NHWC, columns=len(images_NHWC), scale=scale)
    row = np.zeros((len(drawn), ((images_NHWC.shape[2] + 1) * SAMPLES - 1) * scale, 4), np.uint8)
    row[:, : drawn.shape[1], :3] = drawn
    row[:, : drawn.shape[1], 3] = 255
    return row
