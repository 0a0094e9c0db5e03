"""The queue played ahead: the dispatcher's own order, and nothing said that was not measured."""

from typing import Any

import pytest

from rdfia_core.jobs.queue_outlook import measured_expectation, outlooks, slot_uses
from rdfia_core.store import RunRecord, RunState, RunStore
from tests.core.jobs.test_dispatcher import World

MINUTE = 60.0


class Queue:
    """Runs that take a whole slot each, as those of a lab that nobody knows do."""

    def __init__(self, store: RunStore) -> None:
        self.store = store
        self.now = 0.0
        store._clock = lambda: self.now

    def add(self, owner: str = "ada", state: RunState = RunState.QUEUED, **more: Any) -> str:
        self.now += 1
        experiment = more.pop("experiment", "sample")
        config = {"epochs": more.pop("epochs", 10)}
        return self.store.add_run(experiment, config, owner=owner, state=state, **more)

    def looks(self, expected: Any, slots: float = 1.0, most: int = 4) -> dict[str, Any]:
        found = outlooks(self.store.runs(), expected, slots, most)
        return {look.run.id: (look.place, look.starts_s, look.ends_s) for look in found}


@pytest.fixture
def queue(store: RunStore) -> Queue:
    return Queue(store)


def a_minute(run: RunRecord) -> float:
    return MINUTE


def test_one_slot_serves_one_run_after_the_other(queue: Queue) -> None:
    first = queue.add(state=RunState.RUNNING)
    second, third = queue.add(), queue.add()
    assert queue.looks(a_minute) == {
        first: (None, 0, 60),
        second: (1, 60, 120),
        third: (2, 120, 180),
    }


def test_two_slots_serve_two_at_once(queue: Queue) -> None:
    ids = [queue.add() for _ in range(3)]
    looks = queue.looks(a_minute, slots=2)
    assert [looks[run_id] for run_id in ids] == [(1, 0, 60), (2, 0, 60), (3, 60, 120)]


def test_who_has_fewer_runs_at_work_comes_first(queue: Queue) -> None:
    queue.add(state=RunState.RUNNING)
    second = queue.add()
    bobs = queue.add("bob")
    looks = queue.looks(a_minute, slots=2)
    assert (looks[bobs][0], looks[second][0]) == (1, 2)


def test_what_follows_an_unknown_time_is_unknown(queue: Queue) -> None:
    first, second = queue.add(state=RunState.RUNNING), queue.add()
    assert queue.looks(lambda run: None) == {first: (None, 0, None), second: (1, None, None)}


def test_a_known_end_comes_before_an_unknown_one(queue: Queue) -> None:
    slow, quick = queue.add(state=RunState.RUNNING), queue.add(state=RunState.RUNNING)
    waiting = queue.add()
    expected = {slow: None, quick: 5.0, waiting: 10.0}
    assert queue.looks(lambda run: expected[run.id], slots=2)[waiting] == (1, 5, 15)


def test_the_order_foretold_is_the_order_of_the_dispatcher(store: RunStore, settings: Any) -> None:
    world = World(store, settings, slots=1)
    for owner in ("ada", "ada", "bob", "cy", "bob"):
        world.add(owner)
    foretold = [look.run.id for look in outlooks(store.runs(), a_minute, 1, 4)]
    for _ in foretold:
        world.dispatcher.tick()
        world.work()
        store.change_state(world.engine.started[-1], [RunState.RUNNING], RunState.COMPLETED)
    assert world.engine.started == foretold


def test_a_waiting_run_takes_as_long_as_the_owners_last_ones(queue: Queue) -> None:
    for seconds in (10.0, 20.0, 60.0):
        queue.add(state=RunState.COMPLETED)
        queue.store.update_run(queue.store.runs()[-1].id, epoch=10.0, seconds=seconds)
    run = queue.store.run(queue.add(epochs=100))
    assert measured_expectation(queue.store, "ada")(run) == pytest.approx(200)
    assert measured_expectation(queue.store, "bob")(run) is None


def test_a_paced_run_takes_at_least_its_pace(queue: Queue) -> None:
    run = queue.store.run(queue.add(epochs=100, speed=5.0))
    assert measured_expectation(queue.store, "ada")(run) == pytest.approx(20)


def test_shares_are_told_apart_by_owner_and_kind(queue: Queue) -> None:
    queue.add(state=RunState.RUNNING)
    queue.add("bob", state=RunState.RUNNING, experiment="circle_mlp")
    queue.add("ada")
    uses = {use.is_light: (use.mine, use.others) for use in slot_uses(queue.store.runs(), "ada", 2)}
    assert uses == {True: (0.0, 0.25), False: (1.0, 0.0)}
