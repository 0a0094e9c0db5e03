"""What is shared, in several real browsers: one controls, the others only watch."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from rdfia_core.store import RunState, RunStore
from tests.e2e.conftest import Server, Visitor
from tests.e2e.test_circle_mlp import (
    LONG,
    expect_state,
    open_lab,
    press,
    run_in_address,
    step,
    wait_for_step,
)

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("nothing_goes_on")]

PATIENCE_MS = 60_000
Guests = Callable[[], Visitor]


@pytest.fixture
def guest(browser: Browser) -> Iterator[Guests]:
    """Further visitors, each in a browser of their own; none of their consoles may complain."""
    visitors: list[Visitor] = []

    def arrive() -> Visitor:
        visitors.append(Visitor(browser.new_context(viewport={"width": 1280, "height": 1000})))
        return visitors[-1]

    yield arrive
    complaints = [words for visitor in visitors for words in visitor.complaints]
    for visitor in visitors:
        visitor.context.close()
    assert complaints == []


def play(page: Page) -> None:
    press(page, "Play")
    expect_state(page, "running", timeout=PATIENCE_MS)
    wait_for_step(page, 0)


def shared_address(page: Page) -> str:
    """Make a link to the run on display and return it."""
    page.get_by_role("button", name=re.compile("Share$")).click()
    page.get_by_role("button", name="Make a link").click()
    code = page.locator("code", has_text="watch?share=").first
    expect(code).to_be_visible(timeout=PATIENCE_MS)
    address = code.inner_text()
    page.keyboard.press("Escape")
    return address


def test_one_controls_and_several_only_watch(
    visitor: Visitor, guest: Guests, server: Server
) -> None:
    page = open_lab(visitor, server, LONG)
    play(page)
    address = shared_address(page)
    assert re.fullmatch(re.escape(server.url) + r"/watch\?share=[0-9a-f]{32}", address)
    watchers = [guest().page for _ in range(2)]
    for watcher in watchers:
        watcher.goto(address)
        expect_state(watcher, "running", timeout=PATIENCE_MS)
        expect(watcher.get_by_text("Watching: training")).to_be_visible()
    seen = [step(watcher) for watcher in watchers]
    for watcher, before in zip(watchers, seen, strict=True):
        wait_for_step(watcher, before)
        live = watcher.locator(".rdfia-live")
        for name in ("Pause", "Play", "Stop", "One batch", "One epoch", "Reset", "New seed"):
            expect(live.get_by_role("button", name=name, exact=True)).to_have_count(0)
        for key in ("Space", "n", "b", "r"):
            watcher.keyboard.press(key)
    assert run_in_address(page, server).command == "run"
    press(page, "Pause")
    expect_state(page, "paused")
    for watcher in watchers:
        expect_state(watcher, "paused", timeout=PATIENCE_MS)
    assert visitor.complaints == []


SEND_FORGED = """
(type) => {
  for (const node of document.querySelectorAll(".rdfia-live")) {
    const view = window.forgedView;
    view.send({ type, count: 3, value: 0.5, changes: { learning_rate: 1 } });
  }
}
"""
CATCH_VIEW = """
const original = WeakMap.prototype.set;
WeakMap.prototype.set = function (key, value) {
  if (value?.transport && value?.stage) window.forgedView = value;
  return original.call(this, key, value);
};
"""


def test_forged_commands_of_a_watcher_do_nothing(
    visitor: Visitor, guest: Guests, server: Server
) -> None:
    page = open_lab(visitor, server, LONG)
    play(page)
    address = shared_address(page)
    before = run_in_address(page, server)
    watcher = guest().page
    watcher.add_init_script(CATCH_VIEW)
    watcher.goto(address)
    expect_state(watcher, "running", timeout=PATIENCE_MS)
    for kind in ("pause", "stop", "batch", "epoch", "reset", "restart", "new_seed", "speed",
                 "live", "try", "points"):  # fmt: skip
        watcher.evaluate(SEND_FORGED, kind)
    wait_for_step(watcher, step(watcher))
    wait_for_step(page, step(page))
    after = run_in_address(page, server)
    assert (after.id, after.command, after.live, after.speed, after.step_requests) == (
        before.id,
        "run",
        {},
        before.speed,
        0,
    )
    store = RunStore(f"sqlite:///{server.home / 'runs.db'}")
    assert len({run.owner for run in store.runs()} - {before.owner}) == len(
        {run.owner for run in store.runs() if run.created < before.created} - {before.owner}
    )
    store.close()


def test_a_revoked_link_shows_nothing_even_to_who_is_looking(
    visitor: Visitor, guest: Guests, server: Server
) -> None:
    page = open_lab(visitor, server, LONG)
    play(page)
    address = shared_address(page)
    watcher = guest()
    watcher.page.goto(address)
    expect_state(watcher.page, "running", timeout=PATIENCE_MS)
    page.get_by_role("button", name=re.compile("Share$")).click()
    page.get_by_role("button", name="Revoke").first.click()
    sentence = watcher.page.get_by_text("This link shows nothing any more").first
    expect(sentence).to_be_visible(timeout=PATIENCE_MS)
    # The browser itself notes that the route answered 404; that is no fault of the page.
    watcher.complaints[:] = [words for words in watcher.complaints if "404" not in words]
    watcher.page.goto(address)
    expect(watcher.page.get_by_role("alert")).to_contain_text("shows nothing any more")
    assert run_in_address(page, server).state is RunState.RUNNING


def test_settings_that_one_watched_open_in_ones_own_lab(
    visitor: Visitor, guest: Guests, server: Server
) -> None:
    page = open_lab(visitor, server, LONG + "&learning_rate=0.3")
    play(page)
    run = run_in_address(page, server)
    watcher = guest().page
    watcher.goto(shared_address(page))
    watcher.get_by_role("button", name="Open these settings in the lab").click(timeout=PATIENCE_MS)
    expect(watcher.get_by_role("heading", name="Circle MLP")).to_be_visible(timeout=PATIENCE_MS)
    watcher.wait_for_url(re.compile(r"circle_mlp\?.*learning_rate=0\.3"))
    assert "run=" not in watcher.url
    assert run_in_address(page, server).id == run.id
