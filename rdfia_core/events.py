"""What a training generator yields: small facts, never tensors, never references to the model.

A run is the sequence  Started, Step, Metrics, Note, Result ... End.  `Step` comes after an
optimiser update and carries two functions instead of two arrays: the reader calls `snapshot` only
when somebody wants a picture, `checkpoint` only when it is time to save one, and the loop pays for
neither otherwise. Both may be called until the generator yields its next `Step`. A `Pulse` may
stand anywhere after the first `Step`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np


class EndReason(StrEnum):
    """How a run ended by itself; failures are exceptions, not reasons."""

    COMPLETED = "completed"
    STOPPED = "stopped"
    DIVERGED = "diverged"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Arrays for display at one moment (names and encodings: docs/live.md).

    Args:
        arrays: NumPy arrays of dtype uint8, int32 or float32 by name.
        info: What is needed to draw them, JSON values only.
    """

    arrays: Mapping[str, np.ndarray]
    info: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """All that is needed to go on exactly as if nothing had happened.

    Args:
        arrays: Weights, optimiser state, generator states, data order.
        values: Counters and other JSON values.
    """

    arrays: Mapping[str, np.ndarray]
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One optimiser update is done (step 0: nothing is yet), or a few if nobody looks closely.

    Args:
        step: Number of updates so far.
        epoch: Passes over the training set so far, fractional inside an epoch.
        snapshot: Returns the arrays for display at this moment; None where there is no picture.
        checkpoint: Returns the state to resume from at this moment; None for a short task that
            starts again instead.
    """

    step: int
    epoch: float
    snapshot: Callable[[], Snapshot] | None = None
    checkpoint: Callable[[], Checkpoint] | None = None


@dataclass(frozen=True, slots=True)
class Pulse:
    """Nothing has changed since the last `Step`, but a long computation may be broken off here."""


@dataclass(frozen=True, slots=True)
class Metrics:
    """Scalars at one moment, for example train_loss (nats) or test_accuracy (a fraction)."""

    step: int
    epoch: float
    scalars: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One experiment that answers a diagnosis.

    Args:
        label: What the button says.
        changes: Hyperparameters to set, by field name.
    """

    label: str
    changes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Note:
    """A diagnosis in words.

    Args:
        step: When it was made.
        epoch: When it was made.
        kind: Short name, for example "overfitting"; each kind is noted once a run.
        text: One or two sentences.
        evidence: The measured numbers behind it.
        suggestion: What to try, or None.
    """

    step: int
    epoch: float
    kind: str
    text: str
    evidence: Mapping[str, Any]
    suggestion: Suggestion | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """A named result that is not a curve, for example the gradient check's table (JSON values)."""

    name: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class File:
    """A file that a task made: kept in the run's folder, since it may be too large for the store.

    Args:
        name: A plain file name.
        content: Its bytes.
    """

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Started:
    """First event of a run: what was built."""

    num_parameters: int
    device: str


@dataclass(frozen=True, slots=True)
class End:
    """Last event of a run.

    Args:
        reason: How it ended.
        sentence: Why, in words; empty for a run that simply completed.
        metrics: The final values.
        weights: Trained parameters by name.
    """

    reason: EndReason
    sentence: str
    metrics: Mapping[str, float]
    weights: Mapping[str, np.ndarray] = field(default_factory=dict)


Event = Started | Step | Pulse | Metrics | Note | Result | File | End
