"""What the runs of image labs are given: the embedded image sets, and a folder of uploads."""

from pathlib import Path

import pytest

from rdfia_core.data.images.library import ImageLibrary
from rdfia_core.experiments import Context


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ImageLibrary:
    return ImageLibrary(tmp_path_factory.mktemp("home"), None)


@pytest.fixture
def context(tmp_path: Path, library: ImageLibrary) -> Context:
    return Context("cpu", tmp_path, library=library)
