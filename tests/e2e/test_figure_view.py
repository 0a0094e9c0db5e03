"""The Plotly figure mounted without Streamlit on a page of its own."""

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.live_server import LiveServer, mounted

pytestmark = pytest.mark.e2e


def data(*y: float) -> dict[str, Any]:
    trace = {"type": "scatter", "x": list(range(len(y))), "y": list(y), "name": "Loss"}
    # What takes Plotly a second pass: it finds the margin only once the labels are drawn.
    axis = {"automargin": True, "title": {"text": "Epoch", "standoff": 6}}
    return {"figure": {"data": [trace], "layout": {"xaxis": axis}}, "alt": "A curve"}


def test_a_figure_is_drawn_again_on_the_node_that_it_has(
    browser: Browser, live_server: LiveServer
) -> None:
    with mounted(browser, live_server, "figure", data(1.0, 0.5)) as page:
        expect(page.locator("[data-drawn='2']")).to_be_visible()
        page.evaluate("window.first = document.querySelector('.js-plotly-plot')")
        page.evaluate("data => window.show(data)", data(1.0, 0.5, 0.2))
        expect(page.locator("[data-drawn='3']")).to_be_visible()
        assert page.evaluate("window.first === document.querySelector('.js-plotly-plot')")
        expect(page.get_by_role("figure", name="A curve")).to_be_visible()


def test_a_figure_taken_away_while_it_is_drawn_says_nothing(
    browser: Browser, live_server: LiveServer
) -> None:
    with mounted(browser, live_server, "figure", data(1.0, 0.5)) as page:
        expect(page.locator("[data-drawn='2']")).to_be_visible()
        for _ in range(5):
            page.evaluate(
                """async (data) => {
                  window.unmount();
                  window.show(data);
                  const isDrawn = () => document.querySelector("[data-drawn='3']");
                  while (!isDrawn()) await null;  // no more than a microtask after the drawing
                  window.unmount();
                }""",
                data(1.0, 0.5, 0.2),
            )
            page.wait_for_timeout(100)
        expect(page.locator(".js-plotly-plot")).to_have_count(0)
