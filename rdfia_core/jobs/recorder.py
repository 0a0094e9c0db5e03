"""The worker's notebook: collects events between flushes and writes them in one transaction."""

import math
import time
from collections.abc import Mapping
from typing import Any

from rdfia_core.events import Metrics, Note, Step
from rdfia_core.figures.packing import encode_frame
from rdfia_core.jobs.pictures import FrameHistory, PictureBudget
from rdfia_core.store import FrameRecord, NoteRecord, RunStore
from rdfia_core.store.metric_rows import RowBuffer

FLUSHING_SHARE = 0.008
"""Part of the working time that flushes may take at full speed."""
MAX_GAP_SECONDS = 0.25
"""However slow the disk, the owner is heard and the curves grow this often."""


class Recorder:
    """Collects what a run yields; `flush` stores it.

    Args:
        store: Where to write.
        run_id: The run.
        next_row: Number of the next metric row (more than 0 for a resumed run).
        next_note: Number of the next note.
    """

    def __init__(self, store: RunStore, run_id: str, next_row: int = 0, next_note: int = 0) -> None:
        self._store = store
        self._run_id = run_id
        self._rows = RowBuffer(next_row)
        self._next_note = next_note
        self._notes: list[NoteRecord] = []
        self._live_frame: FrameRecord | None = None
        self._kept: dict[int, FrameRecord] = {}
        self._dropped: list[int] = []
        self._frame_step = -1
        self.history = FrameHistory()
        self.last_metrics: Mapping[str, float] = {}
        self._flush_seconds = 0.0
        self.budget = PictureBudget()

    def add_metrics(self, event: Metrics) -> None:
        """Note one row of scalars."""
        self._rows.add(event.step, event.epoch, event.scalars)
        self.last_metrics = event.scalars

    def add_note(self, event: Note) -> None:
        """Note one diagnosis."""
        suggestion = None
        if event.suggestion is not None:
            changes = dict(event.suggestion.changes)
            suggestion = {"label": event.suggestion.label, "changes": changes}
        self._notes.append(
            NoteRecord(
                index=self._next_note,
                step=event.step,
                epoch=event.epoch,
                kind=event.kind,
                text=event.text,
                evidence=dict(event.evidence),
                suggestion=suggestion,
            )
        )
        self._next_note += 1

    def take_picture(self, event: Step) -> None:
        """Make the live picture of this step, and keep it if its turn has come."""
        if event.snapshot is None or event.step == self._frame_step:
            return
        begun = time.perf_counter()
        blob = encode_frame(event.step, event.epoch, event.snapshot())
        self._frame_step = event.step
        self._live_frame = FrameRecord(event.step, event.epoch, blob)
        if event.step >= self.history.next_step:
            self._kept[event.step] = self._live_frame
            for step in self.history.admit(event.step, len(blob)):
                if self._kept.pop(step, None) is None:
                    self._dropped.append(step)
        self.budget.charge(time.perf_counter() - begun)

    def flush(self, progress: Mapping[str, Any]) -> Mapping[str, Any]:
        """Write everything noted since the last flush; return what the owner asks for now."""
        begun = time.perf_counter()
        asked = self._store.append(
            self._run_id,
            metrics=self._rows.taken(),
            new_notes=self._notes,
            live_frame=self._live_frame,
            kept_frames=list(self._kept.values()),
            dropped_frames=self._dropped,
            progress={**progress, "metrics": finite(self.last_metrics)},
        )
        self._rows.clear()
        self._notes, self._dropped = [], []
        self._live_frame, self._kept = None, {}
        self._flush_seconds = time.perf_counter() - begun
        return asked

    @property
    def affordable_gap(self) -> float:
        """Seconds from the begin of the last flush to the next one, from what the last one took."""
        return min(MAX_GAP_SECONDS, self._flush_seconds / FLUSHING_SHARE)


def finite(scalars: Mapping[str, float]) -> dict[str, float | None]:
    """Return scalars for JSON, which knows no NaN: None stands for what is not finite."""
    return {name: value if math.isfinite(value) else None for name, value in scalars.items()}
