"""What all commands print alike: errors as sentences, progress on one line."""

import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from rdfia_core.errors import DataUnavailableError, RdfiaError

BAD_VALUE = 2
FAILURE = 1
_INTERVAL_S = 0.1


@contextmanager
def sentences() -> Iterator[None]:
    """Turn our errors into one line on standard error and an exit status."""
    try:
        yield
    except RdfiaError as error:
        typer.echo(f"Error: {error}", err=True)
        is_bad_value = isinstance(error, (ValueError, DataUnavailableError))
        raise typer.Exit(BAD_VALUE if is_bad_value else FAILURE) from error


class ProgressLine:
    """One line on standard error, rewritten at most ten times a second; only on a terminal."""

    def __init__(self) -> None:
        self._is_terminal = sys.stderr.isatty()
        self._is_begun = False
        self._next = 0.0

    def is_due(self) -> bool:
        """Whether it is time to write again."""
        return self._is_terminal and time.monotonic() >= self._next

    def write(self, text: str) -> None:
        """Put this text in place of the last one, if it is time."""
        if not self.is_due():
            return
        self._is_begun = True
        self._next = time.monotonic() + _INTERVAL_S
        width = shutil.get_terminal_size().columns - 1
        typer.echo("\r" + text[:width].ljust(width), nl=False, err=True)

    def end(self) -> None:
        """Go to the next line, if anything was written."""
        if self._is_begun:
            typer.echo("", err=True)
