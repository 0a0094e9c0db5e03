"""The image set that a form chooses: its parts, its classes, its statistics, a sample of each."""

from pathlib import Path

import numpy as np
import streamlit as st

from app import state
from app.controls import Form, apply_changes
from app.downloads import downloads
from app.image_samples import draw_samples
from app.messages import shown_errors
from app.plain_text import plain
from app.resources import image_library
from rdfia_core.data.images.image_set import ImageSet
from rdfia_core.data.images.library import SetStatus
from rdfia_core.data.images.overview import Overview, fitting_counts, overview
from rdfia_core.experiments import Experiment

CHANNELS = {1: ("grey",), 3: ("red", "green", "blue")}


def choose_set(experiment: Experiment, name: str) -> None:
    """Choose a set in the form, with numbers of images that it has, and draw the page again.

    Raises:
        RdfiaError: If it cannot be opened, or does not go with the rest of the form.
    """
    values = state.form_values(experiment.name)
    image_set = image_library().open(name)
    labels, title = image_set.y_train, image_set.title
    counts = fitting_counts(labels, int(values["num_train"]), int(values["num_val"]))
    apply_changes(experiment, {"dataset": name, **counts})
    state.leave_message(f"{experiment.name}/set", f"{plain(title)} is chosen; see the top.")
    st.rerun()


def draw_overview(form: Form) -> None:
    """Draw the chosen set, or say what is in the way."""
    if sentence := state.message(f"{form.experiment.name}/set"):
        st.toast(sentence, icon=":material/check:")
    name = str(form.values["dataset"])
    with shown_errors():
        status = image_library().status(name)
        st.subheader(f"Chosen: {plain(status.title)}")
        if not status.is_available:
            st.info(_way_to(status), icon=":material/cloud_download:")
            return
        with st.spinner("Opening the images …"):
            image_set = image_library().open(name)
        _draw_parts(form, image_set)


def _way_to(status: SetStatus) -> str:
    download = downloads().of(status.name)
    if download is not None and download.is_running:
        return "It is being fetched; its images appear here when it has come."
    if not image_library().can_fetch(status.name):
        return plain(status.sentence)
    label = "Resume" if status.num_bytes else "Fetch"
    return f"Not on this server yet. Press **{label}** below, or use Shapes\\-10 meanwhile."


def _draw_parts(form: Form, image_set: ImageSet) -> None:
    side, kind = image_set.image_size, _kind(image_set.num_channels)
    st.markdown(
        f"{image_set.num_train + image_set.num_test:,} {kind} images of {side} × {side} pixels in "
        f"{image_set.num_classes} classes."
    )
    found = _measured(
        str(getattr(image_set.x_train, "filename", Path())),
        image_set,
        *(int(form.values[field]) for field in ("num_train", "num_val", "seed")),
    )
    parts = {
        "Training": (found.num_train, "The network learns from these."),
        "Validation": (
            found.num_val,
            "Held out of the training part: compare settings, and stop early, by these.",
        ),
        "Test": (found.num_test, "Report the final result on these; choose nothing by them."),
    }
    with st.container(horizontal=True):
        for part, (counts_K, text) in parts.items():
            st.metric(part, f"{counts_K.sum():,}", help=text, width=110)
    st.fragment(draw_samples)(form.experiment, image_set, found)
    st.markdown(_statistics(found))
    st.caption(
        "Normalisation uses these. They leave out the validation and test images: what would be "
        "learned from those could no longer be checked on them."
    )


@st.cache_data(max_entries=16, show_spinner="Counting the images …")
def _measured(
    content: str, _image_set: ImageSet, num_train: int, num_val: int, seed: int
) -> Overview:
    """Keep what was measured; `content` names the set's file, which never changes."""
    del content
    return overview(_image_set, num_train=num_train, num_val=num_val, seed=seed)


def _statistics(found: Overview) -> str:
    names = CHANNELS[len(found.mean)]
    pairs = zip(names, np.round(found.mean, 3), np.round(found.std, 3), strict=True)
    told = ", ".join(
        f"{name} **{mean:.3f}**\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}{std:.3f}"
        for name, mean, std in pairs
    )
    return (
        f"Mean ± standard deviation of the pixels (0 is black, 1 is white) over the "
        f"{found.num_train.sum():,} **training images only**: {told}."
    )


def _kind(num_channels: int) -> str:
    return "grey" if num_channels == 1 else "colour"
