"""A sweep as a student meets it, in a real browser on a real server."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from rdfia_core.store import LIVE_STATES, RunState, RunStore
from rdfia_core.store.sweep_store import SweepState, SweepStore
from tests.e2e.accessibility import grave_violations
from tests.e2e.conftest import Server, Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("nothing_goes_on")]

# The first runs on a cold server wait for the workers' libraries.
COLD_MS = 120_000
SMALL = "?axis=learning_rate%3D0.01,0.1&axis=batch_size%3D5,20&seeds=0..1&epochs=5&num_points=60"
LONG = "?axis=learning_rate%3D0.01,0.1&seeds=0..1&epochs=20000&stage=optim&num_points=400"


@pytest.fixture
def sweeps(server: Server) -> Iterator[SweepStore]:
    opened = RunStore(f"sqlite:///{server.home / 'runs.db'}")
    yield SweepStore(opened)
    opened.close()


def start(visitor: Visitor, server: Server, query: str) -> tuple[Page, str]:
    """Set a sweep up and start it; return the page and the sweep's id."""
    page = visitor.page
    page.goto(f"{server.url}/sweeps{query}")
    press(page, "Start the sweep")
    page.wait_for_url(re.compile(r"[?&]sweep=[0-9a-f]{20}"), timeout=COLD_MS)
    expect(page.locator(".rl-sweep-cell").first).to_be_visible(timeout=COLD_MS)
    found = re.search(r"sweep=([0-9a-f]{20})", page.url)
    assert found is not None
    return page, found[1]


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).first.click(timeout=COLD_MS)


def filled(page: Page, count: int) -> None:
    expect(page.locator(".rdfia-sweep")).to_have_attribute(
        "data-filled", str(count), timeout=COLD_MS
    )


def test_a_sweep_is_set_up_and_its_cells_fill(
    visitor: Visitor, server: Server, sweeps: SweepStore
) -> None:
    page = visitor.page
    page.goto(f"{server.url}/sweeps{SMALL}")
    expect(page.get_by_text("8 runs")).to_be_visible(timeout=COLD_MS)
    page, sweep_id = start(visitor, server, SMALL)
    page.evaluate("window.first = document.querySelector('.rl-sweep-cell')")
    filled(page, 4)
    expect(page.get_by_text(re.compile("Completed: 8 of 8 runs ended"))).to_be_visible(
        timeout=COLD_MS
    )
    assert page.evaluate("window.first === document.querySelector('.rl-sweep-cell')")
    assert sweeps.progress(sweeps.sweep(sweep_id)).state == SweepState.COMPLETED
    # Once it is over, and its end is drawn, nothing is drawn again.
    page.wait_for_timeout(1000)
    draws = page.locator(".rdfia-sweep").get_attribute("data-draws")
    page.wait_for_timeout(3000)
    assert page.locator(".rdfia-sweep").get_attribute("data-draws") == draws

    page.get_by_role("button", name=re.compile("Learning rate 0.1, Batch size 5")).click()
    expect(page.get_by_role("figure", name=re.compile("Accuracy over the epochs"))).to_be_visible(
        timeout=COLD_MS
    )
    expect(page.locator("canvas.rdfia-map")).to_be_visible(timeout=COLD_MS)
    assert "cell=" in page.url

    page.reload()
    filled(page, 4)
    expect(page.get_by_role("figure", name=re.compile("Accuracy over the epochs"))).to_be_visible(
        timeout=COLD_MS
    )
    press(page, "Open this run in its lab")
    page.wait_for_url(re.compile(r"/circle_mlp\?.*run=[0-9a-f]{20}"), timeout=COLD_MS)
    expect(page.locator(".rdfia-live[data-state='completed']")).to_be_visible(timeout=COLD_MS)
    assert visitor.complaints == []


def test_a_sweep_is_paused_and_resumed(
    visitor: Visitor, server: Server, sweeps: SweepStore
) -> None:
    page, sweep_id = start(visitor, server, SMALL.replace("0..1", "0..9"))
    press(page, "Pause")
    expect(page.get_by_text(re.compile("^Paused: "))).to_be_visible(timeout=COLD_MS)
    sweep = sweeps.sweep(sweep_id)
    before = sweeps.progress(sweep)
    assert before.state == SweepState.PAUSED
    assert before.num_over < 40, "it was over before it could be paused: make it longer"
    press(page, "Resume")
    expect(page.get_by_text(re.compile("Completed: 40 of 40 runs ended"))).to_be_visible(
        timeout=COLD_MS
    )
    assert visitor.complaints == []


def test_a_cancelled_sweep_stops_and_is_found_again(
    visitor: Visitor, server: Server, sweeps: SweepStore
) -> None:
    page, sweep_id = start(visitor, server, LONG)
    expect(
        page.get_by_text(re.compile(r"Running: 0 of 4 runs ended, [1-4] at work"))
    ).to_be_visible(timeout=COLD_MS)
    press(page, "Cancel")
    expect(page.get_by_text(re.compile("^Cancelled: "))).to_be_visible(timeout=COLD_MS)
    expect(page.get_by_role("button", name="Resume", exact=True)).to_be_visible(timeout=COLD_MS)
    page.wait_for_function("() => !document.body.innerText.includes('Running: ')")
    page.reload()
    expect(page.get_by_text(re.compile("^Cancelled: "))).to_be_visible(timeout=COLD_MS)
    press(page, "All sweeps")
    expect(page.get_by_text(re.compile("Cancelled, . of 4 runs ended"))).to_be_visible(
        timeout=COLD_MS
    )
    for run in sweeps.runs(sweep_id):
        assert run.state not in LIVE_STATES or run.command == "stop"
        assert run.state != RunState.QUEUED


def test_a_deleted_sweep_comes_back(visitor: Visitor, server: Server) -> None:
    page, _ = start(visitor, server, SMALL)
    press(page, "Delete")
    expect(page.get_by_text(re.compile("^Deleted: "))).to_be_visible(timeout=COLD_MS)
    press(page, "Undo")
    expect(page.locator(".rl-sweep-cell").first).to_be_visible(timeout=COLD_MS)
    assert visitor.complaints == []


def test_another_browser_cannot_see_a_sweep(
    visitor: Visitor, server: Server, browser: Browser
) -> None:
    page, sweep_id = start(visitor, server, SMALL)
    context = browser.new_context()
    other = context.new_page()
    other.goto(page.url)
    expect(other.get_by_text("does not exist, or it belongs to somebody else")).to_be_visible(
        timeout=COLD_MS
    )
    expect(other.locator(".rl-sweep-cell")).to_have_count(0)
    assert sweep_id not in other.url
    expect(other.get_by_text("None yet.")).to_be_visible()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser: Browser, server: Server, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{server.url}/sweeps")
    expect(page.get_by_role("button", name="Start the sweep")).to_be_visible(timeout=COLD_MS)
    page.wait_for_timeout(1000)  # what is fading in has too little contrast
    serious = grave_violations(page)
    context.close()
    assert serious == {}
