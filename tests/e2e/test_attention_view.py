"""Where the heads of a Vision Transformer look, mounted without Streamlit on a page of its own."""

import base64
import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.accessibility import grave_violations
from tests.e2e.attention_frames import AttentionFrame, H, L, attention_frame
from tests.e2e.live_server import FakeRun, LiveServer, mounted, opened

pytestmark = pytest.mark.e2e

ROOT = ".rdfia-live"
HEAD = ".rl-head-view"
EMPTY = {"run": None, "recording": None, "control": True, "speeds": [None], "speed": None}
PIXELS = """(canvas) => {
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  return { width, height, data: [...data] };
}"""


@pytest.fixture
def page(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    size = {"width": 1280, "height": 1000}
    data = {"frame": None}
    with mounted(browser, live_server, "attention_answer", data, viewport=size) as page:
        yield page


def show(page: Page, **settings: Any) -> AttentionFrame:
    frame = attention_frame(**settings)
    page.evaluate("(data) => window.show(data)", {"frame": base64.b64encode(frame.blob).decode()})
    expect(page.locator(".rl-head").first).to_be_visible()
    return frame


def pixels(page: Page, selector: str) -> np.ndarray:
    found = page.locator(selector).evaluate(PIXELS)
    return np.array(found["data"]).reshape(found["height"], found["width"], 4)


def tile(page: Page, block: int, head: int) -> Locator:
    return page.locator(f"button[data-block='{block}'][data-head='{head}']")


def numbers(page: Page) -> dict[str, float]:
    """What is said of the large head."""
    data = page.locator(HEAD).evaluate("(node) => ({ ...node.dataset })")
    return {name: float(value or "nan") for name, value in data.items()}


def point(page: Page, which: int, row: int, column: int, grid: int = 4) -> None:
    board = page.locator(f"{HEAD} .rl-patch-board").nth(which)
    board.scroll_into_view_if_needed()
    box = board.bounding_box()
    assert box is not None
    side = box["width"] / grid
    page.mouse.move(box["x"] + (column + 0.5) * side, box["y"] + (row + 0.5) * side)


def expected(frame: AttentionFrame, block: int, head: int, query: int) -> np.ndarray:
    """A row over all tokens; query -1 for the class token, which comes first."""
    return frame.probs_LHRT[block, head, query + 1]


def test_every_tile_tells_the_numbers_of_its_head(page: Page) -> None:
    frame = show(page)
    expect(page.locator(".rl-head")).to_have_count(L * H)
    for block, head in itertools.product(range(L), range(H)):
        button = tile(page, block + 1, head + 1)
        patches = expected(frame, block, head, -1)[1:]
        strongest = int(patches.argmax())
        assert float(button.get_attribute("data-most") or "nan") == pytest.approx(patches.max())
        distance = float(button.get_attribute("data-distance") or "nan")
        assert distance == pytest.approx(frame.distance_LH[block, head])
        name = button.get_attribute("aria-label") or ""
        assert f"patch ({strongest // 4 + 1}, {strongest % 4 + 1})" in name


def test_without_the_image_a_tile_is_the_attention_alone(page: Page) -> None:
    frame = show(page)
    page.get_by_role("checkbox", name="Over the image").uncheck()
    picture = pixels(page, "button[data-block='2'][data-head='3'] canvas")
    assert picture.shape == (4, 4, 4)
    patches = expected(frame, 1, 2, -1)[1:]
    # Darker is more in the light theme: the order of the pixels is that of the probabilities.
    assert np.argmin(picture[..., 1].ravel()) == patches.argmax()
    order = np.argsort(patches)
    assert (np.diff(picture[..., 1].ravel()[order]) <= 0).all()


def test_over_the_image_each_patch_is_tinted_by_what_it_gets(page: Page) -> None:
    frame = show(page)
    picture = pixels(page, f"{HEAD} [aria-label='To this patch'] canvas")[..., :3]
    patches = expected(frame, 0, 0, -1)[1:].reshape(4, 4)
    tint = 0.92 * (patches / patches.max()).repeat(7, axis=0).repeat(7, axis=1)[..., None]
    dimmed = 0.38 * frame.image_SSC.astype(float)
    wanted = (1 - tint) * dimmed + tint * np.array([255, 176, 32])
    np.testing.assert_allclose(picture, wanted, atol=3)


def test_a_click_on_a_tile_enlarges_that_head(page: Page) -> None:
    frame = show(page)
    tile(page, 3, 2).click()
    row = expected(frame, 2, 1, -1)
    found = numbers(page)
    assert (found["block"], found["head"], found["query"]) == (3, 2, -1)
    assert found["sum"] == pytest.approx(row.sum())
    assert found["received"] == pytest.approx(row[0])
    assert found["value"] == pytest.approx(row[1:].max())
    expect(tile(page, 3, 2)).to_have_attribute("aria-pressed", "true")


def test_arrow_keys_walk_over_the_heads(page: Page) -> None:
    show(page)
    tile(page, 1, 1).focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "ArrowUp", "ArrowUp", "ArrowLeft"):
        page.keyboard.press(key)
    expect(tile(page, 1, 2)).to_be_focused()
    assert numbers(page)["head"] == 2
    expect(page.locator(".rl-head[tabindex='0']")).to_have_count(1)


