"""Without our routes and middleware (`streamlit run app/router.py`) the lab works all the same."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import Server, Visitor
from tests.e2e.test_circle_mlp import expect_state, press, run_in_address, wait_for_step

pytestmark = pytest.mark.e2e


@pytest.fixture
def plain_server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("plain")
    started = Server(folder / "home", folder / "server.log", entry="app/router.py")
    yield started
    started.close()


def test_a_run_is_watched_through_the_page_itself(visitor: Visitor, plain_server: Server) -> None:
    page = visitor.page
    page.goto(f"{plain_server.url}/circle_mlp?epochs=400")
    expect(page.locator("canvas.rdfia-map")).to_be_visible(timeout=30_000)
    press(page, "Play")
    expect_state(page, "running", timeout=40_000)
    wait_for_step(page, 0)
    first = run_in_address(page, plain_server)
    wait_for_step(page, first.step)
    press(page, "Pause")
    expect_state(page, "paused")
    page.reload()
    expect_state(page, "paused")
    press(page, "Stop")
    expect_state(page, "stopped")
    press(page, "Play")
    expect_state(page, "running")
    page.wait_for_function("id => !location.href.includes(id)", arg=first.id)
    second = run_in_address(page, plain_server)
    wait_for_step(page, second.step)
