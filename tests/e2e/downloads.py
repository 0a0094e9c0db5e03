"""How the browser tests download what a page offers."""

from pathlib import Path

from playwright.sync_api import Page, expect

from rdfia_core.jobs.export import EXPORTS

MADE_MS = 90_000  # a file that needs a process of its own, on a busy machine


def saved_by(page: Page, button: str) -> bytes:
    """Press a download button and return the file."""
    found = page.get_by_role("button", name=button)
    expect(found).to_be_visible(timeout=MADE_MS)
    with page.expect_download() as download:
        found.click()
    return Path(download.value.path()).read_bytes()


def exported(page: Page, name: str) -> bytes:
    """Choose a file of the run on display by its name, have it made, and return it."""
    export = EXPORTS[name]
    chooser = page.get_by_label("What do you need?")
    if not chooser.is_visible():
        page.get_by_role("button", name="Export this run").click()
    chooser.click()
    page.get_by_role("option", name=f"{export.group}: {export.label}", exact=True).click()
    explained = page.get_by_text(export.explanation.split("`")[0].strip())
    expect(explained).to_be_visible(timeout=MADE_MS)
    if export.task:
        page.get_by_role("button", name="Make the file").click()
    return saved_by(page, f"Download {name} (")
