"""Libraries that the tests of image sets share."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from rdfia_core.data.images.image_set import ImageSet
from rdfia_core.data.images.library import ImageLibrary


@pytest.fixture
def library(tmp_path: Path) -> ImageLibrary:
    """A library without anything, whose data folder exists and is empty."""
    (tmp_path / "data").mkdir()
    return ImageLibrary(tmp_path / "home", tmp_path / "data")


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> ImageLibrary:
    """A library whose embedded sets are made once for all tests; they only read it."""
    return ImageLibrary(tmp_path_factory.mktemp("embedded"), None)


@pytest.fixture(scope="session")
def open_real(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], ImageSet]:
    """Open a real set of $RDFIA_DATA_DIR, or skip the test."""
    home = tmp_path_factory.mktemp("real")

    def open_real(name: str) -> ImageSet:
        folder = os.environ.get("RDFIA_DATA_DIR")
        if folder is None:
            pytest.skip("RDFIA_DATA_DIR is not set")
        if not Path(folder, f"{name}.npz").is_file():
            pytest.skip(f"RDFIA_DATA_DIR has no {name}.npz")
        return ImageLibrary(home, Path(folder)).open(name)

    return open_real
