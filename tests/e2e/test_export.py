"""What a student takes home: every file of a run, and the lab report."""

import io
import json
import xml.etree.ElementTree as ET

import nbformat
import numpy as np
import onnx
import onnx.reference
import pytest
import safetensors.numpy
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from rdfia_core.jobs.export import exports_of
from rdfia_core.store import RunStore
from tests.e2e.accessibility import grave_violations
from tests.e2e.conftest import Server, Visitor
from tests.e2e.downloads import MADE_MS, exported, saved_by
from tests.e2e.test_circle_mlp import expect_state, open_lab, press, run_in_address

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("nothing_goes_on")]

QUICK = "?epochs=3&speed=full"


def trained(visitor: Visitor, server: Server) -> Page:
    page = open_lab(visitor, server, QUICK)
    press(page, "Play")
    expect_state(page, "completed", timeout=MADE_MS)
    return page


def test_every_file_of_a_run_is_downloaded_and_holds_the_run(
    visitor: Visitor, server: Server
) -> None:
    page = trained(visitor, server)
    run = run_in_address(page, server)
    files = {export.name: exported(page, export.name) for export in exports_of("circle_mlp")}
    assert json.loads(files["settings.json"])["run_id"] == run.id
    assert files["metrics.csv"].startswith(b"step,")
    assert files["metrics.parquet"][:4] == files["metrics.parquet"][-4:] == b"PAR1"
    for name in ("curves.svg", "picture.svg"):
        assert ET.fromstring(files[name]).tag.endswith("}svg")
        assert run.id.encode() in files[name]
    for name in ("curves.png", "picture.png"):
        assert min(Image.open(io.BytesIO(files[name])).size) > 500
    weights = safetensors.numpy.load(files["weights.safetensors"])
    assert sum(array.size for array in weights.values()) == run.num_parameters
    network = onnx.reference.ReferenceEvaluator(onnx.load_from_string(files["network.onnx"]))
    (outputs_N2,) = network.run(None, {network.input_names[0]: np.zeros((3, 2), np.float32)})
    assert outputs_N2.shape == (3, 2)
    compile(files["train.py"], "train.py", "exec")
    nbformat.validate(nbformat.reads(files["train.ipynb"].decode(), as_version=4))
    assert visitor.complaints == []


def test_a_report_is_written_kept_and_handed_in(visitor: Visitor, server: Server) -> None:
    page = trained(visitor, server)
    run = run_in_address(page, server)
    page.goto(f"{server.url}/lab_report")
    page.get_by_label("Runs", exact=True).click(timeout=MADE_MS)
    page.get_by_role("option").first.click()
    page.keyboard.press("Escape")
    notes = page.get_by_role("textbox", name="Notes on the whole report")
    notes.fill("Three epochs are **not** enough. <script>alert(1)</script>")
    notes.blur()
    page.get_by_role("textbox", name="Your name").fill("Ada")
    page.get_by_role("textbox", name="Your name").blur()
    page.get_by_text("Make the report", exact=True).click()
    report = saved_by(page, "Download the report").decode()
    for words in (run.id, "<strong>not</strong>", "Ada", "<svg", "learning rate"):
        assert words.lower() in report.lower(), words
    assert "<script>alert" not in report
    preview = page.frame_locator("iframe").first
    expect(preview.get_by_text("Three epochs are")).to_be_visible(timeout=MADE_MS)

    page.reload()  # what was written is kept
    expect(page.get_by_role("textbox", name="Notes on the whole report")).to_have_value(
        "Three epochs are **not** enough. <script>alert(1)</script>", timeout=MADE_MS
    )
    expect(page.get_by_role("textbox", name="Your name")).to_have_value("Ada")
    assert visitor.complaints == []


def test_a_run_that_is_deleted_meanwhile_is_no_longer_reported(
    visitor: Visitor, server: Server
) -> None:
    page = trained(visitor, server)
    run = run_in_address(page, server)
    store = RunStore(f"sqlite:///{server.home / 'runs.db'}")
    store.delete_run(run.id)
    store.close()
    page.goto(f"{server.url}/lab_report")
    expect(page.get_by_text("You have no runs yet")).to_be_visible(timeout=MADE_MS)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible(browser: Browser, server: Server, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme)  # type: ignore[arg-type]
    visitor = Visitor(context)
    page = trained(visitor, server)
    page.goto(f"{server.url}/lab_report")
    expect(page.get_by_role("textbox", name="Notes on the whole report")).to_be_visible(
        timeout=MADE_MS
    )
    assert grave_violations(page) == {}
    context.close()
