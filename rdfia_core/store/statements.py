"""Statements of a live update, built once: building takes longer than running."""

from sqlalchemy import bindparam, select

from rdfia_core.store import schema
from rdfia_core.store.flush import LIVE_SLOT

runs = schema.run_table
frames = schema.frame_table
notes = schema.note_table

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
