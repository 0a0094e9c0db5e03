"""Hostile folders and zips: each is refused with a sentence, and nothing is kept of it."""

import io
import os
import stat
import struct
import tracemalloc
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from rdfia_core.data.images.entries import ImportLimits, folder_entries, zip_entries
from rdfia_core.data.images.imports import import_images
from rdfia_core.data.point_formats import BadFileError
from rdfia_core.errors import DataUnavailableError
from tests.core.data.images.material import picture, two_classes, unpacked, zipped

GOOD = two_classes()
MEGABYTE = 2**20


def refused(root: Path, source: bytes | Path, limits: ImportLimits | None = None) -> str:
    """The sentence with which an import is refused, after a look at what it left."""
    with pytest.raises(DataUnavailableError) as caught:
        import_images(root, source, "mine", limits=limits)
    assert not root.exists() or list(root.iterdir()) == []
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../x.png", "'../x.png' leads out of the archive"),
        ("red/../../x.png", "leads out of the archive"),
        ("..\\x.png", "leads out of the archive"),
        ("/etc/x.png", "'/etc/x.png' leads out of the archive"),
        ("C:\\x.png", "leads out of the archive"),
        ("red/x\0.png", "has no proper name"),
        ("red/\x1b[2J.png", "has no proper name"),
        (f"red/{'x' * 300}.png", "has no proper name"),
    ],
)
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, name: str, words: str) -> None:
    entry = zipfile.ZipInfo("red/x.png")
    entry.filename = name  # the constructor would mend it
    content = zipped(GOOD | {entry: picture()})

    assert words in refused(tmp_path / "datasets", content)
    assert [path.name for path in tmp_path.iterdir()] in ([], ["datasets"])


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (stat.S_IFLNK, "'red/x.png' is a link"),
        (stat.S_IFIFO, "'red/x.png' is no plain file"),
        (stat.S_IFCHR, "'red/x.png' is no plain file"),
    ],
)
def test_links_and_devices_are_refused(tmp_path: Path, kind: int, words: str) -> None:
    entry = zipfile.ZipInfo("red/x.png")
    entry.external_attr = (kind | 0o777) << 16

    assert words in refused(tmp_path, zipped(GOOD | {entry: b"/etc/passwd"}))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("red/more.zip", "'red/more.zip' is an archive within it; unpack that first"),
        ("red/more.tar.gz", "is an archive within it"),
        ("red/script.py", "'red/script.py' is no picture: PNG, JPEG"),
        ("red/image.svg", "is no picture"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, name: str, words: str) -> None:
    assert words in refused(tmp_path, zipped(GOOD | {name: zipped(GOOD)}))
    folder = unpacked(GOOD | {name: b""}, tmp_path / "mine")
    assert words in refused(tmp_path / "datasets", folder)


def test_harmless_files_are_passed_over(tmp_path: Path) -> None:
    extra = {
        "readme.txt": b"x",
        "red/.DS_Store": b"x",
        "red/Thumbs.db": b"x",
        "__MACOSX/red/._1.png": b"x",
        "labels.csv": b"x",
        "LICENSE": b"x",
        "red/": b"",
    }
    plain = import_images(tmp_path, zipped(GOOD))

    assert import_images(tmp_path, zipped(GOOD | extra)) == plain


def test_what_is_called_a_picture_and_is_none_is_named(tmp_path: Path) -> None:
    sentence = refused(tmp_path, zipped(GOOD | {"red/x.png": b"MZ program"}))

    assert "'red/x.png' is damaged, or no PNG" in sentence


def test_a_picture_that_is_cut_short_is_named(tmp_path: Path) -> None:
    sentence = refused(tmp_path, zipped(GOOD | {"blue/x.png": picture()[:60]}))

    assert "'blue/x.png' is damaged" in sentence


def test_a_bomb_that_tells_its_size_is_refused_unread(tmp_path: Path) -> None:
    sentence = refused(tmp_path, zipped(GOOD | {"red/x.png": bytes(33 * MEGABYTE)}))

    assert "'red/x.png' unpacks to 33 MB, more than 32 MB for one picture" in sentence


def test_a_bomb_of_many_pictures_is_refused_unread(tmp_path: Path) -> None:
    limits = ImportLimits(total_bytes=2 * MEGABYTE)
    bomb = {f"red/x{k}.png": bytes(MEGABYTE) for k in range(3)}

    assert "its pictures have 3 MB, more than 2 MB" in refused(
        tmp_path, zipped(GOOD | bomb), limits
    )


def test_a_bomb_that_lies_about_its_size_is_not_unpacked(tmp_path: Path) -> None:
    real, promised = 64 * MEGABYTE, 1000
    content = zipped(GOOD | {"red/x.png": bytes(real)})
    content = content.replace(struct.pack("<I", real), struct.pack("<I", promised))
    tracemalloc.start()
    try:
        sentence = refused(tmp_path, content)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert "the entry 'red/x.png' is damaged" in sentence
    assert peak < 8 * MEGABYTE


