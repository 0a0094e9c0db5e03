"""What a run came to in a few numbers: best and last values, and a small curve."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rdfia_core.figures.curves import thin_rows

SPARK_POINTS = 40
PARTS = ("val", "test", "train")
PART_WORDS = {"val": "validation", "test": "test", "train": "training"}


@dataclass(frozen=True, slots=True)
class Measured:
    """One metric of a run.

    Args:
        part: "val" where there is a validation part, else "test", else "train".
        best: Highest accuracy, or lowest loss.
        best_epoch: When it was reached first.
        last: The last value.
    """

    part: str
    best: float
    best_epoch: float
    last: float


@dataclass(frozen=True, slots=True)
class RunNumbers:
    """What a list shows of a run.

    Args:
        accuracy: None for a run without any.
        loss: None for a run without any.
        spark: The loss (else the accuracy) over the epochs, at most `SPARK_POINTS` values or so.
    """

    accuracy: Measured | None
    loss: Measured | None
    spark: tuple[float, ...]


def run_numbers(columns: Mapping[str, np.ndarray]) -> RunNumbers:
    """Sum a run's metric columns up; `step` and `epoch` are among them unless there are none."""
    accuracy, loss = _measured(columns, "accuracy"), _measured(columns, "loss")
    shown = (loss, "loss") if loss else (accuracy, "accuracy")
    spark: tuple[float, ...] = ()
    if shown[0] is not None:
        name = f"{shown[0].part}_{shown[1]}"
        known = np.isfinite(columns[name])
        rows = {"step": columns["step"][known], name: columns[name][known]}
        spark = tuple(float(value) for value in thin_rows(rows, SPARK_POINTS)[name])
    return RunNumbers(accuracy, loss, spark)


def _measured(columns: Mapping[str, np.ndarray], kind: str) -> Measured | None:
    for part in PARTS:
        values = columns.get(f"{part}_{kind}")
        if values is None or not np.isfinite(values).any():
            continue
        # What is not finite is no value to be best at, and a diverged run's last finite one counts.
        rows = np.flatnonzero(np.isfinite(values))
        known = values[rows]
        best = int(rows[known.argmax() if kind == "accuracy" else known.argmin()])
        epoch = float(columns["epoch"][best])
        return Measured(part, float(values[best]), epoch, float(known[-1]))
    return None
