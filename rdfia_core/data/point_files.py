"""Files of labelled points that students bring: read with suspicion, kept in one format.

N points, C classes; the 2 is the plane's two coordinates. Light to import, as the interface reads
a file when it is uploaded; the worker reads the kept copy again.
"""

import hashlib
import re
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

import numpy as np

from rdfia_core.data.point_formats import (
    ARRAY_FORMAT,
    CSV_FORMAT,
    MAX_POINTS,
    BadFileError,
    read_csv,
    read_mat,
    read_npz,
)
from rdfia_core.data.point_laws import MAX_CLASSES
from rdfia_core.data.points import HALF_SIDE, Extent, PointSet, split_points
from rdfia_core.errors import DataUnavailableError, StoreError

MAX_BYTES = 5 * 2**20
MAX_COORDINATE = 1e12  # squares of larger ones leave float32
_FORMATS = {
    ".csv": (read_csv, CSV_FORMAT),
    ".npz": (read_npz, ARRAY_FORMAT),
    ".mat": (read_mat, ARRAY_FORMAT),
}

Array = np.ndarray


@dataclass(frozen=True)
class PointFile:
    """What a file of points holds.

    Args:
        x_train: Coordinates (N, 2), float64, as they are in the file.
        y_train: Labels (N,), int64 in [0, num_classes), numbered in sorted order.
        x_test: The file's own test part, None if it has none.
        y_test: Its labels; every one of them is also in `y_train`.
        num_classes: C, 2 to 5.
    """

    x_train: Array
    y_train: Array
    x_test: Array | None
    y_test: Array | None
    num_classes: int


def read_points(content: bytes, name: str) -> PointFile:
    """Read a CSV, .npz or .mat file of labelled points.

    Args:
        content: The file's bytes, at most 5 MB.
        name: Its name; the ending chooses the format.

    Returns:
        The points, 2 to 20,000 of them.

    Raises:
        DataUnavailableError: If the file is not of that form. The message names the file, the
            place and what was found there, and the form expected.
    """
    shown = PurePath(name).name[:80] or "without a name"
    ending = PurePath(name).suffix.lower()
    if ending not in _FORMATS:
        message = f"The file {shown!r} must end in .csv, .npz or .mat, for example points.csv."
        raise DataUnavailableError(message)
    read, expected = _FORMATS[ending]
    try:
        if not content:
            raise BadFileError("it is empty")
        if len(content) > MAX_BYTES:
            raise BadFileError(f"it has {len(content) / 2**20:.1f} MB, more than 5 MB")
        return _checked(read(content))
    except BadFileError as error:
        message = f"The file {shown!r} cannot be used: {error}. {expected}."
        raise DataUnavailableError(message) from error


def points_from_file(
    file: PointFile, *, val_fraction: float, test_fraction: float, seed: int
) -> PointSet:
    """Split a file's points, keeping the test part that it brings.

    Args:
        file: As `read_points` returned it.
        val_fraction: Share of the points that choose, in [0, 1); of the training points if the
            file has a test part.
        test_fraction: Share of the points that report, in [0, 1); ignored if the file has a test
            part.
        seed: The config's seed.

    Returns:
        The points. The square to draw is [-2, 2]² if that suits them, else fitted to them.

    Raises:
        DataUnavailableError: If there are too few points to train on.
    """
    if file.x_test is None or file.y_test is None:
        points = split_points(
            file.x_train,
            file.y_train,
            val_fraction=val_fraction,
            test_fraction=test_fraction,
            seed=seed,
        )
        return replace(points, extent=_fitted_extent(file.x_train))
    points = split_points(
        file.x_train, file.y_train, val_fraction=val_fraction, test_fraction=0.0, seed=seed
    )
    extent = _fitted_extent(np.concatenate([file.x_train, file.x_test]))
    return replace(points, x_test=file.x_test, y_test=file.y_test, extent=extent)


def _fitted_extent(x_N2: Array) -> Extent:
    """Return [-2, 2]² unless points lie outside or fill less than a quarter of its width."""
    low_2, high_2 = x_N2.min(axis=0), x_N2.max(axis=0)
    side = float((high_2 - low_2).max())
    if np.abs(x_N2).max() <= HALF_SIDE and side >= HALF_SIDE / 2:
        return (-HALF_SIDE, HALF_SIDE, -HALF_SIDE, HALF_SIDE)
    half = 0.6 * side if side > 0 else 1.0
    x, y = ((low_2 + high_2) / 2).tolist()
    return (x - half, x + half, y - half, y + half)


