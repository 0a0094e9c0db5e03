"""The image data on the command line: what is here, fetching, importing."""

from pathlib import Path
from typing import Annotated

import typer

from rdfia_core.cli_output import FAILURE, ProgressLine, sentences
from rdfia_core.data.images.download import fetch_set
from rdfia_core.data.images.image_set import ImageSet
from rdfia_core.data.images.imports import DEFAULT_SIZE, MAX_SIZE, MIN_SIZE, import_images
from rdfia_core.data.images.library import ImageLibrary
from rdfia_core.experiments import context_of
from rdfia_core.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Image data: see what is here, fetch, import.")


def _library() -> ImageLibrary:
    return context_of(Settings()).images


@app.command()
def status() -> None:
    """List the image sets: which can be opened, their images, their bytes, what to do."""
    with sentences():
        library = _library()
        for found in (*library.statuses(), *library.own_statuses()):
            title = "" if found.title == found.name else f"  {found.title}"
            counts = f"{found.num_train:,} training and {found.num_test:,} test images"
            megabytes = f"{found.num_bytes / 1e6:,.1f} MB on disk"
            typer.echo(f"{found.name}{title}\n  {found.state}: {counts}, {megabytes}")
            typer.echo(f"  {found.sentence}\n")


@app.command()
def fetch(name: Annotated[str, typer.Argument(help="Name of an official set.")]) -> None:
    """Fetch an official image set; Ctrl-C breaks off, and the next call goes on from there."""
    with sentences():
        library = _library()
        before = library.status(name)
        if before.is_available:
            typer.echo(f"{name} is here. {before.sentence}")
            return
        line = ProgressLine()

        def show(done: int, total: int) -> None:
            line.write(f"{name}  {done / 1e6:.1f} of {total / 1e6:.1f} MB  {done / total:.0%}")

        try:
            fetch_set(library, name, progress=show)
        except KeyboardInterrupt as error:
            line.end()
            received = library.status(name).num_bytes / 1e6
            typer.echo(
                f"Cancelled. The {received:.1f} MB received are kept; to go on from there: "
                f"python -m rdfia_core data fetch {name}",
                err=True,
            )
            raise typer.Exit(FAILURE) from error
        line.end()
        _describe(library.open(name))


@app.command("import")
def import_(
    path: Annotated[Path, typer.Argument(help="Folder, .zip or .npz; a folder in it is a class.")],
    name: Annotated[str, typer.Option(help="Title; the file's name if not given.")] = "",
    size: Annotated[
        int | None,
        typer.Option(
            help=f"Pixels a side, {MIN_SIZE} to {MAX_SIZE}; {DEFAULT_SIZE} if not given, and an "
            ".npz keeps its own."
        ),
    ] = None,
) -> None:
    """Import your own images and print the name that they get in a config."""
    with sentences():
        library = _library()
        line = ProgressLine()

        def show(done: int, total: int) -> None:
            line.write(f"{done:,} of {total:,} pictures")

        try:
            own_name = import_images(library.root, path, name, size=size, progress=show)
        except KeyboardInterrupt as error:
            line.end()
            typer.echo("Cancelled. Nothing is kept of the import.", err=True)
            raise typer.Exit(FAILURE) from error
        line.end()
        _describe(library.open(own_name))


def _describe(image_set: ImageSet) -> None:
    """Print a set's name, on a line of its own first, and the images of each class."""
    side = image_set.image_size
    kind = "grey" if image_set.num_channels == 1 else "colour"
    typer.echo(f"{image_set.name}\n  {image_set.title}, {side} x {side} pixels, {kind}")
    counts = image_set.counts()
    width = max(len("class"), *map(len, image_set.class_names))
    typer.echo(f"  {'class':<{width}}  train    test")
    for label, class_name in enumerate(image_set.class_names):
        train, test = (counts[part][label] for part in ("train", "test"))
        typer.echo(f"  {class_name:<{width}}  {train:>5,}  {test:>6,}")
