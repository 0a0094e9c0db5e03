"""A calculator for one layer: its output size, and its weights against a dense layer's."""

import streamlit as st

from app.messages import shown_errors
from rdfia_core.models.cnn.arithmetic import (
    MAX_CHANNELS,
    MAX_IMAGE,
    MAX_KERNEL,
    MAX_STRIDE,
    Fit,
    Window,
    conv_weights,
    fit_windows,
    fully_connected_weights,
    pooling_window,
)

KINDS = ("Convolution", "Pooling", "Pooling, rounded up")
KEY = "cifar_cnn/arithmetic"


def draw_layer() -> None:
    """Draw the fields, the output size as a formula, and the weights in words."""
    st.header("One layer: output size and weights")
    left, right = st.columns(2, gap="large")
    with left:
        kind = str(
            st.segmented_control(
                "Layer", KINDS, default=KINDS[0], required=True, key=f"{KEY}/kind",
                help="Pooling rounded up keeps a last window that hangs over the border "
                "(`ceil_mode=True`), as the lab's last pooling does on crops of 28 pixels.",
            )
        )  # fmt: skip
        is_conv = kind == KINDS[0]
        with st.container(horizontal=True):
            size = _field("Input size n", 32, 1, MAX_IMAGE, "Pixels a side.")
            k = _field("Kernel size k", 5, 1, MAX_KERNEL, "Pixels a side.")
            s = _field("Stride s", 1, 1, MAX_STRIDE, "Pixels between two windows.")
            p = _field("Padding p", 2, 0, MAX_KERNEL - 1, "Zeros around, on each side.")
            channels = _field("Input channels", 3, 1, MAX_CHANNELS, "3 for a colour image.")
            filters = channels
            if is_conv:
                filters = _field("Filters", 32, 1, MAX_CHANNELS, "Each gives one output map.")
    with right, shown_errors():
        rounds_up = kind == KINDS[2]
        window = Window(k, s, p) if is_conv else pooling_window(k, s, p, rounds_up=rounds_up)
        fit = fit_windows(size, window)
        _draw_size(size, window, fit)
        if is_conv:
            _draw_weights(size, window, fit.output_size, channels, filters)
        else:
            st.markdown("Pooling has **no weights**, and as many output maps as input channels.")


def _field(label: str, value: int, low: int, high: int, text: str) -> int:
    return int(st.number_input(label, low, high, value, key=f"{KEY}/{label}", help=text, width=155))


def _draw_size(size: int, window: Window, fit: Fit) -> None:
    left, right = (r"\lceil", r"\rceil") if window.rounds_up else (r"\lfloor", r"\rfloor")
    inside = (
        rf"\frac{{{size} + 2 \cdot {window.padding} - {window.kernel_size}}}{{{window.stride}}}"
    )
    general = rf"\left{left} \frac{{n + 2p - k}}{{s}} \right{right} + 1"
    st.markdown(f"$${general} = \\left{left} {inside} \\right{right} + 1 = {fit.output_size}$$")
    notes = [f"The output has **{fit.output_size} × {fit.output_size}** pixels."]
    if fit.unread_border:
        notes.append(
            "The division leaves a remainder: a strip at the right and at the bottom, "
            f"{_pixels(fit.unread_border)} wide, is **ignored**."
        )
    if fit.unread_between:
        notes.append(
            "The stride is larger than the kernel: between windows each row and column "
            f"**skips** {_pixels(fit.unread_between)}."
        )
    if fit.overhang:
        notes.append(f"The last window hangs over the border by {_pixels(fit.overhang)}.")
    st.markdown(" ".join(notes))


def _draw_weights(size: int, window: Window, output: int, channels: int, filters: int) -> None:
    k = window.kernel_size
    plain = conv_weights(channels, filters, k, bias=False)
    biased = conv_weights(channels, filters, k)
    inputs, outputs = channels * size**2, filters * output**2
    dense = fully_connected_weights(inputs, outputs)
    st.markdown(
        f"Each filter holds {k} × {k} × {channels:,} weights and one bias. The layer: "
        f"{k}² × {channels:,} × {filters:,} = {plain:,} weights, **{biased:,}** with the biases."
        "\n\n"
        f"A fully connected layer between the same {inputs:,} inputs and {outputs:,} outputs: "
        f"{inputs:,} × {outputs:,} + {outputs:,} = **{dense:,}** with the biases, "
        f"{dense / biased:,.0f} times as many."
    )


def _pixels(count: int) -> str:
    return "1 pixel" if count == 1 else f"{count} pixels"
