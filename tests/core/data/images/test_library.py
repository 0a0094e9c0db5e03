import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from rdfia_core.data.images.imports import import_images
from rdfia_core.data.images.library import ImageLibrary
from rdfia_core.data.images.sources import SOURCES
from rdfia_core.data.images.storage import is_kept
from rdfia_core.errors import DataUnavailableError, StoreError
from tests.core.data.images.material import arrays, npz, two_classes, zipped

ROOT = Path(__file__).resolve().parents[4]


def put(library: ImageLibrary, content: bytes, name: str = "mnist") -> Path:
    assert library.data_dir is not None
    path = library.data_dir / f"{name}.npz"
    path.write_bytes(content)
    return path


def kept(library: ImageLibrary) -> list[str]:
    """Names of what lies in the library's folder, without its locks."""
    return sorted(p.name for p in library.root.glob("*") if not p.name.endswith(".lock"))


@pytest.mark.parametrize("name", ["digits", "shapes10"])
def test_embedded_sets_need_nothing(name: str, embedded: ImageLibrary) -> None:
    source = SOURCES[name]
    image_set = embedded.open(name)

    shape = (source.image_size, source.image_size, source.num_channels)
    assert image_set.x_train.shape == (source.num_train, *shape)
    assert image_set.x_test.shape == (source.num_test, *shape)
    assert image_set.x_train.dtype == image_set.x_test.dtype == np.uint8
    assert image_set.y_train.dtype == image_set.y_test.dtype == np.int64
    assert image_set.class_names == source.class_names
    assert (image_set.name, image_set.title) == (name, source.title)
    assert image_set.counts()["train"].sum() == image_set.num_train == source.num_train
    assert image_set.counts()["test"].min() > 30
    assert (image_set.image_size, image_set.num_channels) == shape[1:]


@pytest.mark.parametrize("array", ["x_train", "y_train", "x_test", "y_test"])
def test_what_is_opened_cannot_be_changed(array: str, embedded: ImageLibrary) -> None:
    with pytest.raises(ValueError, match="read-only"):
        getattr(embedded.open("digits"), array)[0] = 1


def test_images_are_mapped_not_read(embedded: ImageLibrary) -> None:
    image_set = embedded.open("digits")

    assert isinstance(image_set.x_train, np.memmap)
    assert isinstance(image_set.x_test, np.memmap)
    assert image_set.x_train.mode == "r"


def test_a_set_is_converted_once(library: ImageLibrary) -> None:
    put(library, npz(arrays()))
    library.open("mnist")
    (folder,) = [path for path in library.root.iterdir() if is_kept(path)]
    before = (folder / "x_train.npy").stat()
    library.open("mnist")

    after = (folder / "x_train.npy").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("compressed", [False, True])
def test_an_archive_is_opened_as_it_is(library: ImageLibrary, compressed: bool) -> None:
    content = arrays()
    put(library, npz(content, compressed=compressed))
    image_set = library.open("mnist")

    np.testing.assert_array_equal(image_set.x_train[..., 0], content["x_train"])
    np.testing.assert_array_equal(image_set.y_train, content["y_train"])
    np.testing.assert_array_equal(image_set.x_test[..., 0], content["x_test"])
    np.testing.assert_array_equal(image_set.y_test, content["y_test"])
    assert image_set.class_names == tuple("0123456789")


def test_labels_in_a_column_are_read_like_those_in_a_row(library: ImageLibrary) -> None:
    content = arrays()
    put(library, npz(content | {"y_train": content["y_train"][:, np.newaxis]}))

    np.testing.assert_array_equal(library.open("mnist").y_train, content["y_train"])


def test_a_replaced_archive_is_noticed(library: ImageLibrary) -> None:
    put(library, npz(arrays(seed=0)))
    first = library.open("mnist")
    content = arrays(seed=1)
    put(library, npz(content))
    second = library.open("mnist")

    np.testing.assert_array_equal(second.x_train[..., 0], content["x_train"])
    assert (first.x_train != second.x_train).any()


def test_statuses_tell_what_can_be_opened(library: ImageLibrary) -> None:
    put(library, npz(arrays()))
    statuses = {status.name: status for status in library.statuses()}

    assert {name: status.state for name, status in statuses.items()} == {
        "cifar10": "missing",
        "mnist": "archive",
        "fashion_mnist": "missing",
        "digits": "embedded",
        "shapes10": "embedded",
    }
    assert [status.is_available for status in statuses.values()] == [False, True, False, True, True]
    assert (statuses["mnist"].num_train, statuses["mnist"].num_test) == (20, 10)
    assert (statuses["cifar10"].num_train, statuses["cifar10"].num_test) == (50_000, 10_000)
    assert statuses["mnist"].num_bytes > 30 * 28 * 28
    assert kept(library) == []


