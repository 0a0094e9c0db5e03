"""One run from claim to end, in this process: outcomes, control, resume, faults."""

import errno
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from rdfia_core import experiments
from rdfia_core.errors import DataUnavailableError
from rdfia_core.events import End, EndReason, Event, Metrics
from rdfia_core.experiments.circle_mlp import CircleMlpConfig
from rdfia_core.jobs import execution as execution_module
from rdfia_core.jobs import recorder
from rdfia_core.jobs.execution import Execution
from rdfia_core.jobs.submission import submit
from rdfia_core.settings import Settings
from rdfia_core.store import RunRecord, RunState, RunStore
from rdfia_core.training.checkpoints import load_checkpoint

SMALL = {"epochs": 4, "num_points": 40}


def claim(store: RunStore, settings: Settings, **values: Any) -> str:
    paused = values.pop("paused", False)
    return submit(
        store,
        settings,
        "circle_mlp",
        {**SMALL, **values},
        owner="ada",
        state=RunState.STARTING,
        paused=paused,
    )


def execute(store: RunStore, settings: Settings, run_id: str) -> RunRecord:
    Execution(store, store.run(run_id), settings).run()
    return store.run(run_id)


def test_a_run_completes_with_its_metrics_and_pictures(store: RunStore, settings: Settings) -> None:
    run = execute(store, settings, claim(store, settings))
    assert run.state is RunState.COMPLETED
    assert run.epoch == 4.0
    assert run.num_parameters == 52
    assert set(run.metrics) >= {"train_loss", "train_accuracy", "test_loss", "test_accuracy"}
    assert store.metrics(run.id).columns["epoch"].tolist() == [0, 1, 2, 3, 4]
    last = store.live_frame(run.id)
    assert last is not None
    assert last.step == run.step == 8
    assert (settings.run_dir(run.id) / "weights.safetensors").exists()


def test_a_diverging_run_is_diverged_not_failed(store: RunStore, settings: Settings) -> None:
    run_id = claim(store, settings, weight_decay=1.0, learning_rate=3.0, epochs=200)
    run = execute(store, settings, run_id)
    assert run.state is RunState.DIVERGED
    assert "no longer a number" in run.sentence
    assert [note.kind for note in store.notes(run_id)].count("diverged") == 1
    assert run.metrics["train_loss"] is None


def test_an_exception_fails_the_run_with_a_sentence_and_a_traceback(
    store: RunStore, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_config: object, _context: object) -> Iterator[Event]:
        yield Metrics(0, 0.0, {"train_loss": 1.0})
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr(experiments.Experiment, "load_task", lambda _self, _task: broken)
    run = execute(store, settings, claim(store, settings))
    assert run.state is RunState.FAILED
    assert run.sentence == "The run failed with ZeroDivisionError: by nothing"
    assert "broken" in run.traceback


def test_a_missing_file_fails_the_run_with_its_sentence_alone(
    store: RunStore, settings: Settings
) -> None:
    config = CircleMlpConfig(dataset="file", data_file="0123456789abcdef")
    run_id = store.add_run("circle_mlp", config.model_dump(), owner="ada", state=RunState.STARTING)
    run = execute(store, settings, run_id)
    assert run.state is RunState.FAILED
    assert "upload" in run.sentence.lower()
    assert run.traceback == ""


def test_a_stop_asked_before_the_first_step_is_obeyed(store: RunStore, settings: Settings) -> None:
    run_id = claim(store, settings, epochs=5000)
    store.command(run_id, "stop")
    run = execute(store, settings, run_id)
    assert run.state is RunState.STOPPED
    assert run.step == 0


def test_an_interrupt_stops_the_run_and_keeps_what_it_has(
    store: RunStore, settings: Settings
) -> None:
    run_id = claim(store, settings, epochs=5000)
    execution = Execution(
        store, store.run(run_id), settings, lambda event: event.epoch == 3 and execution.interrupt()
    )
    execution.run()
    run = store.run(run_id)
    assert run.state is RunState.STOPPED
    assert run.epoch >= 3
    assert len(store.metrics(run_id)) >= 3


def test_the_wall_clock_limit_stops_a_run_and_says_so(store: RunStore, settings: Settings) -> None:
    limited = settings.model_copy(update={"max_run_seconds": 0.05})
    run = execute(store, limited, claim(store, settings, epochs=20_000))
    assert run.state is RunState.STOPPED
    assert "0.05 seconds" in run.sentence


def test_a_paused_run_without_requests_is_parked_and_comes_back(
    store: RunStore, settings: Settings
) -> None:
    hasty = settings.model_copy(update={"pause_idle_seconds": 0.02})
    run_id = claim(store, settings, paused=True)
    store.request_steps(run_id, batches=3)
    run = execute(store, hasty, run_id)
    assert (run.state, run.handle, run.step, run.steps_served) == (RunState.PAUSED, "", 3, 3)
    store.command(run_id, "run")
    store.change_state(run_id, [RunState.PAUSED], RunState.STARTING)
    assert execute(store, settings, run_id).state is RunState.COMPLETED


