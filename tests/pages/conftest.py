"""Pages without a browser: a home of their own, a known visitor, no dispatcher."""

from collections.abc import Callable, Iterator
from contextvars import ContextVar
from functools import wraps
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app import identity, resources
from app.identity import owner_of
from rdfia_core.jobs.execution import Execution
from rdfia_core.jobs.submission import submit
from rdfia_core.store import RunState, RunStore

ROOT = Path(__file__).resolve().parents[2]
ADA = "a" * 43

OpenPage = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def no_fragment_in_a_fragment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a page fail that nests fragments.

    Streamlit drops what a fragment has sent and the browser has not had yet when that fragment is
    run again, but keeps what fragments within it have sent: the browser then has parts whose frame
    is missing, and shows an empty page.
    """
    is_within = ContextVar("is_within", default=False)
    fragment = st.fragment

    def flat_fragment(draw: Callable[..., None], **options: Any) -> Callable[..., None]:
        @wraps(draw)
        def drawn(*args: Any, **kwargs: Any) -> None:
            assert not is_within.get(), f"{draw.__name__} is a fragment within another"
            token = is_within.set(True)
            try:
                draw(*args, **kwargs)
            finally:
                is_within.reset(token)

        return fragment(drawn, **options)

    monkeypatch.setattr(st, "fragment", flat_fragment)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunStore]:
    """Give the shell a home of its own, a known visitor, and no dispatcher."""
    monkeypatch.setenv("RDFIA_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("RDFIA_DATA_DIR", raising=False)
    (tmp_path / "home").mkdir()
    for cached in (resources.settings, resources.store, resources.start_up, identity._secret):
        cached.cache_clear()
    monkeypatch.setattr(resources, "ensure_dispatcher", lambda _settings: False)
    monkeypatch.setattr("app.identity.current_owner", lambda: owner_of(ADA))
    monkeypatch.setattr("app.run_panel.current_owner", lambda: owner_of(ADA))
    monkeypatch.setattr("app.controls.current_owner", lambda: owner_of(ADA))
    monkeypatch.setattr("app.export.current_owner", lambda: owner_of(ADA))
    monkeypatch.setattr("app.sharing.current_owner", lambda: owner_of(ADA))
    monkeypatch.setattr("app.lesson_form.current_owner", lambda: owner_of(ADA))
    for name in ("assignments", "board_form", "board_view"):
        monkeypatch.setattr(f"app.{name}.current_owner", lambda: owner_of(ADA))
    monkeypatch.setattr("pages.parts.lab_report.writing.current_owner", lambda: owner_of(ADA))
    monkeypatch.setattr("app.side_task.current_owner", lambda: owner_of(ADA))
    monkeypatch.setattr("app.run_choice.current_owner", lambda: owner_of(ADA))
    monkeypatch.setattr("app.instant.current_owner", lambda: owner_of(ADA))
    for part in ("setup", "results", "listing"):
        monkeypatch.setattr(f"pages.parts.sweeps.{part}.current_owner", lambda: owner_of(ADA))
    monkeypatch.setattr("pages.parts.vit.fine_tune.current_owner", lambda: owner_of(ADA))
    yield resources.store()
    resources.store().close()
    for cached in (resources.settings, resources.store, resources.start_up, identity._secret):
        cached.cache_clear()


@pytest.fixture
def open_page(store: RunStore) -> OpenPage:
    def open_it(name: str, **query: str) -> AppTest:
        test = AppTest.from_file(str(ROOT / "app" / "router.py"), default_timeout=30)
        for key, value in query.items():
            test.query_params[key] = value
        test.run()
        return test if name == "home" else test.switch_page(f"../pages/{name}.py").run()

    return open_it


@pytest.fixture
def worker(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> RunStore:
    """Whatever is submitted is executed before the page goes on."""

    def execute(run_store: RunStore, settings: Any, *args: Any, **kwargs: Any) -> str:
        run_id = submit(run_store, settings, *args, **kwargs)
        run_store.change_state(run_id, [RunState.QUEUED], RunState.STARTING)
        Execution(run_store, run_store.run(run_id), settings).run()
        return run_id

    monkeypatch.setattr("app.instant.submit", execute)
    monkeypatch.setattr("app.side_task.submit", execute)
    return store
