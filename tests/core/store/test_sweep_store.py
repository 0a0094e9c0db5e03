"""Sweeps in the store: what is kept, and the state that follows from command and runs."""

import pytest

from rdfia_core.errors import RunNotFoundError
from rdfia_core.store import RunState, RunStore
from rdfia_core.store.sweep_store import SweepState, SweepStore


@pytest.fixture
def sweeps(store: RunStore) -> SweepStore:
    return SweepStore(store)


def add(sweeps: SweepStore, owner: str = "ada", **more: object) -> str:
    axes = {"seed": [0, 1, 2], "batch_size": [5, 10]}
    return sweeps.add("circle_mlp", {"epochs": 3}, axes, owner=owner, **more)  # type: ignore[arg-type]


def add_run(store: RunStore, sweep_id: str, state: RunState, seconds: float = 0.0) -> str:
    run_id = store.add_run("circle_mlp", {}, owner="ada", state=state, sweep=sweep_id)
    store.update_run(run_id, seconds=seconds)
    return run_id


def test_a_sweep_comes_back_as_it_was_added(sweeps: SweepStore) -> None:
    sweep = sweeps.sweep(add(sweeps, name="Two axes", budget_seconds=9.5))
    assert (sweep.owner, sweep.name, sweep.budget_seconds) == ("ada", "Two axes", 9.5)
    assert sweep.base == {"epochs": 3}
    assert list(sweep.axes.items()) == [("seed", [0, 1, 2]), ("batch_size", [5, 10])]
    assert sweep.count == 6
    assert sweep.command == "run"


def test_an_unknown_sweep_is_not_found(sweeps: SweepStore) -> None:
    with pytest.raises(RunNotFoundError, match="There is no sweep 'nope'"):
        sweeps.sweep("nope")


def test_sweeps_are_listed_newest_first_by_owner(sweeps: SweepStore, store: RunStore) -> None:
    store._clock = iter(range(100)).__next__
    ids = [add(sweeps), add(sweeps), add(sweeps, "bob"), add(sweeps)]
    assert [sweep.id for sweep in sweeps.sweeps("ada")] == [ids[3], ids[1], ids[0]]
    assert [sweep.id for sweep in sweeps.sweeps("ada", 1)] == [ids[3]]
    assert len(sweeps.sweeps()) == 4


def test_a_deleted_sweep_hides_its_runs_and_can_be_had_back(
    sweeps: SweepStore, store: RunStore
) -> None:
    sweep_id = add(sweeps)
    run_id = add_run(store, sweep_id, RunState.COMPLETED)
    sweeps.delete(sweep_id)
    assert sweeps.sweeps("ada") == []
    assert sweeps.asked_to_run() == []
    assert sweeps.runs(sweep_id) == []
    sweeps.restore(sweep_id)
    assert [sweep.id for sweep in sweeps.sweeps("ada")] == [sweep_id]
    assert [run.id for run in sweeps.runs(sweep_id)] == [run_id]


def test_a_name_can_change(sweeps: SweepStore) -> None:
    sweep_id = add(sweeps)
    sweeps.rename(sweep_id, "  " + "x" * 200)
    assert sweeps.sweep(sweep_id).name == "x" * 80


@pytest.mark.parametrize(
    ("command", "states", "expected"),
    [
        ("run", [], SweepState.RUNNING),
        ("run", [RunState.COMPLETED] * 5, SweepState.RUNNING),
        ("run", [RunState.COMPLETED] * 5 + [RunState.DIVERGED], SweepState.COMPLETED),
        ("filled", [RunState.COMPLETED] * 5 + [RunState.QUEUED], SweepState.RUNNING),
        ("filled", [RunState.COMPLETED] * 2, SweepState.COMPLETED),
        ("pause", [RunState.COMPLETED], SweepState.PAUSED),
        ("pause", [RunState.RUNNING], SweepState.RUNNING),
        ("pause", [RunState.QUEUED], SweepState.PAUSED),
        ("pause", [RunState.COMPLETED] * 6, SweepState.COMPLETED),
        ("cancel", [RunState.STOPPED] * 2, SweepState.CANCELLED),
    ],
)
def test_the_state_follows_from_command_and_runs(
    sweeps: SweepStore,
    store: RunStore,
    command: str,
    states: list[RunState],
    expected: SweepState,
) -> None:
    sweep_id = add(sweeps)
    sweeps.command(sweep_id, command)
    for state in states:
        add_run(store, sweep_id, state, seconds=1.5)
    progress = sweeps.progress(sweeps.sweep(sweep_id))
    assert progress.state is expected
    assert progress.total == 6
    assert progress.seconds == pytest.approx(1.5 * len(states))
    assert sum(progress.counts.values()) == len(states)


def test_stopped_runs_are_queued_again_and_queued_ones_forgotten(
    sweeps: SweepStore, store: RunStore
) -> None:
    sweep_id = add(sweeps)
    stopped = add_run(store, sweep_id, RunState.STOPPED)
    done = add_run(store, sweep_id, RunState.COMPLETED)
    elsewhere = store.add_run("circle_mlp", {}, owner="ada", state=RunState.STOPPED)
    assert sweeps.queued_again(sweep_id) == 1
    assert store.run(stopped).state is RunState.QUEUED
    assert store.run(elsewhere).state is RunState.STOPPED
    assert sweeps.forget_unstarted(sweep_id) == 1
    assert [run.id for run in sweeps.runs(sweep_id)] == [done]
