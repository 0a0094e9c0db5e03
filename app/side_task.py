"""A task beside the main run, such as a gradient check or a sweep: a button, progress, a result."""

from collections.abc import Callable

import streamlit as st

from app import address, state
from app.controls import Form, changed_fields, current_run
from app.identity import authorised_run, current_owner
from app.messages import shown_errors
from app.resources import keep_dispatcher, settings, store
from app.waiting import waiting_words
from rdfia_core.errors import RunNotFoundError
from rdfia_core.jobs.submission import submit
from rdfia_core.store import RunRecord, RunState

POLL_SECONDS = 0.3
MIN_SHARE_FOR_ESTIMATE = 0.02

Show = Callable[[RunRecord], None]


def draw_task(
    form: Form,
    task: str,
    *,
    label: str,
    show: Show,
    from_run: bool = False,
    streams: bool = False,
    varied: tuple[str, ...] = (),
    compares_hidden: bool = False,
    is_polled: bool = False,
) -> None:
    """Draw a task's button, and below it where the task stands.

    Args:
        form: The config that the task runs with.
        task: Its name in the experiment.
        label: What the button says.
        show: Draws the result of a completed task.
        from_run: Start from the checkpoint of the run on display, where there is one.
        streams: The task has something to show before its end, and after it was cancelled.
        varied: Hyperparameters that the task sets itself, or does not read.
        compares_hidden: The task reads fields that training does not; say when those differ, too.
        is_polled: The caller is a fragment and redraws itself while the task lives: a fragment
            must hold no other (docs/architecture.md).
    """
    run = _task_run(task)
    is_live = run is not None and not run.is_over
    start, cancel, _ = st.columns([2, 1, 2], vertical_alignment="center")
    key = f"{form.experiment.name}/{task}"
    if start.button(label, key=key, disabled=form.config is None or is_live, width="stretch"):
        with shown_errors():
            _start(form, task, from_run=from_run)
            st.rerun()
    if run is None:
        return
    if is_live and cancel.button("Cancel", key=f"{key}/cancel", width="stretch"):
        store().command(run.id, "stop")
    draw = _draw_state
    if not is_polled:
        draw = st.fragment(_draw_state, run_every=POLL_SECONDS if is_live else None)

    def differs(run: RunRecord) -> list[str]:
        changed = changed_fields(form, dict(run.config), hidden=compares_hidden)
        return [spec.label for spec in changed if spec.name not in varied]

    draw(task, show, streams, differs, is_live)


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


def is_task_live(task: str) -> bool:
    """Whether the visitor's run of a task is under way."""
    run = _task_run(task) if task else None
    return run is not None and not run.is_over


def _task_run(task: str) -> RunRecord | None:
    run_id = address.run_id(task)
    if not run_id:
        return None
    try:
        return authorised_run(run_id, current_owner())
    except RunNotFoundError:
        address.set_run_id("", task)
        return None


def _draw_state(
    task: str, show: Show, streams: bool, differs: Callable[[RunRecord], list[str]], was_live: bool
) -> None:
    run = _task_run(task)
    if run is None:
        return
    if was_live:
        keep_dispatcher()
    if state.take_full_rerun() or (run.is_over and was_live):
        st.rerun()
    if run.state == RunState.STOPPED and streams:
        st.caption(f"Cancelled when {_share_done(run):.0%} was done. What was finished is kept.")
    elif run.is_over and run.state != RunState.COMPLETED:
        st.error(run.sentence or f"The task ended as {run.state}.", icon=":material/error:")
    elif not run.is_over:
        st.progress(_share_done(run), text=waiting_words(run) or _progress_text(run))
    if names := differs(run):
        st.caption(f"Run with other settings than those now in the form: {', '.join(names)}.")
    if run.state == RunState.COMPLETED or (streams and (run.step or run.result)):
        show(run)


def _progress_text(run: RunRecord) -> str:
    done = _share_done(run)
    text = f"{done:.0%} done"
    if done < MIN_SHARE_FOR_ESTIMATE:
        return text
    left = run.seconds * (1 - done) / done
    return (
        f"{text}, about {left:.0f} s left"
        if left < 90
        else f"{text}, about {left / 60:.0f} min left"
    )


def _share_done(run: RunRecord) -> float:
    return min(1.0, run.epoch / max(1, int(run.config.get("epochs", 1))))
