"""A run's training as a script of its own, and as a notebook."""

from collections.abc import Callable

from rdfia_core.errors import DataUnavailableError
from rdfia_core.experiments import experiment_named
from rdfia_core.jobs.trained import owners_context
from rdfia_core.scripts.recipe import Ran, Recipe
from rdfia_core.scripts.writing import notebook_text, script_text
from rdfia_core.settings import Settings
from rdfia_core.store import RunRecord, RunState, RunStore

TASK = "train"
_UNTRAINED = ("shown_image",)  # may change in a run, and changes nothing of what is learned


def training_script(store: RunStore, settings: Settings, run: RunRecord) -> bytes:
    """Return the training of a run as one Python file (rdfia_core/scripts).

    Raises:
        DataUnavailableError: If the run is another task, or what it started from is gone.
    """
    return _written(store, settings, run, script_text)


def training_notebook(store: RunStore, settings: Settings, run: RunRecord) -> bytes:
    """Return the same as a Jupyter notebook; raises as `training_script`."""
    return _written(store, settings, run, notebook_text)


def _written(
    store: RunStore,
    settings: Settings,
    run: RunRecord,
    write: Callable[[Recipe, str, tuple[str, ...]], str],
) -> bytes:
    if run.task != TASK:
        raise DataUnavailableError(
            f"Only a training has a script. Run {run.id} is the task {run.task}: export a run of "
            f"the task {TASK}."
        )
    experiment = experiment_named(run.experiment)
    config = experiment.config_class.build(run.config)
    ran = Ran(
        device=run.device or "cpu",
        num_threads=settings.threads_for(experiment.share_of(TASK)),
        notes={note.kind: note.evidence for note in store.notes(run.id)},
    )
    recipe = experiment.recipe(config, owners_context(store, settings, run.owner), ran)
    return write(recipe, f"{experiment.title}, run {run.id}", _remarks(run)).encode()


def _remarks(run: RunRecord) -> tuple[str, ...]:
    """Say what sets this run apart from its script."""
    remarks = []
    changed = [
        name
        for name, value in run.live.items()
        if name not in _UNTRAINED and value != run.config.get(name)
    ]
    if changed:
        names = ", ".join(sorted(changed))
        remarks.append(
            f"While the run lived, its owner changed {names}. The script uses the values that it\n"
            "began with, so it ends with other numbers."
        )
    if run.state == RunState.STOPPED:
        remarks.append(f"The run was stopped in epoch {run.epoch:g}; the script trains to the end.")
    if run.parent:
        remarks.append(
            f"The run went on from where run {run.parent} stood; the script begins anew."
        )
    if run.device not in ("", "cpu"):
        remarks.append(f"The run was computed on {run.device}, where last bits may differ.")
    if run.is_over and run.metrics:
        ended = ", ".join(f"{name} {value:.6g}" for name, value in run.metrics.items() if value)
        remarks.append(f"The run ended with {ended}.")
    return tuple(remarks)
