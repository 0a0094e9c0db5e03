"""The circle lab's network on images: units as pictures, and what the scale of pixels does."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from app.controls import Form, draw_form
from app.views import draw_views
from pages.parts.images.data import draw_data
from pages.parts.images.train import draw_train
from pages.parts.images.try_image import draw_try_image
from pages.parts.mnist_mlp.scaling import draw_scaling
from pages.parts.stages import draw_code, draw_comparison
from rdfia_core.experiments import experiment_named

TITLE = "MNIST MLP"
ICON = ":material/draw:"
ORDER = 15

DRAWN_AS = (
    "Draw a digit, anywhere and of any size: it is cut out, made as large as the training images' "
    "digits, and moved until its centre of mass is in the middle, as MNIST was made."
)
COMPARED_ON = (
    "At most 1,000 of the training images take part. With raw pixels watch rounding itself grow: "
    "each step multiplies what is left between the stages by the size of the pixels."
)

VIEWS: dict[str, Callable[[Form], None]] = {
    "Train": draw_train,
    "Draw": partial(draw_try_image, first="Draw", drawn_as=DRAWN_AS),
    "Pixel scaling": draw_scaling,
    "Code": draw_code,
    "Four stages": partial(draw_comparison, on_what=COMPARED_ON),
    "Data": draw_data,
}

st.title("MNIST MLP")
st.markdown(
    "Press **Play**. The circle lab's network gets images, a long row of pixels each: watch what "
    "its hidden units look for take shape. Then set **Pixel scaling** to raw and play again."
)
draw_views(VIEWS, draw_form(experiment_named("mnist_mlp")))
