"""Sweeps as stored: the plan, and what its owner asks of it. Its runs are rows of the run table.

A sweep's state is never stored: it follows from its command and the states of its runs.
"""

import math
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, func, select

from rdfia_core.errors import RunNotFoundError
from rdfia_core.store import schema
from rdfia_core.store.records import LIVE_STATES, RunRecord, RunState
from rdfia_core.store.run_store import RunStore

table = schema.sweep_table
runs = schema.run_table

COMMANDS = ("run", "pause", "cancel")
FILLED = "filled"
"""What the dispatcher puts in the place of "run" when every cell has its run: a run that is deleted
later is not made again."""
MAX_NAME = 80


class SweepState(StrEnum):
    """Where a sweep stands."""

    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class SweepRecord:
    """One sweep as the store knows it.

    Args:
        id: Unguessable; 20 hexadecimal digits.
        owner: Who may see and control it.
        name: What its owner calls it, or "".
        experiment: Name in the registry.
        base: Hyperparameters that all its runs share, where they are not the defaults.
        axes: Hyperparameters that vary, each with its values; the last one varies fastest.
        budget_seconds: Working time after which no more runs are started, or None.
        command: "run", "pause" or "cancel", as its owner asked last; "filled" once every cell has
            its run.
        sentence: Why it stands where it stands, or "".
        created: Seconds since 1970.
        deleted: When its owner deleted it, or None.
    """

    id: str
    owner: str
    name: str
    experiment: str
    base: Mapping[str, Any]
    axes: Mapping[str, Sequence[Any]]
    budget_seconds: float | None
    command: str
    sentence: str
    created: float
    deleted: float | None

    @property
    def count(self) -> int:
        """How many runs it has when it is complete."""
        return math.prod(len(values) for values in self.axes.values())


@dataclass(frozen=True, slots=True)
class SweepProgress:
    """How far a sweep is.

    Args:
        state: Where it stands.
        counts: Number of its runs in each state that occurs.
        total: Number of its cells.
        num_over: Runs that have ended.
        seconds: Working time of its runs together.
    """

    state: SweepState
    counts: Mapping[RunState, int]
    total: int
    num_over: int
    seconds: float


def progress_of(sweep: SweepRecord, its_runs: Iterable[tuple[RunState, float]]) -> SweepProgress:
    """Tell a sweep's state from its command and its runs, given as state and working seconds."""
    its_runs = list(its_runs)
    counts = Counter(state for state, _ in its_runs)
    num_live = sum(counts[state] for state in LIVE_STATES)
    num_over = len(its_runs) - num_live
    is_complete = num_over >= sweep.count or (sweep.command == FILLED and not num_live)
    at_work = counts[RunState.STARTING] + counts[RunState.RUNNING]
    if sweep.command == "cancel":
        state = SweepState.CANCELLED
    elif is_complete:
        state = SweepState.COMPLETED
    elif sweep.command == "pause" and not at_work:
        state = SweepState.PAUSED
    else:
        state = SweepState.RUNNING
    seconds = sum(seconds for _, seconds in its_runs)
    return SweepProgress(state, dict(counts), sweep.count, num_over, seconds)


