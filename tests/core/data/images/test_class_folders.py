import numpy as np
import pytest

from rdfia_core.data.images.class_folders import arrange
from rdfia_core.data.point_formats import BadFileError


def paths(*names: str) -> list[tuple[str, ...]]:
    return sorted(tuple(name.split("/")) for name in names)


def numbered(folder: str, number: int) -> list[str]:
    return [f"{folder}/{k}.png" for k in range(number)]


def test_a_folder_is_a_class_and_a_fifth_is_held_out() -> None:
    arrangement = arrange(paths(*numbered("dog", 10), *numbered("cat", 20)))

    assert arrangement.class_names == ("cat", "dog")
    assert arrangement.labels.tolist() == [0] * 20 + [1] * 10
    assert np.bincount(arrangement.labels[arrangement.test_rows]).tolist() == [4, 2]
    rows = [*arrangement.train_rows, *arrangement.test_rows]
    assert sorted(rows) == list(range(30))


def test_train_and_test_folders_are_kept() -> None:
    files = [*numbered("train/a", 3), *numbered("train/b", 2), *numbered("test/b", 4)]
    arrangement = arrange(paths(*files))

    assert arrangement.class_names == ("a", "b")
    assert arrangement.labels[arrangement.train_rows].tolist() == [0, 0, 0, 1, 1]
    assert arrangement.labels[arrangement.test_rows].tolist() == [1] * 4


def test_folders_around_all_say_nothing() -> None:
    bare = arrange(paths(*numbered("a", 3), *numbered("b", 3)))
    wrapped = arrange(paths(*numbered("x/y/a", 3), *numbered("x/y/b", 3)))
    parted = arrange(paths(*numbered("x/Train/a", 3), *numbered("x/Train/b", 3), "x/TEST/a/9.png"))

    assert wrapped.class_names == bare.class_names == parted.class_names
    np.testing.assert_array_equal(wrapped.train_rows, bare.train_rows)
    assert len(parted.test_rows) == 1


def test_a_training_folder_alone_is_split() -> None:
    arrangement = arrange(paths(*numbered("train/a", 5), *numbered("train/b", 5)))

    assert arrangement.class_names == ("a", "b")
    assert (len(arrangement.train_rows), len(arrangement.test_rows)) == (8, 2)


def test_both_spellings_of_an_accent_are_one_class() -> None:
    files = [*numbered("train/e\u0301t\u00e9", 2), *numbered("train/b", 2)]
    arrangement = arrange(paths(*files, "test/\u00e9te\u0301/1.png"))

    assert arrangement.class_names == ("b", "\u00e9t\u00e9")


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([], "holds no picture"),
        (["1.png", "2.png"], "lies in no folder"),
        (numbered("cat", 5), "it has 1 class folders, not 2 to 100"),
        ([*numbered("a", 2), "b/1.png"], "the class 'b' has 1 picture to train on"),
        ([*numbered("a", 2), *numbered("b/c", 2)], "at another depth"),
        ([*numbered("a/x/1", 2), *numbered("b/x/1", 2)], "at another depth"),
        ([*numbered("one/a", 2), *numbered("two/b", 2)], "at another depth"),
        ([*numbered("train/a", 2), *numbered("val/a", 2)], "a validation part is held out"),
        (
            [*numbered("train/a", 2), *numbered("train/b", 2), "test/c/1.png"],
            "no training picture is of the test part's class 'c'",
        ),
        ([*numbered("a" * 61, 2), *numbered("b", 2)], "needs a name of 1 to 60 letters"),
        ([f"{k}/{j}.png" for k in range(101) for j in range(2)], "it has 101 class folders"),
    ],
)
def test_other_arrangements_are_refused(files: list[str], words: str) -> None:
    with pytest.raises(BadFileError) as caught:
        arrange(paths(*files))

    assert words in str(caught.value)
