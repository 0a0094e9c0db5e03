"""The browser half of the live view, mounted without Streamlit on a page of its own."""

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.live_server import FakeRun, LiveServer, flat

pytestmark = pytest.mark.e2e

POINTS = {
    "x": [-0.5, 0.5, 0.0],
    "y": [0.5, -0.5, 0.8],
    "label": [0, 1, 1],
    "split": [0, 0, 2],
    "num_classes": 2,
    "extent": [-1, 1, -1, 1],
}
DATA: dict[str, Any] = {
    "run": None,
    "recording": None,
    "version": 1,
    "points": POINTS,
    "editable": False,
    "control": True,
    "stale": False,
    "speeds": [0.2, 1, 5, 15, 30, 60, 150, None],
    "speed": 15,
    "packet": None,
    "title": "A test",
}
# A refused request is what some tests are about, and the tests themselves read pixels.
EXPECTED = ("Failed to load resource", "willReadFrequently")
X_RANGE = "document.querySelector('.rl-plot')._fullLayout.xaxis.range"
run_numbers = itertools.count()


@pytest.fixture
def server() -> Iterator[LiveServer]:
    server = LiveServer()
    yield server
    server.close()


@pytest.fixture
def run(server: LiveServer) -> FakeRun:
    run = FakeRun(f"run{next(run_numbers)}")
    server.runs[run.id] = run
    return run


