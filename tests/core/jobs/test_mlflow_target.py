"""A run in MLflow, read back by its own client."""

import builtins
from pathlib import Path
from typing import Any

import pytest

from rdfia_core.errors import DataUnavailableError
from rdfia_core.jobs.mlflow_target import INSTALL, send_run
from rdfia_core.jobs.submission import submit
from rdfia_core.settings import Settings
from rdfia_core.store import RunStore
from tests.core.jobs.export_runs import SMALL, executed

# MLflow and what it loads warn of their own future.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def uri(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A store of MLflow in files; other stores need more than its slim package."""
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    return f"file:{tmp_path / 'mlflow'}"


def test_parameters_curves_files_and_state_arrive(
    store: RunStore, settings: Settings, uri: str
) -> None:
    mlflow = pytest.importorskip("mlflow")
    run = executed(store, settings, "circle_mlp", seed=5)
    store.update_run(run.id, name="my best", tags=["demo"])
    run = store.run(run.id)
    sentence = send_run(store, settings, run, uri)
    client = mlflow.MlflowClient(tracking_uri=uri)
    experiment = client.get_experiment_by_name("RDFIA Circle MLP")
    (found,) = client.search_runs([experiment.experiment_id])
    assert found.info.run_id in sentence
    assert found.info.status == "FINISHED"
    assert found.info.run_name == "my best"
    assert found.data.params == {name: str(value) for name, value in run.config.items()}
    assert found.data.tags["rdfia.run"] == run.id
    assert found.data.tags["rdfia.tags"] == "demo"
    history = client.get_metric_history(found.info.run_id, "test_loss")
    columns = store.metrics(run.id).columns
    assert [(m.step, m.value) for m in sorted(history, key=lambda m: m.step)] == list(
        zip(columns["step"].tolist(), columns["test_loss"].tolist(), strict=True)
    )
    files = {item.path for item in client.list_artifacts(found.info.run_id)}
    assert files == {
        "settings.json", "metrics.csv", "curves.svg", "picture.svg", "weights.safetensors",
    }  # fmt: skip
    assert "already" in send_run(store, settings, run, uri)
    assert len(client.search_runs([experiment.experiment_id])) == 1


def test_a_run_that_lives_is_not_sent(store: RunStore, settings: Settings, uri: str) -> None:
    run_id = submit(store, settings, "circle_mlp", SMALL["circle_mlp"], owner="ada")
    with pytest.raises(DataUnavailableError, match=r"is queued\. Stop it or wait"):
        send_run(store, settings, store.run(run_id), uri)


def test_without_mlflow_the_sentence_has_the_command(
    store: RunStore, settings: Settings, uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = executed(store, settings, "circle_mlp")
    load = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.split(".")[0] == "mlflow":
            raise ModuleNotFoundError(name)
        return load(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(DataUnavailableError, match=f"not installed. Install it with '{INSTALL}'"):
        send_run(store, settings, run, uri)


def test_a_store_that_cannot_be_written_is_a_sentence(
    store: RunStore, settings: Settings, uri: str, tmp_path: Path
) -> None:
    pytest.importorskip("mlflow")
    run = executed(store, settings, "circle_mlp")
    (tmp_path / "mlflow").write_text("in the way")
    with pytest.raises(DataUnavailableError, match="could not be sent to MLflow"):
        send_run(store, settings, run, uri)
