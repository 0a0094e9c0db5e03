"""Checkpoints on disk: one safetensors file, written whole or not at all. Nothing is pickled."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import safetensors
import safetensors.numpy

from rdfia_core.errors import DataUnavailableError
from rdfia_core.events import Checkpoint

CHECKPOINT_FILE = "checkpoint.safetensors"
WEIGHTS_FILE = "weights.safetensors"


def save_arrays(
    path: Path,
    arrays: Mapping[str, np.ndarray],
    metadata: Mapping[str, str],
    *,
    is_durable: bool = True,
) -> None:
    """Write arrays atomically: a reader sees the old file or the new one, never a part.

    Where the machine may lose its power and the file can be made again in milliseconds, it need
    not be durable: bringing it to the disk would take longer than that.

    Raises:
        OSError: If the disk is full or the folder cannot be written; the old file is untouched.
    """
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    content = safetensors.numpy.save(contiguous, dict(metadata))
    save_file(path, content, is_durable=is_durable)


def save_file(path: Path, content: bytes, *, is_durable: bool = True) -> None:
    """Write a file atomically: a reader sees the old file or the new one, never a part.

    Raises:
        OSError: If the disk is full or the folder cannot be written; the old file is untouched.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            if is_durable:
                os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def save_checkpoint(folder: Path, checkpoint: Checkpoint, *, is_durable: bool = True) -> None:
    """Write the checkpoint of a run into its folder."""
    metadata = {"values": json.dumps(dict(checkpoint.values))}
    save_arrays(folder / CHECKPOINT_FILE, checkpoint.arrays, metadata, is_durable=is_durable)


def has_checkpoint(folder: Path) -> bool:
    """Whether the run of this folder has written a checkpoint."""
    return (folder / CHECKPOINT_FILE).exists()


def load_checkpoint(folder: Path) -> Checkpoint | None:
    """Read the checkpoint of a run; None if it never had one.

    Raises:
        DataUnavailableError: If the file is damaged.
    """
    path = folder / CHECKPOINT_FILE
    if not has_checkpoint(folder):
        return None
    try:
        with safetensors.safe_open(str(path), framework="numpy") as file:
            values = json.loads((file.metadata() or {})["values"])
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (safetensors.SafetensorError, KeyError, ValueError, OSError) as error:
        raise DataUnavailableError(
            f"The checkpoint {path.name} of this run cannot be read ({error}). "
            "The run starts again from its first step."
        ) from error
    return Checkpoint(arrays, values)