@pytest.mark.parametrize(
    ("data_dir", "lack"),
    [
        (None, "that variable is not set"),
        ("nowhere", "that variable names no folder"),
        ("", "there is none yet"),
    ],
)
def test_a_missing_set_names_the_ways_to_it(
    tmp_path: Path, data_dir: str | None, lack: str
) -> None:
    library = ImageLibrary(tmp_path, None if data_dir is None else tmp_path / data_dir)
    with pytest.raises(DataUnavailableError) as caught:
        library.open("cifar10")

    sentence = str(caught.value)
    assert "python -m rdfia_core data fetch cifar10" in sentence
    assert "$RDFIA_DATA_DIR/cifar10.npz" in sentence
    assert "shapes10" in sentence
    assert "170 MB" in sentence
    assert lack in sentence
    assert library.status("cifar10").sentence == sentence


def test_a_begun_download_is_mentioned(library: ImageLibrary) -> None:
    folder = library.download_folder(SOURCES["cifar10"])
    folder.mkdir(parents=True)
    (folder / "cifar-10-binary.tar.gz.part").write_bytes(bytes(3_000_000))

    assert "3 MB of them already here" in library.status("cifar10").sentence


@pytest.mark.parametrize("name", ["cifar", "", "../mnist", "own"])
def test_an_unknown_name_lists_the_known(library: ImageLibrary, name: str) -> None:
    with pytest.raises(DataUnavailableError, match="Known are cifar10, mnist"):
        library.open(name)


@pytest.mark.parametrize("name", ["own:", "own:../digits-v1", "own:0123456789abcdef", "own:ABC"])
def test_an_imported_set_that_is_not_here_says_how_to_import(
    library: ImageLibrary, name: str
) -> None:
    library.open("digits")
    with pytest.raises(DataUnavailableError, match="data import PATH"):
        library.open(name)


def test_a_name_leads_nowhere_else(library: ImageLibrary) -> None:
    library.open("digits")
    name = import_images(library.root, zipped(two_classes()))
    with pytest.raises(DataUnavailableError, match="There are no imported images"):
        library.open(f"{name}/../digits-v1")


def test_only_a_known_missing_set_can_be_fetched(library: ImageLibrary) -> None:
    assert library.can_fetch("mnist")
    assert not library.can_fetch("digits")
    assert not library.can_fetch("own:0123456789abcdef")


def test_an_archive_even_a_faulty_one_keeps_a_set_from_being_fetched(library: ImageLibrary) -> None:
    assert library.data_dir is not None
    (library.data_dir / "mnist.npz").write_bytes(b"cut short")
    assert not library.can_fetch("mnist")


def test_imported_sets_are_listed(library: ImageLibrary) -> None:
    name = import_images(library.root, zipped(two_classes()), "Paints")
    (status,) = library.own_statuses()

    assert (status.name, status.title, status.state) == (name, "Paints", "ready")
    assert (status.num_train, status.num_test) == (6, 2)


def flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def promising(content: bytes) -> bytes:
    """An archive whose x_train claims a million images, with a right checksum."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    header = b"(20, 28, 28), }" + b" " * 5, b"(1000000, 28, 28), }"
    assert header[0] in files["x_train.npy"]
    files["x_train.npy"] = files["x_train.npy"].replace(*header)
    return zipped(files)


GOOD = npz(arrays())
FAULTS = {
    "empty": (b"", "cut short, or no NumPy archive"),
    "no archive": (b"hello" * 100, "cut short, or no NumPy archive"),
    "cut short": (GOOD[: len(GOOD) // 2], "cut short, or no NumPy archive"),
    "a damaged pixel": (flipped(GOOD, 5000), "cut short or damaged (Bad CRC-32"),
    "a damaged pixel, packed": (
        flipped(npz(arrays(), compressed=True), 5000),
        "cut short or damaged",
    ),
    "a lying header": (promising(GOOD), "promises shape (1000000, 28, 28) and holds less"),
    "no test part": (
        npz({key: array for key, array in arrays().items() if "train" in key}),
        "it lacks x_test and y_test",
    ),
    "other arrays": (npz({"images": np.zeros(3)}), "it lacks x_train or y_train (it holds images"),
    "reals": (
        npz(arrays() | {"x_train": np.zeros((20, 28, 28))}),
        "x_train is of type float64, not uint8",
    ),
    "other size": (npz(arrays(size=32)), "has shape (32, 32, 1), not (28, 28, 1)"),
    "no square": (
        npz(arrays() | {"x_test": np.zeros((10, 28, 27), np.uint8)}),
        "x_test has shape (10, 28, 27",
    ),
    "too few labels": (npz(arrays() | {"y_train": np.zeros(19, np.uint8)}), "for each of 20"),
    "a label too high": (
        npz(arrays() | {"y_test": np.full(10, 10)}),
        "the labels y_test reach from 10 to 10, not from 0 to 9",
    ),
    "a negative label": (npz(arrays() | {"y_train": np.full(20, -1)}), "reach from -1 to -1"),
    "a pickle": (
        npz(arrays() | {"y_train": np.array([print] * 20, dtype=object)}),
        "y_train holds values of type object",
    ),
}


@pytest.mark.parametrize(("content", "words"), FAULTS.values(), ids=list(FAULTS))
def test_a_faulty_archive_is_refused_and_nothing_else_opened(
    library: ImageLibrary, content: bytes, words: str
) -> None:
    path = put(library, content)
    with pytest.raises(DataUnavailableError) as caught:
        library.open("mnist")

    sentence = str(caught.value)
    assert words in sentence
    assert str(path) in sentence
    assert "python -m rdfia_core data fetch mnist" in sentence
    assert kept(library) == []


@pytest.mark.parametrize("fault", ["empty", "cut short", "other arrays"])
def test_a_faulty_archive_is_reported_as_missing(library: ImageLibrary, fault: str) -> None:
    put(library, FAULTS[fault][0])
    status = library.status("mnist")

    assert status.state == "missing"
    assert "cannot be used as 'mnist'" in status.sentence


FIRST_TIME = """
import sys
from pathlib import Path
import rdfia_core.data.images.library as module

