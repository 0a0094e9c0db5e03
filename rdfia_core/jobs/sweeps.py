"""What may be asked of a sweep, by the page and the command line alike.

Starting one writes its plan into the store and nothing else: the dispatcher makes its runs from the
plan, a few at a time (`sweep_runs`), so a sweep neither fills the queue nor ends with a process.
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from rdfia_core.errors import ConfigError, LimitError
from rdfia_core.experiments import Experiment, experiment_named
from rdfia_core.jobs.sweep_plan import SweepPlan
from rdfia_core.jobs.trained import owners_context
from rdfia_core.settings import Settings
from rdfia_core.store import RunRecord, RunState, RunStore
from rdfia_core.store.schema import run_table
from rdfia_core.store.sweep_store import COMMANDS, SweepRecord, SweepStore

MAX_OPEN_SWEEPS = 20
MEASURED_RUNS = 60


def start_sweep(
    store: RunStore,
    settings: Settings,
    plan: SweepPlan,
    owner: str,
    name: str = "",
    budget_seconds: float | None = None,
    *,
    command: str = "run",
) -> str:
    """Store a sweep, whose runs the dispatcher then starts, and return its id.

    Args:
        store: The run store.
        settings: Of the deployment.
        plan: What to run.
        owner: Who asks.
        name: What its owner calls it.
        budget_seconds: When its runs have worked this long together, no more are started.
        command: "pause" for a caller that executes the runs itself.

    Raises:
        ConfigError: If the budget is not a positive number, a cell's config is not allowed, there
            are too many, or a field that varies follows from others.
        DataUnavailableError: If the data of a cell cannot be had.
        LimitError: If the owner has too many sweeps that are not over.
    """
    check_budget(budget_seconds)
    if plan.count > settings.sweep_runs:
        raise ConfigError(
            f"A sweep may have at most {settings.sweep_runs:,} runs on this server. Got "
            f"{plan.count:,}: name fewer values."
        )
    _check_cells(store, settings, plan, owner)
    sweeps = SweepStore(store)
    num_open = sum(sweep.owner == owner for sweep in sweeps.asked_to_run())
    if num_open >= MAX_OPEN_SWEEPS:
        raise LimitError(
            f"You have {num_open} sweeps under way, and {MAX_OPEN_SWEEPS} are allowed. Cancel one, "
            "or wait until one has ended."
        )
    return sweeps.add(
        plan.experiment,
        plan.base,
        plan.axes,
        owner=owner,
        name=name,
        budget_seconds=budget_seconds,
        command=command,
    )


def check_budget(budget_seconds: float | None) -> None:
    """Refuse a budget that is no positive number.

    Raises:
        ConfigError: If it is not.
    """
    if budget_seconds is not None and not (math.isfinite(budget_seconds) and budget_seconds > 0):
        raise ConfigError(
            f"The budget must be a number of seconds greater than 0. Got {budget_seconds}."
        )


def _check_cells(store: RunStore, settings: Settings, plan: SweepPlan, owner: str) -> None:
    """Refuse what would fail at once; cells that differ in the seed alone are checked once."""
    chosen = experiment_named(plan.experiment)
    context = owners_context(store, settings, owner)
    seen: set[str] = set()
    for cell, values in plan.cells():
        kind = repr({name: value for name, value in cell.items() if name != "seed"})
        if kind in seen:
            continue
        seen.add(kind)
        config = chosen.config_class.build(chosen.completed({**plan.base, **cell}, context))
        for name in cell:
            if getattr(config, name) != values[name]:
                raise ConfigError(
                    f"'{name}' follows from other fields here ({getattr(config, name)}), so it "
                    "cannot vary. Leave it out, or change what it follows from.",
                    name,
                )
        chosen.check_config(config, context)


def command_sweep(
    store: RunStore,
    settings: Settings,
    sweep_id: str,
    command: str,
    budget_seconds: float | None = None,
) -> None:
    """Pause, resume ("run") or cancel a sweep.

    Pause: no more of its runs are started; those at work run to their end. Cancel: those at work
    are stopped and those in the queue forgotten. Resuming starts what is missing, also after a
    cancellation: stopped runs go on. The dispatcher does all this; see to it that there is one.

    Args:
        store: The run store.
        settings: Of the deployment.
        sweep_id: The sweep.
        command: "run", "pause" or "cancel".
        budget_seconds: A new budget, for a sweep that has used up its own; None to keep it.

    Raises:
        RunNotFoundError: If there is no such sweep.
        ConfigError: If there is no such command, or the budget is not a positive number.
    """
    del settings
    if command not in COMMANDS:
        raise ConfigError(f"A sweep can be asked to {', '.join(COMMANDS)}. Got {command[:40]!r}.")
    check_budget(budget_seconds)
    sweeps = SweepStore(store)
    sweeps.sweep(sweep_id)
    values = {} if budget_seconds is None else {"budget_seconds": budget_seconds}
    sweeps.command(sweep_id, command, **values)
    if command == "cancel":
        sweeps.forget_unstarted(sweep_id)
        sweeps.stop_runs(sweep_id)
    elif command == "run":
        sweeps.queued_again(sweep_id)


def plan_of(sweep: SweepRecord) -> SweepPlan:
    """Return the plan that a sweep was started with."""
    return SweepPlan(sweep.experiment, sweep.base, sweep.axes)


def estimate_seconds(store: RunStore, settings: Settings, plan: SweepPlan) -> float | None:
    """Guess from measured runs how long a sweep will take by the clock.

    It is based on the newest finished runs of the experiment on this store, whosever they are:
    their median time for one update, and how many updates an epoch of each batch size had. What
    the compiled path takes (`Experiment.train_many`) is measured by earlier runs of it alone. The
    runs that the server works on side by side share the time. Not based on the size of the
    network: where sizes differ much, expect a factor of two or more.

    Returns:
        Seconds, or None if no such run has been measured yet.
    """
    chosen = experiment_named(plan.experiment)
    measured = [run for run in _measured(store, plan.experiment) if run.step and run.epoch]
    total = 0.0
    for is_compiled in (True, False):
        cells = [values for _, values in plan.cells() if chosen.takes_many(values) is is_compiled]
        known = [run for run in measured if _was_compiled(chosen, run) is is_compiled]
        if cells and not known:
            return None
        num_workers = 1 if is_compiled else _workers(settings, chosen)
        total += sum(_seconds_of(values, known) for values in cells) / num_workers
    return total


def _measured(store: RunStore, experiment: str) -> Sequence[RunRecord]:
    condition = (run_table.c.experiment == experiment) & (run_table.c.task == "train")
    finished = (RunState.COMPLETED, RunState.DIVERGED)
    return store.runs(states=finished, where=condition, newest_first=True, limit=MEASURED_RUNS)


def _was_compiled(experiment: Experiment, run: RunRecord) -> bool:
    return bool(run.sweep) and experiment.takes_many(run.config)


def _seconds_of(values: Mapping[str, Any], known: Sequence[RunRecord]) -> float:
    """Return the seconds of a run of these values, judged by others."""
    per_update = statistics.median(run.seconds / run.step for run in known)
    # The size of the training set is seen from a run's updates an epoch.
    num_examples = statistics.median(
        run.step / run.epoch * (run.config.get("batch_size") or 1) for run in known
    )
    size = values.get("batch_size", 1)
    updates = int(values["epochs"]) * (math.ceil(num_examples / size) if size else 1)
    return per_update * updates


def _workers(settings: Settings, experiment: Experiment) -> float:
    at_once = settings.num_slots / min(experiment.share_of("train"), settings.num_slots)
    return max(1.0, min(at_once, settings.max_running_per_owner))
