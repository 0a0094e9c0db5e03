"""Whether there is something for the dispatcher to do; asked sixty times a second."""

from typing import Any

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import SQLAlchemyError

from rdfia_core.errors import StoreError
from rdfia_core.store import schema
from rdfia_core.store.records import LIVE_STATES

runs = schema.run_table
DEMANDS = (
    select(runs.c.id, runs.c.state, runs.c.command, runs.c.step_requests, runs.c.epoch_requests)
    .where(runs.c.state.in_([str(state) for state in sorted(LIVE_STATES)]))
    .where(runs.c.sweep == "")
    .order_by(runs.c.id)
)


class Watch:
    """Tells a new run, an ended one or a command from the many writes of workers at work.

    The runs of sweeps are left out: they can wait for the next regular look, and there may be
    hundreds a second.

    Where a training has all cores to itself, whoever works beside it holds it up.

    Args:
        engine: Of the store. Only one thread may use a watch.
    """

    def __init__(self, engine: Engine) -> None:
        self._is_sqlite = engine.dialect.name == "sqlite"
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._connection: Connection | None = None
        self._version = -1
        self._demands: list[Any] = []

    def has_demands(self) -> bool:
        """Whether runs without an end, their states or what is asked of them are others now.

        Raises:
            StoreError: If the store cannot be read.
        """
        try:
            if self._connection is None:
                self._connection = self._engine.connect()
            return self._has_changed(self._connection) and self._has_others(self._connection)
        except SQLAlchemyError as error:
            raise StoreError(f"The run store cannot be read: {error}") from error

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _has_changed(self, connection: Connection) -> bool:
        """Whether anything was written at all; for SQLite this costs almost nothing."""
        if not self._is_sqlite:
            return True
        version = int(connection.exec_driver_sql("PRAGMA data_version").scalar_one())
        changed, self._version = version != self._version, version
        return changed

    def _has_others(self, connection: Connection) -> bool:
        before, self._demands = self._demands, [tuple(row) for row in connection.execute(DEMANDS)]
        return before != self._demands
