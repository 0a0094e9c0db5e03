"""The CNN lab as a student meets it: train, stop, reload, export, ask, compare."""

import csv
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.e2e.accessibility import grave_violations
from tests.e2e.conftest import Server, Visitor
from tests.e2e.downloads import exported
from tests.e2e.test_circle_mlp import expect_state, press, run_in_address

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("nothing_goes_on")]

COLD_MS = 60_000
QUICK = "dataset=digits&num_val=200&architecture=conv+8+k3+p1,+relu,+pool+2,+fc+32,+relu&epochs=2"
LIVE = ".rdfia-live[data-state]"
PIXELS = """selector => [...document.querySelectorAll(selector)].map((c) => c.toDataURL()).join()"""
FILTERS = ".rl-filters canvas"


def open_lab(visitor: Visitor, server: Server, query: str) -> Page:
    page = visitor.page
    page.goto(f"{server.url}/cifar_cnn?{query}")
    expect(page.get_by_role("heading", name="CIFAR-10 CNN")).to_be_visible(timeout=COLD_MS)
    return page


def control(page: Page, field: str) -> Locator:
    return page.locator(f".st-key-cifar_cnn-{field}")


def choose(page: Page, field: str, option: str) -> None:
    """Open a list by key (a click whose scrolling goes on would close it again) and choose."""
    idle = page.get_by_test_id("stApp")
    expect(idle).to_have_attribute("data-test-script-state", "notRunning", timeout=COLD_MS)
    box = control(page, field).get_by_role("combobox")
    box.scroll_into_view_if_needed()
    box.focus()
    expect(box).to_be_focused()
    box.press("ArrowDown")
    page.get_by_role("option", name=option).click()


def batches(page: Page) -> int:
    return int(page.locator(LIVE).get_attribute("data-points") or 0)


def trained(page: Page, server: Server) -> str:
    """Train what the form says to its end; return the run's id."""
    press(page, "Play")
    expect_state(page, "completed", timeout=COLD_MS)
    return run_in_address(page, server).id


def test_train_stop_in_the_middle_of_an_epoch_reload_and_export(
    visitor: Visitor, server: Server
) -> None:
    page = open_lab(visitor, server, "dataset=shapes10")
    control(page, "dropout").get_by_role("slider").press("ArrowRight")
    control(page, "augmentation").get_by_role("button", name="Flip", exact=True).click()
    expect(page).to_have_url(re.compile("augmentation=flip"))
    choose(page, "schedule", "Cosine")
    expect(page).to_have_url(re.compile("schedule=cosine"))
    assert "dropout=0.05" in page.url
    assert "augmentation=flip" in page.url
    press(page, "Play")
    expect_state(page, "running", timeout=COLD_MS)
    expect(page.locator(FILTERS)).to_have_count(32, timeout=COLD_MS)
    before, rows = page.evaluate(PIXELS, FILTERS), batches(page)
    page.evaluate("selector => { window.first = document.querySelector(selector); }", FILTERS)
    page.wait_for_function(
        f"([selector, before]) => ({PIXELS})(selector) !== before",
        arg=[FILTERS, before],
        timeout=COLD_MS,
    )
    assert page.evaluate("selector => window.first === document.querySelector(selector)", FILTERS)
    page.wait_for_function(
        "([selector, rows]) => Number(document.querySelector(selector).dataset.points) > rows + 2",
        arg=[LIVE, rows],
        timeout=COLD_MS,
    )
    press(page, "Stop")
    expect_state(page, "stopped")
    run = run_in_address(page, server)
    assert run.ended is not None
    assert run.ended - run.command_time < 1.0
    assert run.epoch != int(run.epoch)
    assert run.config["dropout"] == 0.05
    assert run.config["augmentation"] == "flip"
    assert run.config["schedule"] == "cosine"
    page.reload()
    expect_state(page, "stopped", timeout=COLD_MS)
    expect(page.locator(FILTERS)).to_have_count(32)
    assert batches(page) > rows
    assert json.loads(exported(page, "settings.json"))["config"] == {**run.config, **run.live}
    steps = [
        float(row["step"])
        for row in csv.DictReader(io.StringIO(exported(page, "metrics.csv").decode()))
    ]
    assert len(steps) > 2
    assert steps[-1] <= run.step
    weights = safetensors.numpy.load(exported(page, "weights.safetensors"))
    assert sum(array.size for array in weights.values()) == run.num_parameters == 1_191_170
    assert visitor.complaints == []


