"""120 runs of the circle MLP as one sweep, against the textbook loop run 120 times.

The sweep is `learning_rate=0.01,0.1 batch_size=20,10,5 seed=0..19 epochs=100`.

Ours: everything in this process from the words of the command to the last stored result: the plan
is built and checked, the sweep stored, every run trained by compiled code, evaluated on training
and test points after every epoch, diagnosed, pictured, its weights, checkpoint and 101 metric rows
written. The code was compiled before; a remark says what that takes the first time, in a fresh
process with an empty cache. Imports are left out, as they are on the other side.

Baseline: `programs/textbook_loop.py` (nn.Sequential, CrossEntropyLoss, backward, a hand-written SGD
step) for the same 120 configs one after the other, all of them, in a fresh process that evaluates,
draws and stores nothing. Its clock leaves out imports, data and the first steps.

One value is the time of all 120 runs in seconds. Both sides have one thread; the baseline's process
has the niceness of our workers, and so has this one.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import torch

from rdfia_core.jobs.batch_execution import BatchExecution
from rdfia_core.jobs.sweep_plan import SweepPlan
from rdfia_core.jobs.sweeps import start_sweep
from rdfia_core.jobs.worker import NICENESS
from rdfia_core.settings import Settings
from rdfia_core.store import RunStore
from rdfia_core.store.sweep_store import SweepState, SweepStore
from tests.bench.harness import Entry, Sample, Sides
from tests.bench.home import OWNER, ROOT, Program, changed_environment, temporary_home

WORDS = ["learning_rate=0.01,0.1", "batch_size=20,10,5", "seed=0..19", "epochs=100"]
COMPILE = (
    "from pathlib import Path; from time import perf_counter\n"
    "from rdfia_core.experiments import Context\n"
    "from rdfia_core.experiments.circle_mlp import CircleMlpConfig\n"
    "from rdfia_core.experiments.circle_mlp.train import train, train_many\n"
    "config = CircleMlpConfig.build({'epochs': 1})\n"
    "context = Context('cpu', Path(), live={'learning_rate': 0.03, 'batch_size': 10})\n"
    "list(train(config, context)); begun = perf_counter()\n"
    "list(train_many(config, context)); print(perf_counter() - begun)\n"
)


def sweep(store: RunStore, settings: Settings) -> Sample:
    """Run the whole sweep once, from its words to its stored results."""
    cpu_begun, begun = time.process_time(), time.perf_counter()
    plan = SweepPlan.build("circle_mlp", WORDS)
    sweep_id = start_sweep(store, settings, plan, OWNER, command="pause")
    BatchExecution(store, settings).work_here(sweep_id)
    sample = Sample(time.perf_counter() - begun, time.process_time() - cpu_begun)
    sweeps = SweepStore(store)
    progress = sweeps.progress(sweeps.sweep(sweep_id))
    if progress.state is not SweepState.COMPLETED or progress.num_over != plan.count:
        raise RuntimeError(f"the sweep is {progress.state}: {progress.counts}")
    return sample


def textbook() -> Sample:
    """Train the same configs one after the other, in a fresh process."""
    configs = [cell for cell, _ in SweepPlan.build("circle_mlp", WORDS).cells()]
    with Program("textbook_loop") as program:
        taken = program.ask(epochs=100, niceness=NICENESS, configs=configs)
    return Sample(taken["seconds"], taken["cpu_seconds"])


def first_seconds() -> float:
    """Return how long compiling takes where nothing is cached."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-c", COMPILE],
            cwd=ROOT,
            env={**os.environ, "NUMBA_CACHE_DIR": folder},
            check=True,
            capture_output=True,
            text=True,
        )
    return float(done.stdout)


@contextmanager
def prepare() -> Iterator[Sides]:
    with temporary_home() as settings, compiled_code_of(settings):
        torch.set_num_threads(1)
        os.nice(max(0, NICENESS - os.nice(0)))
        store = RunStore(settings.store_url)
        warm_up = SweepPlan.build("circle_mlp", ["seed=0,1", "epochs=2"])
        sweep_id = start_sweep(store, settings, warm_up, OWNER, command="pause")
        BatchExecution(store, settings).work_here(sweep_id)
        yield Sides(lambda: sweep(store, settings), textbook, remarks)
        store.close()


def compiled_code_of(settings: Settings) -> AbstractContextManager[None]:
    """Keep compiled code in this home, whatever the environment says."""
    return changed_environment({"NUMBA_CACHE_DIR": str(settings.home / "compiled")})


def remarks() -> list[str]:
    return [f"compiling takes {first_seconds():.1f} s, the first time in a home"]


ENTRY = Entry(
    prepare=prepare,
    unit="s",
    higher_is_better=False,
    baseline="textbook torch.nn loop, the 120 configs one after the other, nothing stored",
    target="ratio >= 20",
)
