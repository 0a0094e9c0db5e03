"""The dispatcher's watch: woken by what is asked, by anybody, and not by workers at work."""

from collections.abc import Iterator

import pytest

from rdfia_core.errors import StoreError
from rdfia_core.settings import Settings
from rdfia_core.store import RunState, RunStore
from rdfia_core.store.watch import Watch


@pytest.fixture
def watch(store: RunStore) -> Iterator[Watch]:
    watching = Watch(store.engine)
    yield watching
    watching.close()


@pytest.fixture
def other(store: RunStore, settings: Settings) -> Iterator[RunStore]:
    """The store as another process opens it."""
    opened = RunStore(settings.store_url)
    yield opened
    opened.close()


def test_a_new_run_is_seen_once(watch: Watch, other: RunStore) -> None:
    assert not watch.has_demands()
    other.add_run("circle_mlp", {}, owner="ada")
    assert watch.has_demands()
    assert not watch.has_demands()


def test_what_a_worker_writes_is_no_demand(watch: Watch, other: RunStore) -> None:
    run_id = other.add_run("circle_mlp", {}, owner="ada")
    other.change_state(run_id, [RunState.QUEUED], RunState.RUNNING)
    watch.has_demands()
    for step in range(3):
        other.append(run_id, progress={"step": step})
        assert not watch.has_demands()


@pytest.mark.parametrize("what", ["stop", "batch", "epoch", "end"])
def test_what_an_owner_asks_and_an_end_are_demands(
    watch: Watch, other: RunStore, what: str
) -> None:
    run_id = other.add_run("circle_mlp", {}, owner="ada")
    other.change_state(run_id, [RunState.QUEUED], RunState.RUNNING)
    watch.has_demands()
    if what == "stop":
        other.command(run_id, "stop")
    elif what == "end":
        other.change_state(run_id, [RunState.RUNNING], RunState.COMPLETED)
    else:
        other.request_steps(run_id, **{"batch": {"batches": 1}, "epoch": {"epochs": 1}}[what])
    assert watch.has_demands()
    assert not watch.has_demands()


def test_a_store_that_cannot_be_read_is_a_sentence(store: RunStore, settings: Settings) -> None:
    watching = Watch(store.engine)
    watching.has_demands()
    with store.engine.begin() as connection:
        connection.exec_driver_sql("drop table run")
    with pytest.raises(StoreError, match="cannot be read"):
        watching.has_demands()
    watching.close()
