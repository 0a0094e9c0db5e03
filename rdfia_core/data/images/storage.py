"""Image sets on disk: a folder of plain arrays, written once, mapped by every process."""

import errno
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from filelock import FileLock, Timeout

from rdfia_core.data.images.image_set import ImageSet
from rdfia_core.errors import DataUnavailableError, StoreError

FORMAT = 1
LOCK_TIMEOUT_S = 600
_ARRAYS = ("x_train", "y_train", "x_test", "y_test")
_DESCRIPTION = "set.json"


def is_kept(folder: Path) -> bool:
    """Whether `keep_set` has completed this folder."""
    return (folder / _DESCRIPTION).is_file()


def keep_set(folder: Path, make: Callable[[], ImageSet]) -> None:
    """Make a set and write it to a folder, unless another process has done so already.

    The folder appears whole or not at all. Of several processes that ask at once, one makes the
    set while the others wait.

    Args:
        folder: Where it shall lie; its name tells the content, so it never changes.
        make: Returns the set; called only if it is needed.

    Raises:
        StoreError: If the folder cannot be written, for instance because the disk is full.
    """
    if is_kept(folder):
        return
    with writing(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with locked(folder):
            if is_kept(folder):
                return
            # Left by a process that was killed; nobody else writes while we hold the lock.
            half_done = folder.parent / f".new-{folder.name}"
            shutil.rmtree(half_done, ignore_errors=True)
            image_set = make()
            half_done.mkdir()
            try:
                _write(half_done, image_set)
                shutil.rmtree(folder, ignore_errors=True)  # what somebody deleted in part
                half_done.replace(folder)
            except BaseException:
                shutil.rmtree(half_done, ignore_errors=True)
                raise


def _write(folder: Path, image_set: ImageSet) -> None:
    for key in _ARRAYS:
        array = np.ascontiguousarray(getattr(image_set, key))
        with _kept_file(folder / f"{key}.npy") as file:
            # Not `np.save`: its error on a full disk does not say that the disk is full.
            header = np.lib.format.header_data_from_array_1_0(array)
            np.lib.format.write_array_header_1_0(file, header)
            file.write(array.data)
    description = {
        "format": FORMAT,
        "title": image_set.title,
        "class_names": image_set.class_names,
        "num_train": image_set.num_train,
        "num_test": image_set.num_test,
    }
    with _kept_file(folder / _DESCRIPTION) as file:
        file.write(json.dumps(description).encode())


@contextmanager
def _kept_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file to write; at the end it is on the disk, so that a power cut leaves none empty."""
    with path.open("wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def load_set(folder: Path, name: str) -> ImageSet:
    """Map a kept set into memory, in about a millisecond.

    Args:
        folder: As given to `keep_set`.
        name: What a config calls the set.

    Returns:
        The set; its images are read from the disk when they are looked at, and shared by all
        processes. Arrays are read-only.

    Raises:
        DataUnavailableError: If the folder is damaged; the message says to delete it.
    """
    try:
        description = _description(folder)
        x_train, x_test = (
            np.load(folder / f"{key}.npy", mmap_mode="r", allow_pickle=False)
            for key in ("x_train", "x_test")
        )
        y_train, y_test = (
            np.load(folder / f"{key}.npy", allow_pickle=False) for key in ("y_train", "y_test")
        )
        if len(x_train) != len(y_train) or len(x_test) != len(y_test):
            raise ValueError("images and labels differ in number")
        class_names = tuple(str(name) for name in description["class_names"])
        title = str(description["title"])
    except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
        message = (
            f"The copy of the data set {name!r} in {folder} is damaged ({error}). Delete that "
            "folder; the set is then made, fetched or imported anew."
        )
        raise DataUnavailableError(message) from error
    for array in (y_train, y_test):
        array.setflags(write=False)
    return ImageSet(name, title, x_train, y_train, x_test, y_test, class_names)


def read_description(folder: Path) -> tuple[str, int, int]:
    """Title, training and test images of a kept set, without opening its arrays.

    Raises:
        OSError: If there is none.
        ValueError: If it is not of this format.
    """
    description = _description(folder)
    try:
        num_train, num_test = int(description["num_train"]), int(description["num_test"])
        return str(description["title"]), num_train, num_test
    except (KeyError, TypeError) as error:
        raise ValueError(f"its {_DESCRIPTION} lacks a field: {error}") from error


def _description(folder: Path) -> dict[str, Any]:
    description = json.loads((folder / _DESCRIPTION).read_text(encoding="utf-8"))
    if not isinstance(description, dict) or description.get("format") != FORMAT:
        raise ValueError(f"its {_DESCRIPTION} is not of format {FORMAT}")
    return description


def folder_bytes(folder: Path) -> int:
    """Bytes of the files in a folder, 0 if there is none."""
    return sum(path.stat().st_size for path in folder.glob("*") if path.is_file())


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder of `datasets`, waiting for another process to be done with it."""
    try:
        with FileLock(folder.parent / f".{folder.name}.lock", timeout=LOCK_TIMEOUT_S):
            yield
    except Timeout as error:
        message = (
            f"Another process has been writing {folder} for {LOCK_TIMEOUT_S // 60} minutes. "
            "Wait for it, or end it, and try again."
        )
        raise StoreError(message) from error


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn the operating system's errors while `path` is written into a sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            remedy = "free some space there, or set RDFIA_HOME to a folder on another disk"
        else:
            remedy = "check that the folder can be written, or set RDFIA_HOME to another one"
        message = f"{path} cannot be written: {error.strerror or error}. Please {remedy}."
        raise StoreError(message) from error
