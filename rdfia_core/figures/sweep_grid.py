"""What a sweep has found so far, cell by cell: mean, spread, interval, and what went wrong.

A cell holds the runs that agree in the axes looked at. What else differs between them (the seed,
and axes not looked at) is what its mean is taken over. A run that diverged has no final value that
means anything: it is counted, never averaged.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from scipy.special import stdtrit

CONFIDENCE = 0.95
TARGET = 0.9
CURVES = {
    "test_accuracy": "test accuracy",
    "val_accuracy": "validation accuracy",
    "train_accuracy": "training accuracy",
    "train_now_accuracy": "training accuracy after the epoch",
    "test_loss": "test loss",
    "val_loss": "validation loss",
    "train_loss": "training loss",
    "train_now_loss": "training loss after the epoch",
}
SECONDS, EPOCHS_TO_TARGET = "seconds", "epochs_to_90"
FINAL, BEST = "final", "best"
MEASURES = {
    **{f"{FINAL}_{name}": f"Final {words}" for name, words in CURVES.items()},
    **{f"{BEST}_{name}": f"Best {words} of any epoch" for name, words in CURVES.items()},
    EPOCHS_TO_TARGET: "Epochs until the test accuracy is 90 %",
    SECONDS: "Seconds at work",
}
"""Numbers of a run by which cells are compared, in words."""


class Outcome(StrEnum):
    """How a run stands, as far as a mean is concerned."""

    WAITING = "waiting"
    RUNNING = "running"
    COMPLETED = "completed"
    DIVERGED = "diverged"
    UNFINISHED = "unfinished"


@dataclass(frozen=True, slots=True)
class SweptRun:
    """One run of a sweep.

    Args:
        id: Of the run.
        values: Its value of each axis.
        outcome: How it stands.
        share: Part of its epochs that is done, from 0 to 1.
        numbers: Of a completed run, by the names of `MEASURES`; one that it lacks is not there.
    """

    id: str
    values: Mapping[str, Any]
    outcome: Outcome
    share: float
    numbers: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Cell:
    """The runs that agree in the axes looked at.

    Args:
        values: Of these axes.
        run_ids: Of its runs, in the order of the sweep.
        num_planned: Runs that it will have.
        num_ended: Runs that have ended, however.
        num_diverged: Of these, how many diverged.
        num_unfinished: Of these, how many were stopped, failed or lost.
        count: Completed runs that have the number looked at; the mean is over these.
        mean: None without any.
        std: Standard deviation of the sample (divided by n - 1); None for less than two.
        half: Half the width of the interval that holds the mean with a confidence of 95 %.
        share: Part of its work that is done, from 0 to 1.
    """

    values: Mapping[str, Any]
    run_ids: tuple[str, ...]
    num_planned: int
    num_ended: int
    num_diverged: int
    num_unfinished: int
    count: int
    mean: float | None
    std: float | None
    half: float | None
    share: float


def is_accuracy(measure: str) -> bool:
    """Tell whether a measure is a fraction, where more is better."""
    return measure.endswith("accuracy")


def run_numbers(
    metrics: Mapping[str, float], columns: Mapping[str, np.ndarray], seconds: float
) -> dict[str, float]:
    """Return what is known of a completed run, by the names of `MEASURES`.

    Args:
        metrics: Its final values.
        columns: Its metric rows, among them "epoch"; NaN where a row has no value.
        seconds: Time at work.
    """
    numbers = {f"{FINAL}_{name}": metrics[name] for name in CURVES if name in metrics}
    for name in CURVES:
        values = columns.get(name, np.array([]))
        finite = values[np.isfinite(values)]
        if len(finite):
            best = finite.max() if is_accuracy(name) else finite.min()
            numbers[f"{BEST}_{name}"] = float(best)
    reached = np.flatnonzero(columns.get("test_accuracy", np.array([])) >= TARGET)
    if len(reached):
        numbers[EPOCHS_TO_TARGET] = float(columns["epoch"][reached[0]])
    numbers[SECONDS] = seconds
    return {name: value for name, value in numbers.items() if math.isfinite(value)}


def measures_of(runs: Sequence[SweptRun]) -> list[str]:
    """Return the measures that at least one run has, in the order of `MEASURES`."""
    known = {name for run in runs for name in run.numbers}
    return [name for name in MEASURES if name in known]


def sweep_cells(
    axes: Mapping[str, Sequence[Any]], shown: Sequence[str], runs: Sequence[SweptRun], measure: str
) -> list[Cell]:
    """Return one cell for each combination of the values of the axes looked at.

    Args:
        axes: Values of every axis of the sweep.
        shown: Names of the axes looked at; the first one varies slowest.
        runs: Those that there are so far.
        measure: One of `MEASURES`.
    """
    members: dict[tuple[Any, ...], list[SweptRun]] = {}
    for run in runs:
        members.setdefault(tuple(run.values[name] for name in shown), []).append(run)
    num_planned = math.prod(len(values) for name, values in axes.items() if name not in shown)
    return [
        _cell(dict(zip(shown, place, strict=True)), members.get(place, []), num_planned, measure)
        for place in itertools.product(*(axes[name] for name in shown))
    ]


def _cell(
    values: Mapping[str, Any], runs: Sequence[SweptRun], num_planned: int, measure: str
) -> Cell:
    outcomes = [run.outcome for run in runs]
    num_diverged = outcomes.count(Outcome.DIVERGED)
    num_unfinished = outcomes.count(Outcome.UNFINISHED)
    numbers = [run.numbers[measure] for run in runs if measure in run.numbers]
    mean, std, half = mean_and_interval(numbers)
    return Cell(
        values=values,
        run_ids=tuple(run.id for run in runs),
        num_planned=num_planned,
        num_ended=outcomes.count(Outcome.COMPLETED) + num_diverged + num_unfinished,
        num_diverged=num_diverged,
        num_unfinished=num_unfinished,
        count=len(numbers),
        mean=mean,
        std=std,
        half=half,
        share=min(1.0, sum(run.share for run in runs) / max(1, num_planned)),
    )


def mean_and_interval(
    values: Sequence[float],
) -> tuple[float | None, float | None, float | None]:
    """Return mean, standard deviation and half the 95 % interval of the mean; None: cannot be told.

    References:
        Student, The probable error of a mean, Biometrika 6, 1908.
    """
    if not values:
        return None, None, None
    mean = float(np.mean(values))
    if len(values) == 1:
        return mean, None, None
    std = float(np.std(values, ddof=1))
    quantile = float(stdtrit(len(values) - 1, (1 + CONFIDENCE) / 2))
    return mean, std, quantile * std / math.sqrt(len(values))
