"""The dispatcher against an engine that the test controls, on a clock that the test moves."""

import pytest

from rdfia_core.errors import RunNotFoundError
from rdfia_core.jobs.dispatcher import HOUSEKEEPING_SECONDS, Dispatcher
from rdfia_core.settings import Settings
from rdfia_core.store import RunState, RunStore
from rdfia_core.store.run_lists import UNDO_SECONDS, RunLists


class FakeEngine:
    def __init__(self, slots: float = 2.0) -> None:
        self.num_slots = slots
        self.started: list[str] = []
        self.living: set[str] = set()
        self.killed: list[tuple[str, bool]] = []
        self.fails = False

    def slots(self) -> float:
        return self.num_slots

    def start(self, run_id: str) -> str:
        if self.fails:
            raise OSError("no memory")
        self.started.append(run_id)
        self.living.add(run_id)
        return run_id

    def alive(self, handles: list[str]) -> set[str]:
        return self.living & set(handles)

    def kill(self, handle: str, *, force: bool = False) -> None:
        self.killed.append((handle, force))


class World:
    """A store, an engine and a dispatcher, whose workers do what the test says."""

    def __init__(self, store: RunStore, settings: Settings, slots: float = 2.0) -> None:
        self.now = 1000.0
        self.store = store
        store._clock = lambda: self.now
        self.engine = FakeEngine(slots)
        self.dispatcher = Dispatcher(store, self.engine, settings, lambda: self.now)

    def add(self, owner: str = "ada", **values: str) -> str:
        self.now += 0.001
        return self.store.add_run("sample", {}, owner=owner, **values)  # type: ignore[arg-type]

    def work(self) -> None:
        """Let every started worker claim its run, as a real one does first."""
        for run_id in self.engine.started:
            self.store.change_state(run_id, [RunState.STARTING], RunState.RUNNING, handle=run_id)

    def state(self, run_id: str) -> RunState:
        return self.store.run(run_id).state


@pytest.fixture
def world(store: RunStore, settings: Settings) -> World:
    return World(store, settings)


def test_runs_start_in_order_until_the_slots_are_full(world: World) -> None:
    ids = [world.add() for _ in range(3)]
    world.dispatcher.tick()
    assert world.engine.started == ids[:2]
    assert world.state(ids[2]) is RunState.QUEUED


def test_a_second_owner_goes_before_a_third_run_of_the_first(
    store: RunStore, settings: Settings
) -> None:
    world = World(store, settings, slots=3)
    first = [world.add("ada") for _ in range(3)]
    other = world.add("bob")
    world.dispatcher.tick()
    assert world.engine.started == [first[0], other, first[1]]


def test_an_owner_has_no_more_runs_at_work_than_allowed(
    store: RunStore, settings: Settings
) -> None:
    world = World(store, settings.model_copy(update={"max_running_per_owner": 1}), slots=4)
    mine = [world.add("ada") for _ in range(2)]
    other = world.add("bob")
    world.dispatcher.tick()
    assert world.engine.started == [mine[0], other]


def test_small_runs_share_a_slot(store: RunStore, settings: Settings) -> None:
    world = World(store, settings, slots=1)
    ids = [store.add_run("circle_mlp", {}, owner=f"owner {k}") for k in range(5)]
    world.dispatcher.tick()
    assert world.engine.started == ids[:4]


def test_a_paused_run_makes_room(world: World) -> None:
    ids = [world.add() for _ in range(3)]
    world.dispatcher.tick()
    world.work()
    world.store.update_run(ids[0], state=RunState.PAUSED)
    world.dispatcher.tick()
    assert world.engine.started == ids


def test_a_dead_worker_is_resumed_once_and_then_lost(world: World) -> None:
    run_id = world.add()
    for attempt in (1, 2):
        world.dispatcher.tick()
        world.work()
        assert world.store.run(run_id).attempt == attempt
        world.engine.living.clear()
        world.dispatcher.tick()
    run = world.store.run(run_id)
    assert run.state is RunState.LOST
    assert "died twice" in run.sentence
    assert world.engine.started == [run_id, run_id]


def test_a_run_that_was_asked_to_stop_and_died_is_stopped(world: World) -> None:
    run_id = world.add()
    world.dispatcher.tick()
    world.work()
    world.store.command(run_id, "stop")
    world.engine.living.clear()
    world.dispatcher.tick()
    assert world.state(run_id) is RunState.STOPPED


def test_a_worker_that_ignores_stop_is_ended_politely_then_killed(world: World) -> None:
    run_id = world.add()
    world.dispatcher.tick()
    world.work()
    world.store.command(run_id, "stop")
    for seconds, expected in ((1.0, []), (1.5, [(run_id, False)]), (3.0, [(run_id, True)])):
        world.engine.killed.clear()
        world.now += seconds
        world.dispatcher.tick()
        assert world.engine.killed == expected


