"""Train a convolutional network on images, look into it, and measure what each trick brings."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from app.controls import Form, draw_form
from app.views import draw_views
from pages.parts.cifar_cnn.architecture import draw_architecture
from pages.parts.cifar_cnn.arithmetic import draw as draw_arithmetic
from pages.parts.cifar_cnn.places import draw_places
from pages.parts.images.data import draw_data
from pages.parts.images.previews import draw_previews
from pages.parts.images.study import draw_study
from pages.parts.images.train import draw_train
from pages.parts.images.try_image import draw_try_image
from rdfia_core.experiments import experiment_named

TITLE = "CIFAR-10 CNN"
ICON = ":material/grid_on:"
ORDER = 30

NETWORK_FACTORS = ("dropout", "batch_norm", "architecture")

VIEWS: dict[str, Callable[[Form], None]] = {
    "Train": draw_train,
    "Architecture": draw_architecture,
    "Data": draw_data,
    "Previews": draw_previews,
    "Study": partial(draw_study, network_factors=NETWORK_FACTORS),
    "Try an image": partial(draw_try_image, others={"slide": draw_places}),
    "Arithmetic": lambda _: draw_arithmetic(),
}

st.title("CIFAR-10 CNN")
st.markdown(
    "Press **Play**. A convolutional network learns to name what it sees; watch its filters form "
    "and its accuracy on images that it was not shown. Then change one setting and play again."
)
draw_views(VIEWS, draw_form(experiment_named("cifar_cnn")))
