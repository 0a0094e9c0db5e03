"""A run as a run of MLflow: parameters, curves, files, tags. MLflow need not be installed."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rdfia_core.errors import DataUnavailableError
from rdfia_core.experiments import experiment_named
from rdfia_core.jobs.export import EXPORTS, exports_of
from rdfia_core.settings import Settings
from rdfia_core.store import RunRecord, RunState, RunStore

INSTALL = "python -m pip install mlflow-skinny"
ARTIFACTS = ("settings.json", "metrics.csv", "curves.svg", "picture.svg", "weights.safetensors")
RUN_TAG = "rdfia.run"
_BATCH = 500  # MLflow takes at most 1,000 values of metrics and 100 parameters at once
_PARAM_BATCH = 100
# A run that diverged or was stopped did what it was asked; the tag rdfia.state says which.
_STATUS = {
    RunState.COMPLETED: "FINISHED",
    RunState.DIVERGED: "FINISHED",
    RunState.STOPPED: "KILLED",
    RunState.FAILED: "FAILED",
    RunState.LOST: "FAILED",
}


def send_run(store: RunStore, settings: Settings, run: RunRecord, uri: str) -> str:
    """Send an ended run to an MLflow server or store.

    Args:
        store: Where the run lies.
        settings: Of the deployment.
        run: An ended run.
        uri: Of the tracking server, for example http://localhost:5000.

    Returns:
        What was done, in a sentence.

    Raises:
        DataUnavailableError: If the run has not ended, MLflow is not installed, or its server
            cannot be reached.
    """
    if run.state not in _STATUS:
        raise DataUnavailableError(
            f"Run {run.id} is {run.state}. Stop it or wait for its end, then send it."
        )
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    try:
        import mlflow  # noqa: PLC0415  optional, and slow to load
        from mlflow.exceptions import MlflowException  # noqa: PLC0415
    except ImportError as error:
        raise DataUnavailableError(
            f"MLflow is not installed. Install it with '{INSTALL}', then send the run again."
        ) from error
    try:
        return _sent(mlflow.MlflowClient(tracking_uri=uri), store, settings, run)
    except (MlflowException, OSError, ImportError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise DataUnavailableError(
            f"The run could not be sent to MLflow: {reason[:300]} Check that the server runs and "
            "that its address is right."
        ) from error


def _sent(client: Any, store: RunStore, settings: Settings, run: RunRecord) -> str:
    name = f"RDFIA {experiment_named(run.experiment).title}"
    found = client.get_experiment_by_name(name)
    group = found.experiment_id if found else client.create_experiment(name)
    earlier = client.search_runs([group], f"tags.`{RUN_TAG}` = '{run.id}'", max_results=1)
    if earlier:
        return f"Run {run.id} is in MLflow already, as {earlier[0].info.run_id}."
    started = _milliseconds(run.started or run.created)
    target = client.create_run(
        group, start_time=started, run_name=run.name or run.id, tags=_tags(run)
    ).info.run_id
    try:
        _log(client, store, settings, run, target)
    except BaseException:
        client.delete_run(target)  # or the half of it would be taken for the whole
        raise
    ended = _milliseconds(run.ended or run.updated)
    client.set_terminated(target, _STATUS[run.state], end_time=ended)
    return f"Run {run.id} is in MLflow as {target}, in the experiment “{name}”."


def _log(client: Any, store: RunStore, settings: Settings, run: RunRecord, target: str) -> None:
    from mlflow.entities import Param  # noqa: PLC0415

    values = {**run.config, **run.live}
    params = [Param(key, str(value)) for key, value in values.items()]
    for some in _in_parts(params, _PARAM_BATCH):
        client.log_batch(target, params=some)
    for points in _in_parts(list(_curve_points(store, run)), _BATCH):
        client.log_batch(target, metrics=points)
    for name in ARTIFACTS:
        if EXPORTS[name] not in exports_of(run.experiment):
            continue
        try:
            content = EXPORTS[name].make(store, settings, run)
        except DataUnavailableError:
            continue  # a run stopped at once has neither picture nor weights
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.write_bytes(content)
            client.log_artifact(target, str(path))


def _in_parts(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for first in range(0, len(items), size):
        yield items[first : first + size]


def _curve_points(store: RunStore, run: RunRecord) -> Iterator[Any]:
    """Yield what was measured, step by step; the store keeps no time for each, so it is the end."""
    from mlflow.entities import Metric  # noqa: PLC0415

    columns = dict(store.metrics(run.id).columns)
    steps = columns.pop("step", np.empty(0))
    when = _milliseconds(run.ended or run.updated)
    for name, values in columns.items():
        for step, value in zip(steps.tolist(), values.tolist(), strict=True):
            if np.isfinite(value):
                yield Metric(name, value, when, int(step))


def _tags(run: RunRecord) -> dict[str, str]:
    told = {
        RUN_TAG: run.id,
        "rdfia.experiment": run.experiment,
        "rdfia.task": run.task,
        "rdfia.state": str(run.state),
        "rdfia.device": run.device,
        "rdfia.num_parameters": str(run.num_parameters),
        "rdfia.seconds": f"{run.seconds:.3f}",
        "rdfia.sentence": run.sentence,
        "rdfia.tags": ", ".join(run.tags),
    }
    return {name: value for name, value in told.items() if value}


def _milliseconds(seconds: float) -> int:
    return round(1000 * seconds)
