"""Measurements on the disk: one JSON file each, written whole or not at all."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rdfia_core.errors import StoreError
from rdfia_core.reproduction.measured import Measured

FORMAT = 1
SHIPPED = Path(__file__).with_name("measured.json")
"""What the product's own run of the command measured."""


class KeptMeasurements:
    """The measurements of this machine.

    A measurement is found again by what was run, on which device and by which torch: another
    version measures anew.

    Args:
        home: The settings' home folder; files lie in its folder reproduction.
    """

    def __init__(self, home: Path) -> None:
        self.folder = home / "reproduction"

    def find(self, asked: Mapping[str, Any], device: str, torch: str) -> Measured | None:
        """Return a finished measurement; None if there is none, or its file is damaged."""
        return _read(self.folder / _file_name(asked, device, torch))

    def keep(self, measured: Measured) -> None:
        """Write a finished measurement.

        Raises:
            StoreError: If it cannot be written; nothing else is lost.
        """
        made = measured.made
        path = self.folder / _file_name(measured.asked, made.device, made.torch)
        write_whole(path, json.dumps(measured.as_json()))

    def all(self) -> Iterator[Measured]:
        """Yield every measurement that can be read, the oldest first."""
        if not self.folder.is_dir():
            return
        paths = self.folder.glob("*.json")
        for path in sorted(paths, key=lambda path: (path.stat().st_mtime_ns, path.name)):
            measured = _read(path)
            if measured is not None:
                yield measured


def shipped_measurements(path: Path = SHIPPED) -> tuple[Measured, ...]:
    """Return the measurements that come with the product; none if the file cannot be read."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["measurements"]
        return tuple(Measured.from_json(row) for row in rows)
    except (OSError, ValueError, TypeError, KeyError):
        return ()


def shipped_text(measurements: list[Measured]) -> str:
    """Return measurements as the product ships them: one a line, so that changes can be read."""
    rows = ",\n".join(json.dumps(each.as_json()) for each in measurements)
    return f'{{"format": {FORMAT}, "measurements": [\n{rows}\n]}}\n'


def _file_name(asked: Mapping[str, Any], device: str, torch: str) -> str:
    key = json.dumps([FORMAT, asked, device, torch], sort_keys=True)
    return f"{hashlib.sha256(key.encode()).hexdigest()[:24]}.json"


def _read(path: Path) -> Measured | None:
    try:
        return Measured.from_json(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def write_whole(path: Path, text: str) -> None:
    """Replace a file by a text: a reader sees the old one or the new one, never a part.

    Raises:
        StoreError: If it cannot be written; the old file is untouched.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise StoreError(
            f"{path} cannot be written ({error.strerror}). Free disk space, or choose another "
            "folder; what was measured before is kept."
        ) from error
