"""The network of a run as a file, made in this process. Loads torch."""

from rdfia_core.errors import DataUnavailableError
from rdfia_core.events import File
from rdfia_core.experiments import experiment_named
from rdfia_core.jobs.trained import owners_context
from rdfia_core.settings import Settings
from rdfia_core.store import RunRecord, RunStore
from rdfia_core.training.checkpoints import load_checkpoint


def onnx_network(store: RunStore, settings: Settings, run: RunRecord) -> bytes:
    """Return the network of a run as ONNX.

    Raises:
        DataUnavailableError: If the run has no weights yet.
    """
    experiment = experiment_named(run.experiment)
    context = owners_context(store, settings, run.owner)
    context.resume = load_checkpoint(settings.run_dir(run.id))
    if context.resume is None:
        raise DataUnavailableError(
            f"The weights of run {run.id} were not kept: it is {run.state} after {run.step} "
            "steps. Let a run complete to export its network."
        )
    config = experiment.config_class.build(run.config)
    for event in experiment.load_task("export_onnx")(config, context):
        if isinstance(event, File):
            return event.content
    raise RuntimeError("the task export_onnx ended without a file")
