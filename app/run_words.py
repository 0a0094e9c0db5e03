"""A run in words and numbers, for lists and comparisons."""

from collections.abc import Sequence
from functools import lru_cache

from app.resources import store
from rdfia_core.experiments import experiments
from rdfia_core.figures.run_names import NamedRun, run_names
from rdfia_core.figures.run_numbers import RunNumbers, run_numbers
from rdfia_core.store import RunRecord, RunState

STATE_WORDS = {
    RunState.QUEUED: "Waiting",
    RunState.STARTING: "Starting",
    RunState.RUNNING: "Training",
    RunState.PAUSED: "Paused",
    RunState.COMPLETED: "Finished",
    RunState.STOPPED: "Stopped",
    RunState.DIVERGED: "Diverged",
    RunState.FAILED: "Failed",
    RunState.LOST: "Interrupted",
}


def named(run: RunRecord) -> NamedRun:
    """Return what a run's name is made of."""
    experiment = experiments().get(run.experiment)
    return NamedRun(
        experiment.title if experiment else run.experiment,
        experiment.config_class if experiment else None,
        {**run.config, **run.live},
        run.name,
    )


def names_among(runs: Sequence[RunRecord]) -> list[str]:
    """Return a name for each run, by what differs among them."""
    return run_names([named(run) for run in runs])


def state_words(run: RunRecord) -> str:
    """Say where a run stands: "Training, 12 of 150"."""
    words = STATE_WORDS[run.state]
    epochs = run.config.get("epochs")
    if run.state in (RunState.RUNNING, RunState.PAUSED) and epochs:
        return f"{words}, {run.epoch:.0f} of {epochs}"
    return words


def numbers_of(run: RunRecord) -> RunNumbers:
    """Sum up what a run came to so far."""
    return _numbers(run.id, run.attempt, run.step, run.state)


@lru_cache(maxsize=2000)
def _numbers(run_id: str, attempt: int, step: int, state: RunState) -> RunNumbers:
    del attempt, step, state  # they tell one moment of the run from another
    return run_numbers(store().metrics(run_id).columns)


def duration_words(seconds: float | None) -> str:
    """Say a time to come, roughly: nothing here is known to the second."""
    if seconds is None:
        return "not known yet"
    if seconds < 1:
        return "at once"
    if seconds < 90:
        return f"about {round(seconds)} s"
    if seconds < 5400:
        return f"about {round(seconds / 60)} min"
    return f"about {seconds / 3600:.1f} h"
