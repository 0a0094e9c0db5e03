"""The command line: whatever a page can start, it can."""

import json
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from rdfia_core import cli_data, cli_export, cli_reproduce, cli_runs, cli_sweep
from rdfia_core.cli_output import FAILURE, ProgressLine, sentences
from rdfia_core.config import ExperimentConfig, field_specs
from rdfia_core.data.point_files import UploadStore
from rdfia_core.errors import ConfigError
from rdfia_core.events import Metrics
from rdfia_core.experiments import Experiment, experiment_named, experiments
from rdfia_core.jobs.devices import resolve_device
from rdfia_core.jobs.launch import ensure_dispatcher
from rdfia_core.jobs.submission import submit
from rdfia_core.settings import Settings
from rdfia_core.store import RunRecord, RunState, RunStore
from rdfia_core.store.live import history_packet

OWNER = "command line"

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="RDFIA Playground: list, train, show and stop runs; fetch and import data.",
)
app.add_typer(cli_data.app, name="data")
app.command("export")(cli_export.export_runs)
cli_sweep.register(app)
app.command()(cli_reproduce.reproduce)


def _open() -> tuple[Settings, RunStore]:
    settings = Settings()
    return settings, RunStore(settings.store_url)


@app.command("experiments")
def list_experiments() -> None:
    """List the experiments with their fields, presets and tasks."""
    for experiment in experiments().values():
        typer.echo(f"{experiment.name}: {experiment.summary}\n")
        for spec in field_specs(experiment.config_class):
            default = spec.default if spec.default != "" else "(empty)"
            typer.echo(f"  {spec.name:<16} {default!s:<14} {spec.expected()}")
        presets = ", ".join(preset.name for preset in experiment.presets)
        typer.echo(f"\n  presets: {presets}\n  tasks: {', '.join(experiment.tasks)}\n")


@app.command()
def train(
    experiment: Annotated[str, typer.Argument(help="Name of an experiment.")],
    assignments: Annotated[
        list[str] | None, typer.Argument(metavar="[FIELD=VALUE]...", help="Hyperparameters.")
    ] = None,
    preset: Annotated[str, typer.Option(help="Start from this preset.")] = "",
    task: Annotated[str, typer.Option(help="What to run of the experiment.")] = "train",
    as_json: Annotated[bool, typer.Option("--json", help="End with one line of JSON.")] = False,
    background: Annotated[
        bool, typer.Option("--background", help="Hand the run to the dispatcher.")
    ] = False,
    recording: Annotated[
        Path | None, typer.Option(help="Write pictures and curves to this file.")
    ] = None,
    speed: Annotated[
        float | None, typer.Option(help="Epochs per second; full speed if not given.", min=0.01)
    ] = None,
) -> None:
    """Train here, or in the background, and record the run like any other."""
    with sentences():
        settings, store = _open()
        chosen = experiment_named(experiment)
        values = _values(chosen, preset, assignments or [], settings)
        config = chosen.config_class.build(values)
        _warn(config)
        if not background:
            resolve_device(config.device)
        state = RunState.QUEUED if background else RunState.STARTING
        run_id = submit(
            store, settings, experiment, values, owner=OWNER, task=task, state=state, speed=speed
        )
        if background:
            ensure_dispatcher(settings)
            typer.echo(run_id)
            return
        _execute(store, settings, run_id, show_progress=not as_json)
        run = store.run(run_id)
        if recording is not None:
            recording.write_bytes(history_packet(store, run))
        _report(run, as_json)
        if run.state == RunState.FAILED:
            raise typer.Exit(FAILURE)


def _values(
    experiment: Experiment, preset: str, assignments: Sequence[str], settings: Settings
) -> dict[str, Any]:
    """Read `field=value` words; a path given for data_file is imported."""
    values = dict(experiment.preset(preset).values) if preset else {}
    for word in assignments:
        name, equals, value = word.partition("=")
        if not equals:
            raise ConfigError(f"A hyperparameter is given as field=value. Got {word[:60]!r}.")
        values[name.strip()] = value
    path = Path(str(values.get("data_file", "")))
    if path.is_file():
        values["data_file"] = UploadStore(settings.uploads_dir).add(path.read_bytes(), path.name)
    return values