def test_a_queued_run_that_is_stopped_never_starts(world: World) -> None:
    run_id = world.add()
    world.store.command(run_id, "stop")
    world.dispatcher.tick()
    assert world.state(run_id) is RunState.STOPPED
    assert world.engine.started == []


def test_a_new_dispatcher_adopts_living_workers(world: World, settings: Settings) -> None:
    run_id = world.add()
    world.dispatcher.tick()
    world.work()
    successor = Dispatcher(world.store, world.engine, settings, lambda: world.now)
    successor.tick()
    assert world.state(run_id) is RunState.RUNNING
    assert world.engine.started == [run_id]


def test_a_worker_that_never_appeared_is_started_again(world: World) -> None:
    run_id = world.add()
    world.dispatcher.tick()
    world.now += 5.0
    world.dispatcher.tick()
    assert world.state(run_id) is RunState.STARTING
    world.now += 60.0
    world.dispatcher.tick()
    assert world.engine.started == [run_id, run_id]


@pytest.mark.parametrize("request_kind", ["play", "batch", "epoch"])
def test_a_parked_run_is_queued_when_its_owner_wants_something(
    world: World, request_kind: str
) -> None:
    run_id = world.add(command="pause", state=RunState.PAUSED)
    world.dispatcher.tick()
    assert world.state(run_id) is RunState.PAUSED
    if request_kind == "play":
        world.store.command(run_id, "run")
    else:
        batches = int(request_kind == "batch")
        world.store.request_steps(run_id, batches=batches, epochs=1 - batches)
    world.dispatcher.tick()
    assert world.state(run_id) is RunState.STARTING


def test_a_parked_run_can_be_stopped(world: World) -> None:
    run_id = world.add(command="pause", state=RunState.PAUSED)
    world.store.command(run_id, "stop")
    world.dispatcher.tick()
    assert world.state(run_id) is RunState.STOPPED


def test_an_engine_that_cannot_start_fails_the_run_with_a_sentence(world: World) -> None:
    world.engine.fails = True
    run_id = world.add()
    world.dispatcher.tick()
    run = world.store.run(run_id)
    assert run.state is RunState.FAILED
    assert "no memory" in run.sentence


def test_the_oldest_ended_runs_above_the_limit_are_deleted(
    store: RunStore, settings: Settings
) -> None:
    world = World(store, settings.model_copy(update={"keep_runs_per_owner": 2}))
    ids = [world.add() for _ in range(3)]
    for run_id in ids:
        store.update_run(run_id, state=RunState.COMPLETED)
    (settings.run_dir(ids[0])).mkdir(parents=True)
    (settings.run_dir(ids[0]) / "weights.safetensors").write_bytes(b"x")
    world.dispatcher.tick()
    assert [run.id for run in store.runs()] == ids[1:]
    assert not settings.run_dir(ids[0]).exists()


def test_a_deleted_run_is_cleared_away_after_its_hour_alone(
    world: World, settings: Settings
) -> None:
    gone, kept = (world.add(state=RunState.COMPLETED) for _ in range(2))
    for run_id in (gone, kept):
        settings.run_dir(run_id).mkdir(parents=True)
        (settings.run_dir(run_id) / "weights.safetensors").write_bytes(b"w")
    RunLists(world.store, lambda: world.now).delete([gone])
    world.now += UNDO_SECONDS - 1
    world.dispatcher.tick()
    assert world.store.run(gone).deleted is not None
    world.now += HOUSEKEEPING_SECONDS + 1
    world.dispatcher.tick()
    with pytest.raises(RunNotFoundError):
        world.store.run(gone)
    assert not settings.run_dir(gone).exists()
    assert (settings.run_dir(kept) / "weights.safetensors").exists()
    assert world.state(kept) is RunState.COMPLETED


def test_a_deleted_run_at_work_is_stopped(world: World) -> None:
    run_id = world.add()
    world.dispatcher.tick()
    world.work()
    RunLists(world.store, lambda: world.now).delete([run_id])
    world.now += 10
    world.dispatcher.tick()
    assert world.engine.killed == [(run_id, True)]


def test_pinned_runs_are_the_last_to_make_room(store: RunStore, settings: Settings) -> None:
    few = settings.model_copy(update={"keep_runs_per_owner": 2})
    world = World(store, few)
    ids = [world.add(state=RunState.COMPLETED) for _ in range(4)]
    store.update_run(ids[0], pinned=True)
    world.dispatcher.tick()
    assert {run.id for run in store.runs()} == {ids[0], ids[3]}