def test_pointing_and_clicking_choose_the_patch_that_looks(page: Page) -> None:
    frame = show(page)
    point(page, 0, 1, 2)
    assert numbers(page)["query"] == 6
    page.mouse.click(5, 5)
    assert numbers(page)["query"] == -1
    point(page, 0, 2, 0)
    page.mouse.down()
    page.mouse.up()
    point(page, 1, 0, 1)
    row = expected(frame, 0, 0, 8)
    found = numbers(page)
    assert (found["query"], found["to"]) == (8, 1)
    assert found["value"] == pytest.approx(row[2])
    assert found["sum"] == pytest.approx(row.sum())
    assert found["received"] == pytest.approx(row[0])
    expect(page.get_by_text(f"From patch (3, 1) to patch (1, 2): {row[2]:.2g}.")).to_be_visible()
    page.get_by_role("button", name="From the class token").click()
    assert numbers(page)["query"] == -1


def test_arrow_keys_choose_the_patch_that_looks_and_the_one_looked_at(page: Page) -> None:
    frame = show(page)
    source = page.get_by_role("slider", name="From this patch")
    source.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    expect(source).to_have_attribute("aria-valuetext", "patch (2, 2)")
    page.keyboard.press("Tab")
    target = page.get_by_role("slider", name="To this patch")
    expect(target).to_be_focused()
    page.keyboard.press("ArrowRight")
    value = expected(frame, 0, 0, 5)[1]
    assert numbers(page)["value"] == pytest.approx(value)
    expect(target).to_have_attribute("aria-valuetext", f"patch (1, 1): {value:.2g}")


def test_with_one_row_a_sentence_says_why_no_patch_can_be_asked(page: Page) -> None:
    frame = show(page, all_queries=False)
    expect(page.get_by_text("Here only the class token can be asked")).to_be_visible()
    point(page, 0, 1, 1)
    found = numbers(page)
    assert found["query"] == -1
    assert found["sum"] == pytest.approx(frame.probs_LHRT[0, 0, 0].sum())


@pytest.mark.parametrize("all_queries", [True, False])
def test_without_a_class_token_the_mean_of_all_rows_is_shown(page: Page, all_queries: bool) -> None:
    frame = show(page, class_token=False, all_queries=all_queries)
    mean_T = frame.probs_LHRT[0, 0].mean(axis=0)
    found = numbers(page)
    assert found["value"] == pytest.approx(mean_T.max())
    assert found["sum"] == pytest.approx(mean_T.sum())
    assert np.isnan(found["received"])
    expect(page.get_by_text("To the class token")).to_be_hidden()
    if all_queries:
        point(page, 0, 3, 3)
        assert numbers(page)["value"] == pytest.approx(frame.probs_LHRT[0, 0, 15].max())


