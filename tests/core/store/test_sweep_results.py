"""What is read of a sweep's runs, how often, and how long the rest will take."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from rdfia_core.figures.sweep_grid import Outcome
from rdfia_core.store import RunState, RunStore
from rdfia_core.store.metric_rows import MetricRows
from rdfia_core.store.sweep_results import MAX_ROWS, SweepResults, seconds_left


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[RunStore]:
    opened = RunStore(f"sqlite:///{tmp_path / 'runs.db'}", clock)
    yield opened
    opened.close()


def add(store: RunStore, state: RunState, accuracies: list[float], **columns: object) -> str:
    config = {"epochs": 10, "seed": 3}
    run_id = store.add_run("lab", config, owner="ada", state=RunState.RUNNING)
    if accuracies:
        epochs = np.arange(len(accuracies), dtype=float)
        rows = {"step": epochs, "epoch": epochs, "test_accuracy": np.array(accuracies)}
        store.append(run_id, metrics=MetricRows(0, rows))
    store.change_state(run_id, [RunState.RUNNING], state, **columns)
    return run_id


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        (RunState.QUEUED, Outcome.WAITING),
        (RunState.STARTING, Outcome.RUNNING),
        (RunState.PAUSED, Outcome.RUNNING),
        (RunState.COMPLETED, Outcome.COMPLETED),
        (RunState.DIVERGED, Outcome.DIVERGED),
        (RunState.STOPPED, Outcome.UNFINISHED),
        (RunState.FAILED, Outcome.UNFINISHED),
        (RunState.LOST, Outcome.UNFINISHED),
    ],
)
def test_every_state_of_a_run_has_its_outcome(
    store: RunStore, state: RunState, outcome: Outcome
) -> None:
    add(store, state, [])
    (run,) = SweepResults(store).swept(store.runs(), ["seed"])
    assert (run.outcome, run.values) == (outcome, {"seed": 3})


def test_only_a_completed_run_has_numbers(store: RunStore) -> None:
    final = {"test_accuracy": 0.7}
    add(store, RunState.COMPLETED, [0.5, 0.95, 0.7], metrics=final, seconds=2.0)
    add(store, RunState.DIVERGED, [0.5, 0.95, 0.7], metrics=final, seconds=2.0)
    completed, diverged = SweepResults(store).swept(store.runs(), [])
    assert completed.numbers == {
        "final_test_accuracy": 0.7,
        "best_test_accuracy": 0.95,
        "epochs_to_90": 1.0,
        "seconds": 2.0,
    }
    assert diverged.numbers == {}


def test_the_share_follows_the_epochs_of_a_run_at_work(store: RunStore) -> None:
    add(store, RunState.PAUSED, [], epoch=2.5)
    add(store, RunState.STOPPED, [], epoch=2.5)
    at_work, stopped = SweepResults(store).swept(store.runs(), [])
    assert (at_work.share, stopped.share) == (0.25, 1.0)


def test_an_ended_run_is_read_once(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    add(store, RunState.COMPLETED, [0.5])
    results, runs = SweepResults(store), store.runs()
    first = results.swept(runs, [])
    monkeypatch.setattr(store, "metrics", None)
    assert results.swept(runs, []) == first


def test_a_run_that_was_stopped_and_goes_on_is_not_remembered_as_stopped(store: RunStore) -> None:
    run_id, results = add(store, RunState.STOPPED, [0.5]), SweepResults(store)
    assert results.swept(store.runs(), [])[0].numbers == {}
    store.change_state(run_id, [RunState.STOPPED], RunState.COMPLETED, metrics={})
    assert results.swept(store.runs(), [])[0].numbers["best_test_accuracy"] == 0.5


def test_long_curves_are_thinned_and_keep_their_peaks(store: RunStore) -> None:
    accuracies = [0.5] * 5000
    accuracies[1234] = 0.9
    run_id = add(store, RunState.COMPLETED, accuracies)
    curves = SweepResults(store).curves(run_id)
    assert len(curves["epoch"]) <= MAX_ROWS
    assert curves["test_accuracy"].max() == 0.9
    assert curves["epoch"][curves["test_accuracy"].argmax()] == 1234


def test_the_rest_goes_on_at_the_pace_of_the_newest_runs(store: RunStore, clock: Clock) -> None:
    for when in (0.0, 1000.0, 1002.0, 1004.0):
        clock.now = when
        add(store, RunState.COMPLETED, [])
    assert seconds_left(store.runs(), 3) == pytest.approx(3 * 1004 / 3)
    assert seconds_left(store.runs()[1:], 3) == pytest.approx(6.0)
    assert seconds_left(store.runs()[:2], 3) is None
