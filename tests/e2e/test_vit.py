"""The transformer lab as a student meets it: train, watch attention, ablate, carry over."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.accessibility import BUT_CODE, grave_violations
from tests.e2e.conftest import Server, Visitor
from tests.e2e.test_cifar_cnn import PIXELS
from tests.e2e.test_circle_mlp import expect_state, press, run_in_address

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("nothing_goes_on")]

COLD_MS = 60_000
QUICK = "num_train=300&num_val=100&embed_dim=16&epochs=2"
HEADS = "button[data-block][data-head] canvas"


def open_lab(visitor: Visitor, server: Server, query: str) -> Page:
    page = visitor.page
    page.goto(f"{server.url}/vit?{query}")
    expect(page.get_by_role("heading", name="Vision Transformer")).to_be_visible(timeout=COLD_MS)
    return page


def trained(page: Page, server: Server, button: str = "Play") -> str:
    """Train what the form says to its end; return the run's id."""
    press(page, button)
    expect_state(page, "completed", timeout=COLD_MS)
    return run_in_address(page, server).id


def test_attention_changes_while_it_trains_positions_are_ablated_and_a_run_carried_over(
    visitor: Visitor, server: Server
) -> None:
    page = open_lab(visitor, server, "embed_dim=16&epochs=12")
    press(page, "Play")
    heads = page.locator(HEADS)
    expect(heads).to_have_count(8, timeout=COLD_MS)
    before = page.evaluate(PIXELS, HEADS)
    page.evaluate("selector => { window.first = document.querySelector(selector); }", HEADS)
    page.wait_for_function(
        f"([selector, before]) => ({PIXELS})(selector) !== before",
        arg=[HEADS, before],
        timeout=COLD_MS,
    )
    assert page.evaluate("selector => window.first === document.querySelector(selector)", HEADS)
    expect_state(page, "completed", timeout=2 * COLD_MS)
    source = run_in_address(page, server)
    assert source.metrics["test_accuracy"] > 0.5

    # Ablation: the same run without positions, and the similarity of positions is gone.
    expect(page.get_by_text("A map for each patch")).to_be_visible()
    page.locator(".st-key-vit-pos_embedding").get_by_role("radio", name="None").click()
    expect(page).to_have_url(re.compile("pos_embedding=none"))
    press(page, "Restart with them")
    expect(page.get_by_text("This network has no positional embedding")).to_be_visible(
        timeout=COLD_MS
    )
    expect_state(page, "completed", timeout=2 * COLD_MS)
    ablated = run_in_address(page, server)
    assert ablated.config["pos_embedding"] == "none"
    assert ablated.metrics["test_accuracy"] < source.metrics["test_accuracy"]

    # Fine-tuning: the first run's weights, on another data set, its blocks frozen.
    page.get_by_role("radio", name="Fine-tune").click()
    page.locator(f".st-key-vit-source-{source.id}").get_by_role("button").click()
    expect(page).to_have_url(re.compile(f"init_from=run(:|%3A){source.id}"), timeout=COLD_MS)
    chosen = page.url.replace("view=Fine-tune", "view=Train").replace("epochs=12", "epochs=1")
    page.goto(f"{chosen}&dataset=shapes10&num_train=300&freeze=backbone")
    press(page, "Play")  # the run on the other images is no longer shown
    expect(page.get_by_text("its weights are carried over, with a new head")).to_be_visible(
        timeout=COLD_MS
    )
    expect_state(page, "completed", timeout=COLD_MS)
    tuned = run_in_address(page, server)
    assert tuned.config["dataset"] == "shapes10"
    assert tuned.config["embed_dim"] == 16
    assert tuned.config["input_size"] == 8
    assert visitor.complaints == []


def test_attention_of_the_trained_network_from_any_patch(visitor: Visitor, server: Server) -> None:
    page = open_lab(visitor, server, QUICK)
    trained(page, server)
    page.get_by_role("radio", name="Attention", exact=True).click()
    expect(page.locator(HEADS)).to_have_count(8, timeout=COLD_MS)
    page.locator("button[data-block='2'][data-head='3']").click()
    expect(page.get_by_role("heading", name="Block 2, head 3")).to_be_visible()
    assert visitor.complaints == []


def test_timm_refuses_a_small_image_and_the_remedies_show_what_is_seen(
    visitor: Visitor, server: Server
) -> None:
    page = open_lab(visitor, server, "view=timm&dataset=shapes10&num_val=500&patch_size=4")
    refusal = page.get_by_text("Input height (32) doesn't match model (224).")
    expect(refusal).to_be_visible(timeout=COLD_MS)
    page.locator(".st-key-vit-probe_size").get_by_role("radio", name="img_size").click()
    expect(page.get_by_text("Pixels seen")).to_be_visible(timeout=COLD_MS)
    expect(refusal).to_have_count(0)
    assert visitor.complaints == []


def test_the_workbench_steps_and_the_cost_is_measured(visitor: Visitor, server: Server) -> None:
    page = open_lab(visitor, server, "view=Self-attention&embed_dim=16")
    press(page, "Next")
    press(page, "Measure")
    reading = page.get_by_text("the square is more than half").first
    expect(reading).to_be_visible(timeout=2 * COLD_MS)  # ten seconds of one quiet core
    assert visitor.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_view_is_accessible(browser: Browser, server: Server, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme)  # type: ignore[arg-type]
    visitor = Visitor(context)
    views = [
        "Train",
        "Attention",
        "Parts",
        "Self-attention",
        "Fine-tune",
        "Small+data",
        "timm",
        "Fields",
    ]
    for view in views:
        page = open_lab(visitor, server, f"view={view}")
        page.wait_for_timeout(1_500)
        assert grave_violations(page, BUT_CODE) == {}, view
    context.close()
