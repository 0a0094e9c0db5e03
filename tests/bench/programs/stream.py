"""Both sides of `stream_cost`, in one process: a run that is streamed, a run that nobody sees.

They take turns of a tenth of a second, each in a thread of its own that waits while the other has
its turn, so that whatever else the machine does befalls both. Time stands still for the one that
waits: also on the clock by which `Execution` flushes.
"""

import gc
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any
from unittest import mock

import torch
from sqlalchemy import func, select

import rdfia_core.experiments.circle_mlp.train as training
import rdfia_core.jobs.execution as execution
from rdfia_core.events import Event, Metrics
from rdfia_core.experiments.circle_mlp import CircleMlpConfig
from rdfia_core.jobs.handles import process_handle
from rdfia_core.jobs.submission import submit
from rdfia_core.settings import Settings
from rdfia_core.store import RunState, RunStore
from rdfia_core.store.schema import metric_table
from tests.bench.home import OWNER, completed, serve
from tests.bench.programs.contexts import context_of

SLICE_SECONDS = 0.1
SETTINGS = Settings()
STORE = RunStore(SETTINGS.store_url)
CORES = deque(os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else ())


class Turn:
    """One of two threads that run one at a time, and its clock."""

    def __init__(self) -> None:
        self.other = self
        self.seconds = 0.0
        self.cpu_seconds = 0.0
        self._may_run = threading.Semaphore(0)
        self._seconds = 0.0
        self._resumed = 0.0
        self._has_ended = False

    def clock(self) -> float:
        """Seconds at work so far; stands still while the other has its turn."""
        return self._seconds + time.perf_counter() - self._resumed

    def hand_over(self) -> None:
        """Let the other work for a while, unless it has ended."""
        if self.other._has_ended:
            return
        self._seconds = self.clock()
        self.other._may_run.release()
        self._wait()

    def _wait(self) -> None:
        self._may_run.acquire()
        self._resumed = time.perf_counter()

    def spend_on(self, work: Callable[[], object]) -> None:
        """Do the work in turns with the other."""
        self._wait()
        try:
            work()
        finally:
            self.seconds = self.clock()
            self.cpu_seconds = time.thread_time()
            self._has_ended = True
            self.other._may_run.release()

    def start(self) -> None:
        """Let this one begin."""
        self._may_run.release()

    def slices(self, events: Iterator[Event]) -> Iterator[Event]:
        """Pass events on and hand over after each slice; looks at the clock once an epoch."""
        until = self.clock() + SLICE_SECONDS
        for event in events:
            if type(event) is Metrics and self.clock() > until:
                self.hand_over()
                until = self.clock() + SLICE_SECONDS
            yield event


def claimed_run(epochs: int) -> str:
    """Submit a run and claim it, as a worker does."""
    run_id = submit(
        STORE, SETTINGS, "circle_mlp", {"epochs": epochs}, owner=OWNER, state=RunState.STARTING
    )
    claim = {"handle": process_handle(), "started": time.time()}
    STORE.change_state(run_id, [RunState.STARTING], RunState.RUNNING, **claim)
    return run_id


def consume(events: Iterator[Event]) -> None:
    """Throw every event away."""
    for _event in events:
        pass


def duel(epochs: int, streamed_first: bool) -> dict[str, Any]:
    """Run both sides to their ends, from opening to stored end on the streamed one."""
    config = CircleMlpConfig.build({"epochs": epochs})
    run_id = claimed_run(epochs)
    streamed, bare = Turn(), Turn()
    streamed.other, bare.other = bare, streamed
    train = training.train
    clock = SimpleNamespace(perf_counter=streamed.clock, sleep=time.sleep)
    with (
        mock.patch.object(execution, "time", clock),
        mock.patch.object(training, "train", lambda *given: streamed.slices(train(*given))),
    ):
        works = [
            (streamed, lambda: execution.Execution(STORE, STORE.run(run_id), SETTINGS).run()),
            (bare, lambda: consume(bare.slices(train(config, context_of(config))))),
        ]
        threads = [threading.Thread(target=turn.spend_on, args=(work,)) for turn, work in works]
        for thread in threads:
            thread.start()
        (streamed if streamed_first else bare).start()
        for thread in threads:
            thread.join()
    completed(STORE.run(run_id))
    STORE.checkpoint_wal()  # the dispatcher's duty, every ten seconds
    return {
        "streamed": {"seconds": streamed.seconds, "cpu_seconds": streamed.cpu_seconds},
        "bare": {"seconds": bare.seconds, "cpu_seconds": bare.cpu_seconds},
        "flushes": _num_flushes(run_id),
    }


def _num_flushes(run_id: str) -> int:
    query = select(func.count()).select_from(metric_table).where(metric_table.c.run_id == run_id)
    with STORE.engine.connect() as connection:
        return int(connection.execute(query).scalar_one())


def share_a_core() -> None:
    """Keep both sides on one core, another one each time: cores of a shared machine differ."""
    if hasattr(os, "sched_setaffinity"):
        CORES.rotate()
        os.sched_setaffinity(0, {CORES[0]})


def answer(epochs: int, streamed_first: bool) -> dict[str, Any]:
    """Hold one duel."""
    share_a_core()
    gc.collect()
    return duel(epochs, streamed_first)


if __name__ == "__main__":
    torch.set_num_threads(1)
    gc.collect()
    gc.freeze()  # as in a worker
    serve(answer)