class SweepStore:
    """The sweeps of a run store.

    Args:
        store: Holds their runs too.
    """

    def __init__(self, store: RunStore) -> None:
        self._store = store

    def add(
        self,
        experiment: str,
        base: Mapping[str, Any],
        axes: Mapping[str, Sequence[Any]],
        *,
        owner: str,
        name: str = "",
        budget_seconds: float | None = None,
        command: str = "run",
    ) -> str:
        """Insert a sweep and return its id."""
        sweep_id = secrets.token_hex(10)
        values = {
            "id": sweep_id,
            "owner": owner,
            "name": name.strip()[:MAX_NAME],
            "experiment": experiment,
            "base": dict(base),
            # A list of pairs: not every database keeps the order of an object's names.
            "axes": [[field, list(values)] for field, values in axes.items()],
            "budget_seconds": budget_seconds,
            "command": command,
            "created": self._store.now(),
        }
        with self._store.writing() as connection:
            connection.execute(table.insert().values(values))
        return sweep_id

    def sweep(self, sweep_id: str) -> SweepRecord:
        """Return one sweep, also a deleted one.

        Raises:
            RunNotFoundError: If there is none of that id.
        """
        found = self._select(table.c.id == sweep_id)
        if not found:
            raise RunNotFoundError(f"There is no sweep '{sweep_id[:40]}'. List them with 'sweeps'.")
        return found[0]

    def sweeps(self, owner: str | None = None, limit: int | None = None) -> list[SweepRecord]:
        """Return an owner's (or all) sweeps that are not deleted, newest first."""
        condition = table.c.deleted.is_(None)
        return self._select(
            condition if owner is None else condition & (table.c.owner == owner), limit
        )

    def asked_to_run(self) -> list[SweepRecord]:
        """Return the sweeps that still have runs to come, oldest first."""
        return self._select((table.c.command == "run") & table.c.deleted.is_(None))[::-1]

    def named(self, ids: Iterable[str]) -> dict[str, SweepRecord]:
        """Return those of the sweeps that there are, by id."""
        wanted = sorted(set(ids))
        return {sweep.id: sweep for sweep in self._select(table.c.id.in_(wanted))} if wanted else {}

    def _select(
        self, condition: ColumnElement[bool], limit: int | None = None
    ) -> list[SweepRecord]:
        query = select(table).where(condition).order_by(table.c.created.desc()).limit(limit)
        with self._store.reading() as connection:
            rows = connection.execute(query).mappings().all()
        return [SweepRecord(**{**row, "axes": dict(row["axes"])}) for row in rows]

    def command(self, sweep_id: str, command: str, **values: Any) -> None:
        """Note what is asked of a sweep: "run", "pause" or "cancel"; `values` are more columns."""
        assert command in (*COMMANDS, FILLED), f"a sweep knows no command {command!r}"
        self._update(sweep_id, command=command, **{"sentence": "", **values})

    def rename(self, sweep_id: str, name: str) -> None:
        """Give a sweep a name, or none."""
        self._update(sweep_id, name=name.strip()[:MAX_NAME])

    def delete(self, sweep_id: str) -> None:
        """Delete a sweep and its runs, so that `restore` can bring them back."""
        self._set_deleted(sweep_id, self._store.now())

    def restore(self, sweep_id: str) -> None:
        """Take `delete` back."""
        self._set_deleted(sweep_id, None)

    def deleted_before(self, when: float) -> list[SweepRecord]:
        """Return the sweeps that were deleted before a moment."""
        return self._select(table.c.deleted < when)

    def remove(self, sweep_id: str) -> None:
        """Forget a sweep for good; its runs must have been removed."""
        with self._store.writing() as connection:
            connection.execute(table.delete().where(table.c.id == sweep_id))

    def _set_deleted(self, sweep_id: str, when: float | None) -> None:
        with self._store.writing() as connection:
            connection.execute(table.update().where(table.c.id == sweep_id).values(deleted=when))
            connection.execute(runs.update().where(runs.c.sweep == sweep_id).values(deleted=when))

    def _update(self, sweep_id: str, **values: Any) -> None:
        with self._store.writing() as connection:
            connection.execute(table.update().where(table.c.id == sweep_id).values(values))

    def runs(self, sweep_id: str) -> list[RunRecord]:
        """Return the runs of a sweep that are not deleted, oldest first."""
        return self._store.runs(where=(runs.c.sweep == sweep_id) & runs.c.deleted.is_(None))

    def configs(self, sweep_id: str) -> list[Mapping[str, Any]]:
        """Return the configs of all runs of a sweep, deleted ones too."""
        query = select(runs.c.config).where(runs.c.sweep == sweep_id)
        with self._store.reading() as connection:
            return list(connection.execute(query).scalars())

    def progress(self, sweep: SweepRecord) -> SweepProgress:
        """Return how far a sweep is."""
        query = select(runs.c.state, runs.c.seconds).where(runs.c.sweep == sweep.id)
        with self._store.reading() as connection:
            rows = connection.execute(query).all()
        return progress_of(sweep, [(RunState(state), seconds) for state, seconds in rows])

    def seconds(self, sweep_id: str) -> float:
        """Return the working time of a sweep's runs together."""
        query = select(func.coalesce(func.sum(runs.c.seconds), 0.0))
        with self._store.reading() as connection:
            return float(connection.execute(query.where(runs.c.sweep == sweep_id)).scalar_one())

    def queued_again(self, sweep_id: str) -> int:
        """Queue the stopped runs of a sweep again; return how many there were."""
        stopped = (runs.c.sweep == sweep_id) & (runs.c.state == RunState.STOPPED)
        values = {
            "state": RunState.QUEUED,
            "command": "run",
            "command_time": self._store.now(),
            "ended": None,
            "attempt": 1,
            "sentence": "",
        }
        with self._store.writing() as connection:
            return connection.execute(
                runs.update().where(stopped & runs.c.deleted.is_(None)).values(values)
            ).rowcount

    def forget_unstarted(self, sweep_id: str) -> int:
        """Forget the queued runs of a sweep: its plan can make them again."""
        queued = (runs.c.sweep == sweep_id) & (runs.c.state == RunState.QUEUED)
        with self._store.writing() as connection:
            return connection.execute(runs.delete().where(queued)).rowcount

    def stop_runs(self, sweep_id: str) -> None:
        """Ask every run of a sweep that is at work to stop."""
        live = [str(state) for state in LIVE_STATES]
        condition = (runs.c.sweep == sweep_id) & runs.c.state.in_(live) & (runs.c.command != "stop")
        values = {"command": "stop", "command_time": self._store.now()}
        with self._store.writing() as connection:
            connection.execute(runs.update().where(condition).values(values))
