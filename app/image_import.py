"""Images of the visitor's own: a zip whose folders are the classes."""

import time
from pathlib import PurePath
from typing import Any

import streamlit as st

from app import state
from app.image_overview import choose_set
from app.messages import shown_errors
from app.resources import image_library, settings
from rdfia_core.data.images.entries import ImportLimits
from rdfia_core.data.images.imports import DEFAULT_SIZE, MAX_SIZE, MIN_SIZE, import_images
from rdfia_core.experiments import Experiment

SMALL_UPLOAD_MB = 20
"""An upload is held in memory, so a small server takes less than its configuration allows."""
_PROGRESS_SECONDS = 0.1
_LAYOUT = """cats/1.jpg
cats/2.jpg
dogs/1.jpg
dogs/2.jpg"""


def draw_import(experiment: Experiment) -> None:
    """Draw the upload; what was imported becomes the chosen set."""
    st.subheader("Your own images")
    most = int(st.get_option("server.maxUploadSize"))
    if settings().is_small:
        most = min(most, SMALL_UPLOAD_MB)
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.markdown(
            "A **zip with one folder for each class**, at least two classes of at least two "
            "pictures (PNG, JPEG, WebP, BMP or GIF):"
        )
        st.code(_LAYOUT, language=None)
        st.caption(
            "A fifth is held out as the test part, unless the folders lie in `train` and `test`. "
            "Pictures are cut to a square and made small. Whoever gets a link to your page can "
            f"see them. More than {most} MB, or a folder that lies on the server: "
            "`python -m rdfia_core data import FOLDER`."
        )
    with right, st.form(f"{experiment.name}/import"):
        file = st.file_uploader(
            "Zip or .npz file",
            type=["zip", "npz"],
            key=f"{experiment.name}/import/file",
            max_upload_size=most,
            help="An .npz holds `x_train`, `y_train` and perhaps `x_test`, `y_test`.",
        )
        name = st.text_input(
            "Name",
            key=f"{experiment.name}/import/name",
            max_chars=60,
            placeholder="The file's name",
        )
        size = st.number_input(
            "Pixels a side",
            MIN_SIZE,
            MAX_SIZE,
            DEFAULT_SIZE,
            key=f"{experiment.name}/import/size",
            help="Every picture gets this size. 32 is that of CIFAR-10; 64 shows more and takes "
            "four times as long to train. An .npz keeps its own size.",
        )
        if st.form_submit_button("Import", icon=":material/upload:", type="primary"):
            if file is None:
                st.warning("Choose a file first.", icon=":material/upload_file:")
            else:
                with shown_errors():
                    _import(experiment, file, name.strip(), int(size), most)


def _import(experiment: Experiment, file: Any, name: str, size: int, most: int) -> None:
    bar = st.progress(0.0, "Reading the pictures …")
    last = time.monotonic()

    def show(done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last > _PROGRESS_SECONDS:
            last = time.monotonic()
            bar.progress(done / total, f"{done:,} of {total:,} pictures")

    try:
        own_name = import_images(
            image_library().root,
            file.getvalue(),
            name or PurePath(file.name).stem,
            size=None if file.name.lower().endswith(".npz") else size,
            limits=_limits(most),
            progress=show,
        )
    finally:
        bar.empty()
    imported = state.imported_sets(experiment.name)
    if own_name not in imported:
        imported.append(own_name)
    choose_set(experiment, own_name)


def _limits(most: int) -> ImportLimits:
    """Less than the command line may take: many visitors share the server's memory and disk."""
    megabyte = 2**20
    return ImportLimits(
        archive_bytes=most * megabyte,
        num_entries=20_000,
        total_bytes=8 * most * megabyte,
        result_bytes=2 * most * megabyte,
    )
