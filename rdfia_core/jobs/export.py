"""What can be had of a run as a file for other programs: the list, and the light ones' makers.

A file is made when somebody asks for it. The list is read by the pages and the command line; what
makes a file is named by its address and loaded then, since some makers need what the interface
process must not load.
"""

import csv
import importlib
import io
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import safetensors.numpy

from rdfia_core.errors import DataUnavailableError
from rdfia_core.settings import Settings
from rdfia_core.store import RunRecord, RunStore
from rdfia_core.training.checkpoints import WEIGHTS_FILE, load_checkpoint

NETWORK = "network."
"""What the names of a network's weights begin with in a checkpoint."""

HERE = "rdfia_core.jobs.export"
FIGURES = "rdfia_core.jobs.run_figures"
TRAINED_LABS = ("circle_mlp", "mnist_mlp", "cifar_cnn", "vit")  # networks, step by step


@dataclass(frozen=True, slots=True)
class Export:
    """One kind of file.

    Args:
        name: Of the file.
        group: Files of one group stand together: Numbers, Figures, Network or Code.
        label: For a button.
        mime: Media type.
        explanation: What it is good for, in a sentence or two.
        maker: "module:function" of the store, the settings and a run; it returns the content.
        experiments: Labs whose runs have it; () for all.
        is_heavy: Its maker loads what the interface process must not: there it is made in a
            process of its own (`jobs/apart.py`).
        task: Task of the lab whose worker makes it for the pages; "" if none is needed.
    """

    name: str
    group: str
    label: str
    mime: str
    explanation: str
    maker: str
    experiments: tuple[str, ...] = ()
    is_heavy: bool = False
    task: str = ""

    def suits(self, experiment: str) -> bool:
        """Whether runs of a lab have such a file."""
        return not self.experiments or experiment in self.experiments

    def make(self, store: RunStore, settings: Settings, run: RunRecord) -> bytes:
        """Return the content, made now.

        Raises:
            RdfiaError: If it cannot be made, for example because the run has no weights yet.
        """
        module, name = self.maker.split(":")
        return cast("bytes", getattr(importlib.import_module(module), name)(store, settings, run))


_ALL = (
    Export(
        "settings.json",
        "Numbers",
        "Settings (JSON)",
        "application/json",
        "Every hyperparameter, the device, and how the run ended.",
        f"{HERE}:settings_json",
    ),
    Export(
        "metrics.csv",
        "Numbers",
        "Metrics (CSV)",
        "text/csv",
        "Every measured value by step and epoch, for a spreadsheet.",
        f"{HERE}:metrics_csv",
    ),
    Export(
        "metrics.parquet",
        "Numbers",
        "Metrics (Parquet)",
        "application/vnd.apache.parquet",
        "The same in full precision: `pandas.read_parquet(…)` reads it.",
        f"{HERE}:metrics_parquet",
    ),
    Export(
        "curves.svg",
        "Figures",
        "Curves (SVG)",
        "image/svg+xml",
        "Loss and accuracy by epoch, sharp at any size, for a report.",
        f"{FIGURES}:curves_svg",
        experiments=TRAINED_LABS,
        is_heavy=True,
    ),
    Export(
        "curves.png",
        "Figures",
        "Curves (PNG)",
        "image/png",
        "Loss and accuracy by epoch, as pixels, for slides.",
        f"{FIGURES}:curves_png",
        experiments=TRAINED_LABS,
        is_heavy=True,
    ),
    Export(
        "picture.svg",
        "Figures",
        "Last picture (SVG)",
        "image/svg+xml",
        "What the run shows at its end: the class map with its points, or confusion matrix, "
        "attention and filters.",
        f"{FIGURES}:picture_svg",
        is_heavy=True,
    ),
    Export(
        "picture.png",
        "Figures",
        "Last picture (PNG)",
        "image/png",
        "The same as pixels.",
        f"{FIGURES}:picture_png",
        is_heavy=True,
    ),
    Export(
        "network.onnx",
        "Network",
        "Network (ONNX)",
        "application/octet-stream",
        "The network with the scaling of its inputs, for programs without PyTorch: "
        "`onnxruntime.InferenceSession(…)` runs it.",
        "rdfia_core.jobs.run_network:onnx_network",
        experiments=TRAINED_LABS,
        is_heavy=True,
        task="export_onnx",
    ),
    Export(
        "weights.safetensors",
        "Network",
        "Weights (safetensors)",
        "application/octet-stream",
        "Plain numbers by layer name: `safetensors.torch.load_file(…)` reads them.",
        f"{HERE}:weights_file",
    ),
    Export(
        "train.py",
        "Code",
        "PyTorch script",
        "text/x-python",
        "The training as one file that needs PyTorch and nothing of the playground, and ends with "
        "the same numbers.",
        "rdfia_core.jobs.scripts:training_script",
    ),
    Export(
        "train.ipynb",
        "Code",
        "Jupyter notebook",
        "application/x-ipynb+json",
        "The same in cells, with words between them.",
        "rdfia_core.jobs.scripts:training_notebook",
    ),
)

EXPORTS: Mapping[str, Export] = {export.name: export for export in _ALL}
"""What can be exported of a run, by file name."""


def exports_of(experiment: str) -> list[Export]:
    """Return what can be exported of the runs of a lab."""
    return [export for export in EXPORTS.values() if export.suits(experiment)]


def settings_json(store: RunStore, settings: Settings, run: RunRecord) -> bytes:
    """Return what was trained, where, and what came out, as JSON."""
    del store, settings
    return json.dumps(told_of(run), indent=2).encode()


def told_of(run: RunRecord) -> dict[str, Any]:
    """Return what was trained, where, and what came out, as JSON values."""
    return {
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


def metrics_parquet(store: RunStore, settings: Settings, run: RunRecord) -> bytes:
    """Return every metric row as Parquet; null where there is no value."""
    del settings
    # Streamlit has loaded pyarrow where it runs; Parquet itself is a tenth of a second and 15 MB.
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    columns = store.metrics(run.id).columns
    table = pa.table({name: pa.array(values, from_pandas=True) for name, values in columns.items()})
    table = table.replace_schema_metadata({"rdfia": json.dumps(told_of(run))})
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


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
