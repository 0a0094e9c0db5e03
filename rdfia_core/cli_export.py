"""`export` on the command line: a run as files for other programs."""

from pathlib import Path
from typing import Annotated

import typer

from rdfia_core.cli_output import sentences
from rdfia_core.errors import StoreError
from rdfia_core.jobs.export import exports_of
from rdfia_core.settings import Settings
from rdfia_core.store import RunStore

app = typer.Typer()


@app.command("export")
def export_run(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="Id of a run.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder; default: the run's id, below this one.")
    ] = None,
) -> None:
    """Write a run's settings, metrics and weights into a folder."""
    with sentences():
        settings = Settings()
        store = RunStore(settings.store_url)
        run = store.run(run_id)
        folder = out or Path(run.id)
        for export in exports_of(run.experiment):
            write_file(folder / export.name, export.make(store, settings, run))
            typer.echo(str(folder / export.name))


def write_file(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all.

    Raises:
        StoreError: If there is no room, or no permission.
    """
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            partial.write_bytes(content)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written ({error.strerror}). Choose another folder with --out; the "
            "run itself is as it was."
        ) from error
