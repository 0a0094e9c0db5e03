"""The real sets of $RDFIA_DATA_DIR against what is published about them."""

from collections.abc import Callable

import numpy as np
import pytest

from rdfia_core.data.images.image_set import ImageSet
from rdfia_core.data.images.statistics import channel_statistics

OpenReal = Callable[[str], ImageSet]

STATISTICS = {
    "cifar10": ([0.49140, 0.48216, 0.44653], [0.24703, 0.24349, 0.26159]),
    "mnist": ([0.13066], [0.30811]),
}
SHAPES = {"cifar10": (50_000, 32, 32, 3), "mnist": (60_000, 28, 28, 1)}
TRAIN_COUNTS = {
    "cifar10": [5000] * 10,
    "mnist": [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
}
# CIFAR-10's first training images are a frog, two trucks, a deer, two automobiles, a bird, ...
FIRST_LABELS = {
    "cifar10": [6, 9, 9, 4, 1, 1, 2, 7, 8, 3],
    "mnist": [5, 0, 4, 1, 9, 2, 1, 3, 1, 4],
}


@pytest.mark.parametrize("name", list(STATISTICS))
def test_real_sets_have_their_published_statistics(name: str, open_real: OpenReal) -> None:
    mean, std = channel_statistics(open_real(name).x_train)

    np.testing.assert_allclose(mean, STATISTICS[name][0], atol=5.1e-6)
    np.testing.assert_allclose(std, STATISTICS[name][1], atol=5.1e-6)


@pytest.mark.parametrize("name", list(STATISTICS))
def test_real_sets_are_whole_and_in_order(name: str, open_real: OpenReal) -> None:
    image_set = open_real(name)

    assert image_set.x_train.shape == SHAPES[name]
    assert image_set.x_test.shape[1:] == SHAPES[name][1:]
    assert image_set.counts()["train"].tolist() == TRAIN_COUNTS[name]
    assert image_set.y_train[:10].tolist() == FIRST_LABELS[name]


def test_classes_have_the_names_of_their_images(open_real: OpenReal) -> None:
    names = open_real("cifar10").class_names

    assert [names[label] for label in FIRST_LABELS["cifar10"][:3]] == ["frog", "truck", "truck"]


def test_mnist_reports_on_the_official_test_part(open_real: OpenReal) -> None:
    counts = open_real("mnist").counts()["test"]

    assert counts.tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
