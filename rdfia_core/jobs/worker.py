"""A worker process: one run, then it ends. `python -m rdfia_core.jobs.worker RUN` by hand."""

import gc
import os
import signal
import sys
import time

import psutil

from rdfia_core.experiments import experiment_named
from rdfia_core.jobs.batch_execution import BatchExecution
from rdfia_core.jobs.execution import Execution
from rdfia_core.jobs.handles import process_handle
from rdfia_core.jobs.sweep_runs import is_compiled
from rdfia_core.settings import Settings
from rdfia_core.store import RunState, RunStore

NICENESS = 10
"""At equal priority three workers starve the interface of 30 viewers; at 10 it does not notice."""
SWEEP_NICENESS = 15
"""A run that somebody looks at goes before those of a sweep."""


def run_in_worker(run_id: str, settings: Settings) -> None:
    """Claim a run and execute it; does nothing if another worker has claimed it."""
    store = RunStore(settings.store_url)
    run = store.run(run_id)
    state = RunState.PAUSED if run.command == "pause" else RunState.RUNNING
    claimed = store.change_state(
        run_id,
        [RunState.STARTING],
        state,
        handle=process_handle(),
        started=run.started or time.time(),
    )
    if not claimed:
        return
    run = store.run(run_id)
    # Torch first: the bound on memory counts from what it takes.
    make_room(settings, experiment_named(run.experiment).share_of(run.task))
    _take_a_back_seat(settings, SWEEP_NICENESS if run.sweep else NICENESS)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if is_compiled(run):
        batch = BatchExecution(store, settings)
        signal.signal(signal.SIGTERM, batch.interrupt)
        batch.work(run)
    else:
        execution = Execution(store, run, settings)
        signal.signal(signal.SIGTERM, execution.interrupt)
        execution.run()
    store.close()


def _take_a_back_seat(settings: Settings, niceness: int) -> None:
    """Leave the machine to the interface, and bound what this process may take."""
    if hasattr(os, "setsid") and os.getsid(0) != os.getpid():
        os.setsid()
    if hasattr(os, "nice"):
        os.nice(niceness)
    gc.enable()
    if settings.max_memory_bytes and sys.platform == "linux":
        import resource  # noqa: PLC0415  Unix only

        # Beyond what torch itself takes. Never RLIMIT_AS: torch reserves far more address space
        # than it uses.
        bound = psutil.Process().memory_info().data + settings.max_memory_bytes
        resource.setrlimit(resource.RLIMIT_DATA, (bound, bound))


def make_room(settings: Settings, share: float) -> None:
    """Give a run the cores of its slots, and a heavy one the memory that it frees.

    More threads than cores would wait for one another.
    """
    import torch  # noqa: PLC0415  not in the dispatcher, which imports this module

    from rdfia_core.training.memory import keep_freed_memory  # noqa: PLC0415  as torch

    torch.set_num_threads(settings.threads_for(share))
    if share >= 1:
        keep_freed_memory()


if __name__ == "__main__":
    run_in_worker(sys.argv[1], Settings())
