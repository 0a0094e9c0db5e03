from pathlib import Path

import numpy as np
import pytest

from rdfia_core.data.images.imports import import_images
from rdfia_core.data.images.library import ImageLibrary
from rdfia_core.errors import ConfigError, DataUnavailableError, StoreError
from tests.core.data.images.material import (
    Array,
    arrays,
    npz,
    picture,
    two_classes,
    unpacked,
    zipped,
)


def test_a_zip_becomes_a_set_of_the_library(library: ImageLibrary) -> None:
    name = import_images(library.root, zipped(two_classes(10)), "Paints")
    image_set = library.open(name)

    assert (image_set.name, image_set.title) == (name, "Paints")
    assert image_set.class_names == ("blue", "red")
    assert image_set.x_train.shape == (16, 32, 32, 3)
    assert image_set.x_test.shape == (4, 32, 32, 3)
    assert {part: counts.tolist() for part, counts in image_set.counts().items()} == {
        "train": [8, 8],
        "test": [2, 2],
    }


def test_each_picture_has_the_label_of_its_folder(library: ImageLibrary) -> None:
    image_set = library.open(import_images(library.root, zipped(two_classes(10))))

    for x, y in ((image_set.x_train, image_set.y_train), (image_set.x_test, image_set.y_test)):
        is_red = x[:, 0, 0, 0] > x[:, 0, 0, 2]
        np.testing.assert_array_equal(y, is_red)


def test_a_folder_gives_the_same_set_as_its_zip(library: ImageLibrary, tmp_path: Path) -> None:
    folder = unpacked(two_classes(), tmp_path / "paints")
    path = tmp_path / "paints.zip"
    path.write_bytes(zipped({f"paints/{name}": c for name, c in two_classes().items()}))

    names = {import_images(library.root, source) for source in (folder, path, path.read_bytes())}
    assert len(names) == 1
    assert library.open(names.pop()).title == "paints"


def test_the_name_is_that_of_the_content(library: ImageLibrary) -> None:
    first = import_images(library.root, zipped(two_classes()), "first")
    again = import_images(library.root, zipped(dict(reversed(two_classes().items()))), "again")
    more = import_images(library.root, zipped(two_classes(5)))
    other_class = {name.replace("red", "pink"): c for name, c in two_classes().items()}

    assert first == again
    assert library.open(again).title == "first"
    assert len({first, more, import_images(library.root, zipped(other_class))}) == 3
    assert len(library.own_statuses()) == 3


@pytest.mark.parametrize("size", [8, 64])
def test_the_size_is_chosen(library: ImageLibrary, size: int) -> None:
    name = import_images(library.root, zipped(two_classes()), size=size)

    assert library.open(name).image_size == size


@pytest.mark.parametrize("size", [7, 65, 0, -1])
def test_other_sizes_are_refused(library: ImageLibrary, size: int) -> None:
    with pytest.raises(ConfigError, match="must be 8 to 64 pixels") as caught:
        import_images(library.root, zipped(two_classes()), size=size)
    assert caught.value.field == "size"


def test_progress_counts_the_pictures(library: ImageLibrary) -> None:
    told: list[tuple[int, int]] = []
    import_images(library.root, zipped(two_classes()), progress=lambda *pair: told.append(pair))

    assert told == [(number, 8) for number in range(1, 9)]


@pytest.mark.parametrize("title", ["", "\n\x1b"])
def test_a_title_is_never_empty(library: ImageLibrary, title: str) -> None:
    name = import_images(library.root, zipped(two_classes()), title)

    assert library.open(name).title == "images"


def test_a_title_is_cut_and_printable(library: ImageLibrary) -> None:
    name = import_images(library.root, zipped(two_classes()), "\x1b[31m" + "x" * 100)

    assert library.open(name).title == "[31m" + "x" * 56


def test_one_class_is_refused(library: ImageLibrary) -> None:
    with pytest.raises(DataUnavailableError) as caught:
        import_images(library.root, zipped({f"red/{k}.png": picture() for k in range(5)}), "mine")

    sentence = str(caught.value)
    assert "The images in 'mine' cannot be imported: it has 1 class folders" in sentence
    assert "each class is a folder of pictures, for example cats/1.png" in sentence


