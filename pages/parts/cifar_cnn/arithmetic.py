"""What a convolution computes, number by number, and what it costs."""

import streamlit as st

from app.live import kernel_view
from pages.parts.cifar_cnn.layer_calculator import draw_layer
from pages.parts.cifar_cnn.small_images import MOST, small_images
from pages.parts.cifar_cnn.stack_calculator import draw_counts, draw_stack
from rdfia_core.models.cnn.filters import FILTERS


def draw() -> None:
    """Draw the sliding kernel, then the calculators."""
    st.header("A kernel slides over an image")
    st.markdown(
        "At each place the pixels in the orange frame are multiplied by the kernel's weights and "
        "summed: one number of the output. **Point at an output number** (or tap it) to see its "
        "sum, choose another kernel, or type your own weights."
    )
    filters = [
        {
            "name": kernel.name,
            "sentence": kernel.sentence,
            "weights": {
                str(size): [[str(weight) for weight in row] for row in kernel.weights(size)]
                for size in kernel.sizes
            },
        }
        for kernel in FILTERS
    ]
    start = {"filter": [kernel.name for kernel in FILTERS].index("Sobel x"), "padding": 1}
    data = {"images": small_images(), "most": MOST, "filters": filters, "start": start}
    kernel_view(data, key="cifar_cnn/arithmetic/kernel")
    st.caption(
        "Deep learning calls this a convolution. In mathematics a convolution turns the kernel "
        "over first; what is learned does not care. A layer adds a bias and sums over its input "
        "channels."
    )
    draw_layer()
    draw_stack()
    draw_counts()
