"""Runs whose networks others take: to start from, or to ask."""

import safetensors.numpy

from rdfia_core.errors import DataUnavailableError, RunNotFoundError
from rdfia_core.experiments import Context, Trained, context_of
from rdfia_core.jobs.export import weights_file
from rdfia_core.settings import Settings
from rdfia_core.store import RunStore
from rdfia_core.training.checkpoints import has_checkpoint


def owners_context(store: RunStore, settings: Settings, owner: str) -> Context:
    """Return the context of an owner's runs: they may start from runs of the same owner alone."""
    context = context_of(settings)
    context.trained = lambda run_id: trained_run(store, settings, run_id, owner)
    return context


def trained_run(store: RunStore, settings: Settings, run_id: str, owner: str) -> Trained:
    """Return a run to start from.

    Raises:
        DataUnavailableError: If this owner has no such run, or it has not ended. Another's run and
            no run look alike.
    """
    try:
        run = store.run(run_id)
    except RunNotFoundError:
        run = None
    if run is None or run.owner != owner or run.deleted is not None:
        raise DataUnavailableError(
            f"There is no run {run_id[:40]!r} of yours to start from. Choose one of your finished "
            "runs, or init_from=scratch."
        )
    if not run.is_over:
        raise DataUnavailableError(
            f"Run {run_id} is {run.state}: its weights still change. Stop it or wait for its end, "
            "then start from it."
        )
    return Trained(
        run.experiment,
        {**run.config, **run.live},
        lambda: safetensors.numpy.load(weights_file(store, settings, run)),
    )


def has_network(settings: Settings, run_id: str) -> bool:
    """Whether a run has a network to ask: a running one has it with its first checkpoint."""
    return has_checkpoint(settings.run_dir(run_id))
