"""`reproduce`: runs what is missing, keeps what is finished, says what cannot be measured."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from rdfia_core import cli_reproduce
from rdfia_core.cli import app
from rdfia_core.errors import LimitError
from rdfia_core.reproduction import catalogue, running
from rdfia_core.reproduction.entries import Arm, Entry, Expected, Planned, Variant
from rdfia_core.reproduction.kept import shipped_measurements
from rdfia_core.reproduction.measured import Measured
from rdfia_core.settings import Settings

TINY = Entry(
    "tiny",
    1,
    "A tiny entry",
    "One learning rate is better than the other.",
    "circle_mlp",
    (
        Arm("slow", "Slow", {"learning_rate": 0.0001}),
        Arm("fast", "Fast", {"learning_rate": 0.1}),
        Arm("file", "From a file", {"dataset": "file"}),
    ),
    Variant(3, "100 points, 40 epochs", {"num_points": 100, "epochs": 40}),
    Variant(3, "As printed"),
    expects=(Expected("fast", "slow"),),
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RDFIA_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("RDFIA_DATA_DIR", raising=False)
    return tmp_path / "home"


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> Entry:
    for module in (catalogue, cli_reproduce):
        monkeypatch.setattr(module, "ENTRIES", (TINY, *catalogue.ENTRIES))
    monkeypatch.setattr("rdfia_core.reproduction.findings.ENTRIES", (TINY,))
    return TINY


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["reproduce", *arguments])


def kept(home: Path) -> list[Path]:
    return sorted((home / "reproduction").glob("*.json"))


def test_an_entry_is_run_judged_and_its_missing_part_explained(tiny: Entry, home: Path) -> None:
    result = call("tiny")
    assert result.exit_code == 0, result.output
    assert "| tiny | agrees |" in result.output
    assert "Fast against Slow: +" in result.output
    assert "not measured: From a file: No data file is chosen" in result.output
    assert len(kept(home)) == 6


def test_what_is_finished_is_not_run_again(
    tiny: Entry, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call("tiny", "--seeds", "2")
    before = {path: path.read_text() for path in kept(home)}
    assert len(before) == 4
    asked = []
    real = running.measure

    def watched(planned: object, *rest: object) -> object:
        asked.append(planned)
        return real(planned, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(running, "measure", watched)
    call("tiny")
    assert [(each.arm.name, each.seed) for each in asked if each.arm.name != "file"] == [  # type: ignore[attr-defined]
        ("slow", 2),
        ("fast", 2),
    ]
    assert all(path.read_text() == text for path, text in before.items())


def test_a_damaged_measurement_is_made_again(tiny: Entry, home: Path) -> None:
    call("tiny", "--seeds", "2")
    (path, *_) = kept(home)
    path.write_bytes(b"\x00garbage")
    assert "| tiny | " in call("tiny", "--seeds", "2").output
    assert json.loads(path.read_text())["asked"]["experiment"] == "circle_mlp"


def test_the_tables_are_written_between_the_marks(tiny: Entry, tmp_path: Path) -> None:
    path = tmp_path / "results.md"
    path.write_text("# Results\n\nMeasured before.\n")
    assert call("tiny", "--write", str(path)).exit_code == 0
    text = path.read_text()
    assert text.startswith("# Results\n\nMeasured before.\n")
    assert "#### A tiny entry" in text
    assert "100 points, 40 epochs. 6 runs, seeds 0 to 2. cpu" in text
    assert call("tiny", "--write", str(path)).exit_code == 0
    assert path.read_text().count("#### A tiny entry") == 1


def test_the_pages_file_is_written_on_request(
    tiny: Entry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "measured.json"
    monkeypatch.setattr(cli_reproduce, "SHIPPED", path)
    monkeypatch.setattr(cli_reproduce, "shipped_measurements", lambda: shipped_measurements(path))
    assert call("tiny", "--ship").exit_code == 0
    assert len(shipped_measurements(path)) == 6


def test_a_file_that_cannot_be_written_is_a_sentence_and_loses_nothing(
    tiny: Entry, home: Path, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    result = call("tiny", "--seeds", "1", "--write", str(tmp_path / "folder"))
    assert result.exit_code == 1
    assert "Error: " in result.output
    assert "Traceback" not in result.output
    assert len(kept(home)) == 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["batchnorm"], "Did you mean 'batch_norm'"),
        (["weights", "--seeds", "0"], "must be 1 to 100. Got 0."),
        (["weights", "--device", "abacus"], "auto, cpu, cuda or mps. Got 'abacus'"),
    ],
)
def test_a_bad_word_gives_its_sentence(arguments: list[str], sentence: str) -> None:
    result = call(*arguments)
    assert result.exit_code == 2
    assert sentence in result.output
    assert "Traceback" not in result.output


def test_missing_images_are_a_reason_with_a_remedy_and_others_go_on() -> None:
    result = call("mnist_pixels", "weights")
    assert result.exit_code == 0, result.output
    assert "| mnist_pixels | not measured |" in result.output
    assert "| weights | the report is wrong |" in result.output
    assert "data fetch mnist" in result.output


def test_the_list_names_every_entry_and_its_subset() -> None:
    output = call("--list").output
    for entry in catalogue.ENTRIES:
        assert entry.name in output
    assert "1,000 training images" in output


def test_ctrl_c_keeps_what_is_finished(home: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "rdfia_core", "reproduce", "sum_or_mean", "--seeds", "90"],
        env=dict(os.environ),
        stdout=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 120
    while len(kept(home)) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == cli_reproduce.INTERRUPTED
    assert "Interrupted: what is finished is kept" in output
    count = len(kept(home))
    assert count >= 2
    for path in kept(home):
        assert json.loads(path.read_text())["ends"] == "completed"


def test_a_batch_that_does_not_fit_is_a_reason_and_others_go_on(
    tiny: Entry, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = running.measure

    def measured(planned: Planned, *rest: Any) -> Measured:
        if planned.arm.name == "slow":
            raise LimitError("A batch of 10 needs more memory. A batch of 5 fits.")
        return real(planned, *rest)

    monkeypatch.setattr(running, "measure", measured)
    result = call("tiny", "--seeds", "2")
    assert result.exit_code == 0, result.output
    assert len(kept(home)) == 2


def test_the_time_left_is_estimated_from_runs_of_the_same_kind(tiny: Entry, home: Path) -> None:
    moments: list[running.Moment] = []
    running.Session(Settings(), "cpu", moments.append).run([tiny], "quick", 2)
    first, last = moments[0], [each for each in moments if each.planned.arm.name == "fast"][-1]
    assert (first.place, first.count) == (1, 6)
    assert (last.place, last.count) == (5, 6)
    assert 0 <= last.share <= 1
    assert last.seconds_left is not None
    assert last.seconds_left < 60
