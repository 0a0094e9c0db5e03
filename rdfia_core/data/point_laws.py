"""The laws that the points of the plane are drawn from, without noise. M points of one class.

Every law lies inside [-2, 2] on both axes, its shape being about as large as the lab's circles.
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from rdfia_core.errors import ConfigError

Array = np.ndarray
Law = Callable[[int, int, np.random.Generator], Array]
"""law(label, M, rng) -> x_M2, the M points of one class."""

DATASETS = ("circles", "moons", "xor", "spirals2", "spirals3", "blobs")
MAX_CLASSES = 5  # as many as the map has colours that can be told apart


def _circle(label: int, num_points: int, _rng: np.random.Generator) -> Array:
    """Angles evenly spaced on radius 1 (class 0) or 0.3 (class 1): the lab's own data."""
    angle_M = np.linspace(0.0, 2 * np.pi, num_points, endpoint=False)
    radius = 1.0 if label == 0 else 0.3
    return np.stack([radius * np.cos(angle_M), radius * np.sin(angle_M)], axis=1)


def _moon(label: int, num_points: int, _rng: np.random.Generator) -> Array:
    """Two half circles of radius 1 that interlock: scikit-learn's `make_moons`, centred."""
    angle_M = np.linspace(0.0, np.pi, num_points)
    upper_M2 = np.stack([np.cos(angle_M) - 0.5, np.sin(angle_M) - 0.25], axis=1)
    return upper_M2 if label == 0 else -upper_M2  # a half turn maps one moon onto the other


def _xor(label: int, num_points: int, rng: np.random.Generator) -> Array:
    """Four squares: class 0 where the coordinates have the same sign, class 1 where not."""
    x_M2 = rng.uniform(0.2, 1.6, (num_points, 2))
    x_M2[::2] *= -1.0  # as many points in each of the class's two squares
    if label == 1:
        x_M2[:, 1] *= -1.0
    return x_M2


def _spiral(label: int, num_points: int, _rng: np.random.Generator, *, num_arms: int) -> Array:
    """One arm of a spiral; neighbouring arms are 0.5 apart for any number of arms."""
    along_M = np.linspace(0.0, 1.0, num_points)
    radius_M = 0.2 + 1.5 * along_M
    angle_M = 2 * np.pi * (3 / num_arms * along_M + label / num_arms)
    return np.stack([radius_M * np.cos(angle_M), radius_M * np.sin(angle_M)], axis=1)


def _blob(label: int, num_points: int, _rng: np.random.Generator, *, num_classes: int) -> Array:
    """The centre of one blob; noise alone spreads the points around it."""
    angle = 2 * np.pi * label / num_classes
    return np.tile([1.2 * np.cos(angle), 1.2 * np.sin(angle)], (num_points, 1))


def law_of(dataset: str, num_classes: int) -> tuple[Law, int]:
    """Find the law of a data set.

    Args:
        dataset: One of `DATASETS`.
        num_classes: Number of blobs, 2 to 5; the other data sets have their own number.

    Returns:
        The law and its number of classes.

    Raises:
        ConfigError: If there is no such data set, or not that many blobs.
    """
    laws: dict[str, tuple[Law, int]] = {
        "circles": (_circle, 2),
        "moons": (_moon, 2),
        "xor": (_xor, 2),
        "spirals2": (partial(_spiral, num_arms=2), 2),
        "spirals3": (partial(_spiral, num_arms=3), 3),
        "blobs": (partial(_blob, num_classes=num_classes), num_classes),
    }
    if dataset not in laws:
        message = f"The data set must be one of {', '.join(DATASETS)}. Got {dataset!r}."
        raise ConfigError(message, "dataset")
    if dataset == "blobs" and not 2 <= num_classes <= MAX_CLASSES:
        message = f"The number of classes must lie between 2 and {MAX_CLASSES}. Got {num_classes}."
        raise ConfigError(message, "num_classes")
    return laws[dataset]
