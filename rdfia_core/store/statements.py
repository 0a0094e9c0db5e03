"""Statements of a flush and a live update, built once: building takes longer than running."""

from functools import cache
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.sql.dml import ReturningUpdate

from rdfia_core.store import schema
from rdfia_core.store.records import FrameRecord, NoteRecord

runs = schema.run_table
frames = schema.frame_table
notes = schema.note_table

LIVE_SLOT = "live"

RUN = select(runs).where(runs.c.id == bindparam("run_id"))
NOTES = (
    select(notes)
    .where((notes.c.run_id == bindparam("run_id")) & (notes.c.index >= bindparam("first")))
    .order_by(notes.c.index)
)
LIVE_FRAME = select(frames.c.step, frames.c.epoch, frames.c.blob).where(
    (frames.c.run_id == bindparam("run_id"))
    & (frames.c.slot == LIVE_SLOT)
    & (frames.c.step != bindparam("shown_step"))
)
KEPT_FRAMES = (
    select(frames.c.step, frames.c.epoch, frames.c.blob)
    .where((frames.c.run_id == bindparam("run_id")) & (frames.c.slot != LIVE_SLOT))
    .order_by(frames.c.step)
)
INSERT_FRAME = frames.insert()
DELETE_FRAME = frames.delete().where(
    (frames.c.run_id == bindparam("this_run")) & (frames.c.slot == bindparam("this_slot"))
)


@cache
def update_of(names: tuple[str, ...]) -> ReturningUpdate[Any]:
    """Return the statement that sets these columns of one run and returns the whole row."""
    values: dict[str, Any] = {name: bindparam(name) for name in names}
    return runs.update().where(runs.c.id == bindparam("this_run")).values(values).returning(runs)


def frame_row(run_id: str, slot: str, frame: FrameRecord) -> dict[str, Any]:
    """Return a picture as a row of the frame table."""
    return {
        "run_id": run_id,
        "slot": slot,
        "step": frame.step,
        "epoch": frame.epoch,
        "blob": frame.blob,
    }


def note_row(run_id: str, note: NoteRecord) -> dict[str, Any]:
    """Return a diagnosis as a row of the note table."""
    return {"run_id": run_id} | {name: getattr(note, name) for name in note.__slots__}
