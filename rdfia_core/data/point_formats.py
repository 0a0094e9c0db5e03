"""Bytes of a CSV, .npz or .mat file to arrays, trusting nothing.

What comes out is still raw: shapes, labels and limits are checked in `point_files`, the same for
all formats. Nothing is unpickled, and nothing is unpacked before its size is known.
"""

import math
import struct
import tokenize
import zipfile
import zlib
from io import BytesIO

import numpy as np

from rdfia_core.data.matlab import read_matrices

MAX_POINTS = 20_000
MAX_UNPACKED_BYTES = 16 * 2**20  # 20,000 points with one-hot labels take about 1 MB
CSV_FORMAT = "Expected one point a row, x, y, label, for example: 0.5,-1.2,0"
ARRAY_FORMAT = (
    "Expected arrays Xtrain and Ytrain (and Xtest, Ytest for a test part), for example of shape "
    "(200, 2) and (200,)"
)
# The names that each of the four arrays may bear.
KEYS = {
    "x_train": ("Xtrain", "x_train", "x"),
    "y_train": ("Ytrain", "y_train", "y"),
    "x_test": ("Xtest", "x_test"),
    "y_test": ("Ytest", "y_test"),
}
# What zipfile and NumPy raise on bytes that are not what they claim to be (found by fuzzing).
_UNREADABLE = (
    ValueError,
    TypeError,
    KeyError,
    RuntimeError,
    OSError,
    EOFError,
    SyntaxError,
    tokenize.TokenError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)
_NPZ_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

Array = np.ndarray


class BadFileError(Exception):
    """What is wrong with a file, in words. `read_points` adds which file and what was expected."""


def read_csv(content: bytes) -> dict[str, Array]:
    """Read rows of x, y, label and, optionally, train or test.

    Cells are separated by commas, semicolons or tabs; beside the latter two, 0,5 is a number. A
    header that names x, y and label puts them in another order.

    Args:
        content: The file.

    Returns:
        The arrays by the names of `KEYS`, labels numbered in sorted order.

    Raises:
        BadFileError: If a row is not of that form.
    """
    rows = _csv_rows(content)
    first = rows[0][1]
    columns = _csv_columns(first)
    has_header = all(_number(cell) is None for cell in first[:2])
    points, labels, is_test = [], [], []
    for line, cells in rows[1:] if has_header else rows:
        if len(cells) != len(first):
            message = f"line {line} has {len(cells)} columns, the first row {len(first)}"
            raise BadFileError(message)
        points.append([_csv_number(cells, columns[name], line) for name in ("x", "y")])
        labels.append(cells[columns["label"]])
        if not labels[-1]:
            raise BadFileError(f"line {line} has no label")
        split = cells[columns["split"]].lower() if "split" in columns else "train"
        if split not in ("train", "test"):
            message = f"line {line}: the fourth column must be train or test, got {split[:40]!r}"
            raise BadFileError(message)
        is_test.append(split == "test")

    x_N2, y_N, test_N = np.reshape(points, (-1, 2)), _numbered(labels), np.array(is_test, bool)
    arrays = {"x_train": x_N2[~test_N], "y_train": y_N[~test_N]}
    if test_N.any():
        arrays |= {"x_test": x_N2[test_N], "y_test": y_N[test_N]}
    return arrays


