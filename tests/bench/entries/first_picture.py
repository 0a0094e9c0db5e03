"""How long a visitor waits who has never been here: from the address to the first picture.

Ours: the start page of a server that others have visited, in a browser without a cache, until the
map of the recorded run is drawn. Baseline: a Streamlit page of one line of text, served in the same
way, until that line can be read: what Streamlit itself needs before any page can show anything. So
the ratio is below 1, and what is missing to 1 is ours. One value is the median of 3 visits.
"""

import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.bench.harness import Entry, Sample, Sides
from tests.bench.home import running_dispatcher, temporary_home
from tests.e2e.conftest import ARGS, Server, browser_path

VISITS = 3
PATIENCE_MS = 60_000
# By the page's own clock, which begins when the address is opened: to ask from outside would add
# the way there and back.
SEEN = """
const timer = setInterval(() => {
  if (!(FOUND)) return;
  window.seen = performance.now();
  clearInterval(timer);
}, 5);
"""
OURS = "document.querySelector('canvas.rdfia-map')?.dataset.step"
THEIRS = "document.querySelector('[data-testid=stMarkdownContainer]')?.innerText === 'Hello'"
HELLO = 'import streamlit as st\n\nst.write("Hello")\n'


def visits(browser: Browser, server: Server, found: str) -> Callable[[], Sample]:
    """Return what opens a site in new browser contexts until `found` is true there, in seconds."""

    def once() -> float:
        context = browser.new_context(viewport={"width": 1280, "height": 1000})
        context.add_init_script(SEEN.replace("FOUND", found))
        page = context.new_page()
        page.goto(server.url, wait_until="commit")
        page.wait_for_function("window.seen", timeout=PATIENCE_MS, polling=200)
        taken = float(page.evaluate("window.seen")) / 1000
        context.close()
        return taken

    return lambda: Sample(statistics.median(once() for _ in range(VISITS)))


@contextmanager
def prepare() -> Iterator[Sides]:
    path = browser_path()
    if path is None:
        raise RuntimeError("This benchmark needs Chromium or Chrome. Install one.")
    with ExitStack() as stack:
        # Before the home is there: at its end every process is ended that was started with it.
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=path, args=ARGS)
        stack.callback(browser.close)
        settings = stack.enter_context(temporary_home())
        stack.enter_context(running_dispatcher(settings))  # warm, so that no core imports torch
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        hello = folder / "hello.py"
        hello.write_text(HELLO, encoding="utf-8")
        ours = Server(settings.home, folder / "ours.log")
        stack.callback(ours.close)
        theirs = Server(settings.home, folder / "theirs.log", entry=str(hello))
        stack.callback(theirs.close)
        picture, text = visits(browser, ours, OURS), visits(browser, theirs, THEIRS)
        picture()
        text()
        yield Sides(picture, text)


ENTRY = Entry(
    prepare=prepare,
    unit="s",
    higher_is_better=False,
    baseline="a Streamlit page of one line of text",
    target="ours <= 2 s",
)
