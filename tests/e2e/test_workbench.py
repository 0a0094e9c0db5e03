"""The workbench of one attention head, mounted without Streamlit on a page of its own."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser, Locator, Page, expect
from torch.nn.functional import scaled_dot_product_attention, softmax

from rdfia_core.models.vit.attention_examples import EXAMPLES
from tests.e2e.accessibility import grave_violations
from tests.e2e.live_server import LiveServer, mounted

pytestmark = pytest.mark.e2e

ROOT = ".rdfia-workbench"
DATA = {"examples": [asdict(example) for example in EXAMPLES]}
STEPS = ("Tokens", "Q, K, V", "Scores", "Scale", "Softmax", "Output")
TYPED = ("x", "w_q", "w_k", "w_v")


@pytest.fixture
def page(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    with mounted(
        browser, live_server, "workbench", DATA, viewport={"width": 1280, "height": 900}
    ) as page:
        yield page


def given(index: int, **changes: np.ndarray) -> dict[str, np.ndarray]:
    example = asdict(EXAMPLES[index])
    return {name: np.array(example[name], dtype=float) for name in TYPED} | changes


def expected(matrices: dict[str, np.ndarray], *, is_scaled: bool = True) -> dict[str, Any]:
    """Every matrix as PyTorch computes it."""
    x, w_q, w_k, w_v = (torch.from_numpy(matrices[name]) for name in TYPED)
    q, k, v = x @ w_q, x @ w_k, x @ w_v
    scale = q.shape[1] ** -0.5 if is_scaled else 1.0
    scores = q @ k.T
    return {
        **matrices,
        "q": q,
        "k": k,
        "v": v,
        "k_t": k.T,
        "scores": scores,
        "scaled": scores * scale,
        "weights": softmax(scores * scale, dim=1),
        "outputs": scaled_dot_product_attention(q, k, v, scale=scale),
    }


def go(page: Page, step: str) -> Locator:
    number = STEPS.index(step) + 1
    page.get_by_role("button", name=f"{number} {step}", exact=True).click()
    panel = page.get_by_role("region", name=step, exact=True)
    expect(panel).to_be_visible()
    return panel


def shown(panel: Locator) -> dict[str, np.ndarray]:
    """The numbers of the visible matrices, by name."""
    found = panel.locator("[data-matrix]").evaluate_all(
        """(tables) => tables.map((table) => [table.dataset.matrix,
          [...table.tBodies[0].rows].map((row) => [...row.querySelectorAll("[data-value]")]
            .map((cell) => Number(cell.dataset.value)))])"""
    )
    return {name: np.array(rows) for name, rows in found}


def check_all(page: Page, wanted: dict[str, Any]) -> None:
    seen = set[str]()
    for step in STEPS:
        for name, values in shown(go(page, step)).items():
            np.testing.assert_allclose(values, wanted[name], atol=1e-9, err_msg=f"{step}: {name}")
            seen.add(name)
    assert seen == set(wanted)


def choose(page: Page, index: int) -> None:
    page.get_by_role("combobox", name="Example").select_option(EXAMPLES[index].name)


@pytest.mark.parametrize("index", range(len(EXAMPLES)))
def test_every_number_is_that_of_pytorch(page: Page, index: int) -> None:
    choose(page, index)
    check_all(page, expected(given(index)))


def test_an_edit_is_followed_and_taken_back(page: Page) -> None:
    panel = go(page, "Q, K, V")
    page.get_by_role("textbox", name="X, runs, 3", exact=True).and_(panel.locator("input")).fill(
        "-1/4"
    )
    weight = page.get_by_role("textbox", name="Wk, 2, 3", exact=True)
    weight.fill("1,5")
    weight.press("Enter")
    x, w_k = given(0)["x"], given(0)["w_k"]
    x[2, 2], w_k[1, 2] = -0.25, 1.5
    check_all(page, expected(given(0, x=x, w_k=w_k)))
    page.get_by_role("button", name="Back to the example").click()
    check_all(page, expected(given(0)))


def test_what_is_no_number_is_refused(page: Page) -> None:
    panel = go(page, "Tokens")
    field = panel.get_by_role("textbox", name="X, cat, 1", exact=True)
    field.fill("lots")
    field.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("between −100 and 100")
    expect(page.get_by_role("alert")).to_contain_text("Got “lots”.")
    expect(field).to_have_value("2")
    expect(page.get_by_role("button", name="Back to the example")).to_be_disabled()


def test_swapped_tokens_swap_their_outputs(page: Page) -> None:
    choose(page, 2)
    before = shown(go(page, "Output"))["outputs"]
    page.get_by_role("checkbox", name="Swap the first two tokens").check()
    order = [1, 0, 2, 3]
    np.testing.assert_allclose(
        shown(go(page, "Output"))["outputs"], before[order], rtol=0, atol=1e-12
    )
    check_all(page, expected(given(2, x=given(2)["x"][order])))
    first = page.get_by_role("region", name="Output").locator("[data-matrix=outputs] tbody th")
    expect(first.first).to_have_text("yellow")
    note = page.get_by_role("status")
    expect(note).to_contain_text("positional embedding")
    assert float(page.locator(ROOT).get_attribute("data-difference") or "nan") < 1e-12
    page.get_by_role("checkbox", name="Swap the first two tokens").uncheck()
    expect(note).to_be_hidden()


def test_a_swapped_token_is_edited_in_its_own_row(page: Page) -> None:
    page.get_by_role("checkbox", name="Swap the first two tokens").check()
    field = go(page, "Tokens").get_by_role("textbox", name="X, dog, 3", exact=True)
    field.fill("7")
    field.press("Enter")
    page.get_by_role("checkbox", name="Swap the first two tokens").uncheck()
    x = given(0)["x"]
    x[1, 2] = 7
    check_all(page, expected(given(0, x=x)))


def test_without_the_scaling_the_softmax_is_sharper(page: Page) -> None:
    choose(page, 2)
    scaled = expected(given(2))["weights"].amax(dim=1).mean()
    unscaled = expected(given(2), is_scaled=False)["weights"].amax(dim=1).mean()
    panel = go(page, "Softmax")
    words = f"is {scaled:.2f} on average; without the scaling it would be {unscaled:.2f}."
    expect(panel).to_contain_text(words)
    page.get_by_role("checkbox", name="Scale by 1/√h").uncheck()
    check_all(page, expected(given(2), is_scaled=False))
    sharpness = float(page.locator(ROOT).get_attribute("data-sharpness") or "nan")
    assert sharpness == pytest.approx(float(unscaled))
    assert sharpness > float(scaled) + 0.1


def test_rows_of_the_softmax_state_their_sum(page: Page) -> None:
    sums = go(page, "Softmax").locator("[data-sum]")
    expect(sums).to_have_text(["1"] * 4)
    values = sums.evaluate_all("(cells) => cells.map((cell) => Number(cell.dataset.sum))")
    np.testing.assert_allclose(values, 1.0)


@pytest.mark.parametrize(
    ("step", "matrix", "terms"),
    [
        ("Q, K, V", "v", "2 × 0 + 0 × 0 + 0 × 1 + 1 × 0"),
        ("Scores", "scores", "2 × 2 + 0 × 0 + 0 × 0"),
        ("Scale", "scaled", "4 / √3"),
        ("Softmax", "weights", "exp(2.31) / ( exp(2.31) + exp(2.31) + exp(0) + exp(0) )"),
        ("Output", "outputs", "0.455 × 1 + 0.455 × 0 + 0.045 × 1 + 0.045 × 0"),
    ],
)
def test_a_number_of_a_result_is_written_out(
    page: Page, step: str, matrix: str, terms: str
) -> None:
    panel = go(page, step)
    panel.locator(f"[data-matrix={matrix}] [data-at='1,1']").hover()
    written = panel.locator(".rl-written-terms span").all_inner_texts()
    assert " ".join(written).replace("\N{THIN SPACE}", " ") == terms
    total = float(panel.locator("[data-total]").get_attribute("data-total") or "nan")
    assert total == pytest.approx(float(expected(given(0))[matrix][1][1]))


def test_pointing_outlines_the_row_and_the_column_and_a_click_keeps_them(page: Page) -> None:
    panel = go(page, "Scores")
    cell = panel.locator("[data-matrix=scores] [data-at='1,2']")
    cell.click()
    page.mouse.move(2, 2)
    marked = panel.locator("[data-on]").evaluate_all(
        "(cells) => cells.map((c) => `${c.closest('table').dataset.matrix} ${c.dataset.at}`)"
    )
    rows = [f"q 1,{i}" for i in range(3)]
    columns = [f"k_t {i},2" for i in range(3)]
    assert sorted(marked) == sorted([*rows, *columns, "scores 1,2"])
    page.keyboard.press("ArrowDown")
    expect(panel.locator("[data-matrix=scores] [data-at='2,2']")).to_be_focused()
    expect(panel.locator("[data-total]")).to_have_attribute("data-total", "4")
    expect(panel.get_by_text("Score: the query of “runs” with the key of “runs”")).to_be_visible()


def test_back_next_and_play_walk_over_the_steps(page: Page) -> None:
    root = page.locator(ROOT)
    expect(page.get_by_role("button", name="Back", exact=True)).to_be_disabled()
    page.get_by_role("button", name="Next", exact=True).click()
    page.get_by_role("button", name="Next", exact=True).click()
    page.get_by_role("button", name="Back", exact=True).click()
    expect(root).to_have_attribute("data-step", "2")
    go(page, "Softmax")
    page.get_by_role("button", name="Play", exact=True).click()
    expect(root).to_have_attribute("data-step", "6")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Next", exact=True)).to_be_disabled()
    page.get_by_role("button", name="Play", exact=True).click()
    expect(root).to_have_attribute("data-step", "1")
    page.get_by_role("button", name="Pause", exact=True).click()
    page.evaluate("window.unmount()")
    expect(root).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_and_nothing_overflows(page: Page, scheme: str) -> None:
    if scheme == "dark":
        page.add_style_tag(
            content=":root { --st-background-color: #0e1117; --st-text-color: #fafafa; "
            "--st-secondary-background-color: #1c2029; --st-primary-color: #7aa2ff } "
            "body { background: #0e1117 }"
        )
    expect(page.locator(ROOT)).to_have_attribute("data-theme", scheme)
    page.get_by_role("checkbox", name="Swap the first two tokens").check()
    for step in STEPS:
        go(page, step)
        assert grave_violations(page, ROOT) == {}
        for width in (1280, 700, 390):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
