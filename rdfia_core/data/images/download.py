"""Fetching the official image sets: resumable, checked, to be cancelled at any time."""

import hashlib
import shutil
import urllib.parse
from collections.abc import Callable
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout

from rdfia_core.data.images.library import ImageLibrary
from rdfia_core.data.images.official import read_official
from rdfia_core.data.images.sources import SOURCES, ImageSource, RemoteFile
from rdfia_core.data.images.storage import is_kept, keep_set, writing
from rdfia_core.errors import DataUnavailableError, StoreError
from rdfia_core.mirrors import MirrorError, answer

Progress = Callable[[int, int], None]
"""Told the bytes that are here and the bytes of the whole set, many times a second."""

TIMEOUT_S = 20.0
_MAX_TRIES = 5
_SPARE_BYTES = 50 * 2**20


class DownloadCancelledError(DataUnavailableError):
    """The caller cancelled the download; what is here is kept for the next one."""


def fetch_set(
    library: ImageLibrary,
    name: str,
    *,
    progress: Progress | None = None,
    is_cancelled: Callable[[], bool] | None = None,
    timeout_s: float = TIMEOUT_S,
) -> None:
    """Fetch an official set and convert it, so that the library can open it.

    What an earlier, interrupted call received is not fetched again. Nothing is done if the set is
    here or needs no download.

    Args:
        library: Where it is to go.
        name: A name of `SOURCES`.
        progress: Called with bytes done and bytes in all.
        is_cancelled: Asked between blocks, for example `threading.Event().is_set`.
        timeout_s: Seconds that a server may be silent before the next mirror is tried.

    Raises:
        DownloadCancelledError: If `is_cancelled` said so.
        DataUnavailableError: If no mirror delivered the files; the message says why and what to do.
        StoreError: If the disk is full or the folder cannot be written.
    """
    if name not in SOURCES:
        message = f"There is no data set {name[:40]!r} to fetch. Known are {', '.join(SOURCES)}."
        raise DataUnavailableError(message)
    source = SOURCES[name]
    target = library.official_folder(source)
    if source.is_embedded or is_kept(target):
        return
    folder = library.download_folder(source)
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(folder.parent / f".{name}.lock", timeout=0):
                _check_space(source, folder)
                ask = is_cancelled or (lambda: False)
                tell = progress or (lambda *_: None)
                paths = _fetch_files(source, folder, tell, ask, timeout_s)
                keep_set(target, partial(read_official, source, paths))
                shutil.rmtree(folder, ignore_errors=True)
        except Timeout as error:
            message = f"Another process is fetching {name!r} just now. Wait until it is done."
            raise DataUnavailableError(message) from error


def _check_space(source: ImageSource, folder: Path) -> None:
    """Refuse before an hour of downloading, rather than after it."""
    here = sum(path.stat().st_size for path in folder.iterdir())
    needed = max(0, source.download_bytes - here) + source.image_bytes + _SPARE_BYTES
    free = shutil.disk_usage(folder).free
    if free < needed:
        message = (
            f"Fetching {source.name!r} needs {needed / 1e6:,.0f} MB in {folder}; {free / 1e6:,.0f} "
            "MB are free. Please free some space there, or set RDFIA_HOME to a folder on another "
            "disk."
        )
        raise StoreError(message)


def _fetch_files(
    source: ImageSource,
    folder: Path,
    progress: Progress,
    is_cancelled: Callable[[], bool],
    timeout_s: float,
) -> dict[str, Path]:
    paths: dict[str, Path] = {}
    before = 0
    for file in source.files:

        def tell(done: int, before: int = before) -> None:
            progress(before + done, max(source.download_bytes, before + done))

        try:
            paths[file.name] = fetch_file(
                file, folder, progress=tell, is_cancelled=is_cancelled, timeout_s=timeout_s
            )
        except DataUnavailableError as error:
            raise type(error)(f"The data set {source.name!r} was not fetched: {error}") from error
        before += file.num_bytes
    return paths


def fetch_file(
    file: RemoteFile,
    folder: Path,
    *,
    progress: Callable[[int], None],
    is_cancelled: Callable[[], bool],
    timeout_s: float,
) -> Path:
    """Fetch one file from the first mirror that delivers it, with the right checksum.

    Until it is complete and checked it has the ending .part; a later call goes on from there. A
    complete file that somebody put into the folder is checked and taken.

    Args:
        file: What to fetch.
        folder: Where it goes; it exists.
        progress: Called with the bytes of this file that are here.
        is_cancelled: Asked between blocks.
        timeout_s: Seconds that a server may be silent.

    Returns:
        Path of the complete file.

    Raises:
        DownloadCancelledError: If `is_cancelled` said so.
        DataUnavailableError: If no mirror delivered it.
        StoreError: If it cannot be written.
    """
    target, part = folder / file.name, folder / f"{file.name}.part"
    if target.is_file() and _md5(target) == file.md5:
        progress(target.stat().st_size)
        return target
    reasons: list[str] = []
    for url in file.urls:
        for _ in range(_MAX_TRIES):
            begun = part.stat().st_size if part.is_file() else 0
            try:
                _receive(url, part, file.num_bytes, progress, is_cancelled, timeout_s)
                if _md5(part) == file.md5:
                    part.replace(target)
                    return target
                part.unlink()
                reason = "it sent a file with another checksum"
                # What was there before may be at fault; only a fresh file accuses the mirror.
                is_worth_another = begun > 0
            except MirrorError as error:
                reason = str(error)
                is_worth_another = part.is_file() and part.stat().st_size > begun
            if not is_worth_another:
                break
        reasons.append(f"{urllib.parse.urlsplit(url).netloc}: {reason}")
    kept = f"The {part.stat().st_size / 1e6:.0f} MB received are kept. " if part.is_file() else ""
    message = (
        f"no server delivered {file.name} ({'; '.join(reasons)}). {kept}Check the network, and the "
        "proxy in HTTPS_PROXY if there is one, and fetch again; or put an archive into "
        "$RDFIA_DATA_DIR; or choose shapes10, which needs no network."
    )
    raise DataUnavailableError(message)


def _receive(
    url: str,
    part: Path,
    num_bytes: int,
    progress: Callable[[int], None],
    is_cancelled: Callable[[], bool],
    timeout_s: float,
) -> None:
    """Append what is missing to the part, or begin anew where the server cannot resume."""
    begun = part.stat().st_size if part.is_file() else 0
    # Another file than expected, a portal's login page for one, may have any size.
    limit = 2 * num_bytes + 2**20
    with answer(url, begun, timeout_s) as sent:
        if sent is None:  # all of it is here: its checksum will tell
            return
        done = sent.start
        with writing(part), part.open("ab" if done else "wb") as file:
            while True:
                progress(done)
                if is_cancelled():
                    message = f"it was cancelled; the {done / 1e6:.0f} MB received are kept."
                    raise DownloadCancelledError(message)
                block = sent.read()
                if not block:
                    break
                file.write(block)
                done += len(block)
                if done > limit:
                    file.truncate(0)
                    raise MirrorError(f"it sent more than the {num_bytes} bytes expected")
    if sent.end is not None and done < sent.end:
        raise MirrorError(f"the connection broke off after {done / 1e6:.1f} MB")


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        # A checksum against damage; the makers of these sets publish no better one.
        return hashlib.file_digest(file, partial(hashlib.md5, usedforsecurity=False)).hexdigest()