def _csv_rows(content: bytes) -> list[tuple[int, list[str]]]:
    """Cut the text into (line number, cells), at semicolons, tabs or commas."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadFileError(f"it is not UTF-8 text (byte {error.start + 1})") from error
    if "\0" in text:
        raise BadFileError("it is not text: it holds zero bytes")
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not lines:
        raise BadFileError("it holds no rows")
    if len(lines) > MAX_POINTS + 1:
        raise BadFileError(f"it has {len(lines)} rows, more than {MAX_POINTS} points")
    delimiter = next((mark for mark in ";\t" if mark in lines[0][1]), ",")
    return [(n, [cell.strip(' "') for cell in line.split(delimiter)]) for n, line in lines]


def _csv_columns(first: list[str]) -> dict[str, int]:
    """Find the columns: by the names of a header, else by their order."""
    names = [cell.lower() for cell in first]
    if {"x", "y", "label"} <= set(names):
        return {name: names.index(name) for name in ("x", "y", "label", "split") if name in names}
    if len(first) not in (3, 4):
        raise BadFileError(f"the first row has {len(first)} columns, not 3 or 4")
    return dict(zip(("x", "y", "label", "split"), range(len(first)), strict=False))


def _csv_number(cells: list[str], column: int, line: int) -> float:
    number = _number(cells[column])
    if number is None or not math.isfinite(number):
        message = f"line {line}, column {column + 1}: {cells[column][:40]!r} is not a finite number"
        raise BadFileError(message)
    return number


def _number(text: str) -> float | None:
    """Read 0.5 or 0,5; None for a word."""
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


def _numbered(labels: list[str]) -> Array:
    """Number the labels from 0 in sorted order: as numbers if all are, else as words."""
    numbers = [_number(label) for label in labels]
    values = labels if None in numbers else numbers
    return np.unique(np.array(values), return_inverse=True)[1]


def read_npz(content: bytes) -> dict[str, Array]:
    """Read the arrays of a NumPy archive, without unpickling.

    Args:
        content: The file.

    Returns:
        Those of its arrays that `KEYS` knows, by our names.

    Raises:
        BadFileError: If it is no such archive, or unpacks to something larger than allowed.
    """
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            _check_unpacked(sum(member.file_size for member in archive.infolist()))
            if any(m.compress_type not in _NPZ_COMPRESSIONS for m in archive.infolist()):
                raise BadFileError("it is compressed in a way that NumPy does not use")
            members = {name.removesuffix(".npy"): name for name in archive.namelist()}
            return {
                key: _read_npy(archive, members[name])
                for key, name in _known_names(list(members)).items()
            }
    except _UNREADABLE as error:
        raise BadFileError(f"it cannot be read as a NumPy archive ({error})") from error


def _read_npy(archive: zipfile.ZipFile, member: str) -> Array:
    """Read one array after its header, which promises a size, has been checked."""
    with archive.open(member) as file:
        version = np.lib.format.read_magic(file)
        if version not in ((1, 0), (2, 0)):
            raise BadFileError(f"{member} has a data type that is not a plain number")
        read_header = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }[version]
        shape, _, dtype = read_header(file)
        if dtype.kind not in "biuf":
            raise BadFileError(f"{member} holds {dtype} values, not plain numbers")
        _check_unpacked(math.prod(shape) * dtype.itemsize)
    with archive.open(member) as file:
        array: Array = np.lib.format.read_array(file, allow_pickle=False)
    return array


def read_mat(content: bytes) -> dict[str, Array]:
    """Read the arrays of a MATLAB file, versions 5 to 7 (7.3 is HDF5, another format).

    Args:
        content: The file.

    Returns:
        Those of its arrays that `KEYS` knows, by our names.

    Raises:
        BadFileError: If it is no such file, or unpacks to something larger than allowed.
    """
    try:
        matrices = read_matrices(content, MAX_UNPACKED_BYTES)
    except ValueError as error:
        raise BadFileError(str(error)) from error
    return {key: matrices[name] for key, name in _known_names(list(matrices)).items()}


def _known_names(present: list[str]) -> dict[str, str]:
    """Match the names in the file with `KEYS`."""
    found = {
        key: next(name for name in names if name in present)
        for key, names in KEYS.items()
        if any(name in present for name in names)
    }
    if not {"x_train", "y_train"} <= set(found):
        listed = ", ".join(name[:40] for name in present[:8]) or "nothing"
        raise BadFileError(f"it lacks training points or their labels (it holds {listed})")
    return found


def _check_unpacked(num_bytes: int) -> None:
    if num_bytes > MAX_UNPACKED_BYTES:
        message = f"it unpacks to {num_bytes / 2**20:,.0f} MB or more"
        raise BadFileError(f"{message}, more than {MAX_UNPACKED_BYTES // 2**20} MB")