def _checked(arrays: dict[str, Array]) -> PointFile:
    """Check what a reader returned, and number the classes."""
    x_train, labels_train = _checked_part(arrays, "train")
    has_test = "x_test" in arrays or "y_test" in arrays
    x_test, labels_test = _checked_part(arrays, "test") if has_test else (x_train[:0], None)
    num_points = len(x_train) + len(x_test)
    if not 2 <= num_points <= MAX_POINTS:
        raise BadFileError(f"it has {num_points} points, not 2 to {MAX_POINTS}")

    classes = np.unique(labels_train)
    if not 2 <= len(classes) <= MAX_CLASSES:
        found = ", ".join(str(label) for label in classes[:8].tolist())
        message = f"its training points have {len(classes)} classes, not 2 to {MAX_CLASSES}"
        raise BadFileError(f"{message} (labels {found})")
    y_train = np.searchsorted(classes, labels_train).astype(np.int64)
    if labels_test is None:
        return PointFile(x_train, y_train, None, None, len(classes))
    unknown = np.setdiff1d(labels_test, classes)
    if len(unknown):
        raise BadFileError(f"no training point has the test part's label {unknown[0]}")
    y_test = np.searchsorted(classes, labels_test).astype(np.int64)
    return PointFile(x_train, y_train, x_test, y_test, len(classes))


def _checked_part(arrays: dict[str, Array], part: str) -> tuple[Array, Array]:
    """Return one part's coordinates (N, 2), float64, and labels (N,), int64."""
    x, y = (arrays.get(f"{letter}_{part}") for letter in "xy")
    if x is None or y is None:
        raise BadFileError(f"its {part} part has points or labels, not both")
    if x.dtype.kind not in "biuf" or y.dtype.kind not in "biuf":
        raise BadFileError(f"its {part} part is of type {x.dtype} and {y.dtype}, not plain numbers")
    if x.ndim != 2 or x.shape[1] != 2:
        raise BadFileError(f"its {part}ing points have shape {x.shape}, not (N, 2)")
    x = x.astype(np.float64)
    bad = ~(np.isfinite(x) & (np.abs(x) <= MAX_COORDINATE)).all(axis=1)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        message = f"row {row + 1} of its {part}ing points is {x[row].tolist()}"
        raise BadFileError(f"{message}; coordinates must be finite and at most 1e12 in size")
    return x, _class_labels(y, len(x), part)


def _class_labels(y: Array, num_points: int, part: str) -> Array:
    """Return one integer a point, from integers or one-hot rows."""
    if y.ndim == 2 and y.shape[0] == num_points and y.shape[1] >= 2:
        wrong = (np.sort(y, axis=1)[:, :-1] != 0).any(axis=1) | (y.max(axis=1) != 1)
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            message = f"row {row + 1} of its {part}ing labels is {y[row, :6].tolist()}"
            raise BadFileError(f"{message}; a one-hot row has one 1 and else 0")
        return np.asarray(y.argmax(axis=1), np.int64)
    if y.size != num_points or y.ndim > 2:
        raise BadFileError(f"its {num_points} {part}ing points have labels of shape {y.shape}")
    y = y.ravel()
    wrong = ~np.isfinite(y) | (np.abs(y.astype(np.float64)) > 2**53) | (y != np.round(y))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise BadFileError(f"label {row + 1} of its {part}ing points, {y[row]}, is no integer")
    return y.astype(np.int64)


class UploadStore:
    """Uploaded files of points, in one folder, by the first 16 digits of their SHA-256.

    Args:
        root: The folder, made when the first file comes.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def add(self, content: bytes, name: str) -> str:
        """Check a file and keep its points.

        Args:
            content: The file's bytes.
            name: Its name, whose ending chooses the format.

        Returns:
            The file's id: 16 hexadecimal digits, the same for the same bytes.

        Raises:
            DataUnavailableError: If the file cannot be used; nothing is kept.
            StoreError: If the folder cannot be written.
        """
        file = read_points(content, name)
        upload_id = hashlib.sha256(content).hexdigest()[:16]
        arrays = {"Xtrain": file.x_train, "Ytrain": file.y_train}
        if file.x_test is not None and file.y_test is not None:
            arrays |= {"Xtest": file.x_test, "Ytest": file.y_test}
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            # Written under another name and then renamed: a reader sees all of it or nothing.
            with tempfile.TemporaryDirectory(dir=self.root, prefix=".new-") as folder:
                half_done = Path(folder) / "points.npz"
                np.savez_compressed(half_done, allow_pickle=False, **arrays)
                half_done.replace(self._path(upload_id))
        except OSError as error:
            message = f"The file {name!r} cannot be kept in {self.root}: {error.strerror}."
            raise StoreError(message) from error
        return upload_id

    def load(self, upload_id: str) -> PointFile:
        """Read the points of an earlier upload.

        Args:
            upload_id: What `add` returned.

        Returns:
            The points, checked again.

        Raises:
            DataUnavailableError: If there is no such upload, or its copy is damaged.
        """
        is_id = re.fullmatch("[0-9a-f]{16}", upload_id) is not None
        if not is_id or not self._path(upload_id).is_file():
            message = f"There is no uploaded file {upload_id[:40]!r} here: upload the file again."
            raise DataUnavailableError(message)
        return read_points(self._path(upload_id).read_bytes(), f"{upload_id}.npz")

    def _path(self, upload_id: str) -> Path:
        return self.root / f"{upload_id}.npz"
