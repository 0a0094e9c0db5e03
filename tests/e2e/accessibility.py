"""What axe finds on a page, the findings alone that keep somebody out."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

GRAVE = ("serious", "critical")
# The colours of code are Streamlit's own and cannot be set.
BUT_CODE = {"exclude": ["pre code"]}


def grave_violations(page: Page, context: str | dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the rules that are broken gravely, each with the nodes' HTML.

    Args:
        page: What is looked at.
        context: The part of it, as axe takes it; None for all.
    """
    found = Axe().run(page, context=context).response["violations"]
    return {
        violation["id"]: [node["html"][:200] for node in violation["nodes"]]
        for violation in found
        if violation["impact"] in GRAVE
    }