def test_the_trained_network_answers_to_an_upload_and_to_a_drawing(
    visitor: Visitor, server: Server, tmp_path: Path
) -> None:
    page = open_lab(visitor, server, QUICK)
    trained(page, server)
    page.get_by_role("radio", name="Try an image").click()
    answer = page.locator(".rdfia-answer")
    expect(answer).to_contain_text("Test image 0", timeout=COLD_MS)
    expect(answer).to_contain_text("The network says")
    expect(page.get_by_text("9 × 9 answers, 2 pixels apart")).to_be_visible(timeout=COLD_MS)
    page.get_by_role("radio", name="Upload").click()
    picture = np.zeros((40, 40, 3), np.uint8)
    picture[5:35, 17:23] = 255
    Image.fromarray(picture).save(tmp_path / "one.png")
    page.locator("input[type=file]").set_input_files(tmp_path / "one.png")
    expect(answer).to_contain_text("Your picture", timeout=COLD_MS)
    (tmp_path / "broken.png").write_bytes(b"\x89PNG and then nothing")
    page.locator("input[type=file]").first.set_input_files(tmp_path / "broken.png")
    expect(page.get_by_test_id("stAlert")).to_contain_text("picture", timeout=COLD_MS)
    page.get_by_role("radio", name="Draw").click()
    pad = page.locator(".rl-pad-canvas")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] - 30, steps=8)
    page.mouse.up()
    expect(page).to_have_url(re.compile("picture=[0-9a-f]{16}"), timeout=COLD_MS)
    expect(answer).to_contain_text("Your picture", timeout=COLD_MS)
    assert visitor.complaints == []


def test_a_study_fills_in_and_keeps_what_is_done_when_cancelled(
    visitor: Visitor, server: Server
) -> None:
    page = open_lab(visitor, server, f"{QUICK}&view=Study&num_seeds=10&epochs=4")
    press(page, "Run the study")
    table = page.get_by_role("table")
    expect(table).to_contain_text("from one pair", timeout=COLD_MS)
    expect(page.locator("[data-drawn]")).to_have_count(2)
    press(page, "Cancel")
    expect(page.get_by_text("What was finished is kept")).to_be_visible(timeout=COLD_MS)
    rows = table.locator("tbody tr")
    expect(rows).to_have_count(2)
    page.reload()
    expect(rows.last).to_contain_text("Dropout 0.5", timeout=COLD_MS)
    assert visitor.complaints == []


def test_the_previews_follow_the_form(visitor: Visitor, server: Server) -> None:
    page = open_lab(visitor, server, "view=Previews&augmentation=crop,flip")
    expect(page.get_by_role("heading", name="Augmentation")).to_be_visible(timeout=COLD_MS)
    images = page.locator("[data-testid=stImage] img")
    expect(images).to_have_count(10, timeout=COLD_MS)  # four, each with its sheet; two for pixels
    expect(page.locator("[data-drawn]")).to_have_count(2)
    choose(page, "normalization", "ZCA whitening")
    expect(page.get_by_text(re.compile("after. What is fitted"))).to_be_visible(timeout=COLD_MS)
    assert visitor.complaints == []


def test_a_link_sets_a_switch_though_its_code_comes_late(visitor: Visitor, server: Server) -> None:
    """A second pass of the script, after the preview, must not undo what the link says."""

    def late(route: Route) -> None:
        visitor.page.wait_for_timeout(3_000)
        route.continue_()

    visitor.page.route(re.compile(r"/static/js/Checkbox\."), late)
    page = open_lab(visitor, server, "view=Previews&batch_norm=true&dataset=digits")
    expect(control(page, "batch_norm").get_by_role("switch")).to_be_checked(timeout=COLD_MS)
    expect(page.locator("[data-drawn]")).to_have_count(2, timeout=COLD_MS)
    expect(control(page, "batch_norm").get_by_role("switch")).to_be_checked()


def test_a_script_that_fails_to_come_is_asked_for_again(visitor: Visitor, server: Server) -> None:
    refused = 0

    def refuse_twice(route: Route) -> None:
        nonlocal refused
        refused += 1
        route.abort() if refused <= 2 else route.continue_()

    visitor.page.route(re.compile(r"/live/image_stage\.js"), refuse_twice)
    page = open_lab(visitor, server, QUICK)
    expect(page.locator(LIVE)).to_be_visible(timeout=COLD_MS)
    assert refused > 2


def test_another_visitor_sees_none_of_it(
    visitor: Visitor, server: Server, browser: Browser
) -> None:
    page = open_lab(visitor, server, QUICK)
    trained(page, server)
    stranger = Visitor(browser.new_context())
    stranger.page.goto(page.url)
    expect(stranger.page.get_by_text("belongs to somebody else")).to_be_visible(timeout=COLD_MS)
    expect(stranger.page.get_by_role("button", name="Export this run")).to_have_count(0)
    stranger.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_view_is_accessible(browser: Browser, server: Server, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme)  # type: ignore[arg-type]
    visitor = Visitor(context)
    for view in (
        "Train",
        "Architecture",
        "Data",
        "Previews",
        "Study",
        "Try+an+image",
        "Arithmetic",
    ):
        page = open_lab(visitor, server, f"view={view}")
        page.wait_for_timeout(1_500)
        assert grave_violations(page) == {}, view
    context.close()
