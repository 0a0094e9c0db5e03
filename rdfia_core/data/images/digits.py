"""The embedded digits: 1,797 real ones of 8x8 pixels, which scikit-learn carries."""

import gzip
import importlib.util
from pathlib import Path

import numpy as np

from rdfia_core.data.images.image_set import ImageSet
from rdfia_core.data.images.sources import SOURCES
from rdfia_core.data.images.splits import choose_rows
from rdfia_core.errors import DataUnavailableError

VERSION = 1
"""Part of the name of the kept copy: raise it when what `make_digits` returns changes."""
_MAX_VALUE = 16
_SPLIT_SEED = 0


def make_digits() -> ImageSet:
    """Read scikit-learn's digits file, without importing scikit-learn.

    Returns:
        1,437 training and 360 test images, stratified by class, always the same rows. The file's
        values 0..16 become 0..255.

    Raises:
        DataUnavailableError: If scikit-learn is not installed, or its file is not as expected.
    """
    source = SOURCES["digits"]
    try:
        rows_N65 = _rows(_digits_path())
        x_N = (rows_N65[:, :-1].reshape(-1, 8, 8, 1) * 255 + _MAX_VALUE // 2) // _MAX_VALUE
        y_N = rows_N65[:, -1]
        train, test = choose_rows(
            y_N, num_train=source.num_train, num_val=source.num_test, seed=_SPLIT_SEED
        )
    except (OSError, EOFError, ValueError) as error:
        message = (
            f"The embedded digits cannot be read from scikit-learn's files ({error}). Install the "
            "requirements again, or choose shapes10."
        )
        raise DataUnavailableError(message) from error
    x_N = x_N.astype(np.uint8)
    return ImageSet(
        source.name,
        source.title,
        x_N[train],
        y_N[train],
        x_N[test],
        y_N[test],
        source.class_names,
    )


def _digits_path() -> Path:
    # find_spec looks for a top-level package without importing it.
    spec = importlib.util.find_spec("sklearn")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("scikit-learn is not installed")
    return Path(spec.origin).parent / "datasets" / "data" / "digits.csv.gz"


def _rows(path: Path) -> np.ndarray:
    """Return 64 pixel values and the digit, one row an image, int64."""
    with gzip.open(path, "rt", encoding="ascii") as file:
        words = file.read().replace("\n", ",").rstrip(",").split(",")
    return np.array(words, np.int64).reshape(-1, 65)
