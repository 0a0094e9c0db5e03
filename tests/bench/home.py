"""The places and processes that entries need: a home of their own, a dispatcher, a program."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from rdfia_core.jobs.devices import SERVICE as DEVICES
from rdfia_core.jobs.dispatcher import SERVICE as DISPATCHER
from rdfia_core.settings import Settings
from rdfia_core.store import RunRecord, RunState, RunStore

ROOT = Path(__file__).resolve().parents[2]
OWNER = "bench"
START_SECONDS = 300.0
RUN_SECONDS = 600.0
END_SECONDS = 10.0
KEPT_VARIABLES = ("RDFIA_DATA_DIR",)


@contextmanager
def changed_environment(values: Mapping[str, str | None]) -> Iterator[None]:
    """Set environment variables for a while; None takes one away."""
    before = {name: os.environ.get(name) for name in values}
    _set_variables(values)
    try:
        yield
    finally:
        _set_variables(before)


def _set_variables(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


@contextmanager
def bytecode_cache() -> Iterator[None]:
    """Let the processes we start keep compiled modules for as long as the benchmarks run.

    `make` forbids writing them into the tree. Without them a fresh interpreter would compile all
    of torch each time, which would flatter everything that is compared with a fresh interpreter.
    """
    with tempfile.TemporaryDirectory(prefix="rdfia-bench-bytecode-") as folder:
        values = {"PYTHONDONTWRITEBYTECODE": None, "PYTHONPYCACHEPREFIX": folder}
        with changed_environment(values):
            yield


@contextmanager
def temporary_home() -> Iterator[Settings]:
    """Make an empty RDFIA_HOME with as many slots as cores, so that a run has one thread.

    At the end every process is ended that was started with this home and is still there.
    """
    unset = dict.fromkeys(name for name in os.environ if name.startswith("RDFIA_"))
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    with tempfile.TemporaryDirectory(prefix="rdfia-bench-") as folder:
        ours = {"RDFIA_HOME": folder, "RDFIA_SLOTS": str(os.cpu_count() or 1)}
        with changed_environment({**unset, **kept, **ours}):
            try:
                yield Settings()
            finally:
                end_processes_of(folder)


def end_processes_of(home: str) -> None:
    """End the processes that were started with this home, at once where asking does not help."""
    members = [process for process in psutil.process_iter() if _home_of(process) == home]
    for process in members:
        _signal(process.terminate)
    _, left = psutil.wait_procs(members, timeout=END_SECONDS)
    for process in left:
        _signal(process.kill)
    psutil.wait_procs(left, timeout=END_SECONDS)


def _home_of(process: psutil.Process) -> str:
    try:
        return "" if process.pid == os.getpid() else process.environ().get("RDFIA_HOME", "")
    except psutil.Error:
        return ""


def _signal(send: Callable[[], None]) -> None:
    try:
        send()
    except psutil.NoSuchProcess:
        return


@contextmanager
def running_dispatcher(settings: Settings) -> Iterator[RunStore]:
    """Run a dispatcher whose forkserver is warm; `temporary_home` sees to it that all is ended."""
    store = RunStore(settings.store_url)
    process = subprocess.Popen(
        [sys.executable, "-m", "rdfia_core.jobs"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        # A process beside the dispatcher looks for devices: wait for that as well.
        wait_for(lambda: _is_ready(store, process), START_SECONDS)
        yield store
    finally:
        process.terminate()
        process.wait()
        store.close()


def _is_ready(store: RunStore, process: subprocess.Popen[bytes]) -> bool:
    if process.poll() is not None:
        raise RuntimeError(f"the dispatcher ended with status {process.returncode}")
    said = store.service(DISPATCHER)
    return said is not None and said[1]["ready"] and store.service(DEVICES) is not None


def wait_for(is_so: Callable[[], bool], seconds: float, pause: float = 0.05) -> None:
    """Look again and again until it is so.

    Raises:
        TimeoutError: If it never was.
    """
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds:g} s in vain")
        time.sleep(pause)


def completed(run: RunRecord) -> RunRecord:
    """Return the run, which must have completed."""
    if run.state != RunState.COMPLETED:
        raise RuntimeError(f"the run is {run.state}: {run.sentence}\n{run.traceback}")
    return run


class Program:
    """A module of `tests.bench.programs` in a fresh interpreter; it answers lines with lines.

    Args:
        name: Of the module.
        environment: Variables to set besides those of this process.
    """

    def __init__(self, name: str, environment: Mapping[str, str] | None = None) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"tests.bench.programs.{name}"],
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def __enter__(self) -> "Program":
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.stdin.close()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def ask(self, **request: Any) -> dict[str, Any]:
        """Send a request and wait for its answer."""
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self.hear()

    def hear(self) -> dict[str, Any]:
        """Wait for the program's next line."""
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._process.args[-1]} ended with {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer


def serve(answer: Callable[..., Mapping[str, Any]]) -> None:
    """Be a `Program`: answer each request until there are no more."""
    for line in sys.stdin:
        print(json.dumps(answer(**json.loads(line))), flush=True)
