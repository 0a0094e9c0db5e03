"""The image sets of this machine: which there are, and opening one."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rdfia_core.data.images import digits, shapes
from rdfia_core.data.images.archives import (
    archive_counts,
    archive_error,
    archive_tag,
    open_archive_set,
)
from rdfia_core.data.images.image_set import ImageSet
from rdfia_core.data.images.sources import SOURCES, ImageSource
from rdfia_core.data.images.storage import (
    folder_bytes,
    is_kept,
    keep_set,
    load_set,
    read_description,
)
from rdfia_core.data.point_formats import BadFileError
from rdfia_core.errors import DataUnavailableError

OWN_PREFIX = "own:"
_EMBEDDED: dict[str, tuple[int, Callable[[], ImageSet]]] = {
    "digits": (digits.VERSION, digits.make_digits),
    "shapes10": (shapes.VERSION, shapes.make_shapes),
}

State = Literal["ready", "embedded", "archive", "missing"]


@dataclass(frozen=True)
class SetStatus:
    """Whether a set can be opened here.

    Args:
        name: What a config calls it.
        title: What a person calls it.
        state: "ready": fetched or imported; "embedded": comes with the program; "archive": found
            in the data folder; "missing": cannot be opened, or its archive is damaged.
        sentence: The same for people; if it is missing, with the remedies.
        num_bytes: Bytes that it takes on the disk now, archive and part of a download included.
        num_train: Training images; of the official set if it is missing.
        num_test: Test images.
    """

    name: str
    title: str
    state: State
    sentence: str
    num_bytes: int
    num_train: int
    num_test: int

    @property
    def is_available(self) -> bool:
        """Whether `open` would return it."""
        return self.state != "missing"


class ImageLibrary:
    """The image sets of this machine.

    Args:
        home: The settings' home folder; converted sets lie in its folder datasets.
        data_dir: The settings' data folder with NAME.npz archives, if there is one.
    """

    def __init__(self, home: Path, data_dir: Path | None) -> None:
        self.root = home / "datasets"
        self.data_dir = data_dir

    def open(self, name: str) -> ImageSet:
        """Open a set; in milliseconds, except for the first time on this machine.

        The first time, an archive is converted (seconds) or an embedded set is made. An archive in
        the data folder comes before a download.

        Args:
            name: A name of `SOURCES`, or "own:<id>" for an imported set.

        Returns:
            The set, memory-mapped and read-only.

        Raises:
            DataUnavailableError: If it is not on this machine or damaged; the message says why and
                what to do. Another set is never opened in its place.
            StoreError: If the converted copy cannot be written.
        """
        if name.startswith(OWN_PREFIX):
            return load_set(self._own_folder(name), name)
        source = _source(name)
        folder, make = self._place(source)
        if not is_kept(folder):
            if make is None:
                raise DataUnavailableError(self._missing_sentence(source))
            keep_set(folder, make)
        return load_set(folder, name)

    def status(self, name: str) -> SetStatus:
        """Say whether a set can be opened, without opening it.

        Args:
            name: As for `open`.

        Raises:
            DataUnavailableError: If there can be no set of that name.
        """
        if name.startswith(OWN_PREFIX):
            return _kept_status(self._own_folder(name), name, "Imported.")
        source = _source(name)
        if source.is_embedded:
            num_bytes = folder_bytes(self._place(source)[0])
            return _source_status(source, "embedded", "Comes with the playground.", num_bytes)
        archive = self._archive(source)
        if archive is not None:
            return self._archive_status(source, archive)
        folder = self.official_folder(source)
        if is_kept(folder):
            return _kept_status(folder, name, "Fetched.")
        num_bytes = folder_bytes(self.download_folder(source))
        return _source_status(source, "missing", self._missing_sentence(source), num_bytes)

    def can_fetch(self, name: str) -> bool:
        """Whether fetching would help: the set is known, missing, and no archive hides it."""
        source = SOURCES.get(name)
        if source is None or source.is_embedded or self._archive(source) is not None:
            return False
        return not is_kept(self.official_folder(source))

    def statuses(self) -> tuple[SetStatus, ...]:
        """Statuses of all sets known by name, in the order in which they are offered."""
        return tuple(self.status(name) for name in SOURCES)

    def own_statuses(self) -> tuple[SetStatus, ...]:
        """Statuses of all imported sets of this machine, whoever imported them."""
        folders = sorted(path for path in self.root.glob("own-*") if is_kept(path))
        names = (OWN_PREFIX + path.name.removeprefix("own-") for path in folders)
        return tuple(self.status(name) for name in names)

    def official_folder(self, source: ImageSource) -> Path:
        """Folder of a fetched set."""
        return self.root / f"{source.name}-official"

    def download_folder(self, source: ImageSource) -> Path:
        """Folder of a download until it is complete."""
        return self.root / "downloads" / source.name

    def _own_folder(self, name: str) -> Path:
        """Folder of an imported set; the name comes from a config, so it is not trusted."""
        if re.fullmatch("[0-9a-f]{16}", name.removeprefix(OWN_PREFIX)):
            folder = self.root / f"own-{name.removeprefix(OWN_PREFIX)}"
            if is_kept(folder):
                return folder
        message = (
            f"There are no imported images {name[:40]!r} on this machine. Import them again, on "
            "the page or with: python -m rdfia_core data import PATH"
        )
        raise DataUnavailableError(message)

    def _place(self, source: ImageSource) -> tuple[Path, Callable[[], ImageSet] | None]:
        """Return where the converted set lies and what makes it, None if nothing can."""
        if source.is_embedded:
            version, make = _EMBEDDED[source.name]
            return self.root / f"{source.name}-v{version}", make
        archive = self._archive(source)
        if archive is None:
            return self.official_folder(source), None
        try:
            tag = archive_tag(archive)
        except BadFileError as error:
            raise archive_error(archive, source.name, error) from error
        return self.root / f"{source.name}-{tag}", lambda: open_archive_set(archive, source)

    def _archive(self, source: ImageSource) -> Path | None:
        if self.data_dir is None:
            return None
        path = self.data_dir / f"{source.name}.npz"
        return path if path.is_file() else None

    def _archive_status(self, source: ImageSource, archive: Path) -> SetStatus:
        num_bytes = archive.stat().st_size
        try:
            folder = self._place(source)[0]
            num_train, num_test = archive_counts(archive)
        except DataUnavailableError as error:
            return _source_status(source, "missing", str(error), num_bytes)
        except BadFileError as error:
            sentence = str(archive_error(archive, source.name, error))
            return _source_status(source, "missing", sentence, num_bytes)
        sentence = f"Read from $RDFIA_DATA_DIR/{archive.name}."
        num_bytes += folder_bytes(folder)
        return SetStatus(
            source.name, source.title, "archive", sentence, num_bytes, num_train, num_test
        )

    def _missing_sentence(self, source: ImageSource) -> str:
        """Why a set is missing, and the three ways out."""
        if self.data_dir is None:
            lack = "that variable is not set"
        elif not self.data_dir.is_dir():
            lack = f"that variable names no folder: {self.data_dir}"
        else:
            lack = "there is none yet"
        begun = folder_bytes(self.download_folder(source))
        already = f", {begun / 1e6:.0f} MB of them already here" if begun else ""
        name, megabytes = source.name, f"{source.download_bytes / 1e6:.0f} MB"
        return (
            f"The data set {name!r} is not on this machine. Fetch it ({megabytes}{already}) with: "
            f"python -m rdfia_core data fetch {name}; or put an archive at "
            f"$RDFIA_DATA_DIR/{name}.npz ({lack}); or choose shapes10, which needs no network."
        )


def _source(name: str) -> ImageSource:
    if name not in SOURCES:
        message = (
            f"There is no data set {name[:40]!r}. Known are {', '.join(SOURCES)}, and own:<id> for "
            "imported images."
        )
        raise DataUnavailableError(message)
    return SOURCES[name]


def _source_status(source: ImageSource, state: State, sentence: str, num_bytes: int) -> SetStatus:
    return SetStatus(
        source.name, source.title, state, sentence, num_bytes, source.num_train, source.num_test
    )


def _kept_status(folder: Path, name: str, sentence: str) -> SetStatus:
    num_bytes = folder_bytes(folder)
    try:
        title, num_train, num_test = read_description(folder)
    except (OSError, ValueError) as error:
        message = f"The copy in {folder} is damaged ({error}). Delete that folder."
        return SetStatus(name, name, "missing", message, num_bytes, 0, 0)
    return SetStatus(name, title, "ready", sentence, num_bytes, num_train, num_test)
