import gzip
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from rdfia_core.data.images.digits import make_digits
from rdfia_core.errors import DataUnavailableError


def test_they_are_those_of_scikit_learn() -> None:
    image_set = make_digits()
    images = np.concatenate([image_set.x_train, image_set.x_test]).reshape(-1, 64)
    labels = np.concatenate([image_set.y_train, image_set.y_test])
    ours = sorted([*image, label] for image, label in zip(images.tolist(), labels, strict=True))

    x, y = load_digits(return_X_y=True)
    pixels = np.floor(x * 255 / 16 + 0.5).astype(int).tolist()
    theirs = sorted([*image, label] for image, label in zip(pixels, y, strict=True))
    assert ours == theirs


def test_both_parts_hold_the_classes_in_their_proportions() -> None:
    counts = make_digits().counts()

    assert counts["train"].sum() == 1437
    assert np.abs(counts["test"] - (counts["train"] + counts["test"]) / 5).max() <= 1


@pytest.mark.parametrize("text", ["", "1,2,3\n", "no numbers"])
def test_a_damaged_file_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    path = tmp_path / "digits.csv.gz"
    path.write_bytes(gzip.compress(text.encode()))
    monkeypatch.setattr("rdfia_core.data.images.digits._digits_path", lambda: path)
    with pytest.raises(DataUnavailableError, match="choose shapes10"):
        make_digits()
