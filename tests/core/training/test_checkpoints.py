"""A checkpoint is there whole or not at all."""

import json
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from rdfia_core.errors import DataUnavailableError
from rdfia_core.events import Checkpoint
from rdfia_core.training import checkpoints
from rdfia_core.training.checkpoints import load_checkpoint, save_checkpoint

CHECKPOINT = Checkpoint({"weights": np.arange(6.0).reshape(2, 3)}, {"step": 7, "name": "é"})


def test_it_comes_back_as_it_was(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "run", CHECKPOINT)
    loaded = load_checkpoint(tmp_path / "run")
    assert loaded is not None
    np.testing.assert_array_equal(loaded.arrays["weights"], CHECKPOINT.arrays["weights"])
    assert loaded.values == CHECKPOINT.values


def test_none_is_none(tmp_path: Path) -> None:
    assert load_checkpoint(tmp_path) is None


def test_a_transposed_array_is_saved_as_it_reads(tmp_path: Path) -> None:
    turned = np.arange(6.0).reshape(2, 3).T
    save_checkpoint(tmp_path, Checkpoint({"w": turned}, {"step": 0}))
    loaded = load_checkpoint(tmp_path)
    assert loaded is not None
    np.testing.assert_array_equal(loaded.arrays["w"], turned)


def test_a_failed_write_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_checkpoint(tmp_path, CHECKPOINT)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoints.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        save_checkpoint(tmp_path, Checkpoint({}, {"step": 8}))
    loaded = load_checkpoint(tmp_path)
    assert loaded is not None
    assert loaded.values["step"] == 7
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.safetensors"]


@pytest.mark.parametrize("content", [b"", b"garbage", b"\xff" * 64])
def test_a_damaged_file_gives_a_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "checkpoint.safetensors").write_bytes(content)
    with pytest.raises(DataUnavailableError, match="cannot be read"):
        load_checkpoint(tmp_path)


def test_a_truncated_file_gives_a_sentence(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, CHECKPOINT)
    path = tmp_path / "checkpoint.safetensors"
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(DataUnavailableError, match="cannot be read"):
        load_checkpoint(tmp_path)


def test_nothing_in_it_is_executable(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, CHECKPOINT)
    data = (tmp_path / "checkpoint.safetensors").read_bytes()
    assert json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    assert set(safetensors.numpy.load(data)) == {"weights"}
