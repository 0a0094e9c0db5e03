"""The shell with a home folder of its own, and no dispatcher behind it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from app import identity, resources, status, waiting
from app.preload import preload_middleware
from rdfia_core.settings import Settings
from rdfia_core.store import RunStore


@pytest.fixture
def dispatchers(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """Settings that a dispatcher was wanted for; none is started."""
    wanted: list[Settings] = []
    monkeypatch.setattr(resources, "ensure_dispatcher", wanted.append)
    monkeypatch.setattr(resources, "_last_check", 0.0)
    return wanted


@pytest.fixture
def shell(
    tmp_path: Path, dispatchers: list[Settings], monkeypatch: pytest.MonkeyPatch
) -> Iterator[RunStore]:
    """Point the process-wide resources at a folder of this test."""
    settings = Settings(home=tmp_path / "home")
    settings.home.mkdir()
    store = RunStore(settings.store_url)
    for module in (resources, identity, status, waiting):
        monkeypatch.setattr(module, "settings", lambda: settings)
        monkeypatch.setattr(module, "store", lambda: store)
    identity._secret.cache_clear()
    yield store
    identity._secret.cache_clear()
    store.close()


async def _page(_request: Request) -> Response:
    return HTMLResponse("<html></html>")


async def _data(_request: Request) -> Response:
    return JSONResponse({})


@pytest.fixture
def client() -> TestClient:
    """A page at / and data at /data, behind the middleware that the site has."""
    middleware = [identity.identity_middleware(), preload_middleware()]
    return TestClient(
        Starlette(routes=[Route("/", _page), Route("/data", _data)], middleware=middleware)
    )
