"""The run store: what happened in every run, readable while it happens.

Workers append, the interface reads, and the only thing that flows back is control. Writes are
short transactions that begin with the write lock; reads run outside a transaction. Long because
every question that is asked of the store is answered here, a few lines each.
"""

import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from rdfia_core.errors import RunNotFoundError, StoreError
from rdfia_core.store import metric_rows, schema
from rdfia_core.store.flush import Flusher
from rdfia_core.store.records import (
    LIVE_STATES,
    TERMINAL_STATES,
    FrameRecord,
    NoteRecord,
    RunRecord,
    RunState,
)
from rdfia_core.store.statements import (
    KEPT_FRAMES,
    LIVE_FRAME,
    NOTES,
    RUN,
)

runs = schema.run_table
frames = schema.frame_table
notes = schema.note_table
services = schema.service_table

DAMAGE = ("not a database", "malformed", "disk I/O error")
"""What SQLite says of a file that it cannot make sense of."""


class RunStore:
    """All runs of one deployment. Safe to share between threads, not across a fork.

    Args:
        url: SQLAlchemy URL.
        clock: Seconds since 1970; tests replace it.
    """

    def __init__(self, url: str, clock: Callable[[], float] = time.time) -> None:
        self.engine: Engine = schema.open_engine(url)
        self._reader = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._clock = clock
        self._flusher = Flusher(self.engine)
        with _translated():
            schema.prepare(self.engine)

    def close(self) -> None:
        """Close all connections."""
        self._flusher.close()
        self.engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Lend a connection that is in no transaction."""
        with _translated(), self._reader.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Lend a connection in a transaction that holds the write lock."""
        with _translated(), self.engine.begin() as connection:
            yield connection

    def now(self) -> float:
        """Return the seconds since 1970, by the clock that all times here are of."""
        return self._clock()

    # Runs

    def add_run(
        self, experiment: str, config: Mapping[str, Any], *, owner: str, **columns: Any
    ) -> str:
        """Insert a run and return its id; `columns` as in `new_run`."""
        values = self.new_run(experiment, config, owner=owner, **columns)
        with self.writing() as connection:
            connection.execute(runs.insert().values(values))
        return str(values["id"])

    def new_run(
        self,
        experiment: str,
        config: Mapping[str, Any],
        *,
        owner: str,
        task: str = "train",
        parent: str = "",
        state: RunState = RunState.QUEUED,
        command: str = "run",
        speed: float | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """Return the row of a new run without inserting it; `more` are further columns, by name."""
        now = self._clock()
        return {
            "id": secrets.token_hex(10),
            "owner": owner,
            "experiment": experiment,
            "task": task,
            "config": dict(config),
            "parent": parent,
            "state": state,
            "created": now,
            "updated": now,
            "command": command,
            "command_time": now,
            "speed": speed,
            **more,
        }

    def run(self, run_id: str) -> RunRecord:
        """Return one run.

        Raises:
            RunNotFoundError: If there is none of that id.
        """
        with self.reading() as connection:
            row = connection.execute(RUN, {"run_id": run_id}).mappings().first()
        if row is None:
            raise RunNotFoundError(f"There is no run '{run_id[:40]}'. List them with 'runs'.")
        return run_record(row)

    def runs(
        self,
        *,
        owner: str | None = None,
        states: Iterable[RunState] | None = None,
        limit: int | None = None,
        newest_first: bool = False,
        where: ColumnElement[bool] | None = None,
    ) -> list[RunRecord]:
        """Return runs, oldest first unless asked otherwise; of one owner without deleted ones.

        `where` is a further condition.
        """
        query = select(runs)
        if owner is not None:
            query = query.where((runs.c.owner == owner) & runs.c.deleted.is_(None))
        if states is not None:
            query = query.where(runs.c.state.in_([str(state) for state in states]))
        if where is not None:
            query = query.where(where)
        order = runs.c.created.desc() if newest_first else runs.c.created
        with self.reading() as connection:
            rows = connection.execute(query.order_by(order).limit(limit)).mappings().all()
        return [run_record(row) for row in rows]

    def count(self, condition: ColumnElement[bool]) -> int:
        """Count the runs under a condition on the run table."""
        with self.reading() as connection:
            query = select(func.count()).select_from(runs).where(condition)
            return int(connection.execute(query).scalar_one())

    def count_live(self, owner: str | None = None) -> int:
        """Count the runs that have not ended, of one owner or of all; not those of sweeps."""
        condition = runs.c.state.in_([str(state) for state in LIVE_STATES]) & (runs.c.sweep == "")
        return self.count(condition if owner is None else condition & (runs.c.owner == owner))

    def change_state(
        self, run_id: str, allowed: Iterable[RunState], state: RunState, **values: Any
    ) -> bool:
        """Move a run to another state if it is in one of the allowed states.

        Returns:
            Whether it was: of two processes that try at once, one gets True.
        """
        now = self._clock()
        values |= {"state": state, "updated": now}
        if state in TERMINAL_STATES:
            values |= {"ended": now, "handle": ""}
        condition = (runs.c.id == run_id) & runs.c.state.in_([str(item) for item in allowed])
        with self.writing() as connection:
            changed = connection.execute(runs.update().where(condition).values(values)).rowcount
        return changed == 1

    def update_run(self, run_id: str, **values: Any) -> None:
        """Change columns of one run."""
        with self.writing() as connection:
            connection.execute(runs.update().where(runs.c.id == run_id).values(values))

    def delete_run(self, run_id: str) -> None:
        """Forget a run with its metrics, frames and notes."""
        with self.writing() as connection:
            connection.execute(runs.delete().where(runs.c.id == run_id))

    # Control: the only arrow from the interface back to the worker

    def command(self, run_id: str, command: str) -> None:
        """Ask a run to "run", "pause" or "stop"; a run asked to stop stays so."""
        condition = (runs.c.id == run_id) & (runs.c.command != "stop")
        values = {"command": command, "command_time": self._clock()}
        with self.writing() as connection:
            connection.execute(runs.update().where(condition).values(values))

    def request_steps(self, run_id: str, *, batches: int = 0, epochs: int = 0) -> None:
        """Ask a paused run for single batches or epochs; requests add up."""
        values = {
            "step_requests": runs.c.step_requests + batches,
            "epoch_requests": runs.c.epoch_requests + epochs,
        }
        with self.writing() as connection:
            connection.execute(runs.update().where(runs.c.id == run_id).values(values))

    # What the worker writes

    def append(
        self,
        run_id: str,
        *,
        metrics: metric_rows.MetricRows | None = None,
        new_notes: Sequence[NoteRecord] = (),
        live_frame: FrameRecord | None = None,
        kept_frames: Sequence[FrameRecord] = (),
        dropped_frames: Sequence[int] = (),
        progress: Mapping[str, Any] | None = None,
    ) -> Mapping[str, Any]:
        """Store everything since the last flush in one transaction.

        Returns:
            What the run's owner asks for now: `command`, `step_requests`, `epoch_requests`,
            `live` and `speed`, as in RunRecord.

        Raises:
            RunNotFoundError: If the run has been deleted.
        """
        columns = {**(progress or {}), "updated": self._clock()}
        with _translated(self._flusher.driver_error):
            asked = self._flusher.write(
                run_id, columns, metrics, new_notes, live_frame, kept_frames, dropped_frames
            )
        if asked is None:
            raise RunNotFoundError(f"The run '{run_id}' has been deleted while it was at work.")
        return asked

    def rewind(self, run_id: str, step: int) -> None:
        """Forget what came after a step: the run is resumed from there."""
        with self.writing() as connection:
            metric_rows.truncate(connection, run_id, step)
            for table in (frames, notes):
                where = (table.c.run_id == run_id) & (table.c.step > step)
                connection.execute(table.delete().where(where))

    # What the interface reads

    def metrics(self, run_id: str, first: int = 0) -> metric_rows.MetricRows:
        """Return the metric rows from number `first` on."""
        with self.reading() as connection:
            return metric_rows.read(connection, run_id, first)

    def notes(self, run_id: str, first: int = 0) -> list[NoteRecord]:
        """Return the diagnoses from number `first` on."""
        values = {"run_id": run_id, "first": first}
        with self.reading() as connection:
            rows = connection.execute(NOTES, values).mappings().all()
        return [NoteRecord(**{k: v for k, v in row.items() if k != "run_id"}) for row in rows]

    def live_frame(self, run_id: str, unless_step: int = -1) -> FrameRecord | None:
        """Return the newest picture, or None if there is none or it is the one of that step."""
        values = {"run_id": run_id, "shown_step": unless_step}
        with self.reading() as connection:
            row = connection.execute(LIVE_FRAME, values).first()
        return None if row is None else FrameRecord(*row)

    def kept_frames(self, run_id: str) -> list[FrameRecord]:
        """Return the kept pictures, oldest first."""
        with self.reading() as connection:
            rows = connection.execute(KEPT_FRAMES, {"run_id": run_id}).all()
        return [FrameRecord(*row) for row in rows]

    # Services

    def announce(self, name: str, value: Mapping[str, Any]) -> None:
        """Say that a service is alive, and what it has to say."""
        row = {"name": name, "updated": self._clock(), "value": dict(value)}
        with self.writing() as connection:
            connection.execute(services.delete().where(services.c.name == name))
            connection.execute(services.insert().values(row))

    def service(self, name: str) -> tuple[float, Mapping[str, Any]] | None:
        """Return when a service last spoke and what it said, or None."""
        query = select(services.c.updated, services.c.value).where(services.c.name == name)
        with self.reading() as connection:
            row = connection.execute(query).first()
        return (float(row[0]), row[1]) if row else None

    def checkpoint_wal(self) -> None:
        """Fold SQLite's write-ahead log into the database; only the dispatcher calls this."""
        if self.engine.dialect.name == "sqlite":
            with self.reading() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")


@contextmanager
def _translated(driver_error: type[Exception] = SQLAlchemyError) -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, driver_error) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        hint = "Check that the disk has room and that RDFIA_HOME can be written."
        if any(words in reason for words in DAMAGE):
            hint = (
                "Put a copy of runs.db back into RDFIA_HOME, or move it away, with its -wal and "
                "-shm files, to begin an empty list. Checkpoints and image sets are not in it."
            )
        raise StoreError(f"The run store cannot be used: {reason}. {hint}") from error


def run_record(row: Mapping[Any, Any]) -> RunRecord:
    """Return a row of the run table as a record."""
    return RunRecord(**{**row, "state": RunState(row["state"])})
