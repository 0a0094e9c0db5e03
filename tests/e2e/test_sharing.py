"""What is shared, in several real browsers: one controls, the others only watch."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from rdfia_core.store import RunRecord, RunState, RunStore
from tests.e2e.conftest import Server, Visitor
from tests.e2e.test_circle_mlp import LONG, expect_state, press, run_in_address, step

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("nothing_goes_on")]

PATIENCE_MS = 120_000  # several browsers, and a first run, on a machine that may be busy
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


def open_lab(page: Page, server: Server, query: str = "") -> Page:
    page.goto(f"{server.url}/circle_mlp{query}")
    expect(page.locator("canvas.rdfia-map")).to_be_visible(timeout=PATIENCE_MS)
    return page


def wait_for_step(page: Page, more_than: int) -> None:
    page.wait_for_function(
        "least => Number(document.querySelector('canvas.rdfia-map').dataset.step) > least",
        arg=more_than,
        timeout=PATIENCE_MS,
    )


def play(page: Page) -> None:
    press(page, "Play")
    expect_state(page, "running", timeout=PATIENCE_MS)
    wait_for_step(page, 0)


def shared_address(page: Page) -> str:
    """Make a link to the run on display and return it."""
    page.get_by_role("button", name=re.compile("Share$")).click(timeout=PATIENCE_MS)
    page.get_by_role("button", name="Make a link").click()
    code = page.locator("code", has_text="watch?share=").first
    expect(code).to_be_visible(timeout=PATIENCE_MS)
    address = code.inner_text()
    page.keyboard.press("Escape")
    return address


def test_one_controls_and_several_only_watch(
    visitor: Visitor, guest: Guests, server: Server
) -> None:
    page = open_lab(visitor.page, server, LONG)
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
    expect_state(page, "paused", timeout=PATIENCE_MS)
    for watcher in watchers:
        expect_state(watcher, "paused", timeout=PATIENCE_MS)
    assert visitor.complaints == []


SEND_FORGED = """
(type) => window.forgedView.send({ type, count: 3, value: 0.5, changes: { learning_rate: 1 } })
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
    page = open_lab(visitor.page, server, LONG)
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
    with_others = [run for run in runs_of(server) if run.created > before.created]
    assert with_others == []


def runs_of(server: Server) -> list[RunRecord]:
    store = RunStore(f"sqlite:///{server.home / 'runs.db'}")
    runs = store.runs()
    store.close()
    return runs


def test_a_revoked_link_shows_nothing_even_to_who_is_looking(
    visitor: Visitor, guest: Guests, server: Server
) -> None:
    page = open_lab(visitor.page, server, LONG)
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
    expect(watcher.page.get_by_role("alert")).to_contain_text(
        "shows nothing any more", timeout=PATIENCE_MS
    )
    assert run_in_address(page, server).state is RunState.RUNNING


def test_settings_that_one_watched_open_in_ones_own_lab(
    visitor: Visitor, guest: Guests, server: Server
) -> None:
    page = open_lab(visitor.page, server, LONG + "&learning_rate=0.3")
    play(page)
    run = run_in_address(page, server)
    watcher = guest().page
    watcher.goto(shared_address(page))
    watcher.get_by_role("button", name="Open these settings in the lab").click(timeout=PATIENCE_MS)
    expect(watcher.get_by_role("heading", name="Circle MLP")).to_be_visible(timeout=PATIENCE_MS)
    watcher.wait_for_url(re.compile(r"circle_mlp\?.*learning_rate=0\.3"))
    assert "run=" not in watcher.url
    assert run_in_address(page, server).id == run.id


SHORT = "?epochs=5&num_points=60&speed=full"


def finish(page: Page) -> None:
    press(page, "Play")
    expect_state(page, "completed", timeout=PATIENCE_MS)


def choose(page: Page, label: str, *names: str) -> None:
    """Choose in a list, of one or of several."""
    box = page.get_by_role("combobox", name=re.compile(label))
    for name in names:
        box.fill(name)
        page.get_by_role("option", name=re.compile(name)).first.click()
    # A list of several stays open. One of a single value closes, and Escape would clear its value.
    if page.get_by_test_id("stMultiSelect").filter(has=box).count():
        page.keyboard.press("Escape")


