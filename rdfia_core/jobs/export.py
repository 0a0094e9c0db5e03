"""What a run leaves behind, as files for other programs: settings, metrics, weights."""

import csv
import io
import json
import math
from collections.abc import Callable, Mapping

import safetensors.numpy

from rdfia_core.errors import DataUnavailableError
from rdfia_core.settings import Settings
from rdfia_core.store import RunRecord, RunStore
from rdfia_core.training.checkpoints import WEIGHTS_FILE, load_checkpoint

NETWORK = "network."
"""What the names of a network's weights begin with in a checkpoint."""

Export = Callable[[RunStore, Settings, RunRecord], bytes]


def settings_json(store: RunStore, settings: Settings, run: RunRecord) -> bytes:
    """Return what was trained, where, and what came out, as JSON."""
    del store, settings
    told = {
        "run_id": run.id,
        "experiment": run.experiment,
        "task": run.task,
        "state": run.state,
        "config": {**run.config, **run.live},
        "device": run.device,
        "num_parameters": run.num_parameters,
        "steps": run.step,
        "epochs": run.epoch,
        "seconds": run.seconds,
        "metrics": dict(run.metrics),
    }
    return json.dumps(told, indent=2).encode()


def metrics_csv(store: RunStore, settings: Settings, run: RunRecord) -> bytes:
    """Return every metric row, as a table with one column each; empty where there is no value."""
    del settings
    columns = store.metrics(run.id).columns
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in zip(*(values.tolist() for values in columns.values()), strict=True):
        writer.writerow("" if math.isnan(value) else f"{value:.10g}" for value in row)
    return text.getvalue().encode()


def weights_file(store: RunStore, settings: Settings, run: RunRecord) -> bytes:
    """Return the weights as safetensors: the trained ones, or those where the run was stopped.

    Raises:
        DataUnavailableError: If nothing was kept.
    """
    del store
    folder = settings.run_dir(run.id)
    if (folder / WEIGHTS_FILE).exists():
        return (folder / WEIGHTS_FILE).read_bytes()
    checkpoint = load_checkpoint(folder)
    arrays = {} if checkpoint is None else checkpoint.arrays
    weights = {k.removeprefix(NETWORK): v for k, v in arrays.items() if k.startswith(NETWORK)}
    if not weights:
        raise DataUnavailableError(
            f"The weights of run {run.id} were not kept: it is {run.state} after {run.step} "
            "steps. Let a run complete to export its weights."
        )
    return safetensors.numpy.save(weights, {"run": run.id})


EXPORTS: Mapping[str, Export] = {
    "settings.json": settings_json,
    "metrics.csv": metrics_csv,
    "weights.safetensors": weights_file,
}
"""What can be exported of a run, by file name."""
