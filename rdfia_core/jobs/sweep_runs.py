"""Making the runs of a sweep from its plan, a few at a time, and taking them one by one.

One process makes the runs of a sweep: the dispatcher, or the command line for a sweep of its own.
Whoever executes them takes the oldest queued one in a transaction, so no run is taken twice.
"""

import itertools
import time
from collections.abc import Sequence
from typing import Any

from rdfia_core.errors import RunNotFoundError
from rdfia_core.experiments import experiments
from rdfia_core.jobs.handles import process_handle
from rdfia_core.jobs.submission import delete_run
from rdfia_core.jobs.sweep_plan import cell_key
from rdfia_core.jobs.sweeps import plan_of
from rdfia_core.settings import Settings
from rdfia_core.store import RunRecord, RunState, RunStore
from rdfia_core.store.schema import run_table
from rdfia_core.store.sweep_store import FILLED, SweepRecord, SweepStore

QUEUED_SINGLE = 8
QUEUED_COMPILED = 128
"""How many runs of a sweep wait at most; a compiled one is over in milliseconds."""
FORGET_AFTER_SECONDS = 24 * 3600.0


def is_compiled(run: RunRecord) -> bool:
    """Whether a run is one of a sweep that the compiled code takes."""
    experiment = experiments().get(run.experiment)
    return bool(
        run.sweep
        and experiment
        and run.task == "train"
        and not run.parent
        and run.speed is None
        and experiment.takes_many({**run.config, **run.live})
    )


def top_up(store: RunStore, sweep: SweepRecord, num_queued: int, limit: int | None = None) -> int:
    """Queue more runs of a sweep when few are left; return how many were made.

    Args:
        store: The run store.
        sweep: The sweep.
        num_queued: How many of its runs are queued.
        limit: How many shall be queued; None for a number that suits the experiment.
    """
    experiment = experiments()[sweep.experiment]
    most = limit or (QUEUED_COMPILED if experiment.train_many else QUEUED_SINGLE)
    if num_queued > most // 2:
        return 0
    sweeps = SweepStore(store)
    plan = plan_of(sweep)
    made = {cell_key(plan.axes, config) for config in sweeps.configs(sweep.id)}
    missing = (
        dict(zip(plan.axes, values, strict=True))
        for values in itertools.product(*plan.axes.values())
        if cell_key(plan.axes, dict(zip(plan.axes, values, strict=True))) not in made
    )
    cells = list(itertools.islice(missing, most - num_queued))
    if cells:
        _add_runs(store, sweep, [plan.config_of(cell) for cell in cells])
    elif sweep.command == "run":
        sweeps.command(sweep.id, FILLED, sentence=sweep.sentence)
    return len(cells)


def _add_runs(store: RunStore, sweep: SweepRecord, configs: Sequence[dict[str, Any]]) -> None:
    rows = [
        store.new_run(sweep.experiment, config, owner=sweep.owner, sweep=sweep.id)
        for config in configs
    ]
    for place, row in enumerate(rows):
        row["created"] += place * 1e-5  # they are taken in the order of the plan
    with store.writing() as connection:
        connection.execute(run_table.insert(), rows)


def take_next(store: RunStore, sweep_id: str) -> RunRecord | None:
    """Take the oldest queued run of a sweep for this process, or None if there is none."""
    first = (
        run_table.select()
        .with_only_columns(run_table.c.id)
        .where(
            (run_table.c.sweep == sweep_id)
            & (run_table.c.state == RunState.QUEUED)
            & (run_table.c.command == "run")
            & run_table.c.deleted.is_(None)
        )
        .order_by(run_table.c.created)
        .limit(1)
    )
    while True:
        with store.reading() as connection:
            run_id = connection.execute(first).scalar()
        if run_id is None:
            return None
        values = {"handle": process_handle(), "started": time.time()}
        if store.change_state(run_id, [RunState.QUEUED], RunState.RUNNING, **values):
            return store.run(run_id)


def may_start(store: RunStore, sweep_id: str) -> bool:
    """Whether more runs of a sweep may start: it is asked to run and has budget left."""
    sweeps = SweepStore(store)
    try:
        sweep = sweeps.sweep(sweep_id)
    except RunNotFoundError:
        return False
    return sweep.command in ("run", FILLED) and sweep.deleted is None and has_budget(store, sweep)


def has_budget(store: RunStore, sweep: SweepRecord) -> bool:
    """Whether a sweep has budget left; if not, it is paused and says so."""
    if sweep.budget_seconds is None:
        return True
    sweeps = SweepStore(store)
    spent = sweeps.seconds(sweep.id)
    if spent <= sweep.budget_seconds:
        return True
    sentence = (
        f"The budget of {sweep.budget_seconds:g} s is used up: its runs have worked {spent:.3g} s. "
        "No more are started. Give it a larger budget to go on."
    )
    sweeps.command(sweep.id, "pause", sentence=sentence)
    return False


def tend_sweeps(store: RunStore, runs: Sequence[RunRecord]) -> set[str]:
    """Do what is due for all sweeps; the dispatcher calls this at every tick.

    Args:
        store: The run store.
        runs: All unfinished runs.

    Returns:
        The sweeps of which more runs may start.
    """
    sweeps = SweepStore(store)
    open_sweeps = {sweep.id: sweep for sweep in sweeps.asked_to_run()}
    concerned = open_sweeps | sweeps.named(
        {run.sweep for run in runs if run.sweep} - {*open_sweeps}
    )
    startable = set()
    for sweep in concerned.values():
        its_runs = [run for run in runs if run.sweep == sweep.id]
        if sweep.command == "cancel" or sweep.deleted is not None:
            sweeps.forget_unstarted(sweep.id)
            if any(run.command != "stop" for run in its_runs if run.state != RunState.QUEUED):
                sweeps.stop_runs(sweep.id)
        elif sweep.command in ("run", FILLED) and has_budget(store, sweep):
            startable.add(sweep.id)
            if sweep.command == "run":
                top_up(store, sweep, sum(run.state == RunState.QUEUED for run in its_runs))
    return startable


def clear_away(store: RunStore, settings: Settings) -> None:
    """Remove sweeps that were deleted a day ago, and the oldest of an owner with very many."""
    sweeps = SweepStore(store)
    kept: dict[str, int] = {}
    for sweep in sweeps.sweeps():
        kept[sweep.owner] = kept.get(sweep.owner, 0) + sweep.count
        is_over = sweep.command in (FILLED, "cancel")
        if kept[sweep.owner] > 2 * settings.sweep_runs and is_over:
            _remove(store, settings, sweep)
    for sweep in sweeps.deleted_before(store.now() - FORGET_AFTER_SECONDS):
        _remove(store, settings, sweep)


def _remove(store: RunStore, settings: Settings, sweep: SweepRecord) -> None:
    its_runs = store.runs(where=run_table.c.sweep == sweep.id)
    if not all(run.is_over for run in its_runs):
        return
    for run in its_runs:
        delete_run(store, settings, run.id)
    SweepStore(store).remove(sweep.id)
