"""How long a student waits: from a warm submit to the first event in the store.

Ours: `submit` of the default circle MLP to a running dispatcher with a warm forkserver, until its
first metric row can be read from the store, which is looked at every 2 ms. That is validation,
queueing, the dispatcher's next tick, a fork, data and initial weights, the first evaluation and
picture, and a commit. One value is the median of 5 submits, each after the previous run has ended
and a random moment more, so that they meet the dispatcher's tick anywhere.

Baseline: a fresh interpreter that imports torch and the experiment and does its first step, until
its parent hears of it. Fair, even generous: it writes nothing anywhere, and its modules are
compiled already (the first start, which compiles them, is not counted).
"""

import itertools
import random
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rdfia_core.jobs.submission import submit
from rdfia_core.settings import Settings
from rdfia_core.store import RunStore
from tests.bench.harness import Entry, Sample, Sides
from tests.bench.home import (
    OWNER,
    RUN_SECONDS,
    Program,
    completed,
    running_dispatcher,
    temporary_home,
    wait_for,
)

SUBMITS = 5
LOOK_SECONDS = 0.002
MAX_REST_SECONDS = 0.1


class WarmSubmits:
    """Submits runs and keeps where the time went."""

    def __init__(self, store: RunStore, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._parts_ms: list[tuple[float, float, float]] = []

    def measure(self) -> Sample:
        """Return the median of some submits, in milliseconds."""
        return Sample(statistics.median(self._once() for _ in range(SUBMITS)))

    def _once(self) -> float:
        store = self._store
        time.sleep(random.uniform(0, MAX_REST_SECONDS))
        begun_clock, begun = time.time(), time.perf_counter()
        run_id = submit(store, self._settings, "circle_mlp", {}, owner=OWNER)
        wait_for(lambda: len(store.metrics(run_id)) > 0, RUN_SECONDS, LOOK_SECONDS)
        taken = time.perf_counter() - begun
        wait_for(lambda: store.run(run_id).is_over, RUN_SECONDS)
        run = completed(store.run(run_id))
        seen = begun_clock + taken
        moments = [begun_clock, run.created, run.started, seen]
        self._parts_ms.append(
            tuple(1000 * (after - before) for before, after in itertools.pairwise(moments))
        )
        return 1000 * taken

    def remarks(self) -> list[str]:
        """Say where the time went."""
        parts = [statistics.median(part) for part in zip(*self._parts_ms, strict=True)]
        return [
            "medians of the parts: validated and queued {:.1f} ms, claimed by a worker {:.1f} ms "
            "later, first event seen {:.1f} ms later".format(*parts)
        ]


def cold_start() -> Sample:
    """Start an interpreter and wait for its first step, in milliseconds."""
    begun = time.perf_counter()
    with Program("cold_start") as program:
        program.hear()
        return Sample(1000 * (time.perf_counter() - begun))


@contextmanager
def prepare() -> Iterator[Sides]:
    with temporary_home() as settings, running_dispatcher(settings) as store:
        submits = WarmSubmits(store, settings)
        submits.measure()
        cold_start()
        submits = WarmSubmits(store, settings)
        yield Sides(submits.measure, cold_start, submits.remarks)


ENTRY = Entry(
    prepare=prepare,
    unit="ms",
    higher_is_better=False,
    baseline="fresh interpreter: import torch and the experiment, first step",
    target="ours <= 100 ms",
)