def test_the_rollout_states_the_sum_of_its_parts(page: Page) -> None:
    frame = show(page)
    rollout = page.locator(".rl-rollout-picture")
    total = float(rollout.get_attribute("data-sum") or "nan")
    assert total == pytest.approx(frame.rollout_T.sum(), rel=1e-6)
    own = f"{frame.rollout_T[0]:.2g}"
    expect(page.get_by_text(f"The parts sum to 1, {own} of it for the class token")).to_be_visible()
    strongest = int(frame.rollout_T[1:].argmax())
    expect(rollout).to_have_attribute(
        "aria-label", f"Attention rollout: most comes from patch ({strongest // 4 + 1}, "
        f"{strongest % 4 + 1}), {frame.rollout_T[1:].max():.2g}",
    )  # fmt: skip


def test_distances_are_dots_at_their_height_and_the_dashed_line_is_even_attention(
    page: Page,
) -> None:
    frame = show(page)
    dots = page.locator(".rl-chart-dot").evaluate_all(
        "(dots) => dots.map((dot) => [dot.dataset.distance, dot.getAttribute('cy')].map(Number))"
    )
    values, heights = np.array(dots).T
    np.testing.assert_allclose(values, frame.distance_LH.ravel(), rtol=1e-6)
    slope, zero = np.polyfit(values, heights, 1)
    np.testing.assert_allclose(heights, slope * values + zero, atol=1e-6)
    assert slope < 0
    places = np.stack(np.divmod(np.arange(16), 4), axis=1)
    even = 7 * np.linalg.norm(places[:, None] - places[None], axis=-1).mean()
    line = float(page.locator(".rl-chart-even").get_attribute("y1") or "nan")
    assert line == pytest.approx(slope * even + zero)


def test_a_patch_is_compared_with_all_others(page: Page) -> None:
    frame = show(page)
    assert frame.similarity_NN is not None
    card = page.get_by_role("region", name="Positional embedding")
    source = page.get_by_role("slider", name="Patch whose map is shown large")
    source.focus()
    page.keyboard.press("ArrowUp")
    page.get_by_role("slider", name="Patch compared with").focus()
    page.keyboard.press("ArrowDown")
    expect(card).to_have_attribute("data-patch", "6")
    value = float(card.get_attribute("data-value") or "nan")
    assert value == pytest.approx(frame.similarity_NN[6, 0])
    large = pixels(page, ".rl-positions figure:nth-child(2) canvas")
    small = pixels(page, ".rl-positions figure:nth-child(1) canvas")
    np.testing.assert_array_equal(small[5:9, 10:14], large)
    reds, greens = large[..., 0].ravel(), large[..., 1].ravel()
    similarity_N = frame.similarity_NN[6]
    assert (greens[similarity_N > 0.2] > reds[similarity_N > 0.2]).all()
    assert (greens[similarity_N < -0.2] < reds[similarity_N < -0.2]).all()


def test_a_network_without_positions_says_so(page: Page) -> None:
    show(page, positions=False)
    expect(page.get_by_text("This network has no positional embedding")).to_be_visible()
    expect(page.locator(".rl-positions")).to_be_hidden()


def test_patch_lines_can_be_taken_away(page: Page) -> None:
    show(page)
    lines = page.locator(".rl-patched .rl-patch-lines")
    expect(lines).to_be_visible()
    page.get_by_role("checkbox", name="Patches").uncheck()
    expect(lines).to_be_hidden()
    show(page, seed=1)
    expect(lines).to_be_hidden()


