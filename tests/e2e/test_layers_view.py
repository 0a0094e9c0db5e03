"""The table of a network's blocks, mounted without Streamlit on a page of its own."""

import random
import re
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from pages.parts.cifar_cnn.architecture import LIMITS, preset_texts
from rdfia_core.errors import ConfigError
from rdfia_core.models.cnn.blocks import (
    ACTIVATIONS,
    ARCHITECTURES,
    canonical,
    effective_blocks,
    parse_blocks,
)
from rdfia_core.models.cnn.layer_table import LayerTable, layer_table
from tests.e2e.live_server import LiveServer, mounted

pytestmark = pytest.mark.e2e

ROOT = ".rdfia-layers"
PRESETS = [{"name": name, "title": name, "text": text} for name, text in preset_texts().items()]
DATA: dict[str, Any] = {
    "text": canonical("lab"),
    "batch_norm": False,
    "dropout": 0.0,
    "batch_size": 32,
    "shape": {"channels": 3, "size": 32, "classes": 10},
    "source": "Noise.",
    "limits": LIMITS,
    "presets": PRESETS,
    "locked": "",
    "problem": "",
}
TWIN = """async ([cases, limits, known]) => {
  const load = (name) => import(`./app/static/live/${name}.js?v=test`);
  const [{ readBlocks, blocksText }, { effective, layerTable }] =
    await Promise.all(["layers_text", "layers_table"].map(load));
  return cases.map(({ text, batchNorm, dropout, shape }) => {
    let blocks;
    try {
      blocks = readBlocks(text, limits, known);
    } catch (error) {
      return { refused: error.message };
    }
    const all = effective(blocks, { batchNorm, dropout }).map(({ block }) => block);
    return { text: blocksText(blocks), ...layerTable(all, shape, limits) };
  });
}"""


