"""The files that the makers of the official sets publish, to arrays.

Their checksums were compared before; what is checked here is that they hold what we expect.
"""

import gzip
import tarfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from rdfia_core.data.images.image_set import ImageSet
from rdfia_core.data.images.sources import ImageSource
from rdfia_core.errors import DataUnavailableError

_UNREADABLE = (ValueError, OSError, EOFError, tarfile.TarError, zlib.error)

Array = np.ndarray


def read_official(source: ImageSource, paths: Mapping[str, Path]) -> ImageSet:
    """Read a downloaded set, into memory.

    Args:
        source: Which set.
        paths: Where each of its files lies, by the file's name.

    Returns:
        The set, in the official order of rows.

    Raises:
        DataUnavailableError: If the files do not hold the set.
    """
    try:
        first = next(iter(paths.values()))
        if first.name.endswith(".tar.gz"):
            train, test = _read_cifar(first, source)
        else:
            train, test = (
                _read_idx_pair(paths, prefix, number)
                for prefix, number in (("train", source.num_train), ("t10k", source.num_test))
            )
    except _UNREADABLE as error:
        message = (
            f"The files fetched for {source.name!r} cannot be read ({error}). Delete the folder "
            f"{first.parent} and fetch the set again."
        )
        raise DataUnavailableError(message) from error
    return ImageSet(source.name, source.title, *train, *test, source.class_names)


def _read_cifar(path: Path, source: ImageSource) -> tuple[tuple[Array, Array], ...]:
    """Read CIFAR-10's binary version: a row is a label and 1,024 bytes of each of three channels.

    References:
        https://www.cs.toronto.edu/~kriz/cifar.html, "Binary version".
    """
    names = [f"data_batch_{number}.bin" for number in range(1, 6)]
    batches: dict[str, Array] = {}
    with tarfile.open(path, "r:gz") as archive:
        for member in archive:
            name = member.name.rpartition("/")[2]
            if name not in (*names, "test_batch.bin"):
                continue
            file = archive.extractfile(member)
            if file is None or member.size > path.stat().st_size * 10:
                raise ValueError(f"{name} is no plain file")
            batches[name] = np.frombuffer(file.read(), np.uint8).reshape(-1, 1 + 3 * 32 * 32)
    if missing := {*names, "test_batch.bin"} - set(batches):
        raise ValueError(f"{sorted(missing)[0]} is missing")
    train = _cifar_part([batches[name] for name in names], source.num_train)
    test = _cifar_part([batches["test_batch.bin"]], source.num_test)
    return train, test


def _cifar_part(batches: list[Array], expected: int) -> tuple[Array, Array]:
    number = sum(len(batch) for batch in batches)
    if number != expected:
        raise ValueError(f"{number} images instead of {expected}")
    x_N = np.empty((number, 32, 32, 3), np.uint8)
    start = 0
    for batch in batches:
        x_N[start : start + len(batch)] = batch[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
        start += len(batch)
    return x_N, np.concatenate([batch[:, 0] for batch in batches]).astype(np.int64)


def _read_idx_pair(paths: Mapping[str, Path], prefix: str, expected: int) -> tuple[Array, Array]:
    images = _read_idx(paths[f"{prefix}-images-idx3-ubyte.gz"], (expected, 28, 28))
    labels = _read_idx(paths[f"{prefix}-labels-idx1-ubyte.gz"], (expected,))
    return images[..., np.newaxis], labels.astype(np.int64)


def _read_idx(path: Path, shape: tuple[int, ...]) -> Array:
    """Read MNIST's format: two zeros, type 8 (uint8), number of sides, the sides, the bytes."""
    header = bytes([0, 0, 8, len(shape)]) + np.array(shape, ">i4").tobytes()
    num_bytes = int(np.prod(shape))
    with gzip.open(path) as file:
        content = file.read(len(header) + num_bytes + 1)
    if content[: len(header)] != header or len(content) != len(header) + num_bytes:
        raise ValueError(f"{path.name} does not hold an array of shape {shape}")
    return np.frombuffer(content, np.uint8, offset=len(header)).reshape(shape)