def test_too_many_entries_are_refused(tmp_path: Path) -> None:
    limits = ImportLimits(num_entries=7)

    assert "holds 8 files, more than 7" in refused(tmp_path / "d", zipped(GOOD), limits)
    folder = unpacked(GOOD, tmp_path / "mine")
    assert "holds 8 files, more than 7" in refused(tmp_path / "d", folder, limits)


def test_a_table_of_contents_that_fills_the_memory_is_not_read(tmp_path: Path) -> None:
    content = zipped({f"red/{'x' * 200}{k}.txt": b"" for k in range(60)})

    limits = ImportLimits(num_entries=10)

    assert "its table of contents has" in refused(tmp_path, content, limits)
    with (
        pytest.raises(BadFileError, match="its table of contents has"),
        zip_entries(io.BytesIO(content), limits),
    ):
        pass


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    limits = ImportLimits(archive_bytes=MEGABYTE)

    assert "more than 1 MB" in refused(tmp_path, zipped(GOOD) + bytes(MEGABYTE), limits)


def test_pixels_that_would_be_too_many_are_refused(tmp_path: Path) -> None:
    limits = ImportLimits(result_bytes=8 * 32 * 32 * 3 - 1)

    assert "use fewer or smaller images" in refused(tmp_path, zipped(GOOD), limits)


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    content = bytearray(zipped(GOOD))
    at = content.index(b"PK\1\2") + 8
    content[at] |= 1  # the flag of the first entry in the table of contents

    assert "is encrypted; make the archive without a password" in refused(tmp_path, bytes(content))


def test_an_unusual_compression_is_refused(tmp_path: Path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_LZMA) as archive:
        for name, content in GOOD.items():
            archive.writestr(name, content)

    assert "compressed in an unusual way" in refused(tmp_path, file.getvalue())


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_comes_twice_is_refused(tmp_path: Path) -> None:
    content = zipped(GOOD | {zipfile.ZipInfo("red/1.png"): picture()})

    assert "holds 'red/1.png' twice" in refused(tmp_path, content)


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def damaged(content: bytes) -> bytes:
    at = content.index(b"red/0.png") + 30  # within the first picture's bytes
    return content[:at] + bytes([content[at] ^ 255]) + content[at + 1 :]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (cut, "cut short"),
        (damaged, "the entry 'red/0.png' is damaged"),
        (lambda _: b"", "cut short"),
        (lambda _: b"hello", "cut short"),
        (lambda _: zipped({}), "holds no picture"),
    ],
)
def test_a_damaged_zip_is_refused(
    tmp_path: Path, change: Callable[[bytes], bytes], words: str
) -> None:
    assert words in refused(tmp_path, change(zipped(GOOD)))


def test_any_damage_is_a_sentence(tmp_path: Path) -> None:
    whole = zipped(GOOD)
    for at in range(0, len(whole), 7):
        content = whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :]
        imported_or_refused(tmp_path, content)


def imported_or_refused(root: Path, content: bytes) -> None:
    try:
        assert import_images(root, content, size=8).startswith("own:")
    except DataUnavailableError as error:
        assert "cannot be imported" in str(error)  # noqa: PT017  either outcome is right


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="this system has no links")
@pytest.mark.parametrize("name", ["red/x.png", "green"])
def test_a_link_in_a_folder_is_refused(tmp_path: Path, name: str) -> None:
    folder = unpacked(GOOD, tmp_path / "mine")
    (folder / name).symlink_to("/etc")

    assert f"{name!r} is a link" in refused(tmp_path / "datasets", folder)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes")
def test_a_pipe_in_a_folder_is_not_opened(tmp_path: Path) -> None:
    folder = unpacked(GOOD, tmp_path / "mine")
    os.mkfifo(folder / "red" / "x.png")

    assert "'red/x.png' is no plain file" in refused(tmp_path / "datasets", folder)


def test_entries_are_sorted_whatever_the_order_in_the_zip() -> None:
    backwards: Mapping[str, bytes] = dict(reversed(GOOD.items()))
    with zip_entries(io.BytesIO(zipped(backwards)), ImportLimits()) as entries:
        assert ["/".join(entry.path) for entry in entries] == sorted(GOOD)
        assert entries[0].read() == GOOD["blue/0.png"]


def test_a_file_that_grew_is_read_up_to_the_limit(tmp_path: Path) -> None:
    folder = unpacked({"red/1.png": b"12345678"}, tmp_path)
    (entry,) = folder_entries(folder, ImportLimits(file_bytes=8))
    (folder / "red" / "1.png").write_bytes(bytes(100))

    assert len(entry.read()) == 8


def test_a_file_that_vanished_is_named(tmp_path: Path) -> None:
    folder = unpacked({"red/1.png": b""}, tmp_path)
    (entry,) = folder_entries(folder, ImportLimits())
    (folder / "red" / "1.png").unlink()
    with pytest.raises(BadFileError, match=r"'1\.png' cannot be read"):
        entry.read()