@pytest.fixture
def page(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    with mounted(
        browser, live_server, "layers", DATA, viewport={"width": 1100, "height": 1000}
    ) as page:
        yield page


def row(page: Page, name: str) -> Locator:
    return page.locator(f"{ROOT} tr[data-layer='{name}']")


def field(page: Page, label: str) -> Locator:
    return page.get_by_role("spinbutton", name=label, exact=True)


def total(page: Page, name: str) -> Locator:
    return page.locator(f"{ROOT} [data-sum={name}]")


def names(page: Page) -> list[str]:
    return page.locator(f"{ROOT} tbody .rl-layer-name").all_inner_texts()


def last_text(page: Page) -> str:
    """What Python was last told, once it was told something new."""
    page.wait_for_function("window.commands.length")
    return str(page.evaluate("window.commands.at(-1).value"))


def table_of(text: str) -> LayerTable:
    return layer_table(parse_blocks(text), num_channels=3, image_size=32, num_classes=10)


# --- the twin ---------------------------------------------------------------------------------


BROKEN = [
    *["", "conv", "conv 3", "conv 3 k", "conv 8 k3 s9", "conv 8 k3 p-1", "conv 8 k16", "relu 2"],
    *["pool", "pool 3 p2", "pool 2 x", "fc x", "fc", "fc 8193", "dropout 0.96", "dropout 1."],
    *["swish", "res 0", "conv 8 k3 " + "s1 " * 9, "it's"],
]


def random_block(rng: random.Random) -> str:
    """A block that may be parsed, most of the time."""
    if rng.random() < 0.07:
        return rng.choice(BROKEN)
    few, kernel = rng.choice([1, 6, 32, 100, 512]), rng.choice([1, 2, 3, 5, 7, 15])
    window, edge = rng.choice([(1, ""), (2, " p1"), (3, " p1"), (2, ""), (5, " p2"), (15, " p7")])
    extra = rng.choice(["", "", " s2", " p1", " s3 p2", " p2 s1", " p7"])
    return rng.choice(
        [
            *[f"conv {few} k{kernel}{extra}"] * 6,
            *[f"{name} {window}{s}{edge}{up}" for name in ("pool", "avgpool")
              for s in ("", " s3") for up in ("", " up")],
            *[f"res {few}", f"res {few} s2", f"fc {rng.choice([1, 10, 1000, 8192])}"],
            *[rng.choice(ACTIVATIONS), "bn", rng.choice(["gap", "bn"])],
            f"dropout {rng.choice(['0', '.5', '0.123456789', '0.00001'])}",
        ]
    )  # fmt: skip


def random_case(rng: random.Random) -> dict[str, Any]:
    texts = [", ".join(random_block(rng) for _ in range(rng.randint(1, 7)))]
    texts += [rng.choice([*ARCHITECTURES, " LAB ", "", "relu, " * 60 + "relu"])]
    return {
        "text": rng.choices(texts, [20, 1])[0],
        "batchNorm": rng.random() < 0.3,
        "dropout": rng.choice([0, 0, 0.5, 0.25]),
        "shape": {
            "channels": rng.choice([1, 3]),
            "size": rng.choice([8, 28, 32, 64, 96]),
            "classes": rng.choice([2, 10, 100]),
        },
    }


def expected(case: dict[str, Any]) -> dict[str, Any]:
    try:
        blocks = effective_blocks(
            case["text"], batch_norm=case["batchNorm"], dropout=case["dropout"]
        )
    except ConfigError as error:
        return {"refused": str(error).removeprefix("The 'architecture' parameter must have ")}
    shape = case["shape"]
    table = layer_table(
        blocks,
        num_channels=shape["channels"],
        image_size=shape["size"],
        num_classes=shape["classes"],
    )
    return {
        "text": canonical(case["text"]),
        "layers": [{**asdict(layer), "num_values": layer.num_values} for layer in table.layers],
        "error": table.error,
        "errorNumber": table.error_number,
    }


def renamed(found: dict[str, Any]) -> dict[str, Any]:
    """What the browser said, in Python's words."""
    if "refused" in found:
        return found
    words = {
        "weights": "num_weights",
        "work": "multiply_adds",
        "field": "receptive_field",
        "values": "num_values",
    }
    layers = [{words.get(name, name): v for name, v in each.items()} for each in found["layers"]]
    return {**{name: found[name] for name in ("text", "error", "errorNumber")}, "layers": layers}


def test_the_browser_computes_what_python_computes(page: Page) -> None:
    rng = random.Random(0)
    cases = [random_case(rng) for _ in range(1_500)]
    found = page.evaluate(TWIN, [cases, LIMITS, PRESETS])
    wanted = [expected(case) for case in cases]
    assert [renamed(each) for each in found] == wanted
    refused = sum("refused" in each for each in wanted)
    impossible = sum(bool(each.get("error")) for each in wanted)
    assert min(refused, impossible, len(wanted) - refused - impossible) > 200


# --- the view ---------------------------------------------------------------------------------


def test_the_labs_network_reads_as_in_the_lab(page: Page) -> None:
    expect(total(page, "weights")).to_have_text("1,191,170")
    pools_and_convs = [name for name in names(page) if name.startswith(("conv", "pool"))]
    fields = [row(page, name).locator("td").nth(5).inner_text() for name in pools_and_convs]
    assert [text.split(" ")[0] for text in fields] == ["5", "6", "14", "16", "32", "36"]
    expect(row(page, "conv2").locator("td").nth(1)).to_have_text("64 × 16 × 16")
    assert Axe().run(page, context=ROOT).response["violations"] == []


def test_an_edit_changes_the_totals_at_once_and_python_hears_of_it(page: Page) -> None:
    changed = canonical("lab").replace("conv 32", "conv 48")
    field(page, "Channels of conv1").fill("48")
    assert total(page, "weights").inner_text() == f"{table_of(changed).num_weights:,}"
    assert page.evaluate("window.commands.length") == 0
    assert last_text(page) == changed
    assert page.evaluate("window.commands[0].type") == "blocks"
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(total(page, "weights")).to_have_text("1,191,170")
    expect(field(page, "Channels of conv1")).to_have_value("32")


def test_a_number_out_of_range_is_refused_in_its_row(page: Page) -> None:
    kernel = field(page, "Kernel of conv1")
    kernel.fill("16")
    expect(row(page, "conv1")).to_contain_text("Kernel must be a whole number from 1 to 15.")
    expect(total(page, "weights")).to_have_text("1,191,170")
    kernel.blur()
    expect(kernel).to_have_value("5")
    expect(row(page, "conv1")).not_to_contain_text("Kernel must")


def test_a_block_that_cannot_fit_is_marked_with_the_reason(page: Page) -> None:
    page.get_by_role("button", name="Add a block below fc4").click()
    page.get_by_role("menuitem", name=re.compile("^Convolution")).click()
    failed = page.locator(f"{ROOT} tr[data-failed]")
    expect(failed).to_have_attribute("data-layer", "conv5")
    expect(failed).to_contain_text("Fc4 before it is fully connected")
    expect(field(page, "Channels of conv5")).to_be_focused()
    expect(row(page, "relu5").locator("td").nth(1)).to_have_text("–")
    expect(page.get_by_text("Cannot be built: see conv5.")).to_be_visible()
    assert last_text(page).endswith("fc 1000, conv 32 k3 p1, relu")
    page.get_by_role("button", name="Back to the lab's network").click()
    expect(failed).to_have_count(0)
    page.wait_for_function("(text) => window.commands.at(-1).value === text", arg=DATA["text"])


def test_blocks_are_added_moved_and_removed_with_the_keyboard(page: Page) -> None:
    page.get_by_role("button", name="Add a block below conv1").focus()
    for key in ("Enter", "ArrowDown", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    assert names(page)[:4] == ["input", "conv1", "pool1", "relu1"]
    expect(field(page, "Window of pool1")).to_be_focused()
    page.get_by_role("button", name="Move conv1 down").focus()
    page.keyboard.press("Enter")
    assert names(page)[:4] == ["input", "pool1", "conv1", "relu1"]
    expect(page.get_by_role("button", name="Move conv1 down")).to_be_focused()
    page.get_by_role("button", name="Remove pool1", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Remove conv1")).to_be_focused()
    expect(page.get_by_label("The network as text")).to_have_value(DATA["text"])


def test_the_text_can_be_typed_and_a_wrong_one_says_why(page: Page) -> None:
    text = page.get_by_label("The network as text")
    text.fill("conv 8 k3, gap, fc")
    expect(page.get_by_role("alert")).to_have_text(
        "The text must have in block 3 (fc) units from 1 to 8192. Got nothing."
    )
    expect(total(page, "weights")).to_have_text("1,191,170")
    text.fill("conv 8 k3 s1,gap,fc 5")
    expect(page.get_by_role("alert")).to_have_text("")
    assert names(page) == ["input", "conv1", "gap1", "fc2", "fc3"]
    text.blur()
    expect(text).to_have_value("conv 8 k3, gap, fc 5")


def test_what_the_switches_put_in_is_shown_but_not_edited(page: Page) -> None:
    page.evaluate("(data) => window.show(data)", {"batch_norm": True, "dropout": 0.5})
    expect(row(page, "bn1")).to_contain_text("“Batch norm” in the side panel")
    expect(row(page, "dropout4")).to_contain_text("“Dropout” in the side panel")
    expect(row(page, "bn1").get_by_role("button")).to_have_count(0)
    blocks = effective_blocks("lab", batch_norm=True, dropout=0.5)
    table = layer_table(blocks, num_channels=3, image_size=32, num_classes=10)
    expect(total(page, "weights")).to_have_text(f"{table.num_weights:,}")


def test_python_changes_the_table_but_its_answers_do_not_undo_what_follows(page: Page) -> None:
    first, second = (canonical("lab").replace("conv 32", f"conv {n}") for n in (40, 50))
    field(page, "Channels of conv1").fill("40")
    assert last_text(page) == first
    field(page, "Channels of conv1").fill("50")
    page.evaluate("(data) => window.show(data)", {"text": first})
    expect(field(page, "Channels of conv1")).to_have_value("50")
    page.wait_for_function("(text) => window.commands.at(-1).value === text", arg=second)
    page.evaluate("(data) => window.show(data)", {"text": second})
    page.evaluate("(data) => window.show(data)", {"text": canonical("lenet5")})
    expect(row(page, "conv1").locator("td").nth(1)).to_have_text("6 × 28 × 28")
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(field(page, "Channels of conv1")).to_have_value("50")


def test_a_locked_table_takes_no_edits(page: Page) -> None:
    page.evaluate("(data) => window.show(data)", {"locked": "Not now."})
    expect(page.get_by_text("Not now.")).to_be_visible()
    expect(field(page, "Channels of conv1")).to_be_disabled()
    expect(page.get_by_role("button", name="Add a first block")).to_be_disabled()


def test_nothing_overflows_sideways(page: Page) -> None:
    page.evaluate("(data) => window.show(data)", {"batch_norm": True, "dropout": 0.5})
    for name in ("lab", "resnet"):
        page.locator(f"[data-preset={name}]").click()
        for width in (1100, 916, 700, 368):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.evaluate(
                "(root) => { const r = document.querySelector(root); "
                "return r.querySelector('.rl-table-card').scrollWidth <= r.clientWidth; }",
                ROOT,
            )
