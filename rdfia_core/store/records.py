"""What the store gives back: plain records, detached from the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class RunState(StrEnum):
    """The life of a run.

    queued -> starting -> running <-> paused -> completed | stopped | diverged | failed | lost.
    A run whose worker dies goes back to queued once, with its checkpoint; the second time it is
    lost.
    """

    QUEUED = "queued"
    STARTING = "starting"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    STOPPED = "stopped"
    DIVERGED = "diverged"
    FAILED = "failed"
    LOST = "lost"


LIVE_STATES = (RunState.QUEUED, RunState.STARTING, RunState.RUNNING, RunState.PAUSED)
TERMINAL_STATES = tuple(state for state in RunState if state not in LIVE_STATES)


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run as the store knows it.

    Args:
        id: Unguessable; 20 hexadecimal digits.
        owner: Who may see and control it.
        experiment: Name in the registry.
        task: "train", or another task that the experiment offers.
        config: The config's JSON values.
        parent: Run whose checkpoint the task starts from, or "".
        state: Where the run stands.
        sentence: Why it stands there, in words.
        traceback: Of a failed run, else "".
        created: Seconds since 1970, like every time here.
        started: When its worker began, or None.
        ended: When it ended, or None.
        updated: Last sign of life of its worker.
        handle: The engine's name of the worker, or "".
        attempt: 1, or 2 after it was resumed.
        step: Optimiser updates so far.
        epoch: Epochs so far, may be fractional.
        rate: Epochs per second, or None.
        device: Where it computes.
        num_parameters: Learned weights, 0 while unknown.
        seconds: Time at work so far, pauses left out.
        metrics: Last (at the end: final) values.
        result: Results of the task by name.
        command: What the owner last asked for: "run", "pause" or "stop".
        command_time: When.
        step_requests: How many single batches were ever asked for.
        epoch_requests: How many single epochs were ever asked for.
        steps_served: How many of the single batches were done.
        epochs_served: How many of the single epochs were begun.
        live: Overrides of live hyperparameters.
        speed: Pace asked for, epochs per second; None is full speed.
        name: What its owner calls it, or "".
        tags: Words that its owner has put on it.
        pinned: Whether it stands first in lists.
        deleted: When its owner deleted it, or None; until it is cleared away it can be had back.
        sweep: Sweep that it belongs to, or "".
        board: Code of the class board that it was made for, or "".
    """

    id: str
    owner: str
    experiment: str
    task: str
    config: Mapping[str, Any]
    parent: str
    state: RunState
    sentence: str
    traceback: str
    created: float
    started: float | None
    ended: float | None
    updated: float
    handle: str
    attempt: int
    step: int
    epoch: float
    rate: float | None
    device: str
    num_parameters: int
    seconds: float
    metrics: Mapping[str, float]
    result: Mapping[str, Any]
    command: str
    command_time: float
    step_requests: int
    epoch_requests: int
    steps_served: int
    epochs_served: int
    live: Mapping[str, Any]
    speed: float | None
    name: str = ""
    tags: Sequence[str] = ()
    pinned: bool = False
    deleted: float | None = None
    sweep: str = ""
    board: str = ""

    @property
    def is_over(self) -> bool:
        """Whether the run has ended for good."""
        return self.state in TERMINAL_STATES


@dataclass(frozen=True, slots=True)
class FrameRecord:
    """One stored picture; `blob` is a frame as docs/live.md describes it."""

    step: int
    epoch: float
    blob: bytes


@dataclass(frozen=True, slots=True)
class NoteRecord:
    """One stored diagnosis; `index` counts from 0 within the run."""

    index: int
    step: int
    epoch: float
    kind: str
    text: str
    evidence: Mapping[str, Any]
    suggestion: Mapping[str, Any] | None
