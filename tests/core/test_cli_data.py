"""`data status`, `data fetch`, `data import`: what they print, and their exit statuses."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from rdfia_core import cli_data
from rdfia_core.cli import app
from rdfia_core.cli_output import ProgressLine
from tests.core.data.images.material import arrays, npz, two_classes, unpacked, zipped
from tests.core.data.images.mirror import LARGE, NAME, NUM_TRAIN, Site, serving

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RDFIA_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("RDFIA_DATA_DIR", raising=False)
    return tmp_path / "home"


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("RDFIA_DATA_DIR", str(folder))
    return folder


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with serving(monkeypatch) as site:
        yield site


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard error is a terminal, and it is always time to write."""
    monkeypatch.setattr(ProgressLine, "is_due", lambda self: True)


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["data", *arguments])


def test_status_lists_every_set(data_dir: Path) -> None:
    (data_dir / "mnist.npz").write_bytes(npz(arrays()))
    result = call("status")

    assert result.exit_code == 0, result.output
    blocks = {block.split()[0]: block for block in result.stdout.strip().split("\n\n")}
    assert list(blocks) == ["cifar10", "mnist", "fashion_mnist", "digits", "shapes10"]
    assert "missing: 50,000 training and 10,000 test images" in blocks["cifar10"]
    assert "python -m rdfia_core data fetch cifar10" in blocks["cifar10"]
    assert "archive: 20 training and 10 test images" in blocks["mnist"]
    assert "Read from $RDFIA_DATA_DIR/mnist.npz." in blocks["mnist"]
    assert "embedded: 1,437 training and 360 test images" in blocks["digits"]


def test_status_lists_imported_sets(tmp_path: Path) -> None:
    name = call("import", str(unpacked(two_classes(), tmp_path / "paints"))).stdout.split()[0]

    assert f"{name}  paints\n  ready: 6 training and 2 test images" in call("status").stdout


def test_fetch_makes_a_set_ready(site: Site) -> None:
    result = call("fetch", NAME)

    assert result.exit_code == 0, result.output
    assert f"{NAME}\n  Fashion-MNIST, 28 x 28 pixels, grey\n" in result.stdout
    assert "ankle boot      40      10" in result.stdout
    assert f"ready: {NUM_TRAIN} training" in call("status").stdout
    assert f"{NAME} is here. Fetched." in call("fetch", NAME).stdout


@pytest.mark.usefixtures("terminal")
def test_fetch_shows_its_progress_on_one_line(site: Site) -> None:
    lines = call("fetch", NAME).stderr.split("\n")

    assert len(lines) == 2
    shown = [text.strip() for text in lines[0].split("\r") if text]
    assert shown[0] == f"{NAME}  0.0 of 0.4 MB  0%"
    assert shown[-1] == f"{NAME}  0.4 of 0.4 MB  100%"


def test_progress_is_for_terminals_only(site: Site) -> None:
    assert call("fetch", NAME).stderr == ""


@pytest.mark.parametrize("name", ["digits", "mnist"])
def test_nothing_is_fetched_that_is_here(name: str, data_dir: Path, site: Site) -> None:
    (data_dir / "mnist.npz").write_bytes(npz(arrays()))
    result = call("fetch", name)

    assert result.exit_code == 0
    assert f"{name} is here." in result.stdout
    assert site.asked == []


def test_a_failed_fetch_is_a_sentence(site: Site) -> None:
    site.files.clear()
    result = call("fetch", NAME)

    assert result.exit_code == 2
    assert f"no server delivered {LARGE}" in result.stderr
    assert "it answered 404" in result.stderr
    assert "Traceback" not in result.output


def test_an_unknown_set_lists_the_known() -> None:
    result = call("fetch", "imagenet")

    assert result.exit_code == 2
    assert "Known are cifar10, mnist" in result.stderr


def test_import_prints_the_name_and_the_classes(tmp_path: Path) -> None:
    path = tmp_path / "paints.zip"
    path.write_bytes(zipped(two_classes(10)))
    result = call("import", str(path), "--name", "My paints", "--size", "16")

    assert result.exit_code == 0, result.output
    first, second, *rows = result.stdout.splitlines()
    assert first.startswith("own:")
    assert len(first) == len("own:") + 16
    assert second == "  My paints, 16 x 16 pixels, colour"
    assert [row.split() for row in rows] == [
        ["class", "train", "test"],
        ["blue", "8", "2"],
        ["red", "8", "2"],
    ]


def test_an_imported_archive_keeps_its_size(tmp_path: Path) -> None:
    path = tmp_path / "mine.npz"
    path.write_bytes(npz(arrays(size=20)))

    assert "mine.npz, 20 x 20 pixels, grey" in call("import", str(path)).stdout


@pytest.mark.usefixtures("terminal")
def test_import_shows_its_progress(tmp_path: Path) -> None:
    result = call("import", str(unpacked(two_classes(), tmp_path / "paints")))

    assert "\r8 of 8 pictures" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere.zip"], "cannot be opened"),
        (["paints", "--size", "3"], "must be 8 to 64 pixels. Got 3."),
        (["paints/red"], "lies in no folder"),
    ],
)
def test_a_bad_import_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path, arguments: list[str], words: str
) -> None:
    unpacked(two_classes(), tmp_path / "paints")
    monkeypatch.chdir(tmp_path)
    result = call("import", *arguments)

    assert result.exit_code == 2
    assert words in result.stderr
    assert not home.exists()


def test_ctrl_c_ends_an_import_without_a_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    def interrupted(*_: object, **__: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli_data, "import_images", interrupted)
    result = call("import", str(tmp_path))

    assert result.exit_code == 1
    assert result.stderr == "Cancelled. Nothing is kept of the import.\n"


class Stalling(BaseHTTPRequestHandler):
    """Sends 300,000 of a million bytes, then nothing until it is released."""

    released: threading.Event

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        self.wfile.write(bytes(300_000))
        self.released.wait(60)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def stalling_address() -> Iterator[str]:
    handler = type("StallingHandler", (Stalling,), {"released": threading.Event()})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    handler.released.set()
    server.shutdown()
    server.server_close()
    thread.join()


FETCH = """
import sys
from dataclasses import replace
from rdfia_core.cli import main
from rdfia_core.data.images.sources import SOURCES, RemoteFile

file = RemoteFile("part.tar.gz", (sys.argv.pop(),), "0" * 32, 1_000_000)
SOURCES["mnist"] = replace(SOURCES["mnist"], files=(file,))
main()
"""


def test_ctrl_c_keeps_what_was_received(home: Path, stalling_address: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", FETCH, "data", "fetch", "mnist", stalling_address],
        cwd=ROOT,
        env={**os.environ, "no_proxy": "*"},
        stderr=subprocess.PIPE,
        text=True,
    )
    part = home / "datasets" / "downloads" / "mnist" / "part.tar.gz.part"
    deadline = time.monotonic() + 30
    while not (part.exists() and part.stat().st_size > 290_000) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=10)

    assert process.returncode == 1
    assert errors == (
        "Cancelled. The 0.3 MB received are kept; to go on from there: "
        "python -m rdfia_core data fetch mnist\n"
    )
    assert part.stat().st_size > 290_000