@pytest.fixture
def page(browser: Browser, server: LiveServer) -> Iterator[Page]:
    """A page with the component's module loaded; every test ends with a look at the console."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(10_000)
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on(
        "console", lambda m: troubles.append(m.text) if m.type in {"error", "warning"} else None
    )
    page.goto(server.url)
    page.wait_for_function("window.ready")
    yield page
    context.close()
    assert [text for text in troubles if not any(known in text for known in EXPECTED)] == []


def show(page: Page, **data: Any) -> None:
    page.evaluate("(data) => window.show(data)", {**DATA, **data})


def canvas_step(page: Page, step: int) -> None:
    expect(page.locator("canvas.rdfia-map")).to_have_attribute("data-step", str(step))


def commands(page: Page, kind: str) -> list[dict[str, Any]]:
    return page.evaluate("(kind) => window.commands.filter((c) => c.type === kind)", kind)


def await_command(page: Page, kind: str, count: int = 1) -> dict[str, Any]:
    page.wait_for_function(
        "([kind, n]) => window.commands.filter((c) => c.type === kind).length >= n",
        arg=[kind, count],
    )
    return commands(page, kind)[-1]


def await_pixel(page: Page, u: float, v: float, condition: str) -> None:
    """Waits until the map's pixel at (u, v) of the canvas, 0..1 from its top left, meets a
    JavaScript condition on r, g and b.
    """
    page.wait_for_function(
        f"""([u, v]) => {{
          const canvas = document.querySelector("canvas.rdfia-map");
          const x = Math.round(u * canvas.width), y = Math.round(v * canvas.height);
          const [r, g, b] = canvas.getContext("2d").getImageData(x, y, 1, 1).data;
          return {condition};
        }}""",
        arg=[u, v],
    )


def await_curves(page: Page, rows: int) -> None:
    """Waits until the curves on screen hold as many rows."""
    page.wait_for_function(
        """(n) => document.querySelector(".rl-plot")?.data?.some(
          (t) => t.uid === "train_loss" && t.x.length === n)""",
        arg=rows,
    )


def test_the_canvas_stays_the_same_node_while_its_step_grows(page: Page, run: FakeRun) -> None:
    run.advance()
    show(page, run=run.id)
    canvas_step(page, 10)
    page.evaluate("window.first = document.querySelector('canvas.rdfia-map')")
    for step in range(20, 120, 10):
        run.advance()
        show(page, run=run.id)
        canvas_step(page, step)
    assert page.evaluate("document.querySelector('canvas.rdfia-map') === window.first")
    assert page.locator("canvas.rdfia-map").count() == 1
    expect(page.locator(".rdfia-live")).to_have_attribute("data-points", "11")
    expect(page.locator(".rdfia-live")).to_have_attribute("data-state", "running")


def test_a_probability_near_one_is_drawn_in_the_colour_of_class_1(page: Page, run: FakeRun) -> None:
    run.advance(flat([250]))
    show(page, run=run.id)
    canvas_step(page, 10)
    await_pixel(page, 0.5, 0.5, "r > b + 60 && r > g")


def test_a_probability_near_zero_is_drawn_in_the_colour_of_class_0(
    page: Page, run: FakeRun
) -> None:
    run.advance(flat([4]))
    show(page, run=run.id)
    canvas_step(page, 10)
    await_pixel(page, 0.5, 0.5, "b > r + 60 && b > g")


def test_the_boundary_is_a_dark_line(page: Page, run: FakeRun) -> None:
    ramp = np.linspace(0, 254, 13).astype(np.uint8)
    run.advance(np.broadcast_to(ramp, (1, 13, 13)).copy())
    show(page, run=run.id)
    canvas_step(page, 10)
    # The plane starts 30 px from the left and ends 8 px from the right.
    width = page.locator("canvas.rdfia-map").bounding_box()["width"]
    middle = (30 + (width - 38) / 2) / width
    await_pixel(page, middle, 0.3, "r < 90 && g < 90 && b < 90")
    page.get_by_label("Boundary line").uncheck()
    await_pixel(page, middle, 0.3, "r > 200 && g > 200 && b > 200")


def test_what_is_not_a_number_is_grey(page: Page, run: FakeRun) -> None:
    run.advance(flat([255]))
    show(page, run=run.id)
    canvas_step(page, 10)
    await_pixel(page, 0.3, 0.7, "r === g && g === b && r > 90 && r < 200")


def test_three_classes_have_three_colours(page: Page, run: FakeRun) -> None:
    probs = flat([10, 10, 10], grid=30)
    for k in range(3):
        probs[k, :, 10 * k : 10 * k + 10] = 234
    run.advance(probs)
    run.layers = (2, 3, 3)
    show(page, run=run.id, points={**POINTS, "num_classes": 3})
    canvas_step(page, 10)
    await_pixel(page, 0.2, 0.6, "b > r && b > g")
    await_pixel(page, 0.5, 0.6, "r > b && r > g")
    await_pixel(page, 0.88, 0.6, "g > r && g > b")
    expect(page.get_by_text("Class 2", exact=True)).to_be_visible()


def test_zoom_survives_updates(page: Page, run: FakeRun) -> None:
    for _ in range(6):
        run.advance()
    show(page, run=run.id)
    await_curves(page, 6)
    area = page.locator(".rl-plot .nsewdrag").first.bounding_box()
    y = area["y"] + area["height"] / 2
    page.mouse.move(area["x"] + area["width"] * 0.25, y)
    page.mouse.down()
    page.mouse.move(area["x"] + area["width"] * 0.6, y, steps=5)
    page.mouse.up()
    page.wait_for_function("document.querySelector('.rl-plot').layout.xaxis.autorange !== true")
    page.wait_for_function(f"{X_RANGE}[1] - {X_RANGE}[0] < 4")
    zoom = page.evaluate(f"[...{X_RANGE}]")
    for _ in range(3):
        run.advance()
    await_curves(page, 9)
    assert page.evaluate(f"[...{X_RANGE}]") == pytest.approx(zoom)


def test_a_hidden_curve_stays_hidden(page: Page, run: FakeRun) -> None:
    run.advance()
    run.advance()
    show(page, run=run.id)
    await_curves(page, 2)
    page.locator(".rl-plot .legendtoggle").nth(1).click()
    hidden = """document.querySelector(".rl-plot")._fullData
      .filter((t) => t.visible === "legendonly").map((t) => t.uid).sort()"""
    page.wait_for_function(f"{hidden}.includes('val_loss')")
    run.advance()
    await_curves(page, 3)
    assert "val_loss" in page.evaluate(hidden)
    assert "train_loss" not in page.evaluate(hidden)


def test_the_plot_node_is_kept(page: Page, run: FakeRun) -> None:
    run.advance()
    show(page, run=run.id)
    await_curves(page, 1)
    page.evaluate("window.svg = document.querySelector('.rl-plot .main-svg')")
    run.advance()
    await_curves(page, 2)
    assert page.evaluate("document.querySelector('.rl-plot .main-svg') === window.svg")


def test_smoothing_keeps_the_raw_curve(page: Page, run: FakeRun) -> None:
    for loss in [1.0, 0.0, 1.0, 0.0]:
        run.advance(train_loss=loss)
    show(page, run=run.id)
    await_curves(page, 4)
    page.get_by_label("Smoothing").fill("0.5")
    trace = "document.querySelector('.rl-plot').data.find((t) => t.uid === '{}').y"
    page.wait_for_function(f"{trace.format('train_loss-raw')}.length === 4")
    values = page.evaluate(trace.format("train_loss"))
    # By hand: 0.5/0.5, 0.25/0.75, 0.625/0.875, 0.3125/0.9375.
    assert values == pytest.approx([1.0, 1 / 3, 5 / 7, 1 / 3])


def test_a_unit_is_enlarged_by_a_click_and_closed_by_escape(page: Page, run: FakeRun) -> None:
    run.layers = (2, 20, 2)
    run.advance()
    show(page, run=run.id)
    expect(page.get_by_text("16 of 20 units of hidden layer 1 drawn")).to_be_visible()
    page.locator(".rl-wall .rl-tile").nth(18).click()
    dialog = page.get_by_role("dialog", name="Unit")
    expect(dialog.get_by_text("Hidden layer 1, unit 19")).to_be_visible()
    assert dialog.locator("canvas").bounding_box()["width"] > 200
    run.advance()
    canvas_step(page, 20)
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_a_node_of_the_diagram_is_the_picture_of_its_unit(page: Page, run: FakeRun) -> None:
    run.advance()
    show(page, run=run.id)
    node = page.get_by_role("button", name="Hidden layer 1, unit 2")
    expect(node).to_be_visible()
    left, right = page.evaluate(
        """() => {
          const canvas = document.querySelector('[data-layer="1"][data-index="1"] canvas');
          const c = canvas.getContext("2d");
          return [0, canvas.width - 1].map((x) => [...c.getImageData(x, 4, 1, 1).data].slice(0, 3));
        }"""
    )
    # The unit falls to the left (purple) and rises to the right (green).
    assert left[2] > left[1]
    assert right[1] > right[0]


def test_the_history_slider_shows_an_older_frame(page: Page, run: FakeRun) -> None:
    run.advance(flat([4]))
    show(page, run=run.id)
    canvas_step(page, 10)
    run.advance(flat([250]))
    canvas_step(page, 20)
    run.advance(flat([250]))
    canvas_step(page, 30)
    slider = page.get_by_label("Moment of the run")
    slider.fill("0")
    canvas_step(page, 10)
    await_pixel(page, 0.5, 0.5, "b > r + 60")
    page.wait_for_function("document.querySelector('.rl-plot').layout?.shapes?.[0]?.x0 === 1")
    run.advance()
    expect(page.locator(".rdfia-live")).to_have_attribute("data-points", "4")
    canvas_step(page, 10)
    page.get_by_role("button", name="Live").click()
    canvas_step(page, 40)


def test_an_ended_run_brings_its_whole_history(page: Page, run: FakeRun) -> None:
    for _ in range(5):
        run.advance()
    run.state = "completed"
    run.sentence = "All 5 epochs are done."
    show(page, run=run.id)
    expect(page.locator(".rdfia-live")).to_have_attribute("data-frames", "5")
    expect(page.get_by_text("All 5 epochs are done.")).to_be_visible()
    expect(page.get_by_role("button", name="Replay")).to_be_visible()


def test_keys_become_commands(page: Page, run: FakeRun) -> None:
    run.state = "paused"
    run.advance()
    show(page, run=run.id)
    canvas_step(page, 10)
    page.keyboard.press("n")
    page.keyboard.press("n")
    page.keyboard.press("n")
    assert await_command(page, "epoch")["count"] == 3
    page.keyboard.press("b")
    assert await_command(page, "batch")["count"] == 1
    page.keyboard.press("r")
    await_command(page, "reset")
    page.keyboard.press(" ")
    assert await_command(page, "play")["name"] == "command"
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Help")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Help")).to_be_hidden()
    nonces = page.evaluate("window.commands.map((c) => c.nonce)")
    assert len(set(nonces)) == len(nonces) == 4


def show_unheard(page: Page, run: FakeRun) -> None:
    """Show a paused run to which every command gets lost."""
    run.state = "paused"
    run.advance()
    show(page, run=run.id)
    canvas_step(page, 10)
    page.evaluate("window.deaf = true")


def test_a_command_that_python_did_not_hear_comes_again_in_its_place(
    page: Page, run: FakeRun
) -> None:
    show_unheard(page, run)
    page.keyboard.press("b")
    page.keyboard.press("r")
    assert page.evaluate("window.commands") == []
    page.evaluate("window.deaf = false")
    await_command(page, "reset")  # nothing is pressed: what was not heard is sent again by itself
    page.keyboard.press("n")
    await_command(page, "epoch")
    page.wait_for_timeout(2500)  # longer than a command waits for its answer
    assert [c["type"] for c in page.evaluate("window.commands")] == ["batch", "reset", "epoch"]


def test_a_command_waits_for_no_answer_for_ever(page: Page, run: FakeRun) -> None:
    page.clock.install()
    show_unheard(page, run)
    page.keyboard.press("r")
    page.clock.run_for(60_000)
    page.evaluate("window.deaf = false")
    page.clock.run_for(60_000)
    page.keyboard.press("n")
    page.clock.run_for(1_000)
    assert [c["type"] for c in page.evaluate("window.commands")] == ["epoch"]


def test_the_reset_key_never_reaches_streamlit(page: Page, run: FakeRun) -> None:
    page.evaluate("document.addEventListener('keydown', (event) => (window.reached = event.key))")
    show(page)
    expect(page.get_by_role("button", name="Reset")).to_be_disabled()
    page.keyboard.press("r")
    assert page.evaluate("window.reached") is None
    page.keyboard.press("c")
    assert page.evaluate("window.reached") == "c"


def test_a_waiting_run_is_not_called_usual(page: Page, run: FakeRun) -> None:
    run.state = "queued"
    show(page, run=run.id)
    expect(page.get_by_text("Hints about the training appear here.")).to_be_visible()
    run.place, run.starts = 1, 170.0
    expect(page.get_by_text("next in line, starts in about 3 min")).to_be_visible()
    run.place, run.starts = 2, None
    expect(page.get_by_text("number 2 in line", exact=True)).to_be_visible()
    run.state = "running"
    run.advance()
    expect(page.get_by_text("Nothing unusual so far.")).to_be_visible()


def test_keys_in_quick_succession_act_in_their_order(page: Page, run: FakeRun) -> None:
    run.state = "paused"
    run.advance()
    show(page, run=run.id)
    canvas_step(page, 10)
    for key in "bbnnnb r":
        page.keyboard.press(key)
    await_command(page, "reset")
    told = [(c["type"], c.get("count")) for c in page.evaluate("window.commands")]
    assert told == [("batch", 2), ("epoch", 3), ("batch", 1), ("play", None), ("reset", None)]


def test_keys_do_nothing_while_typing_or_on_another_button(page: Page, run: FakeRun) -> None:
    run.advance()
    show(page, run=run.id)
    canvas_step(page, 10)
    page.locator("#typing").focus()
    page.keyboard.type("n b r?")
    page.locator("#elsewhere").focus()
    page.keyboard.press(" ")
    page.keyboard.press("Alt+n")
    run.advance()
    canvas_step(page, 20)
    assert page.evaluate("window.commands") == []


def test_space_after_a_click_on_play_acts_once(page: Page, run: FakeRun) -> None:
    run.state = "paused"
    run.advance()
    show(page, run=run.id)
    canvas_step(page, 10)
    page.get_by_role("button", name="Play", exact=True).click()
    await_command(page, "play")
    run.state = "running"
    expect(page.locator(".rdfia-live")).to_have_attribute("data-state", "running")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.keyboard.press(" ")
    await_command(page, "pause")
    assert [c["type"] for c in page.evaluate("window.commands")] == ["play", "pause"]


def test_the_play_button_follows_the_run_in_the_end(page: Page, run: FakeRun) -> None:
    run.state = "paused"
    run.advance()
    show(page, run=run.id)
    canvas_step(page, 10)
    # The button says "Pause" for one second only, which a busy machine might not see in time.
    page.evaluate(
        """() => {
          window.words = [];
          const node = document.querySelector(".rl-primary");
          new MutationObserver(() => window.words.push(node.textContent))
            .observe(node, { subtree: true, childList: true, characterData: true });
        }"""
    )
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("window.words.includes('Pause')")
    # The run never starts: the button must not go on claiming that it did.
    page.wait_for_function("window.words.at(-1) === 'Play'")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()


def test_the_speed_is_told(page: Page, run: FakeRun) -> None:
    run.advance()
    show(page, run=run.id)
    expect(page.get_by_label("Speed")).to_have_value("15")
    page.get_by_label("Speed").select_option("Full speed")
    assert await_command(page, "speed")["value"] is None


def test_a_note_appears_once_and_offers_its_remedy(page: Page, run: FakeRun) -> None:
    run.advance()
    run.notes = [
        {
            "index": 0,
            "step": 10,
            "epoch": 1.0,
            "kind": "slow_start",
            "text": "The loss hardly moves.",
            "evidence": {"loss": 0.7},
            "suggestion": {"label": "Try 0.1", "changes": {"learning_rate": 0.1}},
        }
    ]
    show(page, run=run.id)
    expect(page.get_by_text("Slow start")).to_be_visible()
    run.advance()
    canvas_step(page, 20)
    run.state = "completed"
    expect(page.locator(".rdfia-live")).to_have_attribute("data-state", "completed")
    expect(page.locator(".rl-note")).to_have_count(1)
    page.get_by_role("button", name="Try 0.1").click()
    assert await_command(page, "try")["changes"] == {"learning_rate": 0.1}


def test_points_are_added_moved_erased_and_undone(page: Page) -> None:
    show(page, editable=True)
    canvas = page.locator("canvas.rdfia-map")
    box = canvas.bounding_box()
    side = box["width"] - 38

    def place(x: float, y: float) -> tuple[float, float]:
        return box["x"] + 30 + (x + 1) / 2 * side, box["y"] + 8 + (1 - y) / 2 * side

    page.get_by_role("button", name="Class 1", exact=True).click()
    page.mouse.click(*place(0.25, 0.25))
    points = await_command(page, "points")["value"].split(";")
    assert len(points) == 4
    x, y, label = points[-1].split(",")
    assert float(x) == pytest.approx(0.25, abs=0.02)
    assert float(y) == pytest.approx(0.25, abs=0.02)
    assert label == "1"

    page.get_by_role("button", name="Move").click()
    page.mouse.move(*place(0.25, 0.25))
    page.mouse.down()
    page.mouse.move(*place(0.75, 0.75), steps=4)
    page.mouse.up()
    moved = await_command(page, "points", 2)["value"].split(";")[-1]
    assert float(moved.split(",")[0]) == pytest.approx(0.75, abs=0.02)

    page.get_by_role("button", name="Erase").click()
    page.mouse.click(*place(0.75, 0.75))
    assert await_command(page, "points", 3)["value"] == "-0.50,0.50,0;0.50,-0.50,1;0.00,0.80,1"
    page.get_by_role("button", name="Undo").click()
    assert len(await_command(page, "points", 4)["value"].split(";")) == 4
    page.get_by_role("button", name="Clear").click()
    assert await_command(page, "points", 5)["value"] == ""


def test_without_routes_the_packet_is_drawn_and_python_is_told_once(
    page: Page, server: LiveServer, run: FakeRun
) -> None:
    server.has_routes = False
    run.advance()
    show(page, run=run.id, packet=list(run.history()))
    assert await_command(page, "route")["ok"] is False
    canvas_step(page, 10)
    run.advance()
    show(page, run=run.id, packet=list(run.history()))
    canvas_step(page, 20)
    expect(page.locator(".rdfia-live")).to_have_attribute("data-points", "2")
    assert len(commands(page, "route")) == 1


def test_a_lost_connection_is_told_and_found_again(
    page: Page, server: LiveServer, run: FakeRun
) -> None:
    run.advance()
    show(page, run=run.id)
    canvas_step(page, 10)
    server.is_down = True
    expect(page.get_by_text("Connection lost, trying again.")).to_be_visible()
    run.advance()
    server.is_down = False
    canvas_step(page, 20)
    expect(page.get_by_text("Connection lost, trying again.")).to_be_hidden()


def test_another_ones_run_is_refused_in_words(page: Page) -> None:
    show(page, run="not-mine")
    words = page.get_by_text("This run does not exist or belongs to someone else.")
    expect(words.first).to_be_visible()


def test_another_attempt_starts_from_nothing(page: Page, run: FakeRun) -> None:
    for _ in range(3):
        run.advance()
    show(page, run=run.id)
    canvas_step(page, 30)
    run.clear()
    run.advance()
    run.attempt = 2
    canvas_step(page, 10)
    expect(page.locator(".rdfia-live")).to_have_attribute("data-points", "1")
    expect(page.locator(".rdfia-live")).to_have_attribute("data-frames", "1")


def test_a_recording_plays_and_play_starts_an_own_run(
    page: Page, server: LiveServer, run: FakeRun
) -> None:
    for _ in range(5):
        run.advance()
    run.state = "completed"
    server.recording = run.history()
    show(page, recording="recording")
    expect(page.locator(".rdfia-live")).to_have_attribute("data-state", "recording")
    expect(page.get_by_text("Recording", exact=True)).to_be_visible()
    canvas_step(page, 20)
    canvas_step(page, 40)
    page.get_by_role("button", name="Play", exact=True).click()
    await_command(page, "play")


def test_a_recording_to_watch_has_nothing_to_press(
    page: Page, server: LiveServer, run: FakeRun
) -> None:
    run.advance()
    run.advance()
    run.state = "completed"
    server.recording = run.history()
    show(page, recording="recording", control=False, speeds=[], speed=None)
    canvas_step(page, 10)
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_hidden()
    expect(page.get_by_text("Press play to train")).to_have_count(0)


def test_a_new_version_of_the_script_replaces_the_old_view(page: Page, run: FakeRun) -> None:
    run.advance()
    show(page, run=run.id)
    canvas_step(page, 10)
    page.evaluate(
        """async (data) => {
          const newer = await import(new URL("app/static/live/live.js?v=newer", document.baseURI));
          newer.default({ data, parentElement: document.getElementById("host"),
            setTriggerValue() {} });
        }""",
        {**DATA, "run": run.id},
    )
    canvas_step(page, 10)
    expect(page.locator(".rdfia-live")).to_have_count(1)


def test_curves_of_other_names_have_looks_of_their_own(page: Page, run: FakeRun) -> None:
    for _ in range(3):
        run.advance(manual_loss=0.5, autograd_loss=0.5)
    show(page, run=run.id)
    await_curves(page, 3)
    looks = page.evaluate(
        """document.querySelector(".rl-plot").data
          .filter((t) => ["manual_loss", "autograd_loss"].includes(t.uid))
          .map((t) => [t.name, t.line.color, t.line.dash])"""
    )
    assert [name for name, _, _ in looks] == ["Manual", "Autograd"]
    assert looks[0][1] != looks[1][1]
    assert looks[0][2] != looks[1][2]


def test_nothing_to_show_invites_to_play(page: Page) -> None:
    show(page)
    expect(page.locator(".rdfia-live")).to_have_attribute("data-state", "empty")
    expect(page.get_by_text("Press play to train")).to_be_visible()
    page.keyboard.press(" ")
    await_command(page, "play")


def test_a_watcher_cannot_control(page: Page, run: FakeRun) -> None:
    run.advance()
    show(page, run=run.id, control=False)
    canvas_step(page, 10)
    expect(page.get_by_text("Watching: training")).to_be_visible()
    expect(page.get_by_role("button", name="Pause")).to_be_hidden()
    for key in (" ", "n", "b", "r"):
        page.keyboard.press(key)
    run.advance()
    canvas_step(page, 20)
    assert page.evaluate("window.commands") == []


def test_unmounting_leaves_nothing_behind(page: Page, run: FakeRun) -> None:
    run.advance()
    show(page, run=run.id)
    await_curves(page, 1)
    page.evaluate("window.unmount()")
    expect(page.locator(".rdfia-live")).to_have_count(0)
    page.keyboard.press("n")
    # Mounting again on the same node works, and only the new view speaks.
    show(page, run=run.id)
    canvas_step(page, 10)
    page.keyboard.press("n")
    await_command(page, "epoch")
    assert [c["count"] for c in commands(page, "epoch")] == [1]


@pytest.mark.parametrize("width", [390, 800, 1280])
def test_nothing_overflows_sideways(page: Page, run: FakeRun, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    run.layers = (2, 16, 16, 16, 2)
    run.advance()
    show(page, run=run.id, editable=True)
    await_curves(page, 1)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_theme_is_followed(page: Page, run: FakeRun) -> None:
    run.advance(flat([127]))
    show(page, run=run.id)
    await_pixel(page, 0.3, 0.7, "r > 240")
    page.evaluate(
        """() => {
          document.body.style.setProperty("--st-background-color", "#0e1117");
          document.body.style.setProperty("--st-text-color", "#fafafa");
        }"""
    )
    await_pixel(page, 0.3, 0.7, "r < 40")
    expect(page.locator(".rdfia-live")).to_have_attribute("data-theme", "dark")


def test_reduced_motion_shows_one_picture_a_second(
    browser: Browser, server: LiveServer, run: FakeRun
) -> None:
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(server.url)
    page.wait_for_function("window.ready")
    run.advance()
    show(page, run=run.id)
    canvas_step(page, 10)
    page.evaluate(
        """() => {
          window.changes = [];
          const canvas = document.querySelector("canvas.rdfia-map");
          new MutationObserver(() => window.changes.push([performance.now(), canvas.dataset.step]))
            .observe(canvas, { attributeFilter: ["data-step"] });
        }"""
    )
    for _ in range(8):
        run.advance()
        expect(page.locator(".rdfia-live")).to_have_attribute("data-points", str(len(run.frames)))
    canvas_step(page, 90)
    times = [time for time, _ in page.evaluate("window.changes")]
    # A picture appears once it is decoded, which is sooner or later by what the machine does else.
    assert times[-1] - times[0] > 1000 * (len(times) - 1) - 500, times
    context.close()
