"""Tables, schema version, migrations, and how a connection to SQLite must be set up."""

import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Engine,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    false,
    inspect,
    select,
)
from sqlalchemy.schema import CreateColumn

from rdfia_core.errors import StoreError

VERSION = 2
metadata = MetaData()

version_table = Table("schema_version", metadata, Column("version", Integer, nullable=False))

run_table = Table(
    "run",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("experiment", String(64), nullable=False),
    Column("task", String(64), nullable=False),
    Column("config", JSON, nullable=False),
    Column("parent", String(20), nullable=False, default=""),
    Column("state", String(16), nullable=False),
    Column("sentence", Text, nullable=False, default=""),
    Column("traceback", Text, nullable=False, default=""),
    Column("created", Float, nullable=False),
    Column("started", Float),
    Column("ended", Float),
    Column("updated", Float, nullable=False),
    Column("handle", String(128), nullable=False, default=""),
    Column("attempt", Integer, nullable=False, default=1),
    Column("step", Integer, nullable=False, default=0),
    Column("epoch", Float, nullable=False, default=0.0),
    Column("rate", Float),
    Column("device", String(32), nullable=False, default=""),
    Column("num_parameters", Integer, nullable=False, default=0),
    Column("seconds", Float, nullable=False, default=0.0),
    Column("metrics", JSON, nullable=False, default=dict),
    Column("result", JSON, nullable=False, default=dict),
    Column("command", String(8), nullable=False, default="run"),
    Column("command_time", Float, nullable=False, default=0.0),
    Column("step_requests", Integer, nullable=False, default=0),
    Column("epoch_requests", Integer, nullable=False, default=0),
    Column("steps_served", Integer, nullable=False, default=0),
    Column("epochs_served", Integer, nullable=False, default=0),
    Column("live", JSON, nullable=False, default=dict),
    Column("speed", Float),
    Column("name", String(80), nullable=False, server_default=""),
    Column("tags", JSON, nullable=False, server_default="[]"),
    Column("pinned", Boolean, nullable=False, server_default=false()),
    Column("deleted", Float),
    Column("sweep", String(20), nullable=False, server_default=""),
    Column("board", String(12), nullable=False, server_default=""),
    Index("run_by_owner", "owner", "created"),
    Index("run_by_state", "state", "created"),
    Index("run_by_sweep", "sweep"),
    Index("run_by_board", "board"),
)


def _run_key(**options: Any) -> Column[str]:
    return Column("run_id", ForeignKey("run.id", ondelete="CASCADE"), **options)


# One row holds the metrics of one flush, as a float64 matrix: reading 10,000 epochs decodes a few
# hundred rows instead of 10,000, and a fast loop pays one insert per flush.
metric_table = Table(
    "metric",
    metadata,
    _run_key(primary_key=True),
    Column("first", Integer, primary_key=True, autoincrement=False),
    Column("count", Integer, nullable=False),
    Column("last_step", Integer, nullable=False),
    Column("names", JSON, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

# `slot` is "live" for the newest picture, which is replaced, and the step for a kept one.
frame_table = Table(
    "frame",
    metadata,
    _run_key(primary_key=True),
    Column("slot", String(20), primary_key=True),
    Column("step", Integer, nullable=False),
    Column("epoch", Float, nullable=False),
    Column("blob", LargeBinary, nullable=False),
)

note_table = Table(
    "note",
    metadata,
    _run_key(primary_key=True),
    Column("index", Integer, primary_key=True, autoincrement=False),
    Column("step", Integer, nullable=False),
    Column("epoch", Float, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("text", Text, nullable=False),
    Column("evidence", JSON, nullable=False),
    Column("suggestion", JSON),
)

# What long-lived processes say of themselves: the dispatcher's heartbeat, the devices found.
service_table = Table(
    "service",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("updated", Float, nullable=False),
    Column("value", JSON, nullable=False),
)

# A sweep is the plan; its runs carry its id. `command` is what its owner last asked for.
sweep_table = Table(
    "sweep",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("name", String(80), nullable=False, server_default=""),
    Column("experiment", String(64), nullable=False),
    Column("base", JSON, nullable=False),
    Column("axes", JSON, nullable=False),
    Column("budget_seconds", Float),
    Column("command", String(8), nullable=False),
    Column("sentence", Text, nullable=False, server_default=""),
    Column("created", Float, nullable=False),
    Column("deleted", Float),
    Index("sweep_by_owner", "owner", "created"),
)

# A link that lets others see something: runs, a comparison, a lesson. Its id is the secret.
share_table = Table(
    "share",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("content", JSON, nullable=False),
    Column("created", Float, nullable=False),
    Column("revoked", Float),
    Index("share_by_owner", "owner", "created"),
)

# A class board; the runs made for it carry its code.
board_table = Table(
    "board",
    metadata,
    Column("code", String(12), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("title", String(80), nullable=False),
    Column("experiment", String(64), nullable=False),
    Column("content", JSON, nullable=False),
    Column("created", Float, nullable=False),
    Column("closed", Float),
)

member_table = Table(
    "board_member",
    metadata,
    Column("code", ForeignKey("board.code", ondelete="CASCADE"), primary_key=True),
    Column("owner", String(64), primary_key=True),
    Column("alias", String(40), nullable=False),
    Column("joined", Float, nullable=False),
)

Migration = Callable[[Connection], None]


def _add_lists_sweeps_and_sharing(connection: Connection) -> None:
    """Version 1 to 2: what the runs page, sweeps, links and boards need."""
    for name in ("name", "tags", "pinned", "deleted", "sweep", "board"):
        column = CreateColumn(run_table.c[name]).compile(dialect=connection.dialect)
        connection.exec_driver_sql(f"ALTER TABLE run ADD COLUMN {column}")
    for index in run_table.indexes:
        index.create(connection, checkfirst=True)
    metadata.create_all(connection)


MIGRATIONS: Mapping[int, Migration] = {1: _add_lists_sweeps_and_sharing}
"""Schema version -> function that changes the tables of that version into those of the next."""


def open_engine(url: str) -> Engine:
    """Open a database; for SQLite, with the settings that several writing processes need."""
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True)
    path = url.removeprefix("sqlite:///")
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": 10.0, "check_same_thread": False})
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _configure_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    # Only the dispatcher checkpoints: several checkpointers at once can corrupt a database before
    # SQLite 3.51.3. NORMAL is durable against a killed process, which is what we promise.
    for pragma in ("synchronous=NORMAL", "wal_autocheckpoint=0", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Connection) -> None:
    """Take the write lock at the start: an upgrade half way would fail instead of waiting."""
    if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def prepare(engine: Engine, migrations: Mapping[int, Migration] | None = None) -> None:
    """Create the tables, or bring those of an older version up to date.

    Raises:
        StoreError: If the database was written by a newer version of the program.
    """
    steps = MIGRATIONS if migrations is None else migrations
    if engine.dialect.name == "sqlite":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
    with engine.begin() as connection:
        if not inspect(connection).has_table(version_table.name):
            metadata.create_all(connection)
            connection.execute(version_table.insert().values(version=VERSION))
            return
        found = connection.execute(select(version_table.c.version)).scalar_one()
        if found > VERSION:
            raise StoreError(
                f"The run store has schema version {found}; this program knows versions up to "
                f"{VERSION}. Update the program, or set RDFIA_HOME to another folder."
            )
        for version in range(found, VERSION):
            steps[version](connection)
            connection.execute(version_table.update().values(version=version + 1))
