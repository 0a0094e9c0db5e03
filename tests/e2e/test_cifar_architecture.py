"""The Architecture view of the CNN lab as a student meets it, on a real server."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Server, Visitor

pytestmark = pytest.mark.e2e

COLD_MS = 60_000
WEIGHTS = ".rdfia-layers [data-sum=weights]"


def test_edits_go_into_the_form_and_the_address(visitor: Visitor, server: Server) -> None:
    page = visitor.page
    page.goto(f"{server.url}/cifar_cnn?view=Architecture")
    expect(page.locator(WEIGHTS)).to_have_text("1,191,170", timeout=COLD_MS)
    chosen = page.locator(".st-key-cifar_cnn-architecture").get_by_role("combobox")
    page.get_by_role("spinbutton", name="Channels of conv1", exact=True).fill("16")
    expect(page.locator(WEIGHTS)).to_have_text("1,164,354")
    expect(chosen).to_have_value("As edited")
    expect(page).to_have_url(re.compile("architecture=conv[+]16[+]k5"))
    page.get_by_role("button", name="Small ResNet").click()
    expect(page).to_have_url(re.compile("architecture=resnet"))
    chosen.click()
    page.get_by_role("option", name="LeNet-5").click()
    expect(page.get_by_label("The network as text")).to_have_value(re.compile("^conv 6 k5, relu"))
    page.get_by_role("button", name="Back to the lab's network").click()
    expect(page).not_to_have_url(re.compile("architecture="))
    expect(page.locator(WEIGHTS)).to_have_text("1,191,170")
    assert visitor.complaints == []