def test_a_path_that_is_not_there_is_refused(library: ImageLibrary, tmp_path: Path) -> None:
    with pytest.raises(DataUnavailableError, match="cannot be opened"):
        import_images(library.root, tmp_path / "nowhere.zip")


def test_an_import_that_is_broken_off_leaves_nothing(library: ImageLibrary) -> None:
    def cancel(done: int, _: int) -> None:
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_images(library.root, zipped(two_classes()), progress=cancel)
    assert not library.root.exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_leaves_nothing(library: ImageLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
    open_path = Path.open
    monkeypatch.setattr(
        Path,
        "open",
        lambda path, mode="r", **options: open_path(
            Path("/dev/full") if path.name == "x_test.npy" else path, mode, **options
        ),
    )
    with pytest.raises(StoreError, match="No space left"):
        import_images(library.root, zipped(two_classes()))
    assert library.own_statuses() == ()
    assert [path for path in library.root.iterdir() if path.is_dir()] == []


def test_an_archive_keeps_its_size_and_parts(library: ImageLibrary) -> None:
    content = arrays(size=28)
    image_set = library.open(import_images(library.root, npz(content), "mine"))

    np.testing.assert_array_equal(image_set.x_train[..., 0], content["x_train"])
    np.testing.assert_array_equal(image_set.x_test[..., 0], content["x_test"])
    np.testing.assert_array_equal(image_set.y_test, content["y_test"])
    assert image_set.class_names == ("0", "1")


def test_an_archive_without_a_test_part_is_split(library: ImageLibrary) -> None:
    content = {name: array for name, array in arrays().items() if "train" in name}
    image_set = library.open(import_images(library.root, npz(content)))

    assert {part: counts.tolist() for part, counts in image_set.counts().items()} == {
        "train": [8, 8],
        "test": [2, 2],
    }
    images = np.concatenate([image_set.x_train, image_set.x_test])[..., 0]
    assert sorted(x.tobytes() for x in images) == sorted(x.tobytes() for x in content["x_train"])


def test_labels_with_gaps_are_numbered_anew(library: ImageLibrary) -> None:
    content = arrays()
    content["y_train"], content["y_test"] = (
        content[name].astype(np.int64) * 4 + 3 for name in ("y_train", "y_test")
    )
    names = np.array([f"class {label}" for label in range(8)])
    bare = library.open(import_images(library.root, npz(content)))
    named = library.open(import_images(library.root, npz(content | {"class_names": names})))

    assert bare.class_names == ("3", "7")
    assert named.class_names == ("class 3", "class 7")
    np.testing.assert_array_equal(named.y_test, arrays()["y_test"])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"x_train": np.zeros((20, 28, 28))}, "not uint8"),
        ({"x_train": np.zeros((20, 4, 4), np.uint8)}, "have 4 pixels a side, not 8 to 64"),
        ({"x_train": np.zeros((20, 99, 99), np.uint8)}, "have 99 pixels a side"),
        ({"x_test": np.zeros((10, 32, 32), np.uint8)}, "x_train others"),
        ({"y_train": np.zeros(20, np.uint8)}, "it has 1 classes, not 2 to 100"),
        ({"y_train": np.arange(20) // 19}, "its label 1 has 1 image, fewer than 2"),
        ({"y_test": np.full(10, 5)}, "no training image has the test part's label 5"),
        ({"class_names": np.array(["one"])}, "not a name for each label"),
        ({"class_names": np.array(["one", " "])}, "names of 1 to 60 letters"),
        ({"class_names": np.array([1, 2])}, "not plain text"),
        ({"y_train": np.array([None] * 20)}, "y_train holds values of type object"),
    ],
)
def test_an_archive_of_another_form_is_refused(
    library: ImageLibrary, changes: dict[str, Array], words: str
) -> None:
    with pytest.raises(DataUnavailableError) as caught:
        import_images(library.root, npz(arrays() | changes), "mine")

    assert words in str(caught.value)
    assert "x_train, y_train, x_test, y_test" in str(caught.value)
    assert not library.root.exists()


def test_an_archive_is_not_resized(library: ImageLibrary) -> None:
    with pytest.raises(DataUnavailableError, match="have 28 pixels a side and keep them"):
        import_images(library.root, npz(arrays()), size=32)
