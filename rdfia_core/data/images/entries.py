"""The files of a student's folder or zip, listed before any of them is read.

A zip is never unpacked to the disk: its entries are read into memory one by one, so no name in it
can lead anywhere. Names that try to are refused all the same.
"""

import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from rdfia_core.data.images.pictures import ENDINGS
from rdfia_core.data.point_formats import BadFileError

_ARCHIVES = {".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".npz"}
_HARMLESS = {".txt", ".md", ".csv", ".tsv", ".json", ".xml", ".html", ".yaml", ".yml", ".pdf"}
_SYSTEM = {"thumbs.db", "desktop.ini"}
_MAX_NAME = 300
_DIRECTORY_BYTES_AN_ENTRY = 1000
_READ_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    EOFError,
    RuntimeError,
    ValueError,
    struct.error,
)


@dataclass(frozen=True)
class ImportLimits:
    """What an import may take.

    Args:
        archive_bytes: Size of a zip or .npz file.
        num_entries: Files in it, of whatever kind.
        file_bytes: Size of one picture file.
        total_bytes: Size of all picture files, unpacked from the zip.
        result_bytes: Pixels of the resulting set.
    """

    archive_bytes: int = 512 * 2**20
    num_entries: int = 50_000
    file_bytes: int = 32 * 2**20
    total_bytes: int = 2 * 2**30
    result_bytes: int = 512 * 2**20


@dataclass(frozen=True)
class Entry:
    """One picture file.

    Args:
        path: Folders and name, from the top of the import.
        num_bytes: Its size, as promised.
        read: Returns its bytes; BadFileError if it is damaged or larger than promised.
    """

    path: tuple[str, ...]
    num_bytes: int
    read: Callable[[], bytes]

    @property
    def shown(self) -> str:
        """Its name in a message."""
        return repr("/".join(self.path)[-120:])


def folder_entries(root: Path, limits: ImportLimits) -> list[Entry]:
    """List the pictures below a folder.

    Args:
        root: The folder.
        limits: What is allowed.

    Returns:
        Its picture files, sorted; hidden files and text files are left out.

    Raises:
        BadFileError: If something there is neither, or a limit is exceeded.
    """
    entries: list[Entry] = []
    number = 0
    for folder, folders, names in os.walk(root, followlinks=False):
        folders.sort()
        number += len(names)
        _check_number(number, limits)
        for name in [*folders, *sorted(names)]:
            path = Path(folder) / name
            parts = path.relative_to(root).parts
            status = path.lstat()
            if stat.S_ISLNK(status.st_mode):
                raise BadFileError(f"{'/'.join(parts)!r} is a link, not a file")
            if name in folders or not _is_picture(parts):
                continue
            if not stat.S_ISREG(status.st_mode):
                raise BadFileError(f"{'/'.join(parts)!r} is no plain file")
            entries.append(Entry(parts, status.st_size, partial(_read_file, path, limits)))
    return _checked(entries, limits)


def _read_file(path: Path, limits: ImportLimits) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(limits.file_bytes)
    except OSError as error:
        raise BadFileError(f"{path.name!r} cannot be read ({error.strerror})") from error


@contextmanager
def zip_entries(file: BinaryIO, limits: ImportLimits) -> Iterator[list[Entry]]:
    """List the pictures of a zip, which can be read until the context ends.

    Args:
        file: The zip.
        limits: What is allowed.

    Yields:
        Its picture files, sorted; hidden files and text files are left out.

    Raises:
        BadFileError: If it is no zip, an entry is not what it should be, or a limit is exceeded.
    """
    check_directory(file, limits)
    try:
        archive = zipfile.ZipFile(file)
    except _READ_ERRORS as error:
        raise BadFileError(f"it is cut short, or no zip file ({error})") from error
    with archive:
        members = archive.infolist()
        _check_number(len(members), limits)
        entries = []
        for member in members:
            path = _zip_path(member)
            if member.is_dir() or not _is_picture(path):
                continue
            read = partial(_read_member, archive, member)
            entries.append(Entry(path, member.file_size, read))
        yield _checked(entries, limits)


