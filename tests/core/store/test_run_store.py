"""The run store: what is written is what is read, and only one of two claimants wins."""

import sqlite3
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, event

from rdfia_core.errors import RunNotFoundError, StoreError
from rdfia_core.settings import Settings
from rdfia_core.store import FrameRecord, NoteRecord, RunState, RunStore, schema
from rdfia_core.store.metric_rows import MetricRows


def add(store: RunStore, owner: str = "ada") -> str:
    return store.add_run("circle_mlp", {"epochs": 3, "seed": 1}, owner=owner)


def rows(first: int, steps: list[int], **columns: list[float]) -> MetricRows:
    values = {"step": np.array(steps), "epoch": np.array(steps, dtype=float)}
    return MetricRows(first, values | {k: np.array(v) for k, v in columns.items()})


def test_a_new_run_is_queued_and_keeps_its_config(store: RunStore) -> None:
    run = store.run(add(store))
    assert run.state is RunState.QUEUED
    assert run.config == {"epochs": 3, "seed": 1}


def test_ids_cannot_be_guessed_from_one_another(store: RunStore) -> None:
    ids = {add(store) for _ in range(50)}
    assert len(ids) == 50
    assert all(len(run_id) == 20 for run_id in ids)


def test_an_unknown_run_is_refused(store: RunStore) -> None:
    with pytest.raises(RunNotFoundError, match="no run 'nope'"):
        store.run("nope")


def test_of_two_claimants_one_wins(store: RunStore) -> None:
    run_id = add(store)
    first = store.change_state(run_id, [RunState.QUEUED], RunState.STARTING)
    second = store.change_state(run_id, [RunState.QUEUED], RunState.STARTING)
    assert (first, second) == (True, False)


def test_a_run_asked_to_stop_stays_so(store: RunStore) -> None:
    run_id = add(store)
    store.command(run_id, "stop")
    store.command(run_id, "run")
    assert store.run(run_id).command == "stop"


def test_step_requests_add_up(store: RunStore) -> None:
    run_id = add(store)
    store.request_steps(run_id, batches=2)
    store.request_steps(run_id, batches=1, epochs=4)
    run = store.run(run_id)
    assert (run.step_requests, run.epoch_requests) == (3, 4)


def test_metrics_of_several_flushes_are_one_table(store: RunStore) -> None:
    run_id = add(store)
    store.append(run_id, metrics=rows(0, [0, 1], train_loss=[0.7, 0.6]))
    store.append(run_id, metrics=rows(2, [2], train_loss=[0.5], test_loss=[0.9]))
    found = store.metrics(run_id)
    assert found.columns["train_loss"].tolist() == [0.7, 0.6, 0.5]
    assert np.isnan(found.columns["test_loss"][:2]).all()
    assert found.columns["test_loss"][2] == 0.9


@given(st.lists(st.integers(1, 4), min_size=1, max_size=6), st.integers(0, 30))
def test_reading_from_any_row_gives_the_rest(sizes: list[int], first: int) -> None:
    store = RunStore("sqlite:///")
    run_id = add(store)
    total = 0
    for size in sizes:
        steps = list(range(total, total + size))
        store.append(run_id, metrics=rows(total, steps, x=[float(s) for s in steps]))
        total += size
    found = store.metrics(run_id, first)
    assert found.columns.get("x", np.array([])).tolist() == list(range(min(first, total), total))
    store.close()


def test_rewinding_forgets_what_came_after(store: RunStore) -> None:
    run_id = add(store)
    store.append(
        run_id,
        metrics=rows(0, [0, 10, 20], x=[0.0, 1.0, 2.0]),
        kept_frames=[FrameRecord(step, 0.0, b"x") for step in (0, 10, 20)],
        new_notes=[NoteRecord(0, 20, 2.0, "kind", "text", {}, None)],
    )
    store.rewind(run_id, 10)
    assert store.metrics(run_id).columns["step"].tolist() == [0, 10]
    assert [frame.step for frame in store.kept_frames(run_id)] == [0, 10]
    assert store.notes(run_id) == []


def test_the_live_frame_is_replaced(store: RunStore) -> None:
    run_id = add(store)
    for step in (1, 2):
        store.append(run_id, live_frame=FrameRecord(step, 0.1, bytes([step])))
    frame = store.live_frame(run_id)
    assert frame is not None
    assert (frame.step, frame.blob) == (2, b"\x02")
    assert store.live_frame(run_id, unless_step=2) is None


