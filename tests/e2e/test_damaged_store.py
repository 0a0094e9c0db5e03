"""The run store is damaged: pages say so, and what lies beside it is kept."""

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect

from rdfia_core.training.checkpoints import load_checkpoint
from tests.e2e.conftest import Server, Visitor
from tests.e2e.test_circle_mlp import expect_state, open_lab, press, run_in_address

pytestmark = pytest.mark.e2e

SLOW_MS = 60_000
FILES = ("runs.db", "runs.db-wal", "runs.db-shm")


@pytest.mark.parametrize("restarts", [True, False])
def test_pages_say_what_is_wrong_and_work_again_with_the_store_restored(
    visitor: Visitor, server: Server, tmp_path: Path, restarts: bool
) -> None:
    page = open_lab(visitor, server, "?epochs=3&speed=full")
    press(page, "Play")
    expect_state(page, "completed", timeout=SLOW_MS)
    run = run_in_address(page, server)
    address = page.url

    if restarts:
        server.kill()
    backup = {name: server.home / name for name in FILES if (server.home / name).exists()}
    for name, path in backup.items():
        shutil.copy(path, tmp_path / name)
    for path in backup.values():  # in place: whoever has the file open reads the garbage, too
        path.write_bytes(b"this is not a database" * 5_000)
    if restarts:
        server.start()

    for target in (address, f"{server.url}/runs", f"{server.url}/sweeps", f"{server.url}/report"):
        page.goto(target)
        expect(page.get_by_text("The run store cannot be used").first).to_be_visible(
            timeout=SLOW_MS
        )
        expect(page.get_by_text("it is our fault")).to_have_count(0)
    folder = server.home / "runs" / run.id
    assert load_checkpoint(folder) is not None

    for name, path in backup.items():
        shutil.copy(tmp_path / name, path)
    page.goto(address)
    expect_state(page, "completed", timeout=SLOW_MS)
    assert run_in_address(page, server).metrics == run.metrics
    open_lab(visitor, server, "?epochs=2&speed=full")
    press(page, "Play")
    expect_state(page, "completed", timeout=SLOW_MS)
