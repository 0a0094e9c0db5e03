"""Engines start workers. An engine is four methods; the dispatcher knows nothing else of it.

Never an executor pool: there, one job that crashes fails everybody's.
"""

import gc
import multiprocessing
import multiprocessing.forkserver
import os
import subprocess
import sys
from typing import Protocol

import psutil

from rdfia_core.jobs.handles import find_process, process_handle
from rdfia_core.jobs.worker import run_in_worker
from rdfia_core.settings import Settings

MALLOC_ENVIRONMENT = {
    # Give large blocks back at once and do not let the threshold creep up with their size:
    # without it, each worker keeps the largest tensor it ever freed.
    "MALLOC_MMAP_THRESHOLD_": str(2**20),
    "MALLOC_TRIM_THRESHOLD_": str(2**20),
}


class Engine(Protocol):
    """Starts, watches and kills workers."""

    def slots(self) -> float:
        """Return how many full shares may run at once."""
        ...

    def start(self, run_id: str) -> str:
        """Start a worker for a run in state starting; return the worker's handle."""
        ...

    def alive(self, handles: list[str]) -> set[str]:
        """Return those of the handles whose worker lives."""
        ...

    def kill(self, handle: str, *, force: bool = False) -> None:
        """End a worker: politely, or at once."""
        ...


class ProcessEngine:
    """What the two local engines share: a worker is a process of this machine."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def slots(self) -> float:
        """Return the number of slots of this machine."""
        return float(self._settings.num_slots)

    def alive(self, handles: list[str]) -> set[str]:
        """Return those of the handles whose process lives."""
        return {handle for handle in handles if find_process(handle) is not None}

    def kill(self, handle: str, *, force: bool = False) -> None:
        """Send SIGTERM, or SIGKILL."""
        process = find_process(handle)
        if process is None:
            return
        try:
            if force:
                process.kill()
            else:
                process.terminate()
        except psutil.NoSuchProcess:
            return


class ForkserverEngine(ProcessEngine):
    """Linux: workers are forked from a process that has torch loaded (27 ms instead of 3 s)."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        os.environ.update(MALLOC_ENVIRONMENT)
        threads = str(settings.threads_per_run)
        os.environ.update({"OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads})
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["rdfia_core.jobs.preload"])
        multiprocessing.forkserver.ensure_running()

    def start(self, run_id: str) -> str:
        """Fork a worker; waits for the preloading only if that is still under way."""
        process = self._context.Process(target=run_in_worker, args=(run_id, self._settings))
        process.start()
        return process_handle(process.pid)

    def warm_up(self) -> None:
        """Wait until the preloading is done: a fork answers only then."""
        process = self._context.Process(target=gc.collect)
        process.start()
        process.join()


class FreshProcessEngine(ProcessEngine):
    """Other systems: a fresh interpreter a run (3 s to start), the same worker."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self, run_id: str) -> str:
        """Start an interpreter for the run, and reap those that have ended."""
        process = subprocess.Popen(
            [sys.executable, "-m", "rdfia_core.jobs.worker", run_id],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._processes = [p for p in self._processes if p.poll() is None] + [process]
        return process_handle(process.pid)

    def warm_up(self) -> None:
        """Do nothing: every worker starts cold."""


def local_engine(settings: Settings) -> ForkserverEngine | FreshProcessEngine:
    """Return the engine for this machine."""
    if sys.platform == "linux":
        return ForkserverEngine(settings)
    return FreshProcessEngine(settings)
