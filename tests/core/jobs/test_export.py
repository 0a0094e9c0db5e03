"""What a run leaves behind: read back by other libraries, and there after a stop too."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
import torch
from typer.testing import CliRunner

from rdfia_core.cli import app
from rdfia_core.errors import DataUnavailableError
from rdfia_core.events import Metrics
from rdfia_core.experiments import context_of
from rdfia_core.experiments.cifar_cnn import CifarCnnConfig
from rdfia_core.experiments.cifar_cnn.train import initial_network
from rdfia_core.jobs.execution import Execution
from rdfia_core.jobs.export import metrics_csv, settings_json, weights_file
from rdfia_core.jobs.submission import submit
from rdfia_core.settings import Settings
from rdfia_core.store import RunRecord, RunState, RunStore

CNN: dict[str, Any] = {
    "dataset": "digits",
    "num_train": 300,
    "num_val": 100,
    "architecture": "conv 4 k3, relu, pool 2",
    "epochs": 2,
    "device": "cpu",
}


def executed(store: RunStore, settings: Settings, stop_after: int = 0, **values: Any) -> RunRecord:
    run_id = submit(
        store, settings, "cifar_cnn", {**CNN, **values}, owner="ada", state=RunState.STARTING
    )
    seen = 0

    def listen(_event: Metrics) -> None:
        nonlocal seen
        seen += 1
        if seen == stop_after:
            store.command(run_id, "stop")

    Execution(store, store.run(run_id), settings, listen).run()
    return store.run(run_id)


def test_weights_fit_into_the_same_network(store: RunStore, settings: Settings) -> None:
    run = executed(store, settings)
    arrays = safetensors.numpy.load(weights_file(store, settings, run))
    config = CifarCnnConfig.build(CNN)
    network = initial_network(config, context_of(settings).images.open("digits"), 8)
    network.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})
    assert sum(array.size for array in arrays.values()) == run.num_parameters


def test_metrics_are_those_of_the_store(store: RunStore, settings: Settings) -> None:
    run = executed(store, settings)
    rows = list(csv.DictReader(io.StringIO(metrics_csv(store, settings, run).decode())))
    columns = store.metrics(run.id).columns
    assert list(rows[0]) == list(columns)
    for name, values in columns.items():
        read = [float(row[name]) if row[name] else np.nan for row in rows]
        np.testing.assert_allclose(read, values, rtol=1e-9)


def test_settings_start_the_same_run(store: RunStore, settings: Settings) -> None:
    run = executed(store, settings)
    told = json.loads(settings_json(store, settings, run))
    assert CifarCnnConfig.build(told["config"]) == CifarCnnConfig.build(CNN)
    assert told["metrics"]["test_accuracy"] == run.metrics["test_accuracy"]


def test_a_stopped_run_has_the_weights_of_its_last_step(
    store: RunStore, settings: Settings
) -> None:
    run = executed(store, settings, stop_after=2, epochs=2_000)
    assert run.state is RunState.STOPPED
    arrays = safetensors.numpy.load(weights_file(store, settings, run))
    assert sum(array.size for array in arrays.values()) == run.num_parameters


def test_a_run_that_never_began_has_no_weights(store: RunStore, settings: Settings) -> None:
    run_id = submit(store, settings, "cifar_cnn", CNN, owner="ada")
    with pytest.raises(DataUnavailableError, match="were not kept: it is queued after 0 steps"):
        weights_file(store, settings, store.run(run_id))


def test_the_command_line_writes_them(
    store: RunStore, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = executed(store, settings)
    monkeypatch.setenv("RDFIA_HOME", str(settings.home))
    result = CliRunner().invoke(app, ["export", run.id, "--out", str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "metrics.csv", "settings.json", "weights.safetensors",
    ]  # fmt: skip
    (tmp_path / "file").write_text("in the way")
    refused = CliRunner().invoke(app, ["export", run.id, "--out", str(tmp_path / "file")])
    assert refused.exit_code == 1
    assert "Choose another folder with --out" in refused.output
