"""Ask the trained network: a test image, an upload or a drawing."""

import base64
from collections.abc import Callable, Mapping

import streamlit as st

from app import state
from app.controls import Form, apply_changes, current_run
from app.instant import POLL_SECONDS, Ask, Runs, draw_answers, picture_of
from app.live import Command, answer_view, pad_view
from app.messages import shown_errors
from app.resources import keep_dispatcher, settings
from rdfia_core.data.images.picture_store import PictureStore
from rdfia_core.errors import RdfiaError
from rdfia_core.experiments import Experiment
from rdfia_core.jobs.trained import has_network
from rdfia_core.store import RunRecord, RunState

SOURCES = ("Test image", "Upload", "Draw")

Show = Callable[[RunRecord], None]


def draw_try_image(
    form: Form,
    others: Mapping[str, Show] | None = None,
    mount: Callable[..., None] = answer_view,
    first: str = SOURCES[0],
    drawn_as: str = "Draw one of the classes, as large as in the training images.",
) -> None:
    """Draw the choice of an image and the answer of the run's network.

    Args:
        form: Of a lab that has the task "predict".
        others: What draws the answers of other tasks that are asked the same, by task.
        mount: The component that shows the answer.
        first: One of `SOURCES`, chosen at first.
        drawn_as: What to draw, in a sentence.
    """
    others = others or {}

    def draw_answer(run: RunRecord) -> None:
        draw_problem(run)
        mount(picture_of(run), key=f"{run.experiment}/answer")

    run = current_run(form.experiment)
    is_ready = run is not None and has_network(settings(), run.id)
    if run is not None and not is_ready and not run.is_over:
        st.fragment(_await_network, run_every=POLL_SECONDS)(form.experiment)
        return
    if run is None or not is_ready:
        st.info("Train a network first: press Play in the Train view. Then ask it here.")
        return
    which = "trained network" if run.is_over else "network as far as it is trained"
    st.markdown(
        f"Ask **the {which}** what it sees. It names one of its classes, whatever you show it."
    )
    source = st.segmented_control(
        "Image", SOURCES, default=first, required=True, key=f"{form.experiment.name}/source"
    )
    picture, row = "", 0
    if source == "Test image":
        key = f"{form.experiment.name}/row"
        row = st.number_input("Row of the test image", min_value=0, value=0, key=key)
    else:
        picture = _uploaded(form) if source == "Upload" else _drawn(form, drawn_as)
        if not picture:
            return
    values = {**run.config, **run.live, "picture": picture, "shown_image": row}
    moment = f"{run.step}" if run.is_over else f"{int(run.epoch)}"
    asked = {task: Ask(values, task, run.id, moment) for task in ("predict", *others)}

    def draw(runs: Runs) -> None:
        for task, answered in runs.items():
            others.get(task, draw_answer)(answered)

    with shown_errors():
        draw_answers(form.experiment, asked, draw)


def _await_network(experiment: Experiment) -> None:
    """Say that a run has no network yet; draw the whole page once it has, or is over."""
    keep_dispatcher()
    run = current_run(experiment)
    if state.take_full_rerun() or run is None or run.is_over or has_network(settings(), run.id):
        st.rerun()
    if run.state == RunState.PAUSED:
        st.info("There is no network to ask yet: the run is paused. Press Play in the Train view.")
    else:
        begins = "waits in line" if run.state == RunState.QUEUED else "has just begun"
        st.info(f"There is no network to ask yet: the run {begins}. Wait here a moment.")


def _uploaded(form: Form) -> str:
    file = st.file_uploader(
        "Picture",
        type=["png", "jpg", "jpeg", "webp", "bmp", "gif"],
        key=f"{form.experiment.name}/upload",
        max_upload_size=20,
        help="Its middle square is cut out and made as small as the training images.",
    )
    if file is None:
        return ""
    with shown_errors():
        return PictureStore(settings().uploads_dir).add(file.getvalue())
    return ""


def _drawn(form: Form, drawn_as: str) -> str:
    st.caption(drawn_as)
    pad_view({}, key=_pad_key(form), on_command=lambda command: _keep_drawing(form, command))
    return str(form.values["picture"])


def _keep_drawing(form: Form, command: Command) -> None:
    try:
        content = base64.b64decode(str(command.get("png", "")), validate=True)
        picture = PictureStore(settings().uploads_dir).add(content)
        apply_changes(form.experiment, {"picture": picture})
    except (RdfiaError, ValueError) as error:
        state.leave_message(form.experiment.name, f"The drawing could not be read: {error}")


def _pad_key(form: Form) -> str:
    return f"{form.experiment.name}/pad"


def draw_problem(run: RunRecord) -> None:
    """Say why a task has no answer, if it has none."""
    if run.is_over and run.sentence:
        st.error(run.sentence, icon=":material/error:")
