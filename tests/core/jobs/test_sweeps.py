"""Sweeps under the dispatcher: made a few at a time, behind everybody else, commanded, resumed."""

import pytest

from rdfia_core.errors import ConfigError, DataUnavailableError, LimitError, RunNotFoundError
from rdfia_core.jobs.dispatcher import Dispatcher
from rdfia_core.jobs.submission import submit
from rdfia_core.jobs.sweep_plan import SweepPlan
from rdfia_core.jobs.sweep_runs import QUEUED_SINGLE
from rdfia_core.jobs.sweep_summary import summary_of
from rdfia_core.jobs.sweeps import command_sweep, estimate_seconds, start_sweep
from rdfia_core.settings import Settings
from rdfia_core.store import RunState, RunStore
from rdfia_core.store.sweep_store import SweepState, SweepStore


class FakeEngine:
    """Starts nothing; the test says who lives."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.living: set[str] = set()

    def slots(self) -> float:
        return 1.0

    def start(self, run_id: str) -> str:
        self.started.append(run_id)
        self.living.add(run_id)
        return run_id

    def alive(self, handles: list[str]) -> set[str]:
        return self.living & set(handles)

    def kill(self, handle: str, *, force: bool = False) -> None:
        self.living.discard(handle)


class World:
    """A dispatcher with one slot, in which four circle MLPs have room."""

    def __init__(self, store: RunStore, settings: Settings) -> None:
        self.now = 1000.0
        self.store = store
        self.settings = settings
        store._clock = self._tick_clock
        self.sweeps = SweepStore(store)
        self.engine = FakeEngine()
        self.dispatcher = Dispatcher(store, self.engine, settings, lambda: self.now)

    def _tick_clock(self) -> float:
        self.now += 0.001
        return self.now

    def start(self, *words: str, owner: str = "ada", **more: float) -> str:
        plan = SweepPlan.build("circle_mlp", words)
        return start_sweep(self.store, self.settings, plan, owner, **more)  # type: ignore[arg-type]

    def submit(self, owner: str) -> str:
        return submit(self.store, self.settings, "circle_mlp", {}, owner=owner)

    def tick(self) -> list[str]:
        """Tick, let the started workers claim their runs, and return these."""
        before = len(self.engine.started)
        self.dispatcher.tick()
        started = self.engine.started[before:]
        for run_id in started:
            self.store.change_state(run_id, [RunState.STARTING], RunState.RUNNING, handle=run_id)
        return started

    def end(self, run_id: str, state: RunState = RunState.COMPLETED, **values: float) -> None:
        self.engine.living.discard(run_id)
        self.store.update_run(run_id, state=state, handle="", **values)

    def work_off(self) -> int:
        """End whatever is started until nothing starts; return how many that were."""
        count = 0
        while started := self.tick():
            for run_id in started:
                self.end(run_id)
            count += len(started)
        return count

    def state(self, sweep_id: str) -> SweepState:
        return self.sweeps.progress(self.sweeps.sweep(sweep_id)).state


@pytest.fixture
def world(store: RunStore, settings: Settings) -> World:
    return World(store, settings)


def test_a_sweep_is_worked_off_to_the_last_cell(world: World) -> None:
    sweep_id = world.start("dropout=0.1", "batch_size=5,10", "seed=0..9")
    assert world.work_off() == 20
    assert world.state(sweep_id) is SweepState.COMPLETED
    seen = {(r.config["batch_size"], r.config["seed"]) for r in world.sweeps.runs(sweep_id)}
    assert len(seen) == 20


def test_few_runs_of_a_sweep_wait_in_the_queue(world: World) -> None:
    world.start("dropout=0.1", "seed=0..99")
    world.tick()
    assert 0 < len(world.store.runs()) <= 128
    assert QUEUED_SINGLE < 128


def test_a_sweep_takes_nothing_of_the_owners_queue(world: World) -> None:
    world.start("seed=0..99")
    world.tick()
    for _ in range(world.settings.max_queued_per_owner):
        world.submit("ada")
    with pytest.raises(LimitError):
        world.submit("ada")


def test_single_runs_start_although_a_sweep_fills_the_slots(world: World) -> None:
    world.start("dropout=0.1", "seed=0..99")
    assert len(world.tick()) == 4
    mine, others = world.submit("ada"), world.submit("bob")
    assert set(world.tick()) == {mine, others}


def test_waiting_single_runs_go_before_those_of_a_sweep(world: World) -> None:
    world.start("dropout=0.1", "seed=0..99")
    singles = {world.submit("ada") for _ in range(4)}
    assert set(world.tick()) == singles


def test_two_sweeps_share_the_room(world: World) -> None:
    first = world.start("dropout=0.1", "seed=0..99", owner="ada")
    second = world.start("dropout=0.1", "seed=0..99", owner="bob")
    started = [world.store.run(run_id).sweep for run_id in world.tick()]
    assert sorted(started) == sorted([first, second] * 2)


def test_one_worker_takes_the_compiled_runs_of_a_sweep(world: World) -> None:
    world.start("seed=0..99")
    assert len(world.tick()) == 1
    assert world.tick() == []


def test_a_paused_sweep_starts_nothing_and_resumes(world: World) -> None:
    sweep_id = world.start("dropout=0.1", "seed=0..19")
    started = world.tick()
    command_sweep(world.store, world.settings, sweep_id, "pause")
    for run_id in started:
        world.end(run_id)
    assert world.tick() == []
    assert world.state(sweep_id) is SweepState.PAUSED
    command_sweep(world.store, world.settings, sweep_id, "run")
    assert world.work_off() == 16
    assert world.state(sweep_id) is SweepState.COMPLETED


def test_a_cancelled_sweep_stops_its_runs_and_can_be_resumed(world: World) -> None:
    sweep_id = world.start("dropout=0.1", "seed=0..19")
    started = world.tick()
    command_sweep(world.store, world.settings, sweep_id, "cancel")
    assert {run.id for run in world.sweeps.runs(sweep_id)} == set(started)
    assert {run.command for run in world.sweeps.runs(sweep_id)} == {"stop"}
    for run_id in started:
        world.end(run_id, RunState.STOPPED)
    assert world.tick() == []
    assert world.state(sweep_id) is SweepState.CANCELLED
    command_sweep(world.store, world.settings, sweep_id, "run")
    assert world.work_off() == 20
    assert world.state(sweep_id) is SweepState.COMPLETED


def test_a_deleted_sweep_is_stopped_by_the_dispatcher(world: World) -> None:
    sweep_id = world.start("dropout=0.1", "seed=0..19")
    started = world.tick()
    world.sweeps.delete(sweep_id)
    world.tick()
    assert {run.id for run in world.store.runs()} == set(started)
    assert {run.command for run in world.store.runs()} == {"stop"}


def test_a_successor_goes_on_with_the_plan(world: World) -> None:
    sweep_id = world.start("dropout=0.1", "seed=0..19")
    for run_id in world.tick():
        world.end(run_id)
    world.dispatcher = Dispatcher(world.store, world.engine, world.settings, lambda: world.now)  # type: ignore[arg-type]
    assert world.work_off() == 16
    assert len(world.sweeps.runs(sweep_id)) == 20


def test_a_budget_ends_the_starting(world: World) -> None:
    sweep_id = world.start("dropout=0.1", "seed=0..19", budget_seconds=5.0)
    for run_id in world.tick():
        world.end(run_id, seconds=2.0)
    assert world.tick() == []
    assert "The budget of 5 s is used up: its runs have worked 8 s" in (
        world.sweeps.sweep(sweep_id).sentence
    )
    assert world.state(sweep_id) is SweepState.PAUSED
    command_sweep(world.store, world.settings, sweep_id, "run", budget_seconds=50.0)
    assert world.sweeps.sweep(sweep_id).sentence == ""
    assert world.work_off() == 16


def test_a_run_deleted_from_a_complete_sweep_is_not_made_again(world: World) -> None:
    sweep_id = world.start("dropout=0.1", "seed=0..3")
    world.work_off()
    world.store.delete_run(world.sweeps.runs(sweep_id)[0].id)
    assert world.tick() == []
    assert world.state(sweep_id) is SweepState.COMPLETED


def test_a_sweep_does_not_push_single_runs_out_of_the_history(
    store: RunStore, settings: Settings
) -> None:
    world = World(store, settings.model_copy(update={"keep_runs_per_owner": 2}))
    single = world.submit("ada")
    world.end(*world.tick())
    sweep_id = world.start("dropout=0.1", "seed=0..9")
    world.work_off()
    world.now += 100.0
    world.tick()
    assert world.store.run(single).state is RunState.COMPLETED
    assert len(world.sweeps.runs(sweep_id)) == 10


@pytest.mark.parametrize("budget", [0.0, -1.0, float("nan"), float("inf")])
def test_a_budget_must_be_positive(world: World, budget: float) -> None:
    with pytest.raises(ConfigError, match="greater than 0"):
        world.start("seed=0,1", budget_seconds=budget)
    assert world.sweeps.sweeps() == []


def test_a_sweep_that_could_not_run_is_refused(world: World) -> None:
    with pytest.raises(DataUnavailableError, match="No data file is chosen"):
        world.start("dataset=file", "seed=0,1")
    with pytest.raises(ConfigError, match="at most 2,000 runs"):
        world.start("seed=0..1999", "epochs=1,2")
    assert world.sweeps.sweeps() == []


def test_the_small_profile_allows_fewer_runs(store: RunStore, settings: Settings) -> None:
    world = World(store, settings.model_copy(update={"profile": "small"}))
    with pytest.raises(ConfigError, match="at most 300 runs on this server"):
        world.start("seed=0..300")


def test_an_unknown_sweep_or_command_is_refused(world: World) -> None:
    with pytest.raises(RunNotFoundError, match="There is no sweep"):
        command_sweep(world.store, world.settings, "nope", "run")
    sweep_id = world.start("seed=0,1")
    with pytest.raises(ConfigError, match="run, pause, cancel"):
        command_sweep(world.store, world.settings, sweep_id, "explode")


def test_the_estimate_comes_from_measured_runs(world: World) -> None:
    plan = SweepPlan.build("circle_mlp", ["dropout=0.1", "seed=0..7", "epochs=100"])
    assert estimate_seconds(world.store, world.settings, plan) is None
    measured = submit(
        world.store, world.settings, "circle_mlp", {"batch_size": 10}, owner="somebody"
    )
    # 200 training points, so 20 updates an epoch; 1 ms each.
    world.end(measured, step=3000, epoch=150.0, seconds=3.0)
    workers = world.settings.max_running_per_owner
    expected = 8 * 100 * 20 * 0.001 / workers
    assert estimate_seconds(world.store, world.settings, plan) == pytest.approx(expected)
    halved = SweepPlan.build(
        "circle_mlp", ["dropout=0.1", "seed=0..7", "epochs=100", "batch_size=20"]
    )
    assert estimate_seconds(world.store, world.settings, halved) == pytest.approx(expected / 2)
    compiled = SweepPlan.build("circle_mlp", ["seed=0..7"])
    assert estimate_seconds(world.store, world.settings, compiled) is None


def test_a_summary_takes_the_seeds_of_a_cell_together(world: World) -> None:
    sweep_id = world.start("dropout=0.1", "batch_size=5,10", "seed=0..2")
    world.work_off()
    runs = world.sweeps.runs(sweep_id)
    for run in runs:
        value = run.config["batch_size"] + run.config["seed"]
        world.store.update_run(run.id, metrics={"test_loss": float(value)})
    world.store.update_run(runs[0].id, state=RunState.DIVERGED, metrics={"test_loss": None})
    sweep = world.sweeps.sweep(sweep_id)
    five, ten = summary_of(sweep, world.sweeps.runs(sweep_id))
    assert (five.values, ten.values) == ({"batch_size": 5}, {"batch_size": 10})
    assert (five.num_completed, five.num_diverged) == (2, 1)
    assert five.scores["test_loss"].mean == pytest.approx(6.5)
    assert ten.scores["test_loss"].mean == pytest.approx(11.0)
    assert ten.scores["test_loss"].sd == pytest.approx(1.0)
