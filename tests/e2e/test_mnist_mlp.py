"""The MNIST MLP lab as a student meets it: units change, pixels are scaled, a digit is drawn."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.accessibility import BUT_CODE, grave_violations
from tests.e2e.conftest import Server, Visitor
from tests.e2e.test_cifar_cnn import PIXELS
from tests.e2e.test_circle_mlp import expect_state, press, run_in_address

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("nothing_goes_on")]

COLD_MS = 60_000
UNITS = ".rl-filters canvas"
FLAT = ".rl-activation-row canvas"


def open_lab(visitor: Visitor, server: Server, query: str) -> Page:
    page = visitor.page
    page.goto(f"{server.url}/mnist_mlp?{query}")
    expect(page.get_by_role("heading", name="MNIST MLP")).to_be_visible(timeout=COLD_MS)
    return page


def test_units_change_pixels_are_scaled_and_a_drawn_digit_is_named(
    visitor: Visitor, server: Server
) -> None:
    page = open_lab(visitor, server, "epochs=400&num_val=100")
    press(page, "Play")
    expect(page.locator(UNITS)).to_have_count(64, timeout=COLD_MS)
    before = page.evaluate(PIXELS, UNITS)
    page.wait_for_function(
        f"([selector, before]) => ({PIXELS})(selector) !== before",
        arg=[UNITS, before],
        timeout=COLD_MS,
    )
    expect_state(page, "completed", timeout=2 * COLD_MS)
    scaled = run_in_address(page, server)
    assert scaled.metrics["test_accuracy"] > 0.9
    expect(page.locator(FLAT)).to_have_attribute("data-flat", re.compile(r"^0\.[0-4]"))
    page.get_by_role("tab", name="Saturation").click()
    expect(
        page.get_by_role("tabpanel", name="Saturation").locator(".plot-container")
    ).to_be_visible()

    # Raw pixels: the units saturate, the page says so and offers what helps.
    page.locator(".st-key-mnist_mlp-pixel_scaling").get_by_role("radio", name="Raw").click()
    expect(page).to_have_url(re.compile("pixel_scaling=raw"))
    press(page, "Restart with them")
    expect(page.get_by_text("hidden layer 1 are saturated")).to_be_visible(timeout=COLD_MS)
    expect(page.locator(FLAT)).to_have_attribute("data-flat", re.compile(r"^(0\.9|1)"))
    raw = run_in_address(page, server)
    assert raw.config["pixel_scaling"] == "raw"
    page.get_by_role("button", name="Pixels from 0 to 1").click()
    expect(page).not_to_have_url(re.compile("pixel_scaling=raw"), timeout=COLD_MS)
    expect_state(page, "completed", timeout=2 * COLD_MS)
    assert run_in_address(page, server).config["pixel_scaling"] == "unit"

    page.get_by_role("radio", name="Draw", exact=True).click()
    pad = page.get_by_role("img", name="Drawing pad")
    expect(pad).to_be_visible(timeout=COLD_MS)
    pad.scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    box = pad.bounding_box()
    assert box is not None
    # A one, small and in a corner: the network sees it large and in the middle.
    page.mouse.move(box["x"] + 40, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + 40, box["y"] + 110, steps=8)
    page.mouse.up()
    expect(page.get_by_text("The network says 1")).to_be_visible(timeout=COLD_MS)
    assert visitor.complaints == []


def test_the_scalings_stand_side_by_side(visitor: Visitor, server: Server) -> None:
    page = open_lab(visitor, server, "view=Pixel+scaling")
    expect(page.get_by_role("cell", name="Standardised")).to_be_visible(timeout=COLD_MS)
    expect(page.locator(".rdfia-figure, .js-plotly-plot").first).to_be_visible(timeout=COLD_MS)
    assert visitor.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_view_is_accessible(browser: Browser, server: Server, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme)  # type: ignore[arg-type]
    visitor = Visitor(context)
    for view in ("Train", "Draw", "Pixel+scaling", "Code", "Four+stages"):
        page = open_lab(visitor, server, f"view={view}")
        page.wait_for_timeout(1_500)
        assert grave_violations(page, BUT_CODE) == {}, view
    context.close()
