"""What a config makes of an image set: images of each class and part, statistics, a sample.

N images, K classes, C channels.
"""

from dataclasses import dataclass

import numpy as np

from rdfia_core.data.images.image_set import ImageSet
from rdfia_core.data.images.splits import choose_rows
from rdfia_core.data.images.statistics import channel_statistics, class_counts
from rdfia_core.errors import ConfigError
from rdfia_core.seeding import numpy_rng

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Overview:
    """The parts of a set for one choice of `num_train`, `num_val` and seed.

    Args:
        train_rows: Rows of the set's training part that are trained on, ascending.
        num_train: Training images of each class, (K,).
        num_val: Validation images of each class.
        num_test: Test images of each class.
        mean: Of each channel over the training rows alone, (C,), in [0, 1].
        std: Standard deviation, likewise.
    """

    train_rows: Array
    num_train: Array
    num_val: Array
    num_test: Array
    mean: Array
    std: Array


def overview(image_set: ImageSet, *, num_train: int, num_val: int, seed: int) -> Overview:
    """Count and measure; about 0.3 s for CIFAR-10.

    Raises:
        ConfigError: If `num_train` and `num_val` ask for more images than there are.
    """
    y = image_set.y_train
    train_rows, val_rows = choose_rows(y, num_train=num_train, num_val=num_val, seed=seed)
    mean, std = channel_statistics(image_set.x_train, train_rows)
    num_classes = image_set.num_classes
    return Overview(
        train_rows,
        class_counts(y[train_rows], num_classes),
        class_counts(y[val_rows], num_classes),
        image_set.counts()["test"],
        mean,
        std,
    )


def sample_rows(labels: Array, rows: Array, label: int, count: int, seed: int) -> Array:
    """Draw rows of one class without repetition.

    Args:
        labels: Class of each row of the set, (N,).
        rows: Rows to draw from.
        label: The class.
        count: How many; fewer if the class has fewer.
        seed: Another one draws others.
    """
    rng = numpy_rng(seed, "sample")
    candidates = rows[labels[rows] == label]
    return rng.permutation(candidates)[:count]


def fitting_counts(labels: Array, num_train: int, num_val: int) -> dict[str, int]:
    """Return counts that a set has: the given ones, or all of it with a fifth held out.

    Args:
        labels: Class of each row of the set, (N,).
        num_train: As wanted; 0 for all that validation leaves.
        num_val: As wanted.
    """
    try:
        choose_rows(labels, num_train=num_train, num_val=num_val, seed=0)
    except ConfigError:
        return {"num_train": 0, "num_val": len(labels) // 5}
    return {"num_train": num_train, "num_val": num_val}
