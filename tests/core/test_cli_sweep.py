"""The sweep command: what it prints, what it refuses, how it is broken off and gone on with."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from rdfia_core.cli import app
from rdfia_core.settings import Settings
from rdfia_core.store import RunStore
from rdfia_core.store.sweep_store import SweepState, SweepStore

QUICK = ["sweep", "circle_mlp", "epochs=2", "num_points=40", "dropout=0.1"]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RDFIA_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_a_sweep_ends_with_one_line_of_json() -> None:
    result = call(*QUICK, "batch_size=5,10", "seed=0..2", "--json", "--name", "Sizes")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert (told["status"], told["count"]) == ("completed", 6)
    assert [cell["values"] for cell in told["cells"]] == [{"batch_size": 5}, {"batch_size": 10}]
    for cell in told["cells"]:
        assert cell["n"] == len(cell["run_ids"]) == 3
        assert 0 <= cell["mean"]["test_accuracy"] <= 1
        assert cell["sd"]["test_loss"] >= 0
    listed = call("sweeps").stdout
    assert told["sweep_id"] in listed
    assert "completed" in listed
    assert "Sizes" in listed


def test_the_table_has_a_row_for_each_cell_and_the_count_comes_first() -> None:
    result = call(*QUICK, "batch_size=5,10", "seed=0,1")
    assert result.exit_code == 0, result.output
    assert "4 runs (2 batch_size × 2 seed)" in result.output
    assert result.stdout.count(" ± ") == 8
    assert "4 of 4 runs" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["circle_mlp", "learning_rate=0.1,-1"], "In the cell learning_rate=-1"),
        (["circle_mlp", "learning_rat=1"], "Did you mean 'learning_rate'?"),
        (["circle_mlp", "seed=0..99999"], "at most 2,000 runs"),
        (["circle_mlp", "seed=0,1", "--budget", "0"], "The budget must be a number of seconds"),
        (["circle_mlp", "seed=0,1", "--preset", "nope"], "has no preset 'nope'"),
        (["nonesuch", "seed=0,1"], "There is no experiment 'nonesuch'"),
        ([], "Name an experiment"),
    ],
)
def test_a_bad_value_gives_its_sentence(arguments: list[str], sentence: str) -> None:
    result = call("sweep", *arguments)
    assert sentence in result.output
    assert result.exit_code == 2
    assert call("sweeps").stdout == ""


def test_an_unknown_sweep_is_a_failure_with_a_sentence() -> None:
    result = call("sweep", "--resume", "nope")
    assert "There is no sweep 'nope'" in result.output
    assert result.exit_code == 1


def test_ctrl_c_pauses_the_sweep_and_says_how_to_go_on(home: Path) -> None:
    words = [*QUICK, "seed=0..3", "--budget", "100000"]
    words[words.index("epochs=2")] = "epochs=300"
    process = subprocess.Popen(
        [sys.executable, "-m", "rdfia_core", *words],
        env=dict(os.environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    store = RunStore(Settings().store_url)
    sweeps = SweepStore(store)
    deadline = time.monotonic() + 120
    while not any(run.epoch > 0 for run in store.runs()):
        assert time.monotonic() < deadline, "no run began"
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0
    (sweep,) = sweeps.sweeps()
    assert f"To go on: python -m rdfia_core sweep --resume {sweep.id}" in said
    assert sweeps.progress(sweep).state is SweepState.PAUSED
    result = call("sweep", "--resume", sweep.id, "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["status"] == "completed"
    assert told["cells"][0]["n"] == 4
    store.close()