def test_what_no_patch_covers_stays_the_dimmed_image_and_cannot_be_chosen(page: Page) -> None:
    frame = show(page, grid=2, patch=8, margin=6)
    picture = pixels(page, f"{HEAD} [aria-label='To this patch'] canvas")[..., :3]
    dimmed = 0.38 * frame.image_SSC[16:].astype(float)
    np.testing.assert_allclose(picture[16:], np.broadcast_to(dimmed, (6, 22, 3)), atol=2)
    point(page, 0, 20, 3, grid=22)
    assert numbers(page)["query"] == -1
    point(page, 0, 15, 3, grid=22)
    assert numbers(page)["query"] == 2


def test_a_run_that_diverged_is_shown_without_numbers(page: Page) -> None:
    show(page, is_number=False)
    expect(page.locator(".rl-head").first).to_have_text("– px")
    expect(page.locator(".rl-chart-dot[visibility=hidden]")).to_have_count(L * H)
    expect(page.locator(f"{HEAD} .rl-head-reading")).to_contain_text("–")


def test_another_answer_keeps_the_canvases_and_the_choice(page: Page) -> None:
    show(page)
    tile(page, 2, 4).click()
    page.evaluate("window.kept = [...document.querySelectorAll('canvas')]")
    frame = show(page, seed=1)
    expect(page.locator(HEAD)).to_have_attribute("data-block", "2")
    row = expected(frame, 1, 3, -1)
    page.wait_for_function(
        "([node, value]) => Math.abs(document.querySelector(node).dataset.value - value) < 1e-6",
        arg=[HEAD, float(row[1:].max())],
    )
    assert page.evaluate(
        "[...document.querySelectorAll('canvas')].every((canvas, i) => canvas === window.kept[i])"
    )
    smaller = show(page, grid=2, seed=2)
    page.wait_for_function("document.querySelectorAll('.rl-head').length === 12")
    expect(page.locator(f"{HEAD} dd").first).to_contain_text("5 tokens")
    assert numbers(page)["value"] == pytest.approx(expected(smaller, 1, 3, -1)[1:].max())


def test_a_live_run_shows_attention_and_then_mistakes(
    browser: Browser, live_server: LiveServer
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    troubles: list[str] = []
    page = opened(context, live_server, "vit", EMPTY, troubles)
    run = FakeRun("vit")
    run.advance()
    first = attention_frame()
    run.frames = [(10, 1.0, first.blob)]
    live_server.runs[run.id] = run
    page.evaluate("(data) => window.show(data)", {"run": run.id})
    expect(page.locator(".rl-head")).to_have_count(L * H)
    titles = page.locator(".rl-image-panels h3").all_inner_texts()
    assert titles[0] == "Attention"
    assert titles[-2:] == ["Confusion matrix", "Surest mistakes"]
    expect(page.get_by_role("heading", name="Filters of the patch embedding")).to_be_visible()
    second = attention_frame(seed=3, step=20)
    run.frames.append((20, 2.0, second.blob))
    page.wait_for_function(
        "([node, value]) => Math.abs(document.querySelector(node).dataset.value - value) < 1e-6",
        arg=[HEAD, float(expected(second, 0, 0, -1)[1:].max())],
    )
    page.get_by_role("button", name="Next", exact=True).click()
    command = page.evaluate("window.commands.at(-1)")
    assert (command["type"], command["changes"]) == ("live", {"shown_image": 13})
    page.evaluate("window.unmount()")
    expect(page.locator(ROOT)).to_have_count(0)
    context.close()
    assert troubles == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_and_nothing_overflows(page: Page, scheme: str) -> None:
    if scheme == "dark":
        page.add_style_tag(
            content=":root { --st-background-color: #0e1117; --st-text-color: #fafafa; "
            "--st-secondary-background-color: #1c2029; --st-primary-color: #7aa2ff } "
            "body { background: #0e1117 }"
        )
    show(page)
    expect(page.locator(ROOT)).to_have_attribute("data-theme", scheme)
    assert grave_violations(page, ROOT) == {}
    for width in (1280, 760, 390):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
