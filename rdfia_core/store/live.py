"""Packets of a run for the live view: what is new, or its whole history (format: docs/live.md)."""

import time
from collections.abc import Mapping
from typing import Any

from rdfia_core.config import field_specs
from rdfia_core.experiments import experiment_named
from rdfia_core.figures.curves import thin_rows
from rdfia_core.figures.packing import encode_packet, json_column
from rdfia_core.store.metric_rows import MetricRows
from rdfia_core.store.records import FrameRecord, NoteRecord, RunRecord, RunState
from rdfia_core.store.run_store import RunStore

MAX_HISTORY_ROWS = 4000
ENGINE_SERVICE = "dispatcher"
STALE_SECONDS = 10.0
"""After this long without a word from it the engine is not there."""


def live_packet(
    store: RunStore,
    run: RunRecord,
    *,
    metrics: int,
    notes: int,
    step: int,
    attempt: int,
    poll_ms: int = 100,
    pictures: bool = True,
    wait: tuple[int | None, float | None] = (None, None),
) -> bytes:
    """Pack what the reader does not have yet.

    Args:
        store: Where the run lies.
        run: The run, already authorised.
        metrics: Number of metric rows the reader has.
        notes: Number of notes the reader has.
        step: Step of the picture the reader shows, -1 for none.
        attempt: The attempt they belong to; of another one everything is sent again.
        poll_ms: When the reader should ask again.
        pictures: False for a reader that draws curves alone; those of an ended run are thinned.
        wait: Place of a queued run, 1 for the next to start, and seconds until then; each may be
            None.
    """
    if attempt != run.attempt:
        metrics, notes, step = 0, 0, -1
    rows = store.metrics(run.id, metrics)
    if not pictures and run.is_over:
        rows = MetricRows(rows.first, thin_rows(rows.columns, MAX_HISTORY_ROWS))
    frame = store.live_frame(run.id, unless_step=step) if pictures else None
    frames = [] if frame is None else [frame]
    told = store.notes(run.id, notes)
    return _packet(store, run, rows, told, frames, poll_ms=poll_ms, wait=wait)


def history_packet(store: RunStore, run: RunRecord) -> bytes:
    """Pack all curves (thinned), all notes and every kept picture."""
    rows = store.metrics(run.id)
    thinned = MetricRows(0, thin_rows(rows.columns, MAX_HISTORY_ROWS))
    frames = store.kept_frames(run.id)
    newest = store.live_frame(run.id)
    if newest is not None and all(frame.step != newest.step for frame in frames):
        frames.append(newest)
    frames.sort(key=lambda frame: frame.step)
    return _packet(store, run, thinned, store.notes(run.id), frames)


def _packet(
    store: RunStore,
    run: RunRecord,
    rows: MetricRows,
    notes: list[NoteRecord],
    frames: list[FrameRecord],
    *,
    poll_ms: int = 0,
    wait: tuple[int | None, float | None] = (None, None),
) -> bytes:
    placed: list[dict[str, Any]] = []
    offset = 0
    for frame in frames:
        placed.append(
            {
                "step": frame.step,
                "epoch": frame.epoch,
                "offset": offset,
                "length": len(frame.blob),
            }
        )
        offset += len(frame.blob)
    columns = {name: json_column(values) for name, values in rows.columns.items()}
    header = {
        "run": {**_run_header(store, run), "queue_place": wait[0], "starts_s": wait[1]},
        "metrics": {"first": rows.first, "columns": columns},
        "notes": [{name: getattr(note, name) for name in NoteRecord.__slots__} for note in notes],
        "frames": placed,
        "poll_ms": poll_ms,
    }
    return encode_packet(header, [frame.blob for frame in frames])


def seconds_left(run: RunRecord) -> float | None:
    """Return how long a run will still work, None if that cannot be told."""
    epochs = run.config.get("epochs")
    if not run.rate or epochs is None or run.state != RunState.RUNNING:
        return None
    left = max(0.0, float(epochs) - run.epoch)
    if run.speed is None and run.epoch >= 1:  # a whole epoch: what is evaluated after it counts too
        return left * run.seconds / run.epoch
    return left / run.rate


def is_engine_ready(store: RunStore) -> bool:
    """Whether a run that is queued now starts at once, if a slot is free."""
    spoken = store.service(ENGINE_SERVICE)
    if spoken is None or time.time() - spoken[0] > STALE_SECONDS:
        return False
    return bool(spoken[1].get("ready"))


def _run_header(store: RunStore, run: RunRecord) -> Mapping[str, Any]:
    return {
        "id": run.id,
        "experiment": run.experiment,
        "state": run.state,
        "sentence": run.sentence,
        "config": run.config,
        "device": run.device,
        "step": run.step,
        "epoch": run.epoch,
        "epochs": run.config.get("epochs"),
        "rate": run.rate,
        "eta_s": seconds_left(run),
        "engine_ready": is_engine_ready(store) if run.state == RunState.QUEUED else None,
        "attempt": run.attempt,
        "num_parameters": run.num_parameters,
        "live": {**_live_defaults(run), **run.live},
        "speed": run.speed,
        "seconds": run.seconds,
    }


def _live_defaults(run: RunRecord) -> dict[str, Any]:
    specs = field_specs(experiment_named(run.experiment).config_class)
    return {spec.name: run.config.get(spec.name, spec.default) for spec in specs if spec.live}
