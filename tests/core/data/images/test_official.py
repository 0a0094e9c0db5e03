import gzip
import io
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rdfia_core.data.images.official import read_official
from rdfia_core.data.images.sources import SOURCES
from rdfia_core.errors import DataUnavailableError
from tests.core.data.images.material import idx_files

CIFAR = replace(SOURCES["cifar10"], num_train=15, num_test=4)
MNIST = replace(SOURCES["mnist"], num_train=6, num_test=4)


def cifar_tar(folder: Path, *, without: str = "") -> tuple[Path, np.ndarray, np.ndarray]:
    """A small CIFAR-10 in the binary version, and the images (N, 32, 32, 3) and labels in it."""
    rng = np.random.default_rng(0)
    x_N, y_N = rng.integers(0, 256, (19, 32, 32, 3), np.uint8), rng.integers(0, 10, 19, np.uint8)
    path = folder / "cifar-10-binary.tar.gz"
    names = [f"data_batch_{number}.bin" for number in range(1, 6)]
    parts = [(name, slice(3 * k, 3 * k + 3)) for k, name in enumerate(names)]
    parts = [("test_batch.bin", slice(15, 19)), *parts, ("batches.meta.txt", slice(0, 0))]
    with tarfile.open(path, "w:gz") as archive:
        for name, rows in [part for part in parts if part[0] != without]:
            # A row is the label, then the red plane, the green and the blue.
            images = zip(y_N[rows], x_N[rows], strict=True)
            content = b"".join(bytes([y]) + x.transpose(2, 0, 1).tobytes() for y, x in images)
            member = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path, x_N, y_N


def test_cifar_is_read_in_the_official_order(tmp_path: Path) -> None:
    path, x_N, y_N = cifar_tar(tmp_path)
    image_set = read_official(CIFAR, {path.name: path})

    np.testing.assert_array_equal(image_set.x_train, x_N[:15])
    np.testing.assert_array_equal(image_set.x_test, x_N[15:])
    np.testing.assert_array_equal(image_set.y_train, y_N[:15])
    np.testing.assert_array_equal(image_set.y_test, y_N[15:])
    assert image_set.class_names[:2] == ("airplane", "automobile")


def test_mnist_is_read_in_the_official_order(tmp_path: Path) -> None:
    files, images, labels = idx_files(6, 4)
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    image_set = read_official(MNIST, {name: tmp_path / name for name in files})

    np.testing.assert_array_equal(image_set.x_train[..., 0], images[:6])
    np.testing.assert_array_equal(image_set.x_test[..., 0], images[6:])
    np.testing.assert_array_equal(image_set.y_train, labels[:6])
    np.testing.assert_array_equal(image_set.y_test, labels[6:])
    assert image_set.y_train.dtype == np.int64


@pytest.mark.parametrize("name", ["data_batch_4.bin", "test_batch.bin"])
def test_a_missing_batch_is_named(tmp_path: Path, name: str) -> None:
    path, _, _ = cifar_tar(tmp_path, without=name)
    with pytest.raises(DataUnavailableError, match=rf"{name} is missing.*fetch the set again"):
        read_official(CIFAR, {path.name: path})


def test_another_number_of_images_is_refused(tmp_path: Path) -> None:
    path, _, _ = cifar_tar(tmp_path)
    with pytest.raises(DataUnavailableError, match="15 images instead of 50000"):
        read_official(SOURCES["cifar10"], {path.name: path})


@pytest.mark.parametrize("content", [b"", b"<html>", gzip.compress(bytes(100))])
def test_other_content_is_refused(tmp_path: Path, content: bytes) -> None:
    files, _, _ = idx_files(6, 4)
    for name in files:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(DataUnavailableError, match="Delete the folder"):
        read_official(MNIST, {name: tmp_path / name for name in files})
