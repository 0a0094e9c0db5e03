"""Study, previews, one's own picture and export of the CNN lab, without a browser."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app import resources
from app.identity import owner_of
from pages.parts.images.factors import RUN_FACTORS, TRAINING_FACTORS
from rdfia_core.events import Checkpoint
from rdfia_core.experiments import experiment_named
from rdfia_core.jobs.execution import Execution
from rdfia_core.jobs.submission import submit
from rdfia_core.store import RunRecord, RunState, RunStore
from rdfia_core.training.checkpoints import save_checkpoint
from tests.pages.conftest import ADA, OpenPage

FACTORS = (*TRAINING_FACTORS, "dropout", "batch_norm", "architecture", *RUN_FACTORS)
QUICK = {
    "dataset": "digits",
    "num_train": 300,
    "num_val": 100,
    "architecture": "conv 4 k3, relu, pool 2",
    "epochs": 1,
    "num_seeds": 2,
    "device": "cpu",
}


def executed(store: RunStore, task: str = "train", **values: Any) -> RunRecord:
    run_id = submit(
        store, resources.settings(), "cifar_cnn", {**QUICK, **values}, owner=owner_of(ADA),
        task=task, state=RunState.STARTING,
    )  # fmt: skip
    Execution(store, store.run(run_id), resources.settings()).run()
    run = store.run(run_id)
    assert run.state == RunState.COMPLETED, run.sentence
    return run


def study_page(open_page: OpenPage, **query: str) -> AppTest:
    return open_page("cifar_cnn", view="Study", **query)


def told(test: AppTest) -> str:
    return "\n".join(element.value for element in [*test.markdown, *test.caption])


def variants(test: AppTest) -> str:
    values: str = test.session_state["cifar_cnn/values"]["variants"]
    return values


def test_a_factor_brings_the_values_of_the_reports_study(open_page: OpenPage) -> None:
    test = study_page(open_page)
    assert test.selectbox(key="cifar_cnn.variants.factor").value == "dropout"
    assert "2 settings × 3 seeds = **6 runs**" in told(test)
    test.selectbox(key="cifar_cnn.variants.factor").set_value("batch_norm").run()
    assert variants(test) == "batch_norm=true"
    test.selectbox(key="cifar_cnn.variants.factor").set_value("label_smoothing").run()
    assert variants(test) == "label_smoothing=0.1|label_smoothing=0.3"
    assert test.query_params["variants"] == variants(test)
    assert not test.exception


@pytest.mark.parametrize("factor", FACTORS)
def test_every_factor_has_values_that_are_allowed(open_page: OpenPage, factor: str) -> None:
    test = study_page(open_page, variants="patience=2")
    test.selectbox(key="cifar_cnn.variants.factor").set_value(factor).run()
    assert variants(test).startswith(f"{factor}=")
    assert not test.error
    assert not test.exception


def test_seeds_and_text_go_into_the_form(open_page: OpenPage) -> None:
    test = study_page(open_page)
    test.slider(key="cifar_cnn.variants.seeds").set_value(5).run()
    assert test.query_params["num_seeds"] == "5"
    text = "optimizer=adam;learning_rate=0.001|dropout=0.3"
    test.text_input(key="cifar_cnn.variants.text").set_value(text).run()
    assert variants(test) == text
    assert test.selectbox(key="cifar_cnn.variants.factor").value is None
    assert "3 settings × 5 seeds = **15 runs**" in told(test)


def test_a_text_that_is_no_config_is_refused_and_changes_nothing(open_page: OpenPage) -> None:
    test = study_page(open_page)
    test.text_input(key="cifar_cnn.variants.text").set_value("dropout=7").run()
    assert any("'dropout'" in error.value and "7" in error.value for error in test.error)
    assert variants(test) == "dropout=0.5"


def test_a_study_of_the_report_fills_the_form(open_page: OpenPage) -> None:
    test = study_page(open_page)
    test.selectbox(key="cifar_cnn/study/preset").set_value("study_schedule").run()
    values = test.session_state["cifar_cnn/values"]
    assert (values["dataset"], values["epochs"], values["learning_rate"]) == ("cifar10", 15, 0.01)
    assert variants(test).startswith("schedule=exponential|")


def test_what_came_out_is_tabulated_with_its_uncertainty(
    open_page: OpenPage, store: RunStore
) -> None:
    run = executed(store, "study", variants="dropout=0.5|batch_norm=true")
    test = study_page(open_page, study=run.id, variants="dropout=0.5|batch_norm=true")
    text = told(test)
    summary = run.result["study"]["summary"]
    mean = 100 * summary[2]["differences"]["val_accuracy"]["mean"]
    assert "| Batch norm on | 2 |" in text
    assert f"{mean:+.1f} (" in text
    assert "Final values on digits, 300 training images, device cpu" in text
    assert "Run with other settings" in text  # those of QUICK are not in the address


def test_a_single_seed_tells_nothing_of_chance(open_page: OpenPage, store: RunStore) -> None:
    run = executed(store, "study", num_seeds=1, variants="dropout=0.5")
    assert "from one pair" in told(study_page(open_page, study=run.id))


def test_asking_needs_a_trained_network(open_page: OpenPage) -> None:
    test = open_page("cifar_cnn", view="Try an image")
    assert "Train a network first" in test.info[0].value


@pytest.mark.parametrize(
    ("run_state", "words"),
    [
        (RunState.QUEUED, "waits in line"),
        (RunState.RUNNING, "has just begun"),
        (RunState.PAUSED, "is paused. Press Play"),
    ],
)
def test_asking_a_run_that_has_not_begun_waits_for_it(
    open_page: OpenPage, store: RunStore, run_state: RunState, words: str
) -> None:
    run_id = submit(store, resources.settings(), "cifar_cnn", QUICK, owner=owner_of(ADA))
    store.update_run(run_id, state=run_state)
    test = open_page("cifar_cnn", view="Try an image", run=run_id)
    assert not test.exception
    assert words in test.info[0].value
    store.update_run(run_id, state=RunState.RUNNING, step=1, epoch=0.1)
    test.run()
    assert "no network to ask yet" in test.info[0].value  # what is asked is the last checkpoint
    save_checkpoint(resources.settings().run_dir(run_id), Checkpoint({}, {"step": 1}))
    test.run()
    assert "the network as far as it is trained" in told(test)


@pytest.mark.parametrize("view", ["Try an image", "Previews"])
def test_a_view_that_waits_for_a_worker_says_so(
    open_page: OpenPage, store: RunStore, view: str
) -> None:
    run = executed(store)
    test = open_page("cifar_cnn", view=view, run=run.id)
    assert not test.exception
    waiting = store.runs(states=[RunState.QUEUED])
    assert {run.task for run in waiting} == (
        {"preview"} if view == "Previews" else {"predict", "slide"}
    )


def test_a_run_can_be_exported(open_page: OpenPage, store: RunStore) -> None:
    run = executed(store)
    test = open_page("cifar_cnn", run=run.id)
    chooser = test.selectbox(key="cifar_cnn/export")
    assert chooser.value is None
    assert test.get("download_button") == []
    assert "Network: Weights (safetensors)" in chooser.options
    chooser.select("metrics.csv").run()
    assert [b.proto.label for b in test.get("download_button")] == ["Download metrics.csv (1 kB)"]
    assert not test.exception


def test_an_export_that_cannot_be_made_says_why(open_page: OpenPage, store: RunStore) -> None:
    run = executed(store)
    for file in resources.settings().run_dir(run.id).iterdir():
        file.unlink()
    test = open_page("cifar_cnn", run=run.id)
    test.selectbox(key="cifar_cnn/export").select("weights.safetensors").run()
    assert "were not kept" in test.error[0].value
    assert test.get("download_button") == []


def test_the_network_is_made_by_a_task_and_offered(open_page: OpenPage, worker: RunStore) -> None:
    run = executed(worker)
    test = open_page("cifar_cnn", run=run.id)
    test.selectbox(key="cifar_cnn/export").select("network.onnx").run()
    test.button(key="cifar_cnn/export_onnx").click().run(timeout=120)
    (task,) = [found for found in worker.runs() if found.task == "export_onnx"]
    assert task.state is RunState.COMPLETED, task.sentence
    assert task.parent == run.id
    assert len(test.get("download_button")) == 1
    (resources.settings().run_dir(task.id) / "network.onnx").unlink()
    test.run()
    assert "gone from the server" in test.error[0].value


def test_every_study_of_the_report_is_a_preset() -> None:
    names = [preset.name for preset in experiment_named("cifar_cnn").presets]
    studies = [name for name in names if name.startswith("study_")]
    assert len(studies) >= 12
