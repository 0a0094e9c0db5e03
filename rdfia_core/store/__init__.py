"""Run records: SQLAlchemy Core on SQLite (WAL) by default, PostgreSQL by URL."""

from rdfia_core.store.records import (
    LIVE_STATES,
    TERMINAL_STATES,
    FrameRecord,
    NoteRecord,
    RunRecord,
    RunState,
)
from rdfia_core.store.run_store import RunStore

__all__ = [
    "LIVE_STATES",
    "TERMINAL_STATES",
    "FrameRecord",
    "NoteRecord",
    "RunRecord",
    "RunState",
    "RunStore",
]
