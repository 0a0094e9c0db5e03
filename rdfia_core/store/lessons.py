"""Lessons: a lab with some settings open and the others not, words around it, a recorded run.

A lesson is a link (store/share_store.py). Its recorded run is a file of its own, a history packet,
so that it outlives the run and is there where no run could be trained.
"""

import contextlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rdfia_core.config import field_specs
from rdfia_core.errors import ConfigError, LimitError, ShareNotFoundError, StoreError
from rdfia_core.experiments import experiment_named
from rdfia_core.store.share_store import DEAD_LINK, LESSON, ShareRecord, ShareStore

MAX_TITLE = 80
MAX_TEXT = 6_000
MAX_RECORDING_BYTES = 8 * 2**20


@dataclass(frozen=True, slots=True)
class Draft:
    """What a teacher has written.

    Args:
        experiment: The lab's name.
        title: One line.
        task: Markdown, shown above the lab.
        explanation: Markdown, held back until it is asked for; "" for none.
        values: What the form starts with.
        free: Names of the settings that may be changed.
        fixed: Names of those that are shown and may not; all others are hidden.
        recorded: Config of the recorded run, None if there is none.
    """

    experiment: str
    title: str
    task: str
    explanation: str
    values: Mapping[str, Any]
    free: Sequence[str]
    fixed: Sequence[str]
    recorded: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson that can be opened: its link's id, its maker, what was written."""

    id: str
    owner: str
    draft: Draft


class Lessons:
    """The lessons of a deployment.

    Args:
        shares: The links.
        folder: Of the recorded runs.
    """

    def __init__(self, shares: ShareStore, folder: Path) -> None:
        self._shares = shares
        self._folder = folder

    def create(self, owner: str, draft: Draft, recording: bytes | None = None) -> str:
        """Make a lesson and return its id.

        Args:
            owner: Who makes it.
            draft: What it says.
            recording: A history packet of the run that it shows, or None.

        Raises:
            ConfigError: If a text is too long or missing, or a setting is not allowed.
            LimitError: If the recording is too large, or the owner has too many links.
            StoreError: If the recording cannot be written.
        """
        _check(draft)
        if recording is not None and len(recording) > MAX_RECORDING_BYTES:
            raise LimitError(
                f"The recorded run takes {len(recording) / 2**20:.1f} MB, and "
                f"{MAX_RECORDING_BYTES / 2**20:.0f} MB are allowed. Record a smaller network or "
                "fewer pictures, or leave the recording out."
            )
        content = {name: getattr(draft, name) for name in Draft.__slots__}
        lesson_id = self._shares.create(owner, LESSON, content)
        if recording is not None:
            try:
                self._write(lesson_id, recording)
            except OSError as error:
                self._shares.revoke(lesson_id, owner)
                raise StoreError(
                    f"The recorded run cannot be stored: {error.strerror}. Check that the disk has "
                    "room, or leave the recording out."
                ) from error
        return lesson_id

    def lesson(self, lesson_id: str) -> Lesson:
        """Return a lesson.

        Raises:
            ShareNotFoundError: If there is none, or it was revoked.
        """
        return _lesson(self._shares.share(lesson_id, LESSON))

    def of_owner(self, owner: str) -> list[Lesson]:
        """Return an owner's lessons, newest first."""
        return [_lesson(share) for share in self._shares.of_owner(owner, LESSON)]

    def recording(self, lesson_id: str) -> bytes:
        """Return the packet of a lesson's recorded run.

        Raises:
            ShareNotFoundError: If there is no such lesson, or it has none.
        """
        self._shares.share(lesson_id, LESSON)
        try:
            return self._path(lesson_id).read_bytes()
        except OSError as error:
            raise ShareNotFoundError(DEAD_LINK) from error

    def revoke(self, lesson_id: str, owner: str) -> None:
        """Close a lesson of this owner and remove its recording."""
        if self._shares.revoke(lesson_id, owner):
            self._path(lesson_id).unlink(missing_ok=True)

    def _path(self, lesson_id: str) -> Path:
        return self._folder / f"{lesson_id}.bin"

    def _write(self, lesson_id: str, recording: bytes) -> None:
        """Write the file whole or not at all."""
        self._folder.mkdir(parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(dir=self._folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(recording)
            Path(draft).replace(self._path(lesson_id))
        except OSError:
            with contextlib.suppress(OSError):
                Path(draft).unlink()
            raise


def _check(draft: Draft) -> None:
    limits = {"title": MAX_TITLE, "task": MAX_TEXT, "explanation": MAX_TEXT}
    for name, most in limits.items():
        length = len(getattr(draft, name))
        if length > most:
            raise ConfigError(
                f"The {name} of a lesson must have at most {most} characters. Got {length}.", name
            )
    if not draft.title.strip():
        raise ConfigError("A lesson must have a title. Got none: say in a few words what it is.")
    config_class = experiment_named(draft.experiment).config_class
    config_class.build(draft.values)
    known = {spec.name for spec in field_specs(config_class)}
    if unknown := sorted({*draft.free, *draft.fixed} - known):
        raise ConfigError(f"{config_class.__name__} has no parameter '{unknown[0]}'.", unknown[0])
    if both := sorted({*draft.free} & {*draft.fixed}):
        raise ConfigError(f"The setting '{both[0]}' cannot be both free and fixed.", both[0])


def _lesson(share: ShareRecord) -> Lesson:
    return Lesson(share.id, share.owner, Draft(**share.content))
