"""`export` on the command line: runs as files, as a lab report, or as runs of MLflow."""

from pathlib import Path
from typing import Annotated

import typer

from rdfia_core.cli_output import sentences
from rdfia_core.cli_runs import existing
from rdfia_core.errors import ConfigError, DataUnavailableError, StoreError
from rdfia_core.jobs.export import EXPORTS, Export, exports_of
from rdfia_core.jobs.lab_report import Words, figures_here, lab_report
from rdfia_core.jobs.mlflow_target import send_run
from rdfia_core.settings import Settings
from rdfia_core.store import RunRecord, RunStore
from rdfia_core.training.checkpoints import save_file


def export_runs(
    run_ids: Annotated[list[str], typer.Argument(metavar="RUN...", help="Ids of runs.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder; default: the run's id, below this one.")
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(help=f"Write this file alone; may be repeated. {', '.join(EXPORTS)}."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Write one lab report of the runs to this HTML file.")
    ] = None,
    title: Annotated[str, typer.Option(help="Of the report.")] = Words.title,
    author: Annotated[str, typer.Option(help="Of the report.")] = "",
    notes: Annotated[
        Path | None, typer.Option(help="Text file with your notes for the report.")
    ] = None,
    mlflow: Annotated[
        str, typer.Option(metavar="URI", help="Send the runs to this MLflow server instead.")
    ] = "",
) -> None:
    """Write runs' settings, numbers, figures, networks into folders; or a report; or to MLflow."""
    with sentences():
        settings = Settings()
        store = RunStore(settings.store_url)
        runs = [existing(store, run_id) for run_id in run_ids]
        if mlflow:
            for run in runs:
                typer.echo(send_run(store, settings, run, mlflow))
        if report is not None:
            words = Words(title, author, "" if notes is None else _read(notes))
            figures = figures_here(store, settings, runs)
            _write(report, lab_report(store, runs, words, figures))
        if not mlflow and report is None:
            for run in runs:
                _export(store, settings, run, only, _folder(out, run, len(runs)))


def _folder(out: Path | None, run: RunRecord, num_runs: int) -> Path:
    if out is None:
        return Path(run.id)
    return out if num_runs == 1 else out / run.id


def _export(
    store: RunStore, settings: Settings, run: RunRecord, only: list[str] | None, folder: Path
) -> None:
    """Write what was asked for; without a wish, all that this run has."""
    for export in exports_of(run.experiment) if not only else [_named(n, run) for n in only]:
        try:
            content = export.make(store, settings, run)
        except DataUnavailableError as error:
            if only:
                raise
            typer.echo(f"Without {export.name}: {error}", err=True)
            continue
        _write(folder / export.name, content)


def _named(name: str, run: RunRecord) -> Export:
    found = {export.name: export for export in exports_of(run.experiment)}
    if name not in found:
        raise ConfigError(
            f"A run of {run.experiment} is exported as one of {', '.join(found)}. Got "
            f"{name[:60]!r}."
        )
    return found[name]


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataUnavailableError(
            f"The notes {path} cannot be read ({error}). Give a text file in UTF-8."
        ) from error


def _write(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all, and say where it is.

    Raises:
        StoreError: If there is no room, or no permission.
    """
    try:
        save_file(path, content)
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written ({error.strerror}). Choose another folder with --out; the "
            "run itself is as it was."
        ) from error
    typer.echo(str(path))
