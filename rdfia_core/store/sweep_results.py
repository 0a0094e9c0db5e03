"""What the runs of a sweep have found: numbers of each, curves of each, and how long it will take.

A run that has ended for good never changes, so what was read of it is kept: while a sweep of
hundreds of runs is watched, each look reads the few that have ended since.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from rdfia_core.figures.curves import thin_rows
from rdfia_core.figures.sweep_grid import CURVES, Outcome, SweptRun, run_numbers
from rdfia_core.store.records import RunRecord, RunState
from rdfia_core.store.run_store import RunStore

MAX_ROWS = 400
"""Of a curve, as it is kept and drawn."""
KEPT_CURVES = 1024
KEPT_NUMBERS = 8192
RECENT_RUNS = 20

_OUTCOMES = {
    RunState.QUEUED: Outcome.WAITING,
    RunState.COMPLETED: Outcome.COMPLETED,
    RunState.DIVERGED: Outcome.DIVERGED,
    RunState.STOPPED: Outcome.UNFINISHED,
    RunState.FAILED: Outcome.UNFINISHED,
    RunState.LOST: Outcome.UNFINISHED,
}


class SweepResults:
    """Reads what runs of sweeps have found. Safe to share between threads.

    Args:
        store: Where they lie.
    """

    def __init__(self, store: RunStore) -> None:
        self._store = store
        self._numbers = lru_cache(KEPT_NUMBERS)(self._read_numbers)
        self._curves = lru_cache(KEPT_CURVES)(self._read_curves)

    def swept(self, runs: Sequence[RunRecord], axes: Sequence[str]) -> list[SweptRun]:
        """Return what a grid needs to know of each run."""
        return [self._swept(run, axes) for run in runs]

    def _swept(self, run: RunRecord, axes: Sequence[str]) -> SweptRun:
        outcome = _OUTCOMES.get(run.state, Outcome.RUNNING)
        epochs = float(run.config.get("epochs", 1))
        share = 1.0 if run.is_over else min(1.0, run.epoch / epochs)
        numbers: Mapping[str, float] = {}
        if outcome is Outcome.COMPLETED:
            numbers = self._numbers(run.id)
        values = {name: run.config[name] for name in axes}
        return SweptRun(run.id, values, outcome, share, numbers)

    def curves(self, run_id: str) -> Mapping[str, np.ndarray]:
        """Return the curves of a run that has ended for good, thinned, among them "epoch"."""
        return self._curves(run_id)

    def _read_numbers(self, run_id: str) -> Mapping[str, float]:
        run = self._store.run(run_id)
        return run_numbers(run.metrics, self._store.metrics(run_id).columns, run.seconds)

    def _read_curves(self, run_id: str) -> Mapping[str, np.ndarray]:
        columns = self._store.metrics(run_id).columns
        kept = {name: columns[name] for name in ("epoch", *CURVES) if name in columns}
        return thin_rows(kept, MAX_ROWS) if kept else {}


def seconds_left(runs: Sequence[RunRecord], num_left: int) -> float | None:
    """Return how long the rest will take at the pace of the newest ended runs; None: too early.

    Args:
        runs: Of the sweep, in any order.
        num_left: Runs that have not ended.
    """
    ended = sorted(run.ended for run in runs if run.ended is not None)[-RECENT_RUNS:]
    if len(ended) < 3:
        return None
    return num_left * (ended[-1] - ended[0]) / (len(ended) - 1)
