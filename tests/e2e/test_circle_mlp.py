"""The circle MLP lab as a student meets it, in a real browser on a real server."""

import os
import re
import signal
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from rdfia_core.store import RunRecord, RunState, RunStore
from tests.e2e.accessibility import grave_violations
from tests.e2e.conftest import Server, Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("nothing_goes_on")]

LONG = "?epochs=4000"
COLD_MS = 60_000  # the first run of a server waits until the engine has imported torch
COUNT_PICTURES = """
() => new Promise((resolve) => {
  const canvas = document.querySelector("canvas.rdfia-map");
  const steps = new Set();
  const timer = setInterval(() => steps.add(canvas.dataset.step), 20);
  setTimeout(() => {
    clearInterval(timer);
    const same = canvas === document.querySelector("canvas.rdfia-map") && canvas.isConnected;
    resolve({ pictures: steps.size, same });
  }, 3000);
})
"""


def open_lab(visitor: Visitor, server: Server, query: str = "") -> Page:
    visitor.page.goto(f"{server.url}/circle_mlp{query}")
    expect(visitor.page.locator("canvas.rdfia-map")).to_be_visible(timeout=20_000)
    return visitor.page


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).first.click()


def expect_state(page: Page, *states: str, timeout: float = COLD_MS) -> None:
    pattern = re.compile("|".join(f"^{state}$" for state in states))
    expect(page.locator(".rdfia-live")).to_have_attribute("data-state", pattern, timeout=timeout)


def step(page: Page) -> int:
    return int(page.locator("canvas.rdfia-map").get_attribute("data-step") or -1)


def wait_for_step(page: Page, more_than: int) -> None:
    page.wait_for_function(
        "least => Number(document.querySelector('canvas.rdfia-map').dataset.step) > least",
        arg=more_than,
        timeout=COLD_MS,
    )


def run_in_address(page: Page, server: Server) -> RunRecord:
    page.wait_for_url(re.compile(r"[?&]run=[0-9a-f]{20}"))
    found = re.search(r"run=([0-9a-f]{20})", page.url)
    assert found is not None
    store = RunStore(f"sqlite:///{server.home / 'runs.db'}")
    run = store.run(found[1])
    store.close()
    return run


def play(page: Page) -> None:
    press(page, "Play")
    expect_state(page, "running")
    wait_for_step(page, 0)


def test_the_start_page_replays_a_recorded_run(visitor: Visitor, server: Server) -> None:
    visitor.page.goto(server.url)
    expect_state(visitor.page, "recording")
    wait_for_step(visitor.page, 0)
    press_link = visitor.page.get_by_role("link", name=re.compile("Circle MLP")).last
    press_link.click()
    expect(visitor.page.get_by_role("heading", name="Circle MLP")).to_be_visible()
    assert visitor.complaints == []


def test_play_moves_the_map_on_one_canvas(visitor: Visitor, server: Server) -> None:
    page = open_lab(visitor, server, LONG)
    play(page)
    watched = page.evaluate(COUNT_PICTURES)
    assert watched["same"]
    assert watched["pictures"] >= 4, watched
    assert visitor.complaints == []


def test_the_view_turns_to_a_new_run_before_the_rest_of_the_page(
    visitor: Visitor, server: Server
) -> None:
    page = open_lab(visitor, server, LONG)
    page.route("**/live?*", lambda route: route.abort())
    press(page, "Play")
    expect_state(page, "starting")
    page.wait_for_timeout(1000)
    export = page.get_by_role("button", name="Export this run")
    expect(export).to_have_count(0)
    page.unroute("**/live?*")
    expect(export).to_be_visible(timeout=COLD_MS)
    expect_state(page, "running")


def test_the_first_run_leaves_the_open_tab_open(visitor: Visitor, server: Server) -> None:
    page = open_lab(visitor, server, LONG)
    tab = page.get_by_role("tab", name="Gradient check")
    tab.click()
    play(page)
    expect(page.get_by_role("button", name="Export this run")).to_be_visible()
    expect(tab).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("button", name="Check the gradients")).to_be_visible()


def test_pause_one_batch_one_epoch_and_stop(visitor: Visitor, server: Server) -> None:
    page = open_lab(visitor, server, LONG)
    play(page)
    press(page, "Pause")
    expect_state(page, "paused")
    before = run_in_address(page, server).step
    press(page, "One batch")
    wait_for_step(page, before)
    assert run_in_address(page, server).step == before + 1
    press(page, "One epoch")
    wait_for_step(page, before + 1)
    page.wait_for_function(
        "() => Number(document.querySelector('canvas.rdfia-map').dataset.epoch) % 1 === 0"
    )
    press(page, "Stop")
    expect_state(page, "stopped")
    assert run_in_address(page, server).state is RunState.STOPPED