def test_a_lesson_fixes_hides_replays_and_reveals(
    visitor: Visitor, guest: Guests, server: Server
) -> None:
    page = open_lab(visitor.page, server, SHORT)
    finish(page)
    page.goto(f"{server.url}/lesson")
    page.get_by_role("textbox", name="Title").fill("How fast?", timeout=PATIENCE_MS)
    page.get_by_role("textbox", name="Task").fill(
        "Play with **both** rates. [A link](http://example.org)"
    )
    page.get_by_role("textbox", name="Explanation").fill("The step overshoots.")
    choose(page, "The student may change", "Learning rate", "Epochs")
    choose(page, "Shown, but fixed", "Seed")
    choose(page, "Recorded run", "completed")
    page.get_by_role("button", name=re.compile("Make the lesson")).click()
    code = page.locator("code", has_text="circle_mlp?lesson=").first
    expect(code).to_be_visible(timeout=PATIENCE_MS)
    address = code.inner_text()

    student = guest().page
    student.goto(address + "&seed=9")
    expect_state(student, "recording", timeout=PATIENCE_MS)
    wait_for_step(student, 0)
    expect(student.get_by_text("Play with both rates.")).to_be_visible()
    assert student.locator("a[href*='example.org']").count() == 0
    seed = student.get_by_role("textbox", name=re.compile("^Seed"))
    expect(seed).to_be_disabled()
    expect(seed).to_have_value("0")
    expect(student.get_by_text("Activation", exact=True)).to_have_count(0)
    assert "The step overshoots." not in student.content()
    student.get_by_role("button", name=re.compile("Reveal")).click()
    expect(student.get_by_text("The step overshoots.")).to_be_visible(timeout=PATIENCE_MS)

    finish(student)
    run = run_in_address(student, server)
    assert (run.config["seed"], run.config["epochs"], run.config["num_points"]) == (0, 5, 60)
    assert visitor.complaints == []


def test_three_students_play_on_a_class_board(
    visitor: Visitor, guest: Guests, server: Server
) -> None:
    teacher = visitor.page
    teacher.goto(f"{server.url}/board")
    teacher.get_by_role("tab", name="Open a board").click(timeout=PATIENCE_MS)
    teacher.get_by_role("textbox", name="Title").fill("Race")
    budget = teacher.get_by_role("spinbutton", name="Epoch budget")
    budget.fill("5")
    budget.press("Tab")
    teacher.get_by_role("button", name=re.compile("Open the board")).click()
    address = teacher.locator("code", has_text="board?board=").first
    expect(address).to_be_visible(timeout=PATIENCE_MS)
    link = address.inner_text()
    code = link[-6:]
    expect(teacher.get_by_text("Nobody has joined yet.")).to_be_visible()

    students = [guest().page for _ in range(3)]
    for number, student in enumerate(students):
        student.goto(link if number else f"{server.url}/board")
        field = student.get_by_role("textbox", name="Code")
        expect(field).to_be_visible(timeout=PATIENCE_MS)
        if not number:
            field.fill(code.lower())
        student.get_by_role("button", name=re.compile("Join the board")).click()
        play_link = student.get_by_role("link", name="Play for the board")
        play_link.click(timeout=PATIENCE_MS)
        expect(student.locator("canvas.rdfia-map")).to_be_visible(timeout=PATIENCE_MS)
        expect(student.get_by_role("textbox", name="Number of points")).to_be_disabled()
        epochs = student.get_by_role("spinbutton", name=re.compile("^Epochs"))
        epochs.fill(str(2 + number))
        epochs.press("Enter")
        student.wait_for_url(re.compile(f"epochs={2 + number}"), timeout=PATIENCE_MS)
        finish(student)

    expect(teacher.get_by_text("3 joined, 3 on the board, 3 runs have ended.")).to_be_visible(
        timeout=PATIENCE_MS
    )
    played = [run for run in runs_of(server) if run.board == code]
    owners = {run.owner for run in played}
    assert len(owners) == 3
    values = sorted((run.metrics["test_accuracy"] for run in played), reverse=True)
    shown = teacher.locator("table tbody tr td:nth-child(3)").all_inner_texts()
    assert [text.replace("\xa0", " ") for text in shown] == [f"{100 * v:.1f} %" for v in values]
    for page in (teacher, *students):
        assert not any(owner in page.content() for owner in owners)
    teacher.get_by_role("button", name=re.compile("Close the board")).click()
    expect(teacher.get_by_text("The board is closed")).to_be_visible(timeout=PATIENCE_MS)
    press(students[0], "Play")
    expect(students[0].get_by_text("is closed: no further runs count").first).to_be_visible(
        timeout=PATIENCE_MS
    )
    assert len([run for run in runs_of(server) if run.board == code]) == 3
    assert visitor.complaints == []
