"""The command line: JSON, sentences, exit statuses. Each test is a process of its own at heart."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner, Result

from rdfia_core.cli import app
from rdfia_core.figures.packing import decode_packet
from rdfia_core.settings import Settings
from rdfia_core.store import RunState, RunStore

QUICK = ["train", "circle_mlp", "epochs=2", "num_points=40"]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RDFIA_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_train_prints_one_line_of_json() -> None:
    result = call(*QUICK, "seed=3", "--json")
    assert result.exit_code == 0, result.output
    summary = json.loads(result.stdout)
    assert summary["status"] == "completed"
    assert summary["experiment"] == "circle_mlp"
    assert summary["config"]["seed"] == 3
    assert summary["device"] == "cpu"
    assert summary["num_parameters"] == 52
    assert summary["seconds"] > 0
    for name in ("train_loss", "train_accuracy", "test_loss", "test_accuracy"):
        assert isinstance(summary["metrics"][name], float)
    assert 0 <= summary["metrics"]["test_accuracy"] <= 1
    assert "val_loss" not in summary["metrics"]


def test_a_validation_split_is_reported() -> None:
    summary = json.loads(call(*QUICK, "val_fraction=0.25", "--json").stdout)
    assert {"val_loss", "val_accuracy"} <= set(summary["metrics"])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["learning_rate=-1"],
            "The 'learning_rate' parameter of CircleMlpConfig must be a number greater than 0 and "
            "at most 100. Got '-1'.",
        ),
        (["hidden_layers=10,999"], "Got '10,999'."),
        (["hidden_layers=1,1,1,1,1,1,1"], "1 to 6 layer sizes"),
        (["features=x2,zz"], "must be none, or a comma list of x2, y2, xy, sin_x, sin_y"),
        (["learning_rat=1"], "Did you mean 'learning_rate'?"),
        (["nonsense"], "field=value"),
        (["dataset=points", "points=1,2,9;"], "Point 1 must be x,y,label"),
        (["dataset=file"], "No data file is chosen"),
        (["dataset=file", "data_file=/no/such/file.csv"], "16 hexadecimal digits"),
        (["--preset", "nope"], "circle_mlp has no preset 'nope'"),
        (["--task", "nope"], "circle_mlp has no task 'nope'"),
        (["device=cuda"], "on this machine"),
    ],
)
def test_a_bad_value_gives_its_sentence(arguments: list[str], sentence: str) -> None:
    if "device=cuda" in arguments and torch.cuda.is_available():
        pytest.skip("this machine has a CUDA device")
    result = call("train", "circle_mlp", "epochs=1", *arguments)
    assert sentence in result.output
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_an_unknown_experiment_lists_those_there_are() -> None:
    result = call("train", "nonesuch")
    assert result.exit_code == 2
    assert re.search("There are: .*circle_mlp", result.output)


def test_a_data_file_is_imported_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    lines = [f"{k / 10},{k % 3},{k % 2}" for k in range(20)]
    path.write_text("x,y,label\n" + "\n".join(lines))
    result = call(*QUICK, "dataset=file", f"data_file={path}", "--json")
    assert result.exit_code == 0, result.output
    assert len(json.loads(result.stdout)["config"]["data_file"]) == 16


def test_a_malformed_data_file_is_refused_with_the_format(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("1,2\n3,4\n")
    result = call(*QUICK, "dataset=file", f"data_file={path}")
    assert result.exit_code == 2
    assert "bad.csv" in result.output
    assert "label" in result.output


def test_a_preset_is_taken_and_overridden() -> None:
    result = call("train", "circle_mlp", "--preset", "nn", "epochs=1", "--json")
    config = json.loads(result.stdout)["config"]
    assert (config["stage"], config["reduction"], config["epochs"]) == ("nn", "mean", 1)


def test_a_value_without_effect_is_warned_about() -> None:
    result = call(*QUICK, "optimizer=adam")
    assert "Warning: 'optimizer' has no effect" in result.output
    assert result.exit_code == 0


def test_divergence_is_an_outcome_not_a_failure() -> None:
    result = call(*QUICK[:2], "weight_decay=1", "learning_rate=3", "--json")
    summary = json.loads(result.stdout)
    assert result.exit_code == 0
    assert summary["status"] == "diverged"
    assert summary["metrics"]["train_loss"] is None


def test_runs_show_and_stop_know_the_run() -> None:
    run_id = json.loads(call(*QUICK, "--json").stdout)["run_id"]
    assert run_id in call("runs").stdout
    assert "epochs=2" in call("runs").stdout
    assert "completed" in call("show", run_id).stdout
    assert json.loads(call("show", run_id, "--json").stdout)["run_id"] == run_id
    assert "already ended: completed" in call("stop", run_id).stdout


def test_runs_are_listed_by_what_is_asked_for(home: Path) -> None:
    run_id = json.loads(call(*QUICK, "seed=3", "--json").stdout)["run_id"]
    store = RunStore(f"sqlite:///{home / 'runs.db'}")
    store.update_run(run_id, tags=["lecture"], name="mine")
    store.close()
    for option in (("--tag", "lecture"), ("--state", "completed"), ("--experiment", "circle_mlp")):
        assert run_id in call("runs", *option).stdout
    assert "'mine'" in call("runs").stdout
    for option in (("--tag", "other"), ("--state", "failed"), ("--experiment", "vit")):
        assert call("runs", *option).stdout == ""
    refused = call("runs", "--state", "happy")
    assert refused.exit_code == 2
    assert "queued, starting, running" in refused.output


def test_a_deleted_run_is_gone_until_it_is_had_back(home: Path) -> None:
    run_id = json.loads(call(*QUICK, "--json").stdout)["run_id"]
    assert "--undo' brings it back" in call("delete", run_id).stdout
    assert call("runs").stdout == ""
    for command in ("show", "export", "stop", "delete"):
        refused = call(command, run_id)
        assert refused.exit_code == 1
        assert f"'delete {run_id} --undo' brings it back" in refused.output
    assert "is back: completed" in call("delete", run_id, "--undo").stdout
    assert run_id in call("runs").stdout
    assert "is not deleted" in call("delete", run_id, "--undo").stdout
    assert call("delete", "nope").exit_code == 1


def test_an_unknown_run_is_a_failure_with_a_sentence() -> None:
    result = call("show", "nope")
    assert result.exit_code == 1
    assert "There is no run 'nope'" in result.output


def test_experiments_lists_every_field_and_preset() -> None:
    output = call("experiments").stdout
    for word in ("circle_mlp", "learning_rate", "hidden_layers", "too_fast", "check_gradients"):
        assert word in output


def test_doctor_reports(home: Path) -> None:
    result = call("doctor")
    assert result.exit_code == 0, result.output
    for word in ("devices", "memory", "store", "engine", str(home)):
        assert word in result.output


def test_doctor_fails_on_a_data_folder_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RDFIA_DATA_DIR", "/no/such/folder")
    result = call("doctor")
    assert result.exit_code == 1
    assert "is not a folder" in result.output


def test_a_recording_holds_the_whole_run(tmp_path: Path) -> None:
    path = tmp_path / "recording.bin"
    assert call(*QUICK, "--recording", str(path)).exit_code == 0
    header, blobs = decode_packet(path.read_bytes())
    assert header["metrics"]["columns"]["epoch"] == [0, 1, 2]
    assert header["frames"][-1]["epoch"] == 2
    assert len(blobs) == sum(frame["length"] for frame in header["frames"])


def test_ctrl_c_stops_the_run_and_keeps_it(home: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "rdfia_core", "train", "circle_mlp", "epochs=20000"],
        env=dict(os.environ),
        stdout=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    store = None
    while time.monotonic() < deadline:
        time.sleep(0.1)
        if (home / "runs.db").exists():
            store = store or RunStore(Settings().store_url)
            if store.runs(states=[RunState.RUNNING]) and store.runs()[0].epoch > 1:
                break
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "stopped" in output
    assert store is not None
    run = store.runs()[0]
    assert run.state is RunState.STOPPED
    assert len(store.metrics(run.id)) > 1
    store.close()
