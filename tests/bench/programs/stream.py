"""Both sides of `stream_cost`, in one process: a run that is streamed, a run that nobody sees."""

import gc
import time
from typing import Any

import torch
from sqlalchemy import func, select

from rdfia_core.experiments.circle_mlp import CircleMlpConfig
from rdfia_core.experiments.circle_mlp.train import train
from rdfia_core.jobs.execution import Execution
from rdfia_core.jobs.handles import process_handle
from rdfia_core.jobs.submission import submit
from rdfia_core.settings import Settings
from rdfia_core.store import RunState, RunStore
from rdfia_core.store.schema import metric_table
from tests.bench.home import OWNER, completed, serve
from tests.bench.programs.contexts import context_of

SETTINGS = Settings()
STORE = RunStore(SETTINGS.store_url)


def streamed(epochs: int) -> dict[str, Any]:
    """Execute a run as a worker does, from opening to stored end."""
    run_id = submit(
        STORE, SETTINGS, "circle_mlp", {"epochs": epochs}, owner=OWNER, state=RunState.STARTING
    )
    claim = {"handle": process_handle(), "started": time.time()}
    STORE.change_state(run_id, [RunState.STARTING], RunState.RUNNING, **claim)
    execution = Execution(STORE, STORE.run(run_id), SETTINGS)
    begun, cpu_begun = time.perf_counter(), time.process_time()
    execution.run()
    taken = _since(begun, cpu_begun)
    completed(STORE.run(run_id))
    STORE.checkpoint_wal()  # the dispatcher's duty, every ten seconds
    return {**taken, "flushes": _num_flushes(run_id)}


def bare(epochs: int) -> dict[str, Any]:
    """Consume the same generator and throw everything away."""
    config = CircleMlpConfig.build({"epochs": epochs})
    context = context_of(config)
    begun, cpu_begun = time.perf_counter(), time.process_time()
    for _event in train(config, context):
        pass
    return _since(begun, cpu_begun)


def _since(begun: float, cpu_begun: float) -> dict[str, float]:
    return {
        "seconds": time.perf_counter() - begun,
        "cpu_seconds": time.process_time() - cpu_begun,
    }


def _num_flushes(run_id: str) -> int:
    query = select(func.count()).select_from(metric_table).where(metric_table.c.run_id == run_id)
    with STORE.engine.connect() as connection:
        return int(connection.execute(query).scalar_one())


def answer(side: str, epochs: int) -> dict[str, Any]:
    """Run one side once."""
    gc.collect()
    return {"streamed": streamed, "bare": bare}[side](epochs)


if __name__ == "__main__":
    torch.set_num_threads(1)
    gc.collect()
    gc.freeze()  # as in a worker
    serve(answer)