def test_one_epoch_advances_to_the_next_whole_epoch(store: RunStore, settings: Settings) -> None:
    hasty = settings.model_copy(update={"pause_idle_seconds": 0.02})
    run_id = claim(store, settings, paused=True)
    store.request_steps(run_id, batches=1, epochs=1)
    run = execute(store, hasty, run_id)
    assert run.epoch in (1.0, 1.5)
    assert (run.steps_served, run.epochs_served) == (1, 1)


@pytest.mark.parametrize("stage", ["manual", "optim"])
@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_a_resumed_run_ends_with_the_weights_of_an_undisturbed_one(
    store: RunStore, settings: Settings, stage: str, dropout: float
) -> None:
    values = {"stage": stage, "dropout": dropout, "optimizer": "adam", "learning_rate": 0.01}
    whole = execute(store, settings, claim(store, settings, **values))
    run_id = claim(store, settings, paused=True, **values)
    store.request_steps(run_id, batches=5)
    hasty = settings.model_copy(update={"pause_idle_seconds": 0.02})
    execute(store, hasty, run_id)
    store.command(run_id, "run")
    store.change_state(run_id, [RunState.PAUSED], RunState.STARTING)
    resumed = execute(store, settings, run_id)
    assert resumed.metrics == whole.metrics
    for name in ("train_loss", "step", "epoch"):
        ours, theirs = store.metrics(run_id).columns[name], store.metrics(whole.id).columns[name]
        np.testing.assert_array_equal(ours, theirs)
    weights = [
        (settings.run_dir(run.id) / "weights.safetensors").read_bytes()[-208:]
        for run in (whole, resumed)
    ]
    assert weights[0] == weights[1]


def test_a_damaged_checkpoint_starts_the_run_again_and_says_so(
    store: RunStore, settings: Settings
) -> None:
    run_id = claim(store, settings)
    folder = settings.run_dir(run_id)
    folder.mkdir(parents=True)
    (folder / "checkpoint.safetensors").write_bytes(b"\x08" + b"\0" * 40)
    run = execute(store, settings, run_id)
    assert run.state is RunState.COMPLETED
    assert "cannot be read" in run.sentence
    assert len(store.metrics(run_id)) == 5


def test_a_full_disk_costs_the_checkpoint_not_the_run(
    store: RunStore, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(execution_module, "save_checkpoint", full)
    monkeypatch.setattr(execution_module, "CHECKPOINT_SECONDS", -1.0)
    monkeypatch.setattr(execution_module, "FLUSH_SECONDS", -1.0)
    monkeypatch.setattr(recorder, "FLUSHING_SHARE", math.inf)
    run = execute(store, settings, claim(store, settings))
    assert run.state is RunState.COMPLETED
    assert "No space left on device" in run.sentence
    assert load_checkpoint(settings.run_dir(run.id)) is None


def test_a_live_learning_rate_is_taken_over(store: RunStore, settings: Settings) -> None:
    run_id = claim(store, settings)
    store.update_run(run_id, live={"learning_rate": 0.5, "batch_size": 4})
    run = execute(store, settings, run_id)
    assert run.metrics["learning_rate"] == 0.5
    assert run.step == 4 * 5


def test_a_generator_without_an_end_is_a_bug_and_shown_as_one(
    store: RunStore, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(_config: object, _context: object) -> Iterator[Event]:
        yield Metrics(0, 0.0, {})

    monkeypatch.setattr(experiments.Experiment, "load_task", lambda _self, _task: endless)
    assert "without an End" in execute(store, settings, claim(store, settings)).sentence


def test_side_results_are_stored(store: RunStore, settings: Settings) -> None:
    run_id = submit(
        store,
        settings,
        "circle_mlp",
        SMALL,
        owner="ada",
        task="compare_stages",
        state=RunState.STARTING,
    )
    run = execute(store, settings, run_id)
    assert run.state is RunState.COMPLETED
    assert run.result["compare_stages"]["largest_difference"] < 1e-10


def test_the_gradient_check_starts_from_the_parents_checkpoint(
    store: RunStore, settings: Settings
) -> None:
    hasty = settings.model_copy(update={"pause_idle_seconds": 0.01})
    parent = claim(store, settings, paused=True)
    store.request_steps(parent, batches=3)
    execute(store, hasty, parent)
    run_id = submit(
        store,
        settings,
        "circle_mlp",
        SMALL,
        owner="ada",
        task="check_gradients",
        parent=parent,
        state=RunState.STARTING,
    )
    result = execute(store, settings, run_id).result["check_gradients"]
    assert result["step"] == 3
    assert result["worst"] < 1e-4


def test_the_end_reason_decides_the_state(
    store: RunStore, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stops(_config: object, _context: object) -> Iterator[Event]:
        yield End(EndReason.STOPPED, "enough", {"train_loss": 0.1})

    monkeypatch.setattr(experiments.Experiment, "load_task", lambda _self, _task: stops)
    run = execute(store, settings, claim(store, settings))
    assert (run.state, run.sentence) == (RunState.STOPPED, "enough")


def test_an_unreadable_data_error_keeps_its_words(
    store: RunStore, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable(_config: object, _context: object) -> Iterator[Event]:
        raise DataUnavailableError("The data are gone. Fetch them again.")
        yield

    monkeypatch.setattr(experiments.Experiment, "load_task", lambda _self, _task: unavailable)
    run = execute(store, settings, claim(store, settings))
    assert run.sentence == "The data are gone. Fetch them again."
