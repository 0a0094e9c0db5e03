"""Runs that answer while the page is drawn: what the form says is solved at once.

A slot holds one run. When what is asked of it changes, the old run is forgotten, so that dragging
a slider leaves nothing behind.
"""

import base64
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from app import state
from app.identity import current_owner
from app.resources import keep_dispatcher, settings, store
from rdfia_core.errors import RunNotFoundError
from rdfia_core.experiments import Experiment
from rdfia_core.jobs.submission import discard, submit
from rdfia_core.store import RunRecord, RunState

WAIT_SECONDS = 0.3
LOOK_SECONDS = 0.004
POLL_SECONDS = 0.25

Runs = Mapping[str, RunRecord]


@dataclass(frozen=True)
class Ask:
    """What a slot should show.

    Args:
        values: The hyperparameters.
        task: One of the experiment's tasks.
        parent: The run from whose checkpoint it goes on, or "".
        moment: Tells one moment of the parent from another: at a new one it is asked anew.
    """

    values: Mapping[str, Any]
    task: str = "train"
    parent: str = ""
    moment: str = ""


def answers(experiment: Experiment, asked: Mapping[str, Ask]) -> dict[str, RunRecord]:
    """Have a run for each slot, and wait a moment for them to end.

    Returns:
        The runs by slot; one that takes longer is not over yet.

    Raises:
        RdfiaError: If a run cannot be submitted; the sentence says why.
    """
    keep_dispatcher()
    _sweep()
    slots = state.instant_runs(experiment.name)
    for slot, ask in asked.items():
        key = json.dumps(
            [ask.task, ask.values, ask.parent, ask.moment], sort_keys=True, default=str
        )
        known, run_id = slots.get(slot, ("", ""))
        if known == key and _exists(run_id):
            continue
        slots.pop(slot, None)
        if run_id:
            state.discarded_runs().append(run_id)
        new_id = submit(
            store(),
            settings(),
            experiment.name,
            ask.values,
            owner=current_owner(),
            task=ask.task,
            parent=ask.parent,
        )
        slots[slot] = (key, new_id)
    return _waited([slots[slot][1] for slot in asked], list(asked))


def draw_answers(
    experiment: Experiment, asked: Mapping[str, Ask], draw: Callable[[Runs], None]
) -> None:
    """Have a run for each slot and draw them, and again when those that take longer are over.

    Raises:
        RdfiaError: As `answers`.
    """
    is_live = any(not run.is_over for run in answers(experiment, asked).values())
    drawn = st.fragment(_draw_runs, run_every=POLL_SECONDS if is_live else None)
    drawn(experiment, list(asked), draw, is_live)


def _draw_runs(
    experiment: Experiment, slots: list[str], draw: Callable[[Runs], None], was_live: bool
) -> None:
    if was_live:
        keep_dispatcher()
    known = state.instant_runs(experiment.name)
    runs = {slot: store().run(known[slot][1]) for slot in slots if slot in known}
    if state.take_full_rerun() or (was_live and all(run.is_over for run in runs.values())):
        st.rerun()
    draw(runs)


def answer_of(experiment: Experiment, slot: str) -> RunRecord | None:
    """Return a slot's run if it has completed."""
    _, run_id = state.instant_runs(experiment.name).get(slot, ("", ""))
    run = store().run(run_id) if run_id else None
    return run if run is not None and run.state == RunState.COMPLETED else None


def completed_run(runs: Runs, slot: str, waiting: str) -> RunRecord | None:
    """Return a slot's run once it has completed; until then, or if it failed, say so instead.

    Args:
        runs: As `draw_answers` hands them over.
        slot: Which of them.
        waiting: What is being done meanwhile, in words.
    """
    run = runs.get(slot)
    if run is None or not run.is_over:
        st.caption(waiting)
        return None
    if run.state != RunState.COMPLETED:
        st.error(run.sentence, icon=":material/error:")
        return None
    return run


def picture_of(run: RunRecord) -> str | None:
    """Return the newest frame of a run in the form that the fit view takes, or None."""
    frame = store().live_frame(run.id) if run.state == RunState.COMPLETED else None
    return None if frame is None else base64.b64encode(frame.blob).decode()


def _waited(run_ids: list[str], slots: list[str]) -> dict[str, RunRecord]:
    runs: dict[str, RunRecord] = {}
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        for slot, run_id in zip(slots, run_ids, strict=True):
            if slot not in runs or not runs[slot].is_over:
                runs[slot] = store().run(run_id)
        if all(run.is_over for run in runs.values()) or time.monotonic() > deadline:
            return runs
        time.sleep(LOOK_SECONDS)


def _exists(run_id: str) -> bool:
    try:
        store().run(run_id)
    except RunNotFoundError:
        return False
    return True


def _sweep() -> None:
    waiting = state.discarded_runs()
    waiting[:] = [run_id for run_id in waiting if not discard(store(), settings(), run_id)]
