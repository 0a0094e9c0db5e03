"""What came out of a sweep: mean and spread over the seeds, cell by cell. Free of torch."""

import itertools
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rdfia_core.jobs.sweep_plan import cell_key
from rdfia_core.store import RunRecord, RunState
from rdfia_core.store.sweep_store import SweepRecord

SCORES = ("train_accuracy", "test_accuracy", "train_loss", "test_loss")


@dataclass(frozen=True, slots=True)
class Score:
    """Mean and standard deviation of a final value over seeds (n - 1; NaN for one seed)."""

    mean: float
    sd: float


@dataclass(frozen=True, slots=True)
class CellSummary:
    """One cell, its seeds taken together.

    Args:
        values: The values of its axes but the seed.
        runs: Its runs so far, in any state.
        num_completed: Those that the scores are of.
        num_diverged: Those whose loss is no longer a number.
        scores: By name of the final value, where all completed runs have it.
    """

    values: Mapping[str, Any]
    runs: Sequence[RunRecord]
    num_completed: int
    num_diverged: int
    scores: Mapping[str, Score]


def summary_of(sweep: SweepRecord, runs: Sequence[RunRecord]) -> list[CellSummary]:
    """Sum the runs of a sweep up, in the order of its plan; seeds are not told apart."""
    axes = {name: values for name, values in sweep.axes.items() if name != "seed"}
    by_cell: dict[tuple[str, ...], list[RunRecord]] = {}
    for run in runs:
        by_cell.setdefault(cell_key(axes, run.config), []).append(run)
    cells = (dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values()))
    return [_summed_up(cell, by_cell.get(cell_key(axes, cell), [])) for cell in cells]


def _summed_up(cell: Mapping[str, Any], runs: Sequence[RunRecord]) -> CellSummary:
    completed = [run for run in runs if run.state == RunState.COMPLETED]
    names = {name for run in completed for name in run.metrics}
    ordered = [*(n for n in SCORES if n in names), *sorted(names.difference(SCORES))]
    scores = {}
    for name in ordered:
        values = [run.metrics.get(name) for run in completed]
        numbers = [value for value in values if value is not None]
        if len(numbers) == len(values):
            sd = statistics.stdev(numbers) if len(numbers) > 1 else math.nan
            scores[name] = Score(statistics.fmean(numbers), sd)
    num_diverged = sum(run.state == RunState.DIVERGED for run in runs)
    return CellSummary(cell, runs, len(completed), num_diverged, scores)
