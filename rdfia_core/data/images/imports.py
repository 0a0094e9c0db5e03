"""Students' own images: a folder, a zip or an .npz file to a set of the library.

N images of S x S pixels, C channels.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

import numpy as np

from rdfia_core.data.images.archives import ARCHIVE_FORMAT, checked_part, read_archive
from rdfia_core.data.images.class_folders import (
    MAX_CLASS_NAME,
    MAX_CLASSES,
    MIN_CLASSES,
    MIN_PER_CLASS,
    TEST_FRACTION,
    arrange,
)
from rdfia_core.data.images.entries import (
    Entry,
    ImportLimits,
    check_directory,
    folder_entries,
    zip_entries,
)
from rdfia_core.data.images.image_set import ImageSet
from rdfia_core.data.images.pictures import read_picture
from rdfia_core.data.images.splits import choose_rows
from rdfia_core.data.images.storage import keep_set
from rdfia_core.data.point_formats import BadFileError
from rdfia_core.errors import ConfigError, DataUnavailableError

MIN_SIZE, MAX_SIZE, DEFAULT_SIZE = 8, 64, 32
FOLDER_FORMAT = (
    "Expected a folder or zip in which each class is a folder of pictures, for example "
    "cats/1.png and dogs/1.png; they may lie in folders train and test"
)
_MAX_TITLE = 60

Array = np.ndarray


def import_images(
    root: Path,
    source: Path | bytes,
    name: str = "",
    *,
    size: int | None = None,
    limits: ImportLimits | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> str:
    """Import images and keep them under a name that a config can hold.

    Args:
        root: The settings' datasets folder.
        source: A folder, a .zip or .npz file, or the bytes of such a file.
        name: What a person calls it; without it, the name of the file. If the same images were
            imported before, their first name stays.
        size: S, 8 to 64; pictures are cut to a square and resized to it, 32 if not given. An .npz
            keeps the size that it has.
        limits: What is allowed; the defaults if not given.
        progress: Called with the pictures read and the pictures in all.

    Returns:
        "own:" and the first 16 digits of the SHA-256 of the images, labels and class names.

    Raises:
        ConfigError: If the size is not allowed.
        DataUnavailableError: If the images cannot be used; the message names the file at fault and
            nothing is kept.
        StoreError: If the set cannot be written.
    """
    if size is not None and not MIN_SIZE <= size <= MAX_SIZE:
        message = (
            f"The size of imported images must be {MIN_SIZE} to {MAX_SIZE} pixels. Got {size}."
        )
        raise ConfigError(message, "size")
    title = _title(name or (source.name if isinstance(source, Path) else "images"))
    try:
        image_set = _read(source, title, size, limits or ImportLimits(), progress)
    except BadFileError as error:
        message = f"The images in {title!r} cannot be imported: {error}. {FOLDER_FORMAT}."
        raise DataUnavailableError(message) from error
    set_id = _digest(image_set)
    keep_set(root / f"own-{set_id}", lambda: image_set)
    return f"own:{set_id}"


def _title(name: str) -> str:
    printable = "".join(letter for letter in name if letter.isprintable()).strip()
    return printable[:_MAX_TITLE] or "images"


def _read(
    source: Path | bytes,
    title: str,
    size: int | None,
    limits: ImportLimits,
    progress: Callable[[int, int], None] | None,
) -> ImageSet:
    """Choose the reader by what the source is, not by what it is called."""
    pixels = size or DEFAULT_SIZE
    if isinstance(source, Path) and source.is_dir():
        return _from_entries(folder_entries(source, limits), title, pixels, limits, progress)
    with ExitStack() as stack:
        file: BinaryIO
        if isinstance(source, bytes):
            file = io.BytesIO(source)
        else:
            try:
                file = stack.enter_context(source.open("rb"))
            except OSError as error:
                raise BadFileError(f"it cannot be opened ({error.strerror})") from error
        if _is_npz(file, limits):
            return _from_npz(file, title, size, limits)
        entries = stack.enter_context(zip_entries(file, limits))
        return _from_entries(entries, title, pixels, limits, progress)


def _is_npz(file: BinaryIO, limits: ImportLimits) -> bool:
    check_directory(file, limits)
    try:
        with zipfile.ZipFile(file) as archive:
            return "x_train.npy" in archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
        raise BadFileError(f"it is cut short, or neither folder, zip nor npz ({error})") from error
    finally:
        file.seek(0)


def _from_entries(
    entries: list[Entry],
    title: str,
    size: int,
    limits: ImportLimits,
    progress: Callable[[int, int], None] | None,
) -> ImageSet:
    arrangement = arrange([entry.path for entry in entries])
    _check_result(len(entries) * size * size * 3, limits)
    x_N = np.empty((len(entries), size, size, 3), np.uint8)
    for row, entry in enumerate(entries):
        try:
            x_N[row] = read_picture(entry.read(), size)
        except BadFileError as error:
            raise BadFileError(f"{entry.shown} {error}") from error
        if progress is not None:
            progress(row + 1, len(entries))
    train, test = arrangement.train_rows, arrangement.test_rows
    y_N = arrangement.labels
    return ImageSet(
        "own", title, x_N[train], y_N[train], x_N[test], y_N[test], arrangement.class_names
    )


def _from_npz(file: BinaryIO, title: str, size: int | None, limits: ImportLimits) -> ImageSet:
    try:
        arrays = read_archive(file, limits.result_bytes)
        x_train, labels_train = checked_part(arrays, "train")
        pixels = x_train.shape[1]
        if not MIN_SIZE <= pixels <= MAX_SIZE:
            raise BadFileError(
                f"its images have {pixels} pixels a side, not {MIN_SIZE} to {MAX_SIZE}"
            )
        if size not in (None, pixels):
            raise BadFileError(
                f"its images have {pixels} pixels a side and keep them; ask for that"
            )
        classes, y_train = np.unique(labels_train, return_inverse=True)
        _check_classes(classes, y_train)
        class_names = _npz_class_names(arrays, classes)
        if "x_test" not in arrays:
            num_test = max(1, round(TEST_FRACTION * len(y_train)))
            train, test = choose_rows(y_train, num_train=0, num_val=num_test, seed=0)
            x_test, y_test = x_train[test], y_train[test]
            x_train, y_train = x_train[train], y_train[train]
        else:
            x_test, labels_test = checked_part(arrays, "test")
            if x_test.shape[1:] != x_train.shape[1:]:
                raise BadFileError(f"x_test has images of {x_test.shape[1:]}, x_train others")
            if len(unknown := np.setdiff1d(labels_test, classes)):
                raise BadFileError(f"no training image has the test part's label {unknown[0]}")
            y_test = np.searchsorted(classes, labels_test)
    except BadFileError as error:
        raise BadFileError(f"{error}. {ARCHIVE_FORMAT}") from error
    return ImageSet("own", title, x_train, y_train, x_test, y_test, class_names)


def _check_classes(classes: Array, y_train: Array) -> None:
    if not MIN_CLASSES <= len(classes) <= MAX_CLASSES:
        message = f"it has {len(classes)} classes, not {MIN_CLASSES} to {MAX_CLASSES}"
        raise BadFileError(message)
    counts = np.bincount(y_train)
    if counts.min() < MIN_PER_CLASS:
        message = f"its label {classes[counts.argmin()]} has {counts.min()} image"
        raise BadFileError(f"{message}, fewer than {MIN_PER_CLASS}")


def _npz_class_names(arrays: dict[str, Array], classes: Array) -> tuple[str, ...]:
    """Names from the file, indexed by label, else the labels themselves."""
    names = arrays.get("class_names")
    if names is None:
        return tuple(str(label) for label in classes.tolist())
    if names.ndim != 1 or classes[0] < 0 or classes[-1] >= len(names):
        raise BadFileError(f"class_names has shape {names.shape}: not a name for each label")
    chosen = tuple(str(names[label]).strip() for label in classes.tolist())
    if not all(0 < len(name) <= MAX_CLASS_NAME and name.isprintable() for name in chosen):
        raise BadFileError(f"class_names must be names of 1 to {MAX_CLASS_NAME} letters")
    return chosen


def _check_result(num_bytes: int, limits: ImportLimits) -> None:
    if num_bytes > limits.result_bytes:
        message = f"its pixels would take {num_bytes / 2**20:,.0f} MB, more than"
        remedy = "use fewer or smaller images"
        raise BadFileError(f"{message} {limits.result_bytes // 2**20} MB; {remedy}")


def _digest(image_set: ImageSet) -> str:
    digest = hashlib.sha256(json.dumps(image_set.class_names).encode())
    for array in (image_set.x_train, image_set.y_train, image_set.x_test, image_set.y_test):
        digest.update(repr((array.shape, array.dtype.str)).encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:16]
