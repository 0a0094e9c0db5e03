"""The kernel that slides over an image, mounted without Streamlit on a page of its own."""

import itertools
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect
from scipy.signal import correlate2d

from rdfia_core.models.cnn.filters import FILTERS
from tests.e2e.live_server import LiveServer, mounted, opened

pytestmark = pytest.mark.e2e

IMAGE = np.random.default_rng(0).integers(0, 17, (8, 8))
DATA: dict[str, Any] = {
    "images": [{"name": "Noise", "pixels": IMAGE.tolist()}],
    "most": 16,
    "filters": [
        {
            "name": kernel.name,
            "sentence": kernel.sentence,
            "weights": {
                str(size): [[str(weight) for weight in row] for row in kernel.weights(size)]
                for size in kernel.sizes
            },
        }
        for kernel in FILTERS
    ],
    "start": {"filter": 3, "padding": 1},
}
ROOT = ".rdfia-kernel"


@pytest.fixture
def page(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    """The view of somebody who wants no motion: it waits at the first place."""
    with mounted(
        browser,
        live_server,
        "kernel",
        DATA,
        viewport={"width": 1280, "height": 900},
        reduced_motion="reduce",
    ) as page:
        yield page


def choose(page: Page, **numbers: int) -> None:
    for label, number in numbers.items():
        group = page.get_by_role("group", name=label.replace("_", " "), exact=True)
        group.get_by_role("button", name=str(number), exact=True).click()


def cells(page: Page, name: str) -> np.ndarray:
    values = page.evaluate(
        """(name) => [...document.querySelectorAll(`[data-cells=${name}] .rl-cell`)]
          .map((cell) => Number(cell.dataset.value))""",
        name,
    )
    side = int(len(values) ** 0.5)
    return np.array(values).reshape(side, side)


def expected_output(kernel: np.ndarray, stride: int, padding: int) -> np.ndarray:
    return correlate2d(np.pad(IMAGE, padding), kernel, "valid")[::stride, ::stride]


def total(page: Page) -> float:
    return float(page.locator(f"{ROOT} .rl-total").get_attribute("data-total") or "nan")


def test_every_kernel_gives_the_output_of_scipy(page: Page) -> None:
    settings = itertools.cycle([(1, 0), (2, 1), (3, 2), (1, 2), (2, 0)])
    for kernel, size in [(f, size) for f in FILTERS for size in (3, 5)]:
        stride, padding = next(settings)
        choose(page, Kernel_size=size, Stride=stride, Padding=padding)
        page.get_by_role("combobox", name="Kernel", exact=True).select_option(kernel.name)
        weights = np.array(kernel.weights(size), dtype=float)
        wanted = expected_output(weights, stride, padding)
        np.testing.assert_allclose(cells(page, "weights"), weights)
        np.testing.assert_allclose(cells(page, "output"), wanted, atol=1e-9)
        np.testing.assert_array_equal(cells(page, "input"), np.pad(IMAGE, padding))


def test_steps_and_keys_move_the_kernel_and_write_its_sum(page: Page) -> None:
    root = page.locator(ROOT)
    wanted = expected_output(np.array(FILTERS[3].weights(3), dtype=float), 1, 1)
    expect(root).to_have_attribute("data-place", "0")
    page.get_by_role("button", name="Step", exact=True).click()
    expect(root).to_have_attribute("data-place", "1")
    assert total(page) == wanted[0, 1]
    page.locator(f"{ROOT} .rl-board").focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "ArrowUp", "ArrowLeft"):
        page.keyboard.press(key)
    expect(root).to_have_attribute("data-place", "9")
    assert total(page) == wanted[1, 1]
    expect(
        page.get_by_text(f"Row 2, column 2: {wanted[1, 1]:g}".replace("-", "−"))
    ).to_be_attached()
    terms = page.locator(f"{ROOT} .rl-terms span").all_inner_texts()
    assert len(terms) == 9
    products = [Fraction(t.strip("+ \n").split("×")[0]) for t in terms]
    assert products == list(np.pad(IMAGE, 1)[1:4, 1:4].ravel())


def test_pointing_at_a_number_shows_its_window_and_its_sum(page: Page) -> None:
    choose(page, Stride=2)
    page.locator("[data-cells=output] .rl-cell").nth(6).hover()
    wanted = expected_output(np.array(FILTERS[3].weights(3), dtype=float), 2, 1)
    assert total(page) == wanted[1, 2]
    frame = page.locator("[data-cells=input] .rl-window")
    place = frame.evaluate(
        "(f) => ['--row', '--column', '--span'].map((n) => f.style.getPropertyValue(n))"
    )
    assert place == ["2", "4", "3"]
    expect(page.locator(ROOT)).to_have_attribute("data-place", "0")


def test_typed_weights_count_and_wrong_ones_are_refused(page: Page) -> None:
    field = page.get_by_role("textbox", name="Weight in row 1, column 2", exact=True)
    field.fill("1/4")
    field.press("Enter")
    expect(page.locator(ROOT)).to_have_attribute("data-kernel", "own")
    weights = np.array(FILTERS[3].weights(3), dtype=float)
    weights[0, 1] = 0.25
    np.testing.assert_allclose(cells(page, "output"), expected_output(weights, 1, 1))
    field.fill("lots")
    field.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("between −100 and 100")
    expect(page.get_by_role("alert")).to_contain_text("Got “lots”.")
    expect(field).to_have_value("1/4")


def test_pixels_that_no_window_reads_are_hatched(page: Page) -> None:
    choose(page, Padding=0, Stride=2)
    expect(page.locator("[data-cells=input] .rl-unread")).to_have_count(15)
    expect(page.get_by_text("Hatched pixels are never read")).to_be_visible()
    choose(page, Padding=1)
    expect(page.locator("[data-cells=input] .rl-zero")).to_have_count(36)


def test_it_plays_by_itself_and_the_space_key_halts_it(
    browser: Browser, live_server: LiveServer
) -> None:
    context = browser.new_context()
    troubles: list[str] = []
    page = opened(context, live_server, "kernel", DATA, troubles)
    page.get_by_role("combobox", name="Speed").select_option("fast")
    choose(page, Stride=2)
    page.wait_for_function("Number(document.querySelector('.rdfia-kernel').dataset.place) > 1")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    place = int(page.locator(ROOT).get_attribute("data-place") or "")
    drawn = page.locator("[data-cells=output] .rl-cell:not(.rl-empty)")
    expect(drawn).to_have_count(place + 1)
    page.keyboard.press(" ")
    expect(page.locator(ROOT)).to_have_attribute("data-place", "15")
    expect(page.locator("[data-cells=output] .rl-empty")).to_have_count(0)
    page.evaluate("window.unmount()")
    expect(page.locator(ROOT)).to_have_count(0)
    context.close()
    assert troubles == []


def test_nothing_overflows_sideways(page: Page) -> None:
    choose(page, Kernel_size=5)
    for width in (1280, 800, 375):
        page.set_viewport_size({"width": width, "height": 800})
        for padding in (0, 2):
            choose(page, Padding=padding)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
