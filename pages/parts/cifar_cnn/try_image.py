"""Ask the trained network: a test image, an upload, a drawing, or a whole larger picture."""

import base64

import numpy as np
import streamlit as st

from app import state
from app.controls import Form, apply_changes, current_run
from app.instant import Ask, Runs, draw_answers, picture_of
from app.live import answer_view, figure_view, pad_view, received_command
from app.messages import shown_errors
from app.resources import settings, store
from app.sheets import sheet
from rdfia_core.data.images.picture_store import PictureStore
from rdfia_core.errors import RdfiaError
from rdfia_core.figures.answers import place_figure
from rdfia_core.figures.packing import decode_frame
from rdfia_core.store import RunRecord

SOURCES = ("Test image", "Upload", "Draw")
PAD = "cifar_cnn/pad"


def draw_try_image(form: Form) -> None:
    """Draw the choice of an image and the answer of the run's network."""
    run = current_run(form.experiment)
    if run is None or run.epoch <= 0:
        st.info("Train a network first: press Play in the Train view. Then ask it here.")
        return
    when = "the trained network" if run.is_over else f"the network as of epoch {run.epoch:.2f}"
    st.markdown(f"Ask **{when}** what it sees. It names one of its classes, whatever you show it.")
    source = st.segmented_control(
        "Image", SOURCES, default=SOURCES[0], required=True, key="cifar_cnn/source"
    )
    picture, row = "", 0
    if source == "Test image":
        row = st.number_input("Row of the test image", min_value=0, value=0, key="cifar_cnn/row")
    else:
        picture = _uploaded() if source == "Upload" else _drawn(form)
        if not picture:
            return
    values = {**run.config, **run.live, "picture": picture, "shown_image": row}
    moment = f"{run.step}" if run.is_over else f"{int(run.epoch)}"
    asked = {
        "predict": Ask(values, "predict", run.id, moment),
        "slide": Ask(values, "slide", run.id, moment),
    }
    with shown_errors():
        draw_answers(form.experiment, asked, _draw)


def _uploaded() -> str:
    file = st.file_uploader(
        "Picture",
        type=["png", "jpg", "jpeg", "webp", "bmp", "gif"],
        key="cifar_cnn/upload",
        max_upload_size=20,
        help="Its middle square is cut out and made as small as the training images.",
    )
    if file is None:
        return ""
    with shown_errors():
        return PictureStore(settings().uploads_dir).add(file.getvalue())
    return ""


def _drawn(form: Form) -> str:
    st.caption("Draw one of the classes, as large as in the training images.")
    pad_view({}, key=PAD, on_command=lambda: _keep_drawing(form))
    return str(form.values["picture"])


def _keep_drawing(form: Form) -> None:
    command = received_command(PAD)
    try:
        content = base64.b64decode(str(command.get("png", "")), validate=True)
        picture = PictureStore(settings().uploads_dir).add(content)
        apply_changes(form.experiment, {"picture": picture})
    except (RdfiaError, ValueError) as error:
        state.leave_message(form.experiment.name, f"The drawing could not be read: {error}")


def _draw(runs: Runs) -> None:
    if "predict" in runs:
        _draw_problem(runs["predict"])
        answer_view(picture_of(runs["predict"]), key="cifar_cnn/answer")
    if "slide" in runs:
        _draw_places(runs["slide"])


def _draw_problem(run: RunRecord) -> None:
    if run.is_over and run.sentence:
        st.error(run.sentence, icon=":material/error:")


def _draw_places(run: RunRecord) -> None:
    """Draw the map of answers to a larger picture."""
    st.subheader("The same weights on a larger picture")
    st.markdown(
        "A fully connected layer is a convolution whose kernel covers the whole map. Written so, "
        "the network takes a picture three times as wide and answers at **every place** at once."
    )
    _draw_problem(run)
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
