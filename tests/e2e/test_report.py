"""The report page as a student meets it: verdicts at once, filters, and the way into a lab."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.accessibility import BUT_CODE, grave_violations
from tests.e2e.conftest import Server, Visitor

pytestmark = pytest.mark.e2e

COLD_MS = 120_000
SLOW_MS = 60_000


def test_verdicts_are_read_filtered_and_tried(visitor: Visitor, server: Server) -> None:
    page = visitor.page
    page.goto(f"{server.url}/report")
    expect(page.get_by_role("heading", name="13 conclusions of the report")).to_be_visible(
        timeout=COLD_MS
    )
    row = page.get_by_role("row").filter(has_text="1,186,170 weights")
    expect(row).to_contain_text("The report is wrong")
    first = page.get_by_role("heading", name="Four stages of one network")
    expect(first).to_be_visible(timeout=SLOW_MS)
    page.get_by_role("radio", name="Transformers").click()
    expect(page).to_have_url(re.compile("part=Transformers"), timeout=SLOW_MS)
    expect(first).not_to_be_visible(timeout=SLOW_MS)
    expect(page.get_by_role("heading", name="Number of blocks")).to_be_visible(timeout=SLOW_MS)

    # The address holds the filter, and a lab opens with the settings of the report.
    page.goto(f"{server.url}/report?part=Networks+from+scratch")
    box = page.locator(".st-key-report-sum_or_mean")
    expect(box).to_be_visible(timeout=COLD_MS)
    box.get_by_role("button", name="Try it").click()
    page.get_by_role("button", name="Mean, lab's weights, 0.3").click()
    expect(page.get_by_role("heading", name="Circle MLP")).to_be_visible(timeout=COLD_MS)
    expect(page).to_have_url(re.compile("learning_rate=0.3"), timeout=SLOW_MS)
    assert visitor.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible(browser: Browser, server: Server, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme)  # type: ignore[arg-type]
    page = Visitor(context).page
    page.goto(f"{server.url}/report?part=Networks+from+scratch")
    expect(page.get_by_role("heading", name="SVM kernels on circles")).to_be_visible(
        timeout=COLD_MS
    )
    assert grave_violations(page, BUT_CODE) == {}
    context.close()
