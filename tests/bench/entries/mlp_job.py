"""Training speed of the circle MLP as a background job, against a textbook loop.

Ours: the default config (manual stage) with more epochs, submitted to a running dispatcher with a
warm forkserver, at full speed, evaluated after every epoch, streamed to the store at 10 Hz with
pictures, diagnosed and checkpointed. Epochs per second, the lower of two: by the run's own record
(epochs / seconds), and by the store's clock from the first stored metric to the run's end.

Baseline: nn.Sequential, CrossEntropyLoss, backward and a hand-written SGD step on the same points
with the same batch size, learning rate and reshuffling, in a fresh process that does nothing
else: no evaluation, no pictures, no store. Its clock leaves out imports, data and the first
steps, so it is the loop at its best; torch.optim.SGD would be slower still.

Fair because both have one thread, a session of their own, and the niceness of our workers (10):
niceness is a promise to the interface, not a property of the loop, and would otherwise decide the
comparison whenever the machine is busy. "By CPU" counts the whole worker process (fork to end)
on our side, and the loop alone on the other.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from rdfia_core.jobs.handles import find_process
from rdfia_core.jobs.submission import submit
from rdfia_core.jobs.worker import NICENESS
from rdfia_core.settings import Settings
from rdfia_core.store import RunRecord, RunStore
from tests.bench.harness import Entry, Sample, Sides
from tests.bench.home import (
    OWNER,
    RUN_SECONDS,
    Program,
    completed,
    running_dispatcher,
    temporary_home,
)

EPOCHS = 2000
BASELINE_EPOCHS = 600
WATCH_SECONDS = 0.02


def background_job(store: RunStore, settings: Settings) -> Sample:
    """Run one job to its end, looking at it from outside."""
    run_id = submit(store, settings, "circle_mlp", {"epochs": EPOCHS}, owner=OWNER)
    first: RunRecord | None = None
    cpu_seconds = 0.0
    end = time.monotonic() + RUN_SECONDS
    while not (run := store.run(run_id)).is_over and time.monotonic() < end:
        if first is None and run.metrics:
            first = run
        cpu_seconds = _cpu_seconds(run) or cpu_seconds
        time.sleep(WATCH_SECONDS)
    completed(run)
    if first is None:
        raise RuntimeError("the run was over before its first metric was seen")
    by_record = run.epoch / run.seconds
    by_clock = (run.epoch - first.epoch) / (run.ended - first.updated)
    return Sample(min(by_record, by_clock), run.epoch / cpu_seconds)


def _cpu_seconds(run: RunRecord) -> float | None:
    process = find_process(run.handle)
    if process is None:
        return None
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return None
    return float(times.user + times.system)


def textbook_loop() -> Sample:
    """Run the baseline once, in a fresh process."""
    with Program("textbook_loop") as program:
        taken = program.ask(epochs=BASELINE_EPOCHS, niceness=NICENESS)
    return Sample(BASELINE_EPOCHS / taken["seconds"], BASELINE_EPOCHS / taken["cpu_seconds"])


@contextmanager
def prepare() -> Iterator[Sides]:
    with temporary_home() as settings, running_dispatcher(settings) as store:
        yield Sides(lambda: background_job(store, settings), textbook_loop)


ENTRY = Entry(
    prepare=prepare,
    unit="epochs/s",
    higher_is_better=True,
    baseline="textbook torch.nn loop in a fresh process, neither evaluated nor streamed",
    target="ratio >= 2.5",
    repeats=7,
)
