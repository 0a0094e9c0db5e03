"""The worker's notebook: collects events between flushes and writes them in one transaction."""

import itertools
import math
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from rdfia_core.events import Metrics, Note, Step
from rdfia_core.figures.packing import encode_frame
from rdfia_core.store import FrameRecord, NoteRecord, RunRecord, RunStore
from rdfia_core.store.metric_rows import MetricRows

MAX_KEPT_FRAMES = 72
MAX_KEPT_BYTES = 1_000_000
KEEP_RATIO = 1.06
"""A picture is kept when the step has grown by this factor since the last kept one."""


class FrameHistory:
    """Chooses which pictures to keep: log-spaced in steps, bounded in number and in bytes."""

    def __init__(self) -> None:
        self._sizes: dict[int, int] = {}
        self.next_step = 0

    def admit(self, step: int, size: int) -> list[int]:
        """Keep a picture and return the steps of those that it displaces."""
        self._sizes[step] = size
        self.next_step = max(step + 1, math.ceil(step * KEEP_RATIO))
        displaced: list[int] = []
        while len(self._sizes) > 3 and self._is_full():
            least = self._least_missed()
            del self._sizes[least]
            displaced.append(least)
        return displaced

    def forget_after(self, step: int) -> None:
        """Start again from a step: the run is resumed there."""
        self._sizes = {kept: size for kept, size in self._sizes.items() if kept <= step}
        self.next_step = step + 1

    def _is_full(self) -> bool:
        return len(self._sizes) > MAX_KEPT_FRAMES or sum(self._sizes.values()) > MAX_KEPT_BYTES

    def _least_missed(self) -> int:
        """Return the inner step whose neighbours are nearest on a log scale."""
        steps = sorted(self._sizes)
        triples = zip(steps, itertools.islice(steps, 1, None), steps[2:], strict=False)
        return min(triples, key=lambda t: math.log((t[2] + 1) / (t[0] + 1)))[1]


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
        self._next_row = next_row
        self._next_note = next_note
        self._metrics: list[Metrics] = []
        self._notes: list[NoteRecord] = []
        self._live_frame: FrameRecord | None = None
        self._kept: dict[int, FrameRecord] = {}
        self._dropped: list[int] = []
        self._frame_step = -1
        self.history = FrameHistory()
        self.last_metrics: Mapping[str, float] = {}
        self.picture_seconds = 0.0

    def add_metrics(self, event: Metrics) -> None:
        """Note one row of scalars."""
        self._metrics.append(event)
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
        self.picture_seconds += time.perf_counter() - begun

    def flush(self, progress: Mapping[str, Any]) -> RunRecord:
        """Write everything noted since the last flush; return the run, with its owner's wishes."""
        rows = self._rows()
        run = self._store.append(
            self._run_id,
            metrics=rows,
            new_notes=self._notes,
            live_frame=self._live_frame,
            kept_frames=list(self._kept.values()),
            dropped_frames=self._dropped,
            progress={**progress, "metrics": finite(self.last_metrics)},
        )
        self._next_row += 0 if rows is None else len(rows)
        self._metrics, self._notes, self._dropped = [], [], []
        self._live_frame, self._kept = None, {}
        return run

    def _rows(self) -> MetricRows | None:
        if not self._metrics:
            return None
        names = dict.fromkeys(name for event in self._metrics for name in event.scalars)
        columns = {
            "step": np.array([event.step for event in self._metrics]),
            "epoch": np.array([event.epoch for event in self._metrics]),
        }
        for name in names:
            columns[name] = np.array([event.scalars.get(name, np.nan) for event in self._metrics])
        return MetricRows(self._next_row, columns)


def finite(scalars: Mapping[str, float]) -> dict[str, float | None]:
    """Return scalars for JSON, which knows no NaN: None stands for what is not finite."""
    return {name: value if math.isfinite(value) else None for name, value in scalars.items()}
