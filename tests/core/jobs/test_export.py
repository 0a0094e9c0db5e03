"""What a run leaves behind: read back by other libraries, and there after a stop too."""

import csv
import errno
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
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
from rdfia_core.jobs.apart import make_apart
from rdfia_core.jobs.execution import Execution
from rdfia_core.jobs.export import (
    EXPORTS,
    exports_of,
    metrics_csv,
    metrics_parquet,
    settings_json,
    weights_file,
)
from rdfia_core.jobs.submission import submit
from rdfia_core.settings import Settings
from rdfia_core.store import RunRecord, RunState, RunStore

ROOT = Path(__file__).resolve().parents[3]
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


def test_parquet_holds_the_same_in_full_precision(store: RunStore, settings: Settings) -> None:
    run = executed(store, settings)
    table = pq.read_table(io.BytesIO(metrics_parquet(store, settings, run)))
    columns = store.metrics(run.id).columns
    assert table.column_names == list(columns)
    for name, values in columns.items():
        read = [np.nan if value is None else value for value in table[name].to_pylist()]
        np.testing.assert_array_equal(read, values)
    assert json.loads(table.schema.metadata[b"rdfia"])["run_id"] == run.id


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
    written = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert written == sorted(export.name for export in exports_of("cifar_cnn"))
    assert {"curves.svg", "picture.png", "network.onnx", "metrics.parquet"} <= set(written)
    (tmp_path / "file").write_text("in the way")
    refused = CliRunner().invoke(app, ["export", run.id, "--out", str(tmp_path / "file")])
    assert refused.exit_code == 1
    assert "Choose another folder with --out" in refused.output


def test_a_full_disk_is_a_sentence_and_loses_nothing(
    store: RunStore, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = executed(store, settings)
    monkeypatch.setenv("RDFIA_HOME", str(settings.home))
    target = tmp_path / "metrics.csv"
    target.write_text("the file before")

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    words = ["export", run.id, "--only", "metrics.csv", "--out", str(tmp_path)]
    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        refused = CliRunner().invoke(app, words)
    assert refused.exit_code == 1
    assert "No space left on device" in refused.output
    assert "the run itself is as it was" in refused.output
    assert [path.name for path in tmp_path.glob("metrics*")] == ["metrics.csv"]
    assert target.read_text() == "the file before"
    assert CliRunner().invoke(app, words).exit_code == 0
    assert target.read_bytes() == metrics_csv(store, settings, run)


def test_a_file_size_limit_of_the_system_is_a_sentence(
    store: RunStore, settings: Settings, tmp_path: Path
) -> None:
    run = executed(store, settings)
    limit = "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
    limit += "resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512)); "
    words = ["export", run.id, "--only", "metrics.csv", "--out", str(tmp_path / "out")]
    done = subprocess.run(
        [sys.executable, "-c", f"{limit}from rdfia_core.cli import app; app({words!r})"],
        env={**os.environ, "RDFIA_HOME": str(settings.home), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 1, done.stderr
    assert "cannot be written" in done.stderr
    assert list((tmp_path / "out").iterdir()) == []


def test_a_deleted_run_is_a_sentence(
    store: RunStore, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RDFIA_HOME", str(settings.home))
    refused = CliRunner().invoke(app, ["export", "f" * 20, "--out", str(tmp_path / "out")])
    assert refused.exit_code == 1
    assert "There is no run" in refused.output
    assert not (tmp_path / "out").exists()


def test_a_run_without_weights_is_exported_without_them(
    store: RunStore, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RDFIA_HOME", str(settings.home))
    run_id = submit(store, settings, "cifar_cnn", CNN, owner="ada")
    words = ["export", run_id, "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0
    assert "Without weights.safetensors: The weights of run" in done.output
    assert (tmp_path / "out" / "settings.json").exists()
    refused = CliRunner().invoke(app, [*words, "--only", "network.onnx"])
    assert refused.exit_code == 2
    assert "Let a run complete to export its network" in refused.output


def test_every_export_is_explained_and_named_once() -> None:
    for name, export in EXPORTS.items():
        assert export.name == name
        assert export.label
        assert export.explanation.endswith(".")
        assert export.group in ("Numbers", "Figures", "Network", "Code")


def test_a_process_apart_answers_file_by_file(
    store: RunStore, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = executed(store, settings)
    waiting = submit(store, settings, "cifar_cnn", CNN, owner="ada")
    wanted = [(run.id, "curves.svg"), (waiting, "picture.svg"), ("f" * 20, "curves.svg")]
    drawn, missing, unknown = make_apart(settings, wanted)
    assert drawn == EXPORTS["curves.svg"].make(store, settings, run)
    assert "has no picture yet" in str(missing)
    assert "There is no run" in str(unknown)
    monkeypatch.setattr("rdfia_core.jobs.apart.TIMEOUT_S", 0.01)
    with pytest.raises(DataUnavailableError, match="The run is as it was"):
        make_apart(settings, wanted)
