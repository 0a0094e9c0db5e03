"""Runs of a sweep in one process: full records, equal to single runs, stopped when asked."""

import numpy as np
import pytest
import safetensors.numpy

from rdfia_core.experiments import Experiment
from rdfia_core.jobs import batch_execution
from rdfia_core.jobs.batch_execution import BatchExecution
from rdfia_core.jobs.execution import Execution
from rdfia_core.jobs.export import weights_file
from rdfia_core.jobs.submission import submit
from rdfia_core.jobs.sweep_plan import SweepPlan
from rdfia_core.jobs.sweeps import command_sweep, start_sweep
from rdfia_core.settings import Settings
from rdfia_core.store import RunRecord, RunState, RunStore
from rdfia_core.store.sweep_store import SweepState, SweepStore
from rdfia_core.training.checkpoints import load_checkpoint

SMALL = ["num_points=40", "dtype=float64"]


def start(store: RunStore, settings: Settings, *words: str, budget: float | None = None) -> str:
    epochs = [] if any(word.startswith("epochs") for word in words) else ["epochs=6"]
    plan = SweepPlan.build("circle_mlp", [*SMALL, *epochs, *words])
    return start_sweep(store, settings, plan, "ada", "", budget, command="pause")


def work(store: RunStore, settings: Settings, sweep_id: str) -> list[RunRecord]:
    BatchExecution(store, settings).work_here(sweep_id)
    return SweepStore(store).runs(sweep_id)


def test_every_cell_becomes_a_run_like_any_other(store: RunStore, settings: Settings) -> None:
    sweep_id = start(store, settings, "learning_rate=0.01,0.1", "seed=0,1")
    runs = work(store, settings, sweep_id)
    cells = [(run.config["learning_rate"], run.config["seed"]) for run in runs]
    assert cells == [(0.01, 0), (0.01, 1), (0.1, 0), (0.1, 1)]
    for run in runs:
        values = {**run.config}
        single_id = submit(
            store, settings, "circle_mlp", values, owner="ada", state=RunState.STARTING
        )
        Execution(store, store.run(single_id), settings).run()
        single = store.run(single_id)
        assert run.state is single.state is RunState.COMPLETED
        assert (run.step, run.epoch, run.device) == (single.step, single.epoch, single.device)
        assert run.num_parameters == single.num_parameters
        assert run.ended is not None
        assert run.handle == ""
        assert run.metrics == pytest.approx(single.metrics, rel=1e-10)
        ours, theirs = store.metrics(run.id).columns, store.metrics(single_id).columns
        assert list(ours) == list(theirs)
        for name in ours:
            np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-10, atol=1e-12)
        weights = safetensors.numpy.load(weights_file(store, settings, run))
        for name, array in safetensors.numpy.load(weights_file(store, settings, single)).items():
            np.testing.assert_allclose(weights[name], array, rtol=1e-10, atol=1e-12)
        frame = store.live_frame(run.id)
        assert frame is not None
        assert frame.step == run.step
    sweeps = SweepStore(store)
    assert sweeps.progress(sweeps.sweep(sweep_id)).state is SweepState.COMPLETED


def test_a_diverged_cell_ends_as_diverged(store: RunStore, settings: Settings) -> None:
    sweep_id = start(store, settings, "learning_rate=0.1,90", "weight_decay=1", "epochs=300")
    runs = work(store, settings, sweep_id)
    assert [run.state for run in runs] == [RunState.COMPLETED, RunState.DIVERGED]
    assert "no longer a number" in runs[1].sentence
    assert runs[1].metrics["train_loss"] is None
    assert "diverged" in [note.kind for note in store.notes(runs[1].id)]


def test_what_cannot_be_compiled_runs_step_by_step(store: RunStore, settings: Settings) -> None:
    runs = work(store, settings, start(store, settings, "dropout=0,0.2"))
    assert [run.state for run in runs] == [RunState.COMPLETED] * 2
    assert [len(store.metrics(run.id)) for run in runs] == [7, 7]


