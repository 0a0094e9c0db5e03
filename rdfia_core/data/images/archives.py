"""Image sets as NumPy archives in the Keras convention, read with suspicion.

An archive holds x_train, y_train, x_test, y_test, and perhaps class_names. Images are uint8, (N, S,
S) or (N, S, S, C), labels integers, (N,) or (N, 1). Nothing is unpickled, and nothing is unpacked
before its size is known.
"""

import hashlib
import math
import struct
import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np

from rdfia_core.data.images.image_set import ImageSet
from rdfia_core.data.images.sources import ImageSource
from rdfia_core.data.point_formats import BadFileError
from rdfia_core.errors import DataUnavailableError

MAX_UNPACKED_BYTES = 4 * 2**30
ARCHIVE_FORMAT = (
    "Expected a NumPy archive with x_train, y_train, x_test, y_test: images uint8 of shape "
    "(N, S, S) or (N, S, S, C), labels integers of shape (N,)"
)
_KEYS = ("x_train", "y_train", "x_test", "y_test", "class_names")
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
# What zipfile and NumPy raise on bytes that are not what they claim to be.
_UNREADABLE = (
    ValueError,
    TypeError,
    KeyError,
    RuntimeError,
    NotImplementedError,
    OSError,
    EOFError,
    SyntaxError,
    OverflowError,
    tokenize.TokenError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)

Array = np.ndarray


def open_archive_set(path: Path, source: ImageSource) -> ImageSet:
    """Read a known set from an archive, into memory.

    Args:
        path: The archive.
        source: What the set must look like; its number of images may differ.

    Returns:
        The set, with the source's class names.

    Raises:
        DataUnavailableError: If the archive is damaged, or holds something else.
    """
    try:
        arrays = read_archive(path, MAX_UNPACKED_BYTES)
        if not {"x_test", "y_test"} <= set(arrays):
            raise BadFileError("it lacks x_test and y_test")
        x_train, y_train = checked_part(arrays, "train")
        x_test, y_test = checked_part(arrays, "test")
        expected = (source.image_size, source.image_size, source.num_channels)
        for part, x in (("train", x_train), ("test", x_test)):
            if x.shape[1:] != expected:
                message = f"an image of x_{part} has shape {x.shape[1:]}, not {expected}"
                raise BadFileError(message)
        for part, y in (("train", y_train), ("test", y_test)):
            if y.min() < 0 or y.max() >= source.num_classes:
                message = f"the labels y_{part} reach from {y.min()} to {y.max()}"
                raise BadFileError(f"{message}, not from 0 to {source.num_classes - 1}")
    except BadFileError as error:
        raise archive_error(path, source.name, error) from error
    return ImageSet(source.name, source.title, x_train, y_train, x_test, y_test, source.class_names)


def archive_error(path: Path, name: str, reason: Exception) -> DataUnavailableError:
    """Say what is wrong with an archive of a known set, and what to do."""
    return DataUnavailableError(
        f"The archive {path} cannot be used as {name!r}: {reason}. {ARCHIVE_FORMAT}. Replace it "
        f"by a sound copy, or remove it and run: python -m rdfia_core data fetch {name}"
    )


def archive_tag(path: Path) -> str:
    """Digest of an archive's content, in a millisecond: from the checksums that it lists.

    Raises:
        BadFileError: If the list cannot be read: the archive is cut short, or none.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            listed = sorted((m.filename, m.CRC, m.file_size) for m in archive.infolist())
    except _UNREADABLE as error:
        raise BadFileError(f"it is cut short, or no NumPy archive ({error})") from error
    return hashlib.sha256(repr(listed).encode()).hexdigest()[:12]


def archive_counts(path: Path) -> tuple[int, int]:
    """Training and test images of an archive, from the headers of its label arrays.

    Raises:
        BadFileError: If they cannot be read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            first, second = (_header(archive, f"y_{part}.npy")[0][0] for part in ("train", "test"))
    except (*_UNREADABLE, IndexError) as error:
        raise BadFileError(f"it is cut short, or no image set ({error})") from error
    return first, second


