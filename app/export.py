"""A run as files: one is chosen, made, and offered."""

from functools import partial

import streamlit as st

from app.controls import Form
from app.identity import authorised_run, current_owner
from app.messages import shown_errors
from app.resources import settings, store
from app.side_task import POLL_SECONDS, draw_task, is_task_live
from rdfia_core.errors import DataUnavailableError
from rdfia_core.jobs.apart import make_apart, send_apart
from rdfia_core.jobs.export import EXPORTS, Export, exports_of
from rdfia_core.store import RunRecord


def draw_export(form: Form, run_id: str) -> None:
    """Draw the downloads of a run of the form's lab."""
    polls = any(is_task_live(export.task) for export in exports_of(form.experiment.name))
    with st.popover("Export this run", icon=":material/download:", key=f"{_key(form)}/popover"):
        st.fragment(_draw_choice, run_every=POLL_SECONDS if polls else None)(form, run_id)


def _key(form: Form) -> str:
    return f"{form.experiment.name}/export"


def _draw_choice(form: Form, run_id: str) -> None:
    names = [export.name for export in exports_of(form.experiment.name)]
    name = st.selectbox(
        "What do you need?",
        names,
        index=None,
        format_func=lambda name: f"{EXPORTS[name].group}: {EXPORTS[name].label}",
        placeholder="Choose a file",
        key=_key(form),
    )
    with shown_errors():
        run = authorised_run(run_id, current_owner())
        if name is not None:
            _draw_file(form, EXPORTS[name], run)
        if settings().mlflow_uri:
            _draw_mlflow(form, run)


def _draw_file(form: Form, export: Export, run: RunRecord) -> None:
    st.caption(export.explanation)
    if export.task:
        show = partial(_offer_made, export, run)
        draw_task(
            form, export.task, label="Make the file", show=show, from_run=True, is_polled=True
        )
    elif export.is_heavy:
        _offer(export, run, _made_apart(run.id, run.attempt, run.step, run.state, export.name))
    else:
        _offer(export, run, export.make(store(), settings(), run))


@st.cache_data(max_entries=64, show_spinner="Making the file: a few seconds")
def _made_apart(run_id: str, attempt: int, step: int, state: str, name: str) -> bytes:
    """Make a file of a run once for each moment of the run."""
    del attempt, step, state  # they tell the moments apart
    (made,) = make_apart(settings(), [(run_id, name)])
    if isinstance(made, DataUnavailableError):
        raise made
    return made


def _offer(export: Export, run: RunRecord, content: bytes) -> None:
    st.download_button(
        f"Download {export.name} ({_size(len(content))})",
        content,
        file_name=f"{run.experiment}-{run.id[:6]}-{export.name}",
        mime=export.mime,
        icon=":material/download:",
        key=f"{run.experiment}/export/{export.name}",
        on_click="ignore",
        width="stretch",
    )
    if not run.is_over:
        st.caption(f"As of epoch {run.epoch:g}. Choose again for a newer one.")


def _offer_made(export: Export, run: RunRecord, task_run: RunRecord) -> None:
    """Offer what a task has left in its folder."""
    if task_run.parent != run.id:
        st.caption("The file made last is of another run. Make one of this run.")
        return
    path = settings().run_dir(task_run.id) / export.name
    try:
        content = path.read_bytes()
    except OSError:
        st.error("The file is gone from the server. Make it again.", icon=":material/error:")
        return
    _offer(export, run, content)


def _draw_mlflow(form: Form, run: RunRecord) -> None:
    if st.button("Send to MLflow", key=f"{_key(form)}/mlflow", disabled=not run.is_over):
        with st.spinner("Sending"):
            sentence = send_apart(settings(), run.id, settings().mlflow_uri)
        st.success(sentence, icon=":material/check:")


def _size(num_bytes: int) -> str:
    if num_bytes < 1_000_000:
        return f"{max(1, num_bytes // 1000)} kB"
    return f"{num_bytes / 1_000_000:.1f} MB"
