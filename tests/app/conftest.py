"""The shell with a home folder of its own, and no dispatcher behind it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app import identity, resources
from rdfia_core.settings import Settings
from rdfia_core.store import RunStore


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunStore]:
    """Point the process-wide resources at a folder of this test."""
    settings = Settings(home=tmp_path / "home")
    settings.home.mkdir()
    store = RunStore(settings.store_url)
    for module in (resources, identity):
        monkeypatch.setattr(module, "settings", lambda: settings)
        monkeypatch.setattr(module, "store", lambda: store)
    identity._secret.cache_clear()
    yield store
    identity._secret.cache_clear()
    store.close()