def test_a_failing_compiler_costs_time_not_runs(
    store: RunStore, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_self: Experiment) -> object:
        raise RuntimeError("no compiler on this machine")

    monkeypatch.setattr(Experiment, "load_many", broken)
    runs = work(store, settings, start(store, settings, "seed=0,1"))
    assert [run.state for run in runs] == [RunState.COMPLETED] * 2
    assert [len(store.metrics(run.id)) for run in runs] == [7, 7]


def test_an_interrupted_sweep_is_paused_and_goes_on_where_it_was(
    store: RunStore, settings: Settings
) -> None:
    sweep_id = start(store, settings, "seed=0..4")
    batch = BatchExecution(store, settings, lambda _run: batch.interrupt())
    batch.work_here(sweep_id)
    sweeps = SweepStore(store)
    progress = sweeps.progress(sweeps.sweep(sweep_id))
    assert progress.state is SweepState.PAUSED
    assert progress.num_over == 1
    first = sweeps.runs(sweep_id)[0]
    runs = work(store, settings, sweep_id)
    assert [run.state for run in runs] == [RunState.COMPLETED] * 5
    assert runs[0] == first
    assert sorted(run.config["seed"] for run in runs) == [0, 1, 2, 3, 4]


def test_a_stopped_run_keeps_its_curve_and_can_come_again(
    store: RunStore, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_execution, "FLUSH_SECONDS", -1.0)
    sweep_id = start(store, settings, "seed=0,1", "epochs=5000")
    batch = BatchExecution(store, settings)
    monkeypatch.setattr(
        BatchExecution, "execute", _interrupted_after_the_first_flush(BatchExecution.execute)
    )
    batch.work_here(sweep_id)
    stopped = SweepStore(store).runs(sweep_id)[0]
    assert stopped.state is RunState.STOPPED
    assert 0 < stopped.epoch < 5000
    assert len(store.metrics(stopped.id)) == stopped.epoch + 1
    checkpoint = load_checkpoint(settings.run_dir(stopped.id))
    assert checkpoint is not None
    assert checkpoint.values["step"] == stopped.step
    command_sweep(store, settings, sweep_id, "run")
    assert store.run(stopped.id).state is RunState.QUEUED


def _interrupted_after_the_first_flush(execute):  # type: ignore[no-untyped-def]
    def interrupted(self: BatchExecution, run: RunRecord) -> None:
        self.is_interrupted = True
        execute(self, run)

    return interrupted


def test_a_used_up_budget_starts_no_more_runs_and_says_so(
    store: RunStore, settings: Settings
) -> None:
    sweep_id = start(store, settings, "seed=0..9", budget=1e-9)
    runs = work(store, settings, sweep_id)
    assert [run.state for run in runs if run.is_over] == [RunState.COMPLETED]
    sweep = SweepStore(store).sweep(sweep_id)
    assert "The budget of 1e-09 s is used up" in sweep.sentence
    assert SweepStore(store).progress(sweep).state is SweepState.PAUSED
    command_sweep(store, settings, sweep_id, "pause", budget_seconds=1000.0)
    runs = work(store, settings, sweep_id)
    assert [run.state for run in runs] == [RunState.COMPLETED] * 10


def test_a_cancelled_sweep_is_left_at_once(store: RunStore, settings: Settings) -> None:
    sweep_id = start(store, settings, "seed=0..9")
    cancel = lambda _run: command_sweep(store, settings, sweep_id, "cancel")  # noqa: E731
    BatchExecution(store, settings, cancel).work_here(sweep_id)
    runs = SweepStore(store).runs(sweep_id)
    assert [run.state for run in runs] == [RunState.COMPLETED]


def test_a_deleted_run_is_not_made_again(store: RunStore, settings: Settings) -> None:
    sweep_id = start(store, settings, "seed=0,1")
    runs = work(store, settings, sweep_id)
    store.delete_run(runs[0].id)
    assert len(work(store, settings, sweep_id)) == 1