def test_the_keyboard_plays_steps_and_pauses(visitor: Visitor, server: Server) -> None:
    page = open_lab(visitor, server, LONG)
    page.keyboard.press("b")
    expect_state(page, "paused")
    wait_for_step(page, 0)
    assert run_in_address(page, server).step == 1
    page.keyboard.press("Space")
    expect_state(page, "running")
    page.keyboard.press("Space")
    expect_state(page, "paused")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("r")
    page.wait_for_function("() => document.querySelector('canvas.rdfia-map').dataset.step === '0'")
    assert visitor.complaints == []


def test_a_command_that_gets_lost_on_its_way_is_obeyed_all_the_same(
    visitor: Visitor, server: Server
) -> None:
    """Streamlit drops what waits behind a rerun of the page when another message comes."""
    lost = []

    def carry(socket: WebSocketRoute) -> None:
        upstream = socket.connect_to_server()

        def pass_on(message: str | bytes) -> None:
            if b'"type":"epoch"' in bytes(message) and not lost:
                lost.append(message)
            else:
                upstream.send(message)

        socket.on_message(pass_on)

    visitor.page.route_web_socket(re.compile("_stcore/stream"), carry)
    page = open_lab(visitor, server, LONG)
    page.keyboard.press("b")
    expect_state(page, "paused")
    wait_for_step(page, 0)
    page.keyboard.press("n")
    page.wait_for_timeout(300)
    page.keyboard.press("b")
    wait_for_step(page, 1)
    page.wait_for_timeout(3000)  # what was obeyed is not obeyed again
    run = run_in_address(page, server)
    assert len(lost) == 1
    num_batches = round(run.step / run.epoch)  # in an epoch
    assert run.step == num_batches + 1
    assert visitor.complaints == []


def test_typing_in_the_form_is_not_a_command(visitor: Visitor, server: Server) -> None:
    page = open_lab(visitor, server)
    field = page.get_by_role("spinbutton", name="Number of points")
    field.click()
    field.press("b")
    field.press("n")
    page.wait_for_timeout(500)
    assert "run=" not in page.url


def test_a_reload_finds_the_run_and_the_form_again(visitor: Visitor, server: Server) -> None:
    page = open_lab(visitor, server, LONG + "&dataset=moons")
    play(page)
    seen = step(page)
    page.reload()
    expect_state(page, "running")
    wait_for_step(page, seen)
    assert "dataset=moons" in page.url
    expect(page.get_by_role("combobox", name="Data set")).to_have_value("Moons")


def test_two_browsers_neither_see_nor_control_each_other(
    visitor: Visitor, server: Server, browser: Browser
) -> None:
    page = open_lab(visitor, server, LONG)
    play(page)
    run = run_in_address(page, server)
    context = browser.new_context()
    other = context.new_page()
    other.goto(page.url)
    expect(other.get_by_text("belongs to somebody else")).to_be_visible(timeout=20_000)
    answer = context.request.get(f"{server.url}/api/runs/{run.id}/live")
    assert answer.status == 404
    press(other, "Play")
    expect_state(other, "running")
    assert run_in_address(other, server).id != run.id
    press(other, "Stop")
    expect_state(other, "stopped")
    expect_state(page, "running")
    context.close()


def test_a_form_change_is_announced_and_restarts(visitor: Visitor, server: Server) -> None:
    page = open_lab(visitor, server, LONG)
    play(page)
    first = run_in_address(page, server).id
    page.get_by_role("button", name="Increment").first.click()
    restart = page.get_by_role("button", name="Restart with them")
    expect(restart).to_be_visible()
    restart.click()
    page.wait_for_function("id => !location.href.includes(id)", arg=first)
    expect_state(page, "running")
    assert run_in_address(page, server).config["num_points"] == 401


def test_a_live_learning_rate_does_not_restart(visitor: Visitor, server: Server) -> None:
    page = open_lab(visitor, server, LONG)
    play(page)
    first = run_in_address(page, server).id
    slider = page.get_by_role("slider", name="Learning rate")
    slider.focus()
    slider.press("ArrowRight")
    expect(page.get_by_text("Learning rate 0.1")).to_be_visible()
    run = run_in_address(page, server)
    assert (run.id, run.live) == (first, {"learning_rate": 0.1})


def test_killing_the_server_loses_nothing(visitor: Visitor, server: Server) -> None:
    page = open_lab(visitor, server, LONG)
    play(page)
    before = run_in_address(page, server)
    server.kill()
    server.start()
    page.reload()
    expect_state(page, "running")
    wait_for_step(page, before.step)
    after = run_in_address(page, server)
    assert (after.id, after.attempt) == (before.id, 1)


def test_whoever_watches_a_run_has_a_killed_dispatcher_come_back(
    visitor: Visitor, server: Server
) -> None:
    page = open_lab(visitor, server, LONG)
    play(page)
    log = server.home / "dispatcher.log"
    started = re.findall(r"dispatcher (\d+) starts with", log.read_text())
    os.kill(int(started[-1]), signal.SIGKILL)
    deadline = time.monotonic() + 20
    while len(re.findall(r"dispatcher \d+ starts with", log.read_text())) == len(started):
        assert time.monotonic() < deadline, "nobody has started another"
        time.sleep(0.1)
    press(page, "Pause")
    expect_state(page, "paused")