def check_directory(file: BinaryIO, limits: ImportLimits) -> None:
    """Refuse a zip whose table of contents alone would fill the memory when zipfile reads it.

    Each record that may end the file is looked at, since which one is taken is up to the reader.

    References:
        PKWARE, .ZIP File Format Specification 6.3.10, sections 4.3.14 to 4.3.16.
    """
    size = file.seek(0, os.SEEK_END)
    if size > limits.archive_bytes:
        message = f"it has {size / 2**20:,.0f} MB, more than {limits.archive_bytes // 2**20} MB"
        raise BadFileError(message)
    file.seek(max(0, size - 2**16 - 200))
    tail = file.read()
    file.seek(0)
    for signature, at, form in ((b"PK\5\6", 12, "<I"), (b"PK\6\6", 40, "<Q")):
        for found in re.finditer(re.escape(signature), tail):
            field = tail[found.start() + at :][: struct.calcsize(form)]
            if len(field) == struct.calcsize(form):
                num_bytes = struct.unpack(form, field)[0]
                if limits.num_entries * _DIRECTORY_BYTES_AN_ENTRY < num_bytes <= size:
                    message = f"its table of contents has {num_bytes / 2**20:,.0f} MB"
                    raise BadFileError(f"{message}: too many files, or no plain zip")


def _zip_path(member: zipfile.ZipInfo) -> tuple[str, ...]:
    """Return the folders and name of an entry that is what it claims to be."""
    name = member.orig_filename.replace("\\", "/")
    shown = repr(name[-120:])
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if name.startswith("/") or re.match("[A-Za-z]:", name) or ".." in parts:
        raise BadFileError(f"the entry {shown} leads out of the archive")
    if not parts or len(name) > _MAX_NAME or not name.isprintable():
        raise BadFileError(f"the entry {shown} has no proper name")
    kind = stat.S_IFMT(member.external_attr >> 16)
    if stat.S_ISLNK(kind):
        raise BadFileError(f"the entry {shown} is a link, not a file")
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise BadFileError(f"the entry {shown} is no plain file")
    if member.flag_bits & 1:
        raise BadFileError(f"the entry {shown} is encrypted; make the archive without a password")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise BadFileError(f"the entry {shown} is compressed in an unusual way; use plain zip")
    return parts


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    try:
        # Asked for the promised size, which has been checked, zipfile unpacks no more. Its `read`
        # without a size unpacks all that an entry holds, gigabytes if it is a bomb, and then cuts.
        with archive.open(member) as file:
            return file.read(member.file_size)
    except (*_READ_ERRORS, NotImplementedError) as error:
        message = f"the entry {member.filename[-120:]!r} is damaged ({error})"
        raise BadFileError(message) from error


def _is_picture(path: tuple[str, ...]) -> bool:
    """Whether to read a file; one that is neither picture nor harmless is refused."""
    name = path[-1].lower()
    if any(part.startswith((".", "__MACOSX")) for part in path) or name in _SYSTEM:
        return False
    ending = Path(name).suffix
    if ending in ENDINGS:
        return True
    if ending in _HARMLESS or not ending:
        return False
    shown = repr("/".join(path)[-120:])
    if ending in _ARCHIVES:
        raise BadFileError(f"{shown} is an archive within it; unpack that first")
    raise BadFileError(f"{shown} is no picture: PNG, JPEG, WebP, BMP and GIF are read")


def _check_number(number: int, limits: ImportLimits) -> None:
    if number > limits.num_entries:
        raise BadFileError(f"it holds {number:,} files, more than {limits.num_entries:,}")


def _checked(entries: list[Entry], limits: ImportLimits) -> list[Entry]:
    """Sort the entries and check their promised sizes and that no name comes twice."""
    entries = sorted(entries, key=lambda entry: entry.path)
    for before, entry in zip([None, *entries], entries, strict=False):
        if before is not None and before.path == entry.path:
            raise BadFileError(f"it holds {entry.shown} twice")
        if entry.num_bytes > limits.file_bytes:
            message = f"{entry.shown} unpacks to {entry.num_bytes / 2**20:,.0f} MB, more than"
            raise BadFileError(f"{message} {limits.file_bytes // 2**20} MB for one picture")
    total = sum(entry.num_bytes for entry in entries)
    if total > limits.total_bytes:
        message = f"its pictures have {total / 2**20:,.0f} MB"
        raise BadFileError(f"{message}, more than {limits.total_bytes // 2**20:,} MB")
    return entries
