"""A task beside the main run, such as a gradient check: a button, its progress, its result."""

from collections.abc import Callable

import streamlit as st

from app import address
from app.controls import Form, current_run
from app.identity import authorised_run, current_owner
from app.messages import shown_errors
from app.resources import keep_dispatcher, settings, store
from rdfia_core.errors import RunNotFoundError
from rdfia_core.jobs.submission import submit
from rdfia_core.store import RunRecord, RunState

POLL_SECONDS = 0.3


def draw_task(
    form: Form,
    task: str,
    *,
    label: str,
    show: Callable[[RunRecord], None],
    from_run: bool = False,
) -> None:
    """Draw a task's button, and below it where the task stands.

    Args:
        form: The config that the task runs with.
        task: Its name in the experiment.
        label: What the button says.
        show: Draws the result of a completed task.
        from_run: Start from the checkpoint of the run on display, where there is one.
    """
    disabled = form.config is None
    if st.button(label, key=f"{form.experiment.name}/{task}", disabled=disabled):
        with shown_errors():
            _start(form, task, from_run=from_run)
    run = _task_run(task)
    if run is not None:
        is_over = run.is_over
        st.fragment(_draw_state, run_every=None if is_over else POLL_SECONDS)(task, show, is_over)


def _start(form: Form, task: str, *, from_run: bool) -> None:
    keep_dispatcher()
    run = current_run(form.experiment) if from_run else None
    config = form.values if run is None else {**run.config, **run.live}
    run_id = submit(
        store(),
        settings(),
        form.experiment.name,
        config,
        owner=current_owner(),
        task=task,
        parent="" if run is None else run.id,
    )
    address.set_run_id(run_id, task)


def _task_run(task: str) -> RunRecord | None:
    run_id = address.run_id(task)
    if not run_id:
        return None
    try:
        return authorised_run(run_id, current_owner())
    except RunNotFoundError:
        address.set_run_id("", task)
        return None


def _draw_state(task: str, show: Callable[[RunRecord], None], was_over: bool) -> None:
    run = _task_run(task)
    if run is None:
        return
    if run.is_over and not was_over:
        st.rerun()
    if run.state == RunState.COMPLETED:
        show(run)
    elif run.is_over:
        st.error(run.sentence or f"The task ended as {run.state}.", icon=":material/error:")
    else:
        epochs = max(1, int(run.config.get("epochs", 1)))
        place = store().queue_place(run)
        text = f"Place {place} in the queue" if place else f"Epoch {run.epoch:.0f} of {epochs}"
        st.progress(min(1.0, run.epoch / epochs), text=text)