def test_a_killed_worker_comes_back_by_itself(visitor: Visitor, server: Server) -> None:
    page = open_lab(visitor, server, LONG)
    play(page)
    run = run_in_address(page, server)
    checkpoint = Path(server.home) / "runs" / run.id / "checkpoint.safetensors"
    deadline = time.monotonic() + 20
    while not checkpoint.exists():
        assert time.monotonic() < deadline
        page.wait_for_timeout(100)
    os.kill(int(run.handle.split(":")[0]), signal.SIGKILL)
    page.wait_for_timeout(300)
    expect_state(page, "running")
    deadline = time.monotonic() + 20
    while run_in_address(page, server).attempt != 2:
        assert time.monotonic() < deadline
        page.wait_for_timeout(100)
    expect_state(page, "running")


def test_divergence_is_shown_and_its_button_starts_another_run(
    visitor: Visitor, server: Server
) -> None:
    page = open_lab(visitor, server, "?weight_decay=1.0&learning_rate=3.0")
    press(page, "Play")
    expect_state(page, "diverged")
    first = run_in_address(page, server)
    assert first.state is RunState.DIVERGED
    page.get_by_role("button", name="Learning rate 0.3").first.click()
    page.wait_for_function("id => !location.href.includes(id)", arg=first.id)
    assert run_in_address(page, server).config["learning_rate"] == 0.3
    expect(page.get_by_text("learning rate is 0.3")).to_have_count(0)


def test_own_points_are_clicked_into_the_map(visitor: Visitor, server: Server) -> None:
    page = open_lab(visitor, server, "?dataset=points")
    canvas = page.locator("canvas.rdfia-map")
    box = canvas.bounding_box()
    assert box is not None
    for place, (x, y) in enumerate([(0.3, 0.3), (0.35, 0.5), (0.3, 0.7), (0.32, 0.6)]):
        page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
        page.wait_for_timeout(30 * place)
    page.get_by_role("button", name=re.compile("Class 1|class 1")).first.click()
    for x, y in [(0.7, 0.3), (0.72, 0.5), (0.7, 0.7), (0.68, 0.6)]:
        page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
    page.wait_for_url(re.compile(r"points="))
    expect(page.get_by_text("Own points: 8.")).to_be_visible()
    play(page)
    assert run_in_address(page, server).config["points"].count(";") == 7


def test_a_malformed_upload_is_refused_with_the_reason(visitor: Visitor, server: Server) -> None:
    page = open_lab(visitor, server, "?dataset=file")
    chooser = page.locator("input[type=file]")
    chooser.set_input_files(
        {"name": "mine.csv", "mimeType": "text/csv", "buffer": b"x,y,label\n1,2\n"}
    )
    reason = page.get_by_role("alert").filter(has_text="mine.csv")
    expect(reason).to_contain_text("Expected one point a row, x, y, label")


def test_the_gradient_check_shows_its_table(visitor: Visitor, server: Server) -> None:
    page = open_lab(visitor, server)
    page.get_by_role("tab", name="Gradient check").click()
    press(page, "Check the gradients")
    expect(page.get_by_text("Against autograd")).to_be_visible(timeout=30_000)


def test_the_four_stages_are_overlaid(visitor: Visitor, server: Server) -> None:
    page = open_lab(visitor, server, "?epochs=20")
    page.get_by_role("tab", name="Four stages compared").click()
    press(page, "Train all four")
    expect(page.get_by_text(re.compile("largest difference of any weight"))).to_be_visible(
        timeout=60_000
    )
    expect(page.get_by_text("Training loss (nats)")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_a_phone(browser: Browser, server: Server, scheme: str) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844},
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    page = context.new_page()
    page.goto(f"{server.url}/circle_mlp")
    expect(page.locator("canvas.rdfia-map")).to_be_visible(timeout=20_000)
    overflow = page.evaluate(
        "() => document.querySelector('.rdfia-live').scrollWidth - "
        "document.querySelector('.rdfia-live').clientWidth"
    )
    assert overflow <= 0
    canvas = page.locator("canvas.rdfia-map").bounding_box()
    assert canvas is not None
    assert canvas["x"] >= 0
    assert canvas["x"] + canvas["width"] <= 390
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["", "circle_mlp"])
def test_axe_finds_nothing_serious(
    browser: Browser, server: Server, scheme: str, path: str
) -> None:
    context = browser.new_context(color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{server.url}/{path}")
    expect(page.locator("canvas.rdfia-map")).to_be_visible(timeout=20_000)
    expect(page.locator(".js-plotly-plot").first).to_be_visible(timeout=30_000)
    assert grave_violations(page) == {}
    context.close()
