"""Which class and which part each picture belongs to, by the folders it lies in."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rdfia_core.data.images.splits import choose_rows
from rdfia_core.data.point_formats import BadFileError

MIN_CLASSES, MAX_CLASSES = 2, 100
MIN_PER_CLASS = 2
MAX_CLASS_NAME = 60
TEST_FRACTION = 0.2
_VALIDATION = {"val", "valid", "validation", "dev"}
_SPLIT_SEED = 0

Array = np.ndarray


@dataclass(frozen=True)
class Arrangement:
    """Where each picture goes.

    Args:
        class_names: K names in sorted order.
        labels: Class of each picture, (N,), int64.
        train_rows: Pictures of the training part, int64, ascending.
        test_rows: The others.
    """

    class_names: tuple[str, ...]
    labels: Array
    train_rows: Array
    test_rows: Array


def arrange(paths: Sequence[tuple[str, ...]]) -> Arrangement:
    """Read classes and parts from the pictures' folders.

    A folder is a class. Around the classes there may be folders train and test, and around all of
    it any number of single folders. Without train and test, a fifth is held out.

    Args:
        paths: Folders and name of each picture, sorted.

    Returns:
        The arrangement, the same for the same paths.

    Raises:
        BadFileError: If the folders are not of that form.
    """
    if not paths:
        raise BadFileError("it holds no picture")
    folders = [path[:-1] for path in paths]
    # Single folders around the rest say nothing; the last folder is the class and stays.
    while min(map(len, folders)) >= 2 and len({folder[0] for folder in folders}) == 1:
        folders = [folder[1:] for folder in folders]
    for path, folder in zip(paths, folders, strict=True):
        _check_depth("/".join(path), folder, len(folders[0]))
    if len(folders[0]) == 1:
        return _held_out([folder[0] for folder in folders])
    return _parted(folders)


def _check_depth(shown: str, folder: tuple[str, ...], depth: int) -> None:
    if not folder:
        raise BadFileError(f"{shown[-120:]!r} lies in no folder; its folder names its class")
    if len(folder) == 2 and folder[0].lower() in _VALIDATION:
        message = f"{shown[-120:]!r}: a validation part is held out of the training part by the"
        raise BadFileError(f"{message} playground; move these pictures into the folder train")
    is_part = len(folder) == 1 or folder[0].lower() in ("train", "test")
    if len(folder) > 2 or len(folder) != depth or not is_part:
        message = f"{shown[-120:]!r} lies at another depth than a class folder's pictures"
        raise BadFileError(f"{message} (CLASS/PICTURE, train/CLASS/PICTURE, test/CLASS/PICTURE)")


def _held_out(names: list[str]) -> Arrangement:
    class_names, labels = _numbered(names, names)
    num_test = max(1, round(TEST_FRACTION * len(labels)))
    train, test = choose_rows(labels, num_train=0, num_val=num_test, seed=_SPLIT_SEED)
    return Arrangement(class_names, labels, train, test)


def _parted(folders: list[tuple[str, ...]]) -> Arrangement:
    is_test_N = np.array([folder[0].lower() == "test" for folder in folders])
    if is_test_N.all():
        raise BadFileError("it has a folder test, but none named train")
    names = [folder[1] for folder in folders]
    training = [name for name, is_test in zip(names, is_test_N, strict=True) if not is_test]
    class_names, labels = _numbered(names, training)
    return Arrangement(class_names, labels, np.flatnonzero(~is_test_N), np.flatnonzero(is_test_N))


def _numbered(names: list[str], training: list[str]) -> tuple[tuple[str, ...], Array]:
    """Number the classes of the training part in sorted order."""
    names, training = ([_class_name(name) for name in part] for part in (names, training))
    counts = Counter(training)
    if not MIN_CLASSES <= len(counts) <= MAX_CLASSES:
        message = f"it has {len(counts)} class folders, not {MIN_CLASSES} to {MAX_CLASSES}"
        raise BadFileError(f"{message} ({', '.join(sorted(counts)[:5])})")
    rarest = min(counts, key=lambda name: (counts[name], name))
    if counts[rarest] < MIN_PER_CLASS:
        message = f"the class {rarest!r} has {counts[rarest]} picture to train on"
        raise BadFileError(f"{message}, fewer than {MIN_PER_CLASS}")
    if unknown := sorted(set(names) - set(counts)):
        raise BadFileError(f"no training picture is of the test part's class {unknown[0]!r}")
    class_names = tuple(sorted(counts))
    numbers = {name: number for number, name in enumerate(class_names)}
    return class_names, np.array([numbers[name] for name in names], np.int64)


def _class_name(name: str) -> str:
    """One spelling for accents, which macOS writes differently from others."""
    spelled = unicodedata.normalize("NFC", name).strip()
    if not spelled or len(spelled) > MAX_CLASS_NAME or not spelled.isprintable():
        message = f"the class folder {name[:80]!r} needs a name of 1 to {MAX_CLASS_NAME} letters"
        raise BadFileError(message)
    return spelled
