"""Raw, unit and standardised pixels side by side, before anything is learned."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from app.controls import Form
from app.instant import Ask, Runs, completed_run, draw_answers
from app.live import figure_view
from app.messages import shown_errors
from rdfia_core.figures.pixel_scaling import TITLES, scaling_figure
from rdfia_core.figures.tables import markdown_table

SLOT = "scaling"
READ = (
    "dataset", "num_train", "num_val", "hidden_layers", "activation", "init", "loss", "dtype",
    "seed", "device",
)  # fmt: skip


def draw_scaling(form: Form) -> None:
    """Draw what each scaling does to the first hidden layer of the form's network."""
    st.markdown(
        "A unit sums up all pixels, each times a weight. The lab's weights have a standard "
        "deviation of 0.3, so the sum of an image **x** has one of about 0.3 · ‖x‖: with 784 "
        "pixels of up to 255 that is **hundreds to thousands**. There tanh is flat at ±1: its "
        "slope is 0, and all gradient on its way to the first layer is multiplied by that "
        "slope, so most units **learn nothing**. The few that still have a slope are multiplied "
        "by the pixels themselves, and take **steps hundreds of times too long**: an unsteady "
        "curve. Below: the form's network, with the same initial weights and the same images "
        "each time."
    )
    if form.config is None:
        return
    if form.values["hidden_layers"] == "none":
        st.info("This network has no hidden layer. Give it one at the left to look at its units.")
        return
    with shown_errors():
        values = {name: form.values[name] for name in READ}
        draw_answers(form.experiment, {SLOT: Ask(values, SLOT)}, _draw)


def _draw(runs: Runs) -> None:
    run = completed_run(runs, SLOT, "Passing images through the network …")
    if run is None:
        return
    found = run.result[SLOT]
    scalings: list[dict[str, Any]] = found["scalings"]
    figure_view(
        scaling_figure(scalings),
        key="mnist_mlp/scaling/figure",
        alt="What the units of the first hidden layer sum up and answer under three pixel scalings",
    )
    st.markdown(_table(scalings))
    st.caption(
        f"Over {found['images']} training images of {scalings[0]['inputs']:,} pixels, initial "
        f"weights of seed {run.config['seed']}. Saturated: |tanh| above 0.97, or a sigmoid within "
        "0.015 of 0 or 1. Gradients of the mean loss over these images."
    )


def _table(scalings: Sequence[Mapping[str, Any]]) -> str:
    num_layers = len(scalings[0]["grad_norms"])
    header = [
        "Pixels", "Mean ‖x‖", "Deviation of the sums", "Saturated", "Mean slope",
        *(f"Gradient, layer {k}" for k in range(1, num_layers + 1)),
    ]  # fmt: skip
    rows = [
        [
            TITLES[str(told["scaling"])],
            f"{told['input_norm']:,.3g}",
            f"{told['pre_std']:,.3g}",
            "–" if told["saturation"] is None else f"{told['saturation']:.1%}",
            f"{told['slope']:.3g}",
            *(f"{norm:.3g}" for norm in told["grad_norms"]),
        ]
        for told in scalings
    ]
    return markdown_table(header, rows)
