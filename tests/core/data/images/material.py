"""Small pictures, zips and archives to test with."""

import gzip
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

Array = np.ndarray

RED, BLUE = (220, 30, 30), (30, 30, 220)


def picture(colour: tuple[int, ...] = RED, size: tuple[int, int] = (12, 12)) -> bytes:
    """A PNG of one colour."""
    return encoded(Image.new("RGB", size, colour))


def encoded(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    """The bytes of a picture file."""
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def two_classes(number: int = 4) -> dict[str, bytes]:
    """Files of as many red and as many blue pictures, no two alike."""
    reds = {f"red/{k}.png": picture((200 + k, 0, 0)) for k in range(number)}
    return reds | {f"blue/{k}.png": picture((0, 0, 200 + k)) for k in range(number)}


def zipped(files: Mapping[str | zipfile.ZipInfo, bytes]) -> bytes:
    """The bytes of a zip."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def unpacked(files: Mapping[str, bytes], folder: Path) -> Path:
    """The folder, with the files in it."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def arrays(
    num_train: int = 20, num_test: int = 10, size: int = 28, seed: int = 0
) -> dict[str, Array]:
    """Arrays of an archive in the Keras convention: grey images of two classes."""
    rng = np.random.default_rng(seed)
    return {
        "x_train": rng.integers(0, 256, (num_train, size, size), np.uint8),
        "y_train": np.arange(num_train, dtype=np.uint8) % 2,
        "x_test": rng.integers(0, 256, (num_test, size, size), np.uint8),
        "y_test": np.arange(num_test, dtype=np.uint8) % 2,
    }


def npz(content: Mapping[str, Array], *, compressed: bool = False) -> bytes:
    """The bytes of an archive."""
    file = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(file, **content)
    return file.getvalue()


def idx_files(num_train: int, num_test: int) -> tuple[dict[str, bytes], Array, Array]:
    """MNIST's four files, and the images (N, 28, 28) and labels (N,) in them, training first."""
    rng = np.random.default_rng(1)
    number = num_train + num_test
    images, labels = rng.integers(0, 256, (number, 28, 28), np.uint8), np.arange(number) % 10
    files = {}
    for prefix, rows in (("train", slice(num_train)), ("t10k", slice(num_train, None))):
        files[f"{prefix}-images-idx3-ubyte.gz"] = _idx(images[rows])
        files[f"{prefix}-labels-idx1-ubyte.gz"] = _idx(labels[rows].astype(np.uint8))
    return files, images, labels


def _idx(array: Array) -> bytes:
    sides = b"".join(side.to_bytes(4, "big") for side in array.shape)
    return gzip.compress(bytes([0, 0, 8, array.ndim]) + sides + array.tobytes(), mtime=0)
