"""The line at the foot of every page: devices, engine, queue."""

import streamlit as st

from app.resources import settings, store
from rdfia_core.errors import StoreError
from rdfia_core.jobs.devices import SERVICE as DEVICES
from rdfia_core.jobs.dispatcher import SERVICE
from rdfia_core.store import RunState
from rdfia_core.store.live import is_engine_ready


def draw_status() -> None:
    """Draw the line."""
    try:
        parts = [_engine(), _devices(), _queue()]
    except StoreError as error:
        parts = [str(error)]
    st.caption(" · ".join(parts))


def _engine() -> str:
    if not is_engine_ready(store()):
        return ":material/hourglass_top: Engine starting; the first run waits a few seconds"
    slots = num_slots()
    return f":material/bolt: Engine ready, {slots} {'slot' if slots == 1 else 'slots'}"


def num_slots() -> float:
    """Return the slots that the engine says it has, else those of the settings."""
    spoken = store().service(SERVICE)
    slots: float = settings().num_slots if spoken is None else spoken[1].get("slots") or 0
    return slots or settings().num_slots


def _devices() -> str:
    spoken = store().service(DEVICES)
    return "Device: " + (", ".join(spoken[1]["devices"]) if spoken else "not known yet")


def _queue() -> str:
    running = len(store().runs(states=[RunState.STARTING, RunState.RUNNING]))
    queued = len(store().runs(states=[RunState.QUEUED]))
    return f"{running} running, {queued} waiting"
