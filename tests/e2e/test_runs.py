"""The page on runs as a student meets it: two runs made in the lab, found, compared, deleted."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from rdfia_core.store import RunStore
from tests.e2e.conftest import Server, Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("nothing_goes_on")]

PATIENCE = 60_000
ENGINE_PATIENCE = 240_000  # on a busy machine the first run waits for the engine to warm up
SHORT = "epochs=40&num_points=120&speed=full"
ROW_HEIGHT = 35
TICK_X = 20
HISTORY = ".rl-history-slider"
X_RANGES = """
() => [...document.querySelectorAll(".rl-plots .rl-plot:not([hidden])")]
  .map((plot) => plot._fullLayout?.xaxis.range.map((x) => Math.round(10 * x) / 10))
"""


def train(page: Page, server: Server, settings: str) -> str:
    """Train a short run in the lab and return its id."""
    page.goto(f"{server.url}/circle_mlp?{SHORT}&{settings}")
    page.get_by_role("button", name="Play", exact=True).first.click(timeout=PATIENCE)
    live = page.locator(".rdfia-live")
    expect(live).to_have_attribute("data-state", "completed", timeout=ENGINE_PATIENCE)
    found = re.search(r"run=([0-9a-f]{20})", page.url)
    assert found is not None
    return found[1]


@pytest.fixture
def two_runs(visitor: Visitor, server: Server) -> tuple[str, str]:
    """Two finished runs of the visitor, and nothing else of theirs."""
    visitor.page.set_default_timeout(PATIENCE)
    slow = train(visitor.page, server, "learning_rate=0.01")
    fast = train(visitor.page, server, "learning_rate=0.1")
    return slow, fast


def open_runs(page: Page, server: Server, query: str = "") -> Locator:
    page.goto(f"{server.url}/runs{query}")
    table = page.get_by_test_id("stDataFrame")
    expect(table).to_be_visible(timeout=PATIENCE)
    return table


def tick(table: Locator, row: int) -> None:
    """Tick a row, counted from 1: the cells are drawn on a canvas."""
    table.click(position={"x": TICK_X, "y": ROW_HEIGHT * (row + 0.5)})


def slider_epochs(page: Page) -> list[str | None]:
    return [node.get_attribute("aria-valuetext") for node in page.locator(HISTORY).all()]


def test_two_runs_are_found_and_laid_over_one_another(
    visitor: Visitor, server: Server, two_runs: tuple[str, str]
) -> None:
    page = visitor.page
    table = open_runs(page, server)
    tick(table, 1)
    expect(page.get_by_text("1 chosen:")).to_be_visible(timeout=PATIENCE)
    tick(table, 2)
    expect(page.get_by_text("2 chosen:")).to_be_visible(timeout=PATIENCE)
    slow, fast = two_runs
    page.wait_for_url(re.compile(rf"runs={fast}(,|%2C){slow}"))
    overlay = page.locator(".rdfia-overlay")
    # Two runs, each with a solid line for training and a dashed one for the test part.
    expect(overlay).to_have_attribute("data-lines", "4", timeout=PATIENCE)
    lines = page.evaluate(
        """() => document.querySelector(".rl-overlay-plot").data
             .map((t) => [t.name, t.line.dash, t.line.color, t.showlegend])"""
    )
    names = {name for name, *_ in lines}
    assert names == {"Learning rate 0.01", "Learning rate 0.1"}
    assert sorted(dash for _, dash, _, _ in lines) == ["dash", "dash", "solid", "solid"]
    assert len({color for _, _, color, _ in lines}) == 2
    shown = [name for name, _, _, has_legend in lines if has_legend]
    assert sorted(shown) == sorted(names)
    page.get_by_label("What is drawn").select_option("accuracy")
    page.wait_for_function(
        "() => document.querySelector('.rl-overlay-plot').data[0].uid.includes('accuracy')"
    )
    page.reload()
    expect(page.get_by_text("2 chosen:")).to_be_visible(timeout=PATIENCE)
    expect(overlay).to_have_attribute("data-lines", "4", timeout=PATIENCE)
    assert visitor.complaints == []


def test_side_by_side_slider_and_zoom_move_both(
    visitor: Visitor, server: Server, two_runs: tuple[str, str]
) -> None:
    page = visitor.page
    open_runs(page, server, f"?runs={','.join(two_runs)}&compare=Side+by+side")
    sliders = page.locator(HISTORY)
    expect(sliders).to_have_count(2, timeout=PATIENCE)
    for slider in sliders.all():
        expect(slider).to_be_enabled(timeout=PATIENCE)
    sliders.first.fill("0")
    page.wait_for_function(
        f"""() => [...document.querySelectorAll("{HISTORY}")]
              .every((slider) => slider.value === "0")"""
    )
    expect(page.get_by_role("button", name="Last")).to_have_count(2)
    epochs = slider_epochs(page)
    assert epochs[0] == epochs[1]
    page.get_by_role("button", name="Last").nth(1).click()
    expect(page.get_by_role("button", name="Last")).to_have_count(0)
    page.wait_for_function(
        "() => document.querySelectorAll('.rl-plot:not([hidden]) .nsewdrag').length >= 2"
    )
    before = page.evaluate(X_RANGES)
    drag = page.locator(".rl-plot:not([hidden]) .nsewdrag").first
    drag.scroll_into_view_if_needed()
    box = drag.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.3 * box["width"], middle)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.6 * box["width"], middle, steps=6)
    page.mouse.up()
    page.wait_for_function(
        f"""(before) => {{
          const ranges = ({X_RANGES})();
          return JSON.stringify(ranges[0]) === JSON.stringify(ranges[1])
            && JSON.stringify(ranges[0]) !== JSON.stringify(before[0]);
        }}""",
        arg=before,
    )
    first, second = page.evaluate(X_RANGES)
    assert first == second
    assert first[1] - first[0] < before[0][1] - before[0][0]
    # A view to watch has nothing to press.
    expect(page.get_by_role("button", name="Play", exact=True)).to_have_count(0)
    assert visitor.complaints == []


def test_a_run_is_deleted_had_back_and_seen_by_nobody_else(
    visitor: Visitor, server: Server, two_runs: tuple[str, str], browser: Browser
) -> None:
    page = visitor.page
    slow, fast = two_runs
    open_runs(page, server, f"?runs={slow}")
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("1 run is deleted.")).to_be_visible(timeout=PATIENCE)
    answers = [page.request.get(f"{server.url}/api/runs/{i}/live").status for i in two_runs]
    assert answers == [404, 200]
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_text("1 chosen:")).to_be_visible(timeout=PATIENCE)
    answers = [page.request.get(f"{server.url}/api/runs/{i}/live").status for i in two_runs]
    assert answers == [200, 200]
    context = browser.new_context()
    other = context.new_page()
    other.goto(f"{server.url}/runs?runs={slow},{fast}")
    expect(other.get_by_text("You have no runs yet")).to_be_visible(timeout=PATIENCE)
    expect(other.get_by_text("2 runs in the address cannot be shown")).to_be_visible()
    expect(other.get_by_test_id("stDataFrame")).to_have_count(0)
    context.close()
    assert visitor.complaints == []


def test_a_clone_opens_the_lab_with_its_settings(
    visitor: Visitor, server: Server, two_runs: tuple[str, str]
) -> None:
    page = visitor.page
    open_runs(page, server, f"?runs={two_runs[0]}")
    page.get_by_role("button", name="Clone with changes").click()
    page.wait_for_url(re.compile(r"/circle_mlp\?.*learning_rate=0\.01"))
    expect(page.locator("canvas.rdfia-map")).to_be_visible(timeout=PATIENCE)
    assert "run=" not in page.url
    expect(page.get_by_role("spinbutton", name="Number of points")).to_have_value("120")
    assert visitor.complaints == []


def test_the_table_follows_a_run_that_lives(visitor: Visitor, server: Server) -> None:
    page = visitor.page
    page.set_default_timeout(PATIENCE)
    page.goto(f"{server.url}/circle_mlp?epochs=4000&speed=30")
    page.get_by_role("button", name="Play", exact=True).first.click()
    live = page.locator(".rdfia-live")
    expect(live).to_have_attribute("data-state", "running", timeout=ENGINE_PATIENCE)
    found = re.search(r"run=([0-9a-f]{20})", page.url)
    assert found is not None
    open_runs(page, server, f"?runs={found[1]}")
    expect(page.get_by_text("1 of your runs at work, 0 waiting")).to_be_visible()
    page.get_by_role("button", name="Stop", exact=True).click()
    # The page notices the end by itself: the queue goes, and there is nothing to stop any more.
    expect(page.get_by_text("of your runs at work")).to_have_count(0, timeout=PATIENCE)
    expect(page.get_by_role("button", name="Stop", exact=True)).to_have_count(0)
    store = RunStore(f"sqlite:///{server.home / 'runs.db'}")
    assert store.run(found[1]).is_over
    store.close()
    assert visitor.complaints == []


def test_the_page_can_be_used_by_everybody(
    visitor: Visitor, server: Server, two_runs: tuple[str, str]
) -> None:
    page = visitor.page
    open_runs(page, server, f"?runs={','.join(two_runs)}")
    expect(page.locator(".rdfia-overlay")).to_have_attribute("data-lines", "4", timeout=PATIENCE)
    found = Axe().run(page).response["violations"]
    serious = [v for v in found if v["impact"] in ("serious", "critical")]
    # Streamlit's own data grid is what it is; all that is ours has to pass.
    ours = [
        (violation["id"], node["html"][:200], node["any"][0]["message"])
        for violation in serious
        for node in violation["nodes"]
        if "stDataFrame" not in node["html"] and "data-grid" not in str(node["target"])
    ]
    assert ours == []
