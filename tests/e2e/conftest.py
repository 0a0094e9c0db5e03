"""A real browser for all the tests here, and a real server for those that ask for one."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Iterator
from contextlib import suppress
from pathlib import Path

import pluggy
import psutil
import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)
from playwright.sync_api import Error as PlaywrightError

from rdfia_core.store import LIVE_STATES, RunStore
from tests.e2e.live_server import LiveServer

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ARGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
START_SECONDS = 60.0
# Nothing here measures time: on a slow, busy machine the page may take this long to follow.
expect.set_options(timeout=20_000)
# On a deep link Streamlit itself looks for its server below the page's own path first.
STREAMLIT_PROBES = ("/_stcore/health", "/_stcore/host-config")


def browser_path() -> str | None:
    """Return the browser that is installed here, if any."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = browser_path()
    if path is None:
        if os.environ.get("RDFIA_REQUIRE_BROWSER"):
            pytest.fail("RDFIA_REQUIRE_BROWSER is set, and there is neither Chromium nor Chrome")
        pytest.skip("neither Chromium nor Chrome is installed: the browser tests did not run")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=ARGS)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def live_server() -> Iterator[LiveServer]:
    """A server of the components alone, without Streamlit."""
    server = LiveServer()
    yield server
    server.close()


class Server:
    """A Streamlit server of the playground with a home folder of its own.

    Args:
        home: Its RDFIA_HOME.
        log: Where its output goes.
        entry: The script that Streamlit is started on.
    """

    def __init__(self, home: Path, log: Path, entry: str = "app/main.py") -> None:
        self.home = home
        self.entry = entry
        self.log = log
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start the server and wait until it answers."""
        command = [sys.executable, "-m", "streamlit", "run", self.entry]
        options = ["--server.port", str(self.port), "--server.address", "127.0.0.1"]
        environment = {**os.environ, "RDFIA_HOME": str(self.home)}
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                command + options, cwd=ROOT, env=environment, stdout=output, stderr=output
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def kill(self) -> None:
        """Kill the server without warning; the dispatcher and the workers go on."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def told_runs(self) -> str:
        """Say how the newest runs stand, and what the dispatcher has said."""
        store = RunStore(f"sqlite:///{self.home / 'runs.db'}")
        runs = [f"{run.id} {run.experiment} {run.task} {run.state} {run.sentence}"
                for run in store.runs(limit=10, newest_first=True)]  # fmt: skip
        store.close()
        log = self.home / "dispatcher.log"
        return "\n".join([*runs, log.read_text()[-LOG_CHARACTERS:] if log.exists() else "no log"])

    def close(self) -> None:
        """End everything that this server has started."""
        if self.process is not None and self.process.poll() is None:
            self.kill()
        for process in psutil.process_iter(["environ"]):
            environment = process.info["environ"] or {}
            if environment.get("RDFIA_HOME") == str(self.home) and process.pid != os.getpid():
                process.kill()


@pytest.fixture(scope="module")
def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    started = Server(folder / "home", folder / "server.log")
    yield started
    started.close()


@pytest.fixture
def nothing_goes_on(server: Server) -> Iterator[None]:
    """Stop what a test has left running: the next one should have the machine to itself."""
    yield
    store = RunStore(f"sqlite:///{server.home / 'runs.db'}")
    for run in store.runs(states=LIVE_STATES):
        store.command(run.id, "stop")
    store.close()


class Visitor:
    """One browser with its own cookie, and what its console said."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _listen(self, message: ConsoleMessage) -> None:
        url = message.location.get("url", "")
        if message.type == "error" and not url.endswith(STREAMLIT_PROBES):
            self.complaints.append(f"{message.text} ({url})")


LOG_CHARACTERS = 3_000


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(
    item: pytest.Function, call: pytest.CallInfo[None]
) -> Generator[None, pluggy.Result[pytest.TestReport], None]:
    """Add to a failure what pages and consoles said, the server's log, and how its runs stand."""
    report = (yield).get_result()
    if not report.failed or call.when != "call":
        return
    for fixture in item.funcargs.values():
        if isinstance(fixture, Browser):
            for page in [page for context in fixture.contexts for page in context.pages]:
                with suppress(PlaywrightError):
                    report.sections.append(("page", page.url + "\n" + page.inner_text("body")))
        elif isinstance(fixture, Visitor):
            report.sections.append(("console", "\n".join(fixture.complaints)))
        elif isinstance(fixture, Server):
            report.sections.append(("server", fixture.log.read_text()[-LOG_CHARACTERS:]))
            report.sections.append(("runs", fixture.told_runs()))


@pytest.fixture
def visitor(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Visitor]:
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    newcomer = Visitor(context)
    yield newcomer
    folder = ROOT / "test-artifacts"
    folder.mkdir(exist_ok=True)
    newcomer.page.screenshot(path=folder / f"{request.node.name}.png")
    context.close()