def _warn(config: ExperimentConfig) -> None:
    for name in config.without_effect():
        typer.echo(f"Warning: '{name}' has no effect beside the other values.", err=True)


def _execute(store: RunStore, settings: Settings, run_id: str, *, show_progress: bool) -> None:
    """Execute a run in this process; Ctrl-C stops it and keeps what it has."""
    from rdfia_core.jobs.execution import Execution  # noqa: PLC0415  loads torch: 2 seconds
    from rdfia_core.jobs.handles import process_handle  # noqa: PLC0415
    from rdfia_core.jobs.worker import make_room  # noqa: PLC0415

    run = store.run(run_id)
    make_room(settings, experiment_named(run.experiment).share_of(run.task))
    store.update_run(run_id, state=RunState.RUNNING, handle=process_handle(), started=time.time())
    progress = _Progress() if show_progress else None
    execution = Execution(store, store.run(run_id), settings, progress)
    before = signal.signal(signal.SIGINT, execution.interrupt)
    try:
        execution.run()
    finally:
        signal.signal(signal.SIGINT, before)
        if progress:
            progress.line.end()


class _Progress:
    """Epoch, losses and accuracies on one line."""

    def __init__(self) -> None:
        self.line = ProgressLine()

    def __call__(self, event: Metrics) -> None:
        if not self.line.is_due():
            return
        shown = [
            f"{name} {value:.4g}"
            for name, value in event.scalars.items()
            if name.endswith(("_loss", "_accuracy"))
        ]
        self.line.write(f"epoch {event.epoch:g}  " + "  ".join(shown))


def _report(run: RunRecord, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(_summary(run)))
        return
    typer.echo(f"{run.id}  {run.state}  {run.sentence}".rstrip())
    for name, value in run.metrics.items():
        typer.echo(f"  {name:<18} {_number(value)}")
    for name, result in run.result.items():
        typer.echo(f"  {name}: {json.dumps(result)[:2000]}")


def _summary(run: RunRecord) -> dict[str, Any]:
    return {
        "run_id": run.id,
        "status": run.state,
        "experiment": run.experiment,
        "task": run.task,
        "config": run.config,
        "seconds": round(run.seconds, 4),
        "device": run.device,
        "num_parameters": run.num_parameters,
        "metrics": run.metrics,
        "sentence": run.sentence,
        "result": run.result,
    }


def _number(value: float | None) -> str:
    return "not a number" if value is None else f"{value:.6g}"


app.command("runs")(cli_runs.list_runs)
app.command("delete")(cli_runs.delete)


@app.command()
def show(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="Id of a run.")],
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON.")] = False,
) -> None:
    """Show one run."""
    with sentences():
        _, store = _open()
        _report(cli_runs.existing(store, run_id), as_json)


@app.command()
def stop(run_id: Annotated[str, typer.Argument(metavar="RUN", help="Id of a run.")]) -> None:
    """Stop a run; what it has so far is kept."""
    with sentences():
        settings, store = _open()
        run = cli_runs.existing(store, run_id)
        if run.is_over:
            typer.echo(f"{run.id} has already ended: {run.state}.")
            return
        store.command(run.id, "stop")
        ensure_dispatcher(settings)
        typer.echo(f"{run.id} is asked to stop.")


@app.command()
def doctor() -> None:
    """Show devices, memory, data, store and engine, and what is wrong with them."""
    from rdfia_core.jobs.examination import examine  # noqa: PLC0415  loads torch: 2 seconds

    with sentences():
        settings = Settings()
        findings = examine(settings)
        for name, finding in findings.items():
            typer.echo(f"{name:<10} {finding.text}")
        if not all(finding.is_fine for finding in findings.values()):
            raise typer.Exit(FAILURE)


def main() -> None:
    """Run the command line."""
    app()
