"""The sweep view mounted without Streamlit on a page of its own."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.accessibility import grave_violations
from tests.e2e.live_server import LiveServer, mounted

pytestmark = pytest.mark.e2e

LUMINANCE = """
(node) => {
  const parts = (color) => color.match(/[\\d.]+/g).slice(0, 3).map(Number).map((v) => v / 255)
    .map((v) => (v <= 0.04 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  const light = (color) => [0.2126, 0.7152, 0.0722]
    .reduce((sum, weight, i) => sum + weight * parts(color)[i], 0);
  const style = getComputedStyle(node);
  const [a, b] = [light(style.color), light(style.backgroundColor)].sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
}
"""


def cell(row: int, column: int, **changes: Any) -> dict[str, Any]:
    key = f"{row}-{column}"
    empty = {"text": "", "spread": "", "note": "", "tone": None, "share": 0.0, "diverged": "no"}
    return {"key": key, "place": f"Place {key}", "words": f"Cell {key}", **empty, **changes}


def data(*cells: dict[str, Any], chosen: str = "") -> dict[str, Any]:
    given = {each["key"]: each for each in cells}
    places = [f"{row}-{column}" for row in range(2) for column in range(3)]
    shown = [given.get(place, cell(*map(int, place.split("-")))) for place in places]
    means = [None, 3.0, 20.0, 100.0, None, 1.0]
    rows = [
        {"key": place, "cells": [{"text": place, "sort": place}, {"text": str(mean), "sort": mean}]}
        for place, mean in zip(places, means, strict=True)
    ]
    header = [{"text": "Place", "numeric": False}, {"text": "Mean", "numeric": True}]
    return {
        "title": "Final test accuracy",
        "scale": {"low": "10 %", "high": "90 %"} if cells else None,
        "rows": {"label": "Rate", "values": ["0.1", "1"]},
        "columns": {"label": "Size", "values": ["5", "10", "20"]},
        "cells": shown,
        "chosen": chosen,
        "table": {"header": header, "rows": rows},
    }


@pytest.fixture
def page(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    with mounted(
        browser, live_server, "sweep", data(), viewport={"width": 1000, "height": 800}
    ) as page:
        yield page


def show(page: Page, given: dict[str, Any]) -> None:
    page.evaluate("given => window.show(given)", given)


def places(page: Page) -> list[str]:
    return page.locator("tbody th").all_inner_texts()


def node(page: Page, key: str) -> Locator:
    return page.locator(f"[data-cell='{key}']")


def test_cells_fill_on_nodes_that_are_kept(page: Page) -> None:
    page.evaluate("window.first = document.querySelector('[data-cell=\"0-0\"]')")
    expect(page.locator(".rdfia-sweep")).to_have_attribute("data-filled", "0")
    show(page, data(cell(0, 0, text="95.0 %", spread="± 1.2", tone=1.0, share=1.0)))
    expect(page.locator(".rdfia-sweep")).to_have_attribute("data-filled", "1")
    expect(node(page, "0-0")).to_contain_text("95.0 %")
    expect(node(page, "0-0")).to_contain_text("± 1.2")
    assert page.evaluate("window.first === document.querySelector('[data-cell=\"0-0\"]')")
    expect(node(page, "0-1")).to_have_attribute("data-filled", "false")


def test_what_is_told_twice_is_drawn_once(page: Page) -> None:
    expect(page.locator(".rdfia-sweep")).to_have_attribute("data-draws", "1")
    show(page, data())
    expect(page.locator(".rdfia-sweep")).to_have_attribute("data-draws", "1")
    show(page, data(chosen="0-1"))
    expect(page.locator(".rdfia-sweep")).to_have_attribute("data-draws", "2")
    expect(node(page, "0-1")).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize("tone", [0.0, 0.2, 0.35, 0.5, 0.65, 0.8, 1.0])
def test_numbers_can_be_read_on_every_colour(page: Page, tone: float) -> None:
    show(page, data(cell(1, 1, text="95.0 %", tone=tone, share=1.0)))
    expect(node(page, "1-1")).to_have_attribute("data-filled", "true")
    assert node(page, "1-1").evaluate(LUMINANCE) >= 4.5


def test_divergence_is_told_by_a_hatch_and_in_words(page: Page) -> None:
    show(page, data(cell(0, 0, text="✕", note="diverged", share=1.0, diverged="all"), cell(0, 1)))
    hatch = node(page, "0-0").evaluate("node => getComputedStyle(node).backgroundImage")
    assert "repeating-linear-gradient" in hatch
    assert node(page, "0-1").evaluate("node => getComputedStyle(node).backgroundImage") == "none"
    expect(page.get_by_text("every run diverged")).to_be_visible()


def test_a_cell_is_picked_by_key_and_by_mouse(page: Page) -> None:
    page.get_by_role("button", name="Cell 0-0").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Cell 1-2").click()
    commands = page.evaluate("window.commands")
    assert [(c["type"], c["cell"]) for c in commands] == [("pick", "0-1"), ("pick", "1-2")]
    assert commands[0]["nonce"] != commands[1]["nonce"]


def test_the_table_sorts_by_number_and_keeps_what_is_missing_last(page: Page) -> None:
    page.get_by_text("All 6 cells as a table").click()
    page.get_by_role("button", name="Mean").click()
    assert places(page) == ["1-2", "0-1", "0-2", "1-0", "0-0", "1-1"]
    page.get_by_role("button", name="Mean").click()
    assert places(page) == ["1-0", "0-2", "0-1", "1-2", "0-0", "1-1"]
    expect(page.get_by_role("columnheader", name="Mean")).to_have_attribute(
        "aria-sort", "descending"
    )
    show(page, data(chosen="0-1"))  # a poll does not undo the order
    assert places(page)[:2] == ["1-0", "0-2"]
    page.get_by_role("button", name="0-2", exact=True).last.click()
    assert page.evaluate("window.commands.at(-1).cell") == "0-2"


def test_one_axis_is_drawn_as_named_tiles(page: Page) -> None:
    show(page, {**data(), "rows": None, "columns": None})
    expect(node(page, "0-0")).to_contain_text("Place 0-0")
    expect(page.get_by_text("Rate ↓")).to_be_hidden()


def test_a_narrow_page_scrolls_the_grid_and_not_itself(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_axe_finds_nothing_serious(page: Page) -> None:
    show(
        page,
        data(
            cell(0, 0, text="95.0 %", spread="± 1", tone=0.4, share=1.0),
            cell(0, 1, text="✕", note="diverged", share=1.0, diverged="all"),
            cell(0, 2, text="5 %", note="✕ 1 of 3", tone=0.9, share=0.6, diverged="some"),
        ),
    )
    page.get_by_text("All 6 cells as a table").click()
    assert grave_violations(page) == {}