def test_a_kept_frame_can_be_displaced(store: RunStore) -> None:
    run_id = add(store)
    store.append(run_id, kept_frames=[FrameRecord(1, 0.1, b"a"), FrameRecord(2, 0.2, b"b")])
    store.append(run_id, dropped_frames=[1])
    assert [frame.step for frame in store.kept_frames(run_id)] == [2]


def test_notes_come_back_whole(store: RunStore) -> None:
    run_id = add(store)
    note = NoteRecord(0, 5, 1.5, "overfitting", "text", {"k": 1}, {"label": "l", "changes": {}})
    store.append(run_id, new_notes=[note])
    assert store.notes(run_id) == [note]
    assert store.notes(run_id, first=1) == []


def test_deleting_a_run_deletes_what_it_stored(store: RunStore) -> None:
    run_id = add(store)
    store.append(run_id, metrics=rows(0, [0], x=[1.0]), live_frame=FrameRecord(0, 0.0, b"x"))
    store.delete_run(run_id)
    assert len(store.metrics(run_id)) == 0
    assert store.live_frame(run_id) is None


def test_runs_are_kept_apart_by_owner(store: RunStore) -> None:
    mine, _ = add(store, "ada"), add(store, "bob")
    assert [run.id for run in store.runs(owner="ada")] == [mine]
    assert store.count_live("ada") == 1
    assert store.count_live() == 2


def test_a_newer_schema_is_refused_with_the_remedy(settings: Settings) -> None:
    RunStore(settings.store_url).close()
    database = sqlite3.connect(settings.home / "runs.db")
    database.execute("update schema_version set version = 99")
    database.commit()
    database.close()
    with pytest.raises(StoreError, match=r"schema version 99.*Update the program"):
        RunStore(settings.store_url)


def test_an_older_schema_is_migrated(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    RunStore(settings.store_url).close()
    migrated: list[int] = []

    def migrate(connection: Connection) -> None:
        connection.exec_driver_sql("alter table run add column flavour text default 'plain'")
        migrated.append(1)

    monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)
    engine = schema.open_engine(settings.store_url)
    for _ in range(2):
        schema.prepare(engine, {schema.VERSION - 1: migrate})
    with engine.connect() as connection:
        connection.exec_driver_sql("select flavour from run")
    engine.dispose()
    assert migrated == [1]


def test_a_store_of_version_one_keeps_its_runs(settings: Settings) -> None:
    store = RunStore(settings.store_url)
    run_id = store.add_run("circle_mlp", {"seed": 3}, owner="ada")
    store.close()
    database = sqlite3.connect(settings.home / "runs.db")
    for index in ("run_by_sweep", "run_by_board"):
        database.execute(f"drop index {index}")
    for column in ("name", "tags", "pinned", "deleted", "sweep", "board"):
        database.execute(f"alter table run drop column {column}")
    for table in ("sweep", "share", "board_member", "board"):
        database.execute(f"drop table {table}")
    database.execute("update schema_version set version = 1")
    database.commit()
    database.close()
    store = RunStore(settings.store_url)
    run = store.run(run_id)
    assert (run.config, run.name, run.tags, run.pinned, run.deleted) == (
        {"seed": 3},
        "",
        [],
        False,
        None,
    )
    with store.reading() as connection:
        assert connection.exec_driver_sql("select count(*) from sweep").scalar_one() == 0
    store.close()


def test_a_damaged_database_gives_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    path.write_bytes(b"this is not a database" * 200)
    with pytest.raises(StoreError, match=r"cannot be used.*Put a copy of runs.db back"):
        RunStore(f"sqlite:///{path}")


def test_a_service_is_heard(store: RunStore) -> None:
    assert store.service("dispatcher") is None
    store.announce("dispatcher", {"ready": True})
    heard = store.service("dispatcher")
    assert heard is not None
    assert heard[1] == {"ready": True}


def test_a_full_disk_gives_a_sentence_and_loses_nothing_stored(store: RunStore) -> None:
    run_id = store.add_run("circle_mlp", {}, owner="ada")
    store.append(run_id, metrics=rows(0, [0], x=[1.0]))
    with store.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    store.close()

    @event.listens_for(store.engine, "connect")
    def fill_the_disk(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count={pages}")

    big = FrameRecord(1, 0.1, bytes(1_000_000))
    with pytest.raises(StoreError, match=r"full.*Check that the disk has room"):
        store.append(run_id, metrics=rows(1, [1], x=[2.0]), live_frame=big)
    assert len(store.metrics(run_id)) == 1
    assert store.live_frame(run_id) is None