def read_archive(file: Path | BinaryIO, max_bytes: int) -> dict[str, Array]:
    """Read the arrays of an archive that have names of the convention.

    Args:
        file: Path, or the open file.
        max_bytes: It is refused if it unpacks to more.

    Returns:
        The raw arrays by name, not yet checked against each other.

    Raises:
        BadFileError: If it is no such archive, damaged, or too large.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            if any(m.compress_type not in _COMPRESSIONS for m in members):
                raise BadFileError("it is compressed in a way that NumPy does not use")
            if any(m.flag_bits & 1 for m in members):
                raise BadFileError("it is encrypted")
            unpacked = sum(member.file_size for member in members)
            if unpacked > max_bytes:
                message = f"it unpacks to {unpacked / 2**20:,.0f} MB"
                raise BadFileError(f"{message}, more than {max_bytes / 2**20:,.0f} MB")
            names = {member.filename for member in members}
            if not {"x_train.npy", "y_train.npy"} <= names:
                listed = ", ".join(sorted(name[:40] for name in names)[:8]) or "nothing"
                raise BadFileError(f"it lacks x_train or y_train (it holds {listed})")
            return {key: _read(archive, key) for key in _KEYS if f"{key}.npy" in names}
    except _UNREADABLE as error:
        raise BadFileError(f"it is cut short or damaged ({error})") from error


def _header(archive: zipfile.ZipFile, member: str) -> tuple[tuple[int, ...], np.dtype]:
    with archive.open(member) as file:
        version = np.lib.format.read_magic(file)
        if version not in _HEADERS:
            raise BadFileError(f"{member} has a data type that is not a plain number")
        shape, _, dtype = _HEADERS[version](file)
        return shape, dtype


def _read(archive: zipfile.ZipFile, key: str) -> Array:
    """Read one array after its header, which promises a size, has been checked."""
    member = f"{key}.npy"
    shape, dtype = _header(archive, member)
    kinds, expected = ("U", "text") if key == "class_names" else ("biuf", "numbers")
    if dtype.kind not in kinds:
        raise BadFileError(f"{key} holds values of type {dtype}, not plain {expected}")
    if math.prod(shape) * dtype.itemsize > archive.getinfo(member).file_size:
        raise BadFileError(f"{key} promises shape {shape} and holds less")
    with archive.open(member) as file:
        array: Array = np.lib.format.read_array(file, allow_pickle=False)
    return array


def checked_part(arrays: dict[str, Array], part: str) -> tuple[Array, Array]:
    """Check one part of an archive.

    Args:
        arrays: As `read_archive` returned them.
        part: "train" or "test".

    Returns:
        Images (N, S, S, C), uint8, and labels (N,), int64.

    Raises:
        BadFileError: If one is missing, or they are not images and their labels.
    """
    x, y = (arrays.get(f"{letter}_{part}") for letter in "xy")
    if x is None or y is None:
        raise BadFileError(f"it lacks x_{part} or y_{part}")
    if x.dtype != np.uint8:
        message = f"x_{part} is of type {x.dtype}, not uint8 in 0..255"
        raise BadFileError(message)
    if x.ndim == 3:
        x = x[..., np.newaxis]
    if x.ndim != 4 or x.shape[1] != x.shape[2] or x.shape[3] not in (1, 3) or not x.size:
        message = f"x_{part} has shape {x.shape}, not (N, S, S), (N, S, S, 1) or (N, S, S, 3)"
        raise BadFileError(message)
    if y.dtype.kind not in "iu" or y.size != len(x) or y.shape[0] != len(x):
        message = f"y_{part} is {y.dtype} of shape {y.shape}, not one integer for each of {len(x)}"
        raise BadFileError(f"{message} images")
    return np.ascontiguousarray(x), y.reshape(-1).astype(np.int64)
