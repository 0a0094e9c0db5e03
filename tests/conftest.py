"""Fixtures that many tests share: a store, settings and a home folder of their own."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from rdfia_core.settings import Settings
from rdfia_core.store import RunStore

# Time is measured in benchmarks: a busy machine must not fail a property.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")

# Every test has a home of its own; compiling the same code for each would take minutes.
os.environ.setdefault(
    "NUMBA_CACHE_DIR", str(Path(tempfile.gettempdir()) / f"rdfia-tests-compiled-{os.getuid()}")
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def store(settings: Settings) -> Iterator[RunStore]:
    opened = RunStore(settings.store_url)
    yield opened
    opened.close()
