"""The answers of the same weights at every place of a larger picture. K classes, m x m places."""

import numpy as np
import streamlit as st

from app.live import figure_view
from app.resources import store
from app.sheets import sheet
from pages.parts.images.try_image import draw_problem
from rdfia_core.figures.answers import place_figure
from rdfia_core.figures.packing import decode_frame
from rdfia_core.store import RunRecord


def draw_places(run: RunRecord) -> None:
    """Draw the map of answers to a larger picture."""
    st.subheader("The same weights on a larger picture")
    st.markdown(
        "A fully connected layer is a convolution whose kernel covers the whole map. Written so, "
        "the network takes a picture three times as wide and answers at **every place** at once."
    )
    draw_problem(run)
    frame = store().live_frame(run.id) if run.is_over else None
    if frame is None:
        return
    snapshot = decode_frame(frame.blob)[2]
    names, probs_Kmm = snapshot.info["class_names"], snapshot.arrays["probs"]
    strongest = int(np.argmax(probs_Kmm.max(axis=(1, 2))))
    chosen = st.selectbox("Class", names, index=strongest, key="cifar_cnn/class")
    left, right = st.columns([2, 3], vertical_alignment="center")
    left.image(
        sheet(snapshot.arrays["image"][None], columns=1, scale=4),
        width="stretch",
        alt="The larger picture",
    )
    with right:
        figure_view(
            place_figure(probs_Kmm[names.index(chosen)], snapshot.info),
            key="cifar_cnn/places",
            alt=f"Probability of {chosen} at each place of the larger picture",
        )
    places = probs_Kmm.shape[1]
    st.caption(
        f"{places} × {places} answers, {snapshot.info['stride']:.3g} pixels apart, each to a "
        f"window of {snapshot.info['size']} × {snapshot.info['size']} pixels. Where a window's "
        "surroundings matter: in training there were zeros around it, here there is picture."
    )