convert = module.open_archive_set

def slow(*arguments):
    print("converts", flush=True)
    sys.stdin.read()
    return convert(*arguments)

module.open_archive_set = slow
print("opens", flush=True)
image_set = module.ImageLibrary(Path(sys.argv[1]), Path(sys.argv[2])).open("mnist")
print(int(image_set.x_train.sum()), flush=True)
"""


def test_two_processes_convert_a_set_once(library: ImageLibrary, tmp_path: Path) -> None:
    put(library, GOOD)
    waits, goes = os.pipe()
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", FIRST_TIME, str(tmp_path / "home"), str(tmp_path / "data")],
            cwd=ROOT,
            stdin=waits,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    outputs = [process.stdout for process in processes if process.stdout]
    begun = [output.readline() for output in outputs]
    os.close(goes)
    ended = [output.read().split() for output in outputs]
    os.close(waits)

    assert [process.wait(30) for process in processes] == [0, 0]
    assert begun == ["opens\n"] * 2
    total = str(arrays()["x_train"].sum())
    assert sorted(ended, key=len) == [[total], ["converts", total]]
    assert len(kept(library)) == 1
    for output in outputs:
        output.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("file", ["x_train.npy", "y_test.npy", "set.json"])
def test_a_full_disk_leaves_no_half_set(
    library: ImageLibrary, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    put(library, GOOD)
    open_path = Path.open
    monkeypatch.setattr(
        Path,
        "open",
        lambda path, mode="r", **options: open_path(
            Path("/dev/full") if (path.name, mode) == (file, "wb") else path, mode, **options
        ),
    )
    with pytest.raises(StoreError, match=r"No space left on device.*free some space there"):
        library.open("mnist")
    assert kept(library) == []

    monkeypatch.undo()
    assert library.open("mnist").num_train == 20


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir(mode=0o500)
    with pytest.raises(StoreError, match="RDFIA_HOME"):
        ImageLibrary(tmp_path / "home", None).open("digits")


def test_a_home_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(StoreError, match=r"home.*RDFIA_HOME"):
        ImageLibrary(tmp_path / "home", None).open("digits")


def digits_folder(library: ImageLibrary) -> Path:
    library.open("digits")
    return library.root / "digits-v1"


def test_a_copy_cut_short_says_what_to_delete(library: ImageLibrary) -> None:
    folder = digits_folder(library)
    with (folder / "x_train.npy").open("r+b") as file:
        file.truncate(1000)
    with pytest.raises(DataUnavailableError) as caught:
        library.open("digits")

    assert str(folder) in str(caught.value)
    assert "Delete that folder" in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", "{}", json.dumps({"format": 999})])
def test_a_copy_with_another_description_says_what_to_delete(
    library: ImageLibrary, text: str
) -> None:
    (digits_folder(library) / "set.json").write_text(text)
    with pytest.raises(DataUnavailableError, match="Delete that folder"):
        library.open("digits")


def test_a_copy_deleted_in_part_is_made_anew(library: ImageLibrary) -> None:
    (digits_folder(library) / "set.json").unlink()

    assert library.open("digits").num_train == 1437
    assert kept(library) == ["digits-v1"]


def test_what_a_killed_process_left_is_cleared_away(library: ImageLibrary) -> None:
    left = library.root / ".new-digits-v1"
    left.mkdir(parents=True)
    (left / "x_train.npy").write_bytes(b"half")

    assert library.open("digits").num_train == 1437
    assert kept(library) == ["digits-v1"]
