"""The SVM lab as a student meets it, in a real browser on a real server."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from rdfia_core.store import RunState, RunStore
from tests.e2e.accessibility import grave_violations
from tests.e2e.conftest import Server, Visitor

pytestmark = pytest.mark.e2e

# The first fit on a cold server waits for the workers' libraries.
COLD_MS = 60_000
SOLVED = "canvas.rdfia-map[data-fit]:not([data-fit=''])"
CELLS = """() => (document.querySelector(".rl-figure")?.data?.[0].z ?? [])
  .flat().filter((value) => value !== null).length"""


@pytest.fixture
def store(server: Server) -> Iterator[RunStore]:
    opened = RunStore(f"sqlite:///{server.home / 'runs.db'}")
    yield opened
    opened.close()


def open_lab(visitor: Visitor, server: Server, query: str = "") -> Page:
    page = visitor.page
    page.goto(f"{server.url}/svm_kernels{query}")
    expect(page.locator("canvas.rdfia-map").first).to_have_attribute(
        "data-fit", re.compile(".+"), timeout=COLD_MS
    )
    return page


def number(page: Page, label: str) -> str:
    metric = page.get_by_test_id("stMetric").filter(has_text=label)
    return metric.get_by_test_id("stMetricValue").inner_text()


def map_pixels(page: Page) -> str:
    return page.evaluate("document.querySelector('canvas.rdfia-map').toDataURL()")


def solved_run(page: Page) -> str:
    return page.locator("canvas.rdfia-map").first.get_attribute("data-fit") or ""


def test_the_map_and_the_counts_follow_c(visitor: Visitor, server: Server) -> None:
    page = open_lab(visitor, server)
    assert number(page, "Training accuracy") == "97.0%"
    before, bounded, pixels = solved_run(page), number(page, "Bounded"), map_pixels(page)
    page.evaluate("window.first = document.querySelector('canvas.rdfia-map')")
    slider = page.locator(".st-key-svm_kernels-C").get_by_role("slider")
    slider.focus()
    for _ in range(6):
        slider.press("ArrowLeft")
    expect(page.get_by_test_id("stMetric").filter(has_text="Bounded")).not_to_contain_text(
        re.compile(rf"\b{bounded}\b")
    )
    page.wait_for_function(
        "id => ![id, ''].includes(document.querySelector('canvas.rdfia-map').dataset.fit)",
        arg=before,
    )
    page.wait_for_timeout(400)  # the picture blends
    assert map_pixels(page) != pixels
    assert page.evaluate("window.first === document.querySelector('canvas.rdfia-map')")
    assert "C=0.01" in page.url
    assert visitor.complaints == []


def test_a_point_tells_its_slack_and_its_alpha(visitor: Visitor, server: Server) -> None:
    page = open_lab(visitor, server, "?C=0.01")
    canvas = page.locator("canvas.rdfia-map")
    box = canvas.bounding_box()
    assert box is not None
    reading = page.locator(".rl-reading")
    for step in range(40):  # across the middle of the map there is a point somewhere
        page.mouse.move(box["x"] + 40 + step * 10, box["y"] + box["height"] / 2)
        if "slack" in reading.inner_text():
            break
    expect(reading).to_contain_text("decision value")
    expect(reading).to_contain_text("bounded support vector, α = 1 C")


def test_four_kernels_stand_side_by_side(visitor: Visitor, server: Server) -> None:
    page = open_lab(visitor, server, "?view=Four+kernels")
    maps = page.locator("canvas.rdfia-map")
    expect(maps).to_have_count(4)
    for index in range(4):
        expect(maps.nth(index)).to_have_attribute("data-fit", re.compile(".+"), timeout=COLD_MS)
    assert len({maps.nth(i).get_attribute("data-fit") for i in range(4)}) == 4
    expect(page.get_by_text("Polynomial, degree 3")).to_be_visible()
    assert visitor.complaints == []


def test_a_sweep_is_cancelled_half_way_and_keeps_its_cells(
    visitor: Visitor, server: Server, store: RunStore
) -> None:
    page = open_lab(visitor, server, "?view=C+×+gamma&num_points=2000")
    page.get_by_role("button", name="Sweep C and gamma").click()
    figure = page.locator("[data-drawn]")
    expect(figure).to_be_visible(timeout=30_000)
    page.wait_for_function(f"() => ({CELLS})() >= 8", timeout=30_000)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("What was finished is kept")).to_be_visible(timeout=20_000)
    found = re.search(r"sweep_C_gamma=([0-9a-f]{20})", page.url)
    assert found is not None
    run = store.run(found[1])
    assert run.state == RunState.STOPPED
    kept = store.metrics(run.id).columns["C"].size
    assert 8 <= kept < 99
    page.wait_for_function(f"n => ({CELLS})() === n", arg=kept)
    page.reload()
    page.wait_for_function(f"n => ({CELLS})() === n", arg=kept)


def test_a_click_on_the_c_path_shows_that_machine(visitor: Visitor, server: Server) -> None:
    page = open_lab(visitor, server, "?view=C+path&num_points=200")
    before = solved_run(page)
    page.get_by_role("button", name="Sweep C", exact=True).click()
    page.wait_for_function(
        "() => document.querySelector('.rl-figure')?.data?.[0].x.length === 10", timeout=30_000
    )
    expect(page.get_by_role("button", name="Sweep C", exact=True)).to_be_enabled(timeout=20_000)
    u, v = page.evaluate("""() => {
      const plot = document.querySelector('.rl-figure');
      const { xaxis, yaxis, _size } = plot._fullLayout;
      const { x, y } = plot.data[0];
      return [xaxis.d2p(x[8]) + _size.l, yaxis.d2p(y[8]) + _size.t];
    }""")
    box = page.locator(".rl-figure").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + u, box["y"] + v)
    page.wait_for_timeout(200)
    page.mouse.click(box["x"] + u, box["y"] + v)
    page.wait_for_url(re.compile(r"[?&]C=27\.8"))
    page.wait_for_function(
        "id => ![id, ''].includes(document.querySelector('canvas.rdfia-map').dataset.fit)",
        arg=before,
    )
    assert visitor.complaints == []


def test_own_points_are_drawn_and_solved(visitor: Visitor, server: Server) -> None:
    page = visitor.page
    page.goto(f"{server.url}/svm_kernels?dataset=points&test_fraction=0")
    canvas = page.locator("canvas.rdfia-map")
    expect(page.get_by_role("toolbar", name="Edit the points")).to_be_visible(timeout=20_000)
    box = canvas.bounding_box()
    assert box is not None
    for label, u in ((0, 0.25), (1, 0.75)):
        page.get_by_role("button", name=f"Class {label}").click()
        for v in (0.3, 0.5, 0.7):
            canvas.click(position={"x": box["width"] * u, "y": box["height"] * v})
    expect(canvas).to_have_attribute("data-fit", re.compile(".+"), timeout=COLD_MS)
    expect(page.get_by_test_id("stMetric").filter(has_text="Training accuracy")).to_contain_text(
        "100.0%"
    )


def test_the_line_by_hand_is_judged(visitor: Visitor, server: Server) -> None:
    page = visitor.page
    page.goto(f"{server.url}/svm_kernels?view=Beat+the+solver")
    slider = page.get_by_role("slider", name="Width of the margin")
    slider.evaluate("node => { window.slider = node; }")
    page.get_by_role("button", name="Use two blobs that a line can part").click()
    page.wait_for_url(re.compile("dataset=blobs"))
    mine = page.get_by_test_id("stMetric").filter(has_text="Your objective")
    solver = page.get_by_test_id("stMetric").filter(has_text="Solver's objective")
    expect(solver).to_contain_text(re.compile(r"\d"), timeout=COLD_MS)
    before = mine.inner_text()
    assert slider.evaluate("node => node === window.slider"), "it was drawn anew, at another place"
    slider.press("ArrowRight")
    expect(mine).not_to_have_text(before)
    expect(page.locator("canvas.rdfia-map")).to_have_count(1)
    page.get_by_text("Show the solver's answer").click()
    expect(page.locator("canvas.rdfia-map")).to_have_count(2)


def test_two_visitors_do_not_see_each_other(
    visitor: Visitor, server: Server, store: RunStore
) -> None:
    open_lab(visitor, server)
    owners = {run.owner for run in store.runs()}
    other = visitor.context.browser
    assert other is not None
    context = other.new_context()
    page = context.new_page()
    page.goto(f"{server.url}/svm_kernels")
    expect(page.locator("canvas.rdfia-map")).to_have_attribute(
        "data-fit", re.compile(".+"), timeout=COLD_MS
    )
    newcomer = {run.owner for run in store.runs()} - owners
    context.close()
    assert len(newcomer) == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", ["Map", "C+path", "Kernel+view"])
def test_axe_finds_nothing_serious(
    browser: Browser, server: Server, view: str, scheme: str
) -> None:
    context = browser.new_context(color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{server.url}/svm_kernels?view={view}")
    drawn = ".rl-figure .main-svg" if view == "Kernel+view" else SOLVED
    expect(page.locator(drawn).first).to_be_visible(timeout=COLD_MS)
    page.wait_for_timeout(1000)  # what is fading in has too little contrast
    serious = grave_violations(page)
    context.close()
    assert serious == {}
