"""Without our routes and middleware (`streamlit run app/router.py`) the lab works all the same."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e import test_runs
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


def test_runs_are_compared_through_the_page_itself(visitor: Visitor, plain_server: Server) -> None:
    page = visitor.page
    page.set_default_timeout(test_runs.PATIENCE)
    runs = [test_runs.train(page, plain_server, f"seed={seed}") for seed in (1, 2)]
    test_runs.open_runs(page, plain_server, f"?runs={','.join(runs)}")
    overlay = page.locator(".rdfia-overlay")
    expect(overlay).to_have_attribute("data-lines", "4", timeout=test_runs.PATIENCE)
    page.get_by_text("Side by side").click()
    maps = page.locator("canvas.rdfia-map")
    expect(maps).to_have_count(2)
    for drawn in maps.all():
        expect(drawn).not_to_have_attribute("data-step", "", timeout=test_runs.PATIENCE)
