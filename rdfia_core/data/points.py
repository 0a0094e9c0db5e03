"""Labelled points in the plane: drawn from a law, or a student's own.

N points, M of them; the 2 is the plane's two coordinates. NumPy alone, because the interface draws
points too. Each part has a random stream of its own, so changing the validation part leaves the
test points where they were.
"""

import re
from dataclasses import dataclass

import numpy as np

from rdfia_core.data.point_laws import MAX_CLASSES, Law, law_of
from rdfia_core.errors import ConfigError, DataUnavailableError
from rdfia_core.seeding import numpy_rng

MIN_POINTS = 4
MAX_OWN_POINTS = 1000  # in the text form, which travels in links
MAX_OWN_COORDINATE = 10.0
HALF_SIDE = 2.0  # the lab shows the plane over [-2, 2) on both axes
_COORDINATE = r"(-?\d{1,2}(?:\.\d{1,9})?)"
_ENTRY = re.compile(rf"{_COORDINATE},{_COORDINATE},([0-{MAX_CLASSES - 1}])", re.ASCII)

Array = np.ndarray
Extent = tuple[float, float, float, float]


@dataclass(frozen=True)
class PointSet:
    """Points in three parts; a part may be empty, the training part never is.

    Args:
        x_train: Coordinates (N, 2), float64.
        y_train: Labels (N,), int64 in [0, num_classes).
        x_val: As `x_train`.
        y_val: As `y_train`.
        x_test: As `x_train`.
        y_test: As `y_train`.
        num_classes: C, at least 2.
        extent: The square to draw: x_min, x_max, y_min, y_max.
    """

    x_train: Array
    y_train: Array
    x_val: Array
    y_val: Array
    x_test: Array
    y_test: Array
    num_classes: int
    extent: Extent


def make_points(
    dataset: str,
    *,
    num_points: int,
    noise: float,
    class_balance: float,
    num_classes: int,
    val_fraction: float,
    test_fraction: float,
    seed: int,
) -> PointSet:
    """Draw a data set, each part from its own stream.

    Args:
        dataset: One of `point_laws.DATASETS`.
        num_points: Points of the three parts together.
        noise: Standard deviation of the Gaussian noise on each coordinate, in units of the plane.
        class_balance: Size of class 0 relative to an equal share, in [0.1, 1]; the other classes
            share the rest equally.
        num_classes: Number of blobs, 2 to 5; the other data sets have their own number.
        val_fraction: Share of the points that choose, in [0, 1).
        test_fraction: Share of the points that report, in [0, 1).
        seed: The config's seed.

    Returns:
        The points. Every part that is not empty holds every class, in random order.

    Raises:
        ConfigError: If a value is not allowed, or too few points remain for training.

    References:
        The circles are those of the lab: scikit-learn's `make_circles(factor=0.3)`.
    """
    law, num_classes = law_of(dataset, num_classes)
    if not (np.isfinite(noise) and noise >= 0):
        raise ConfigError(f"The noise must be a number from 0 on. Got {noise}.", "noise")
    if not 0.1 <= class_balance <= 1:
        message = f"The class balance must lie between 0.1 and 1. Got {class_balance}."
        raise ConfigError(message, "class_balance")
    _check_fractions(val_fraction, test_fraction)
    num_val = max(round(num_points * val_fraction), num_classes if val_fraction > 0 else 0)
    num_test = max(round(num_points * test_fraction), num_classes if test_fraction > 0 else 0)
    num_train = num_points - num_val - num_test
    if num_train < num_classes:
        message = (
            f"Training needs at least one point a class, {num_classes} in all. Of {num_points} "
            f"points {num_val} validate and {num_test} test, so {max(num_train, 0)} remain: ask "
            "for more points or smaller fractions."
        )
        raise ConfigError(message, "num_points")

    parts = {
        part: _draw(law, _class_sizes(size, num_classes, class_balance), noise, seed, part)
        for part, size in (("train", num_train), ("val", num_val), ("test", num_test))
    }
    return _assemble(parts, num_classes)


def split_points(
    x_N2: Array, y_N: Array, *, val_fraction: float, test_fraction: float, seed: int
) -> PointSet:
    """Split a student's own points, class by class in the same proportions.

    A label that no point bears is allowed (the student skipped a colour): its class is learnt to
    be absent.

    Args:
        x_N2: Coordinates, finite.
        y_N: Labels, integers from 0 on.
        val_fraction: Share of the points that choose, in [0, 1).
        test_fraction: Share of the points that report, in [0, 1).
        seed: The config's seed.

    Returns:
        The points in random order. The training part holds every class that there is.

    Raises:
        ConfigError: If the fractions leave nothing to train on.
        DataUnavailableError: If the points are too few, of one class, or not finite.
    """
    _check_fractions(val_fraction, test_fraction)
    x_N2, y_N = _checked(x_N2, y_N)
    rng = numpy_rng(seed, "data/split")
    order_N = np.lexsort((rng.random(len(y_N)), y_N))  # class by class, at random within a class
    part_N = np.zeros(len(y_N), np.int64)  # 0 train, 1 val, 2 test
    part_N[order_N[_every(test_fraction, len(y_N))]] = 2
    rest_M = order_N[part_N[order_N] == 0]
    part_N[rest_M[_every(val_fraction / (1 - test_fraction), len(rest_M))]] = 1
    for label in np.unique(y_N):
        of_class_M = order_N[y_N[order_N] == label]
        if not np.any(part_N[of_class_M] == 0):
            part_N[of_class_M[0]] = 0

    parts = {}
    for number, part in enumerate(("train", "val", "test")):
        chosen_M = rng.permutation(np.flatnonzero(part_N == number))
        parts[part] = (x_N2[chosen_M], y_N[chosen_M])
    return _assemble(parts, int(y_N.max()) + 1)


def parse_points(text: str) -> tuple[Array, Array]:
    """Read own points from their text form, "x,y,label;x,y,label".

    Args:
        text: At most 1000 entries, coordinates within 10 of the origin, labels 0 to 4. May be
            empty.

    Returns:
        Coordinates (N, 2), float64, and labels (N,), int64.

    Raises:
        ConfigError: If an entry is not of that form; the message gives its position.
    """
    entries = text.split(";") if text else []
    if len(entries) > MAX_OWN_POINTS:
        message = f"At most {MAX_OWN_POINTS} own points are allowed. Got {len(entries)}."
        raise ConfigError(message, "points")
    x_N2 = np.zeros((len(entries), 2))
    y_N = np.zeros(len(entries), np.int64)
    for row, entry in enumerate(entries):
        match = _ENTRY.fullmatch(entry)
        if match:
            x_N2[row], y_N[row] = (float(match[1]), float(match[2])), int(match[3])
        if match is None or np.abs(x_N2[row]).max() > MAX_OWN_COORDINATE:
            message = (
                f"Point {row + 1} must be x,y,label with both coordinates between -10 and 10 and "
                f"a label from 0 to {MAX_CLASSES - 1}, for example 0.50,-1.20,0. "
                f"Got {entry[:40]!r}."
            )
            raise ConfigError(message, "points")
    return x_N2, y_N


def format_points(x_N2: Array, y_N: Array) -> str:
    """Write points in the form that `parse_points` reads, with two decimals."""
    rounded_N2 = np.round(x_N2, 2) + 0.0  # adding zero turns -0.0 into 0.0
    return ";".join(
        f"{x:.2f},{y:.2f},{label}"
        for (x, y), label in zip(rounded_N2.tolist(), y_N.tolist(), strict=True)
    )


def _check_fractions(val_fraction: float, test_fraction: float) -> None:
    for field, value in (("val_fraction", val_fraction), ("test_fraction", test_fraction)):
        if not 0 <= value < 1:
            raise ConfigError(f"The '{field}' must lie in [0, 1). Got {value}.", field)
    if val_fraction + test_fraction >= 1:
        message = (
            "Validation and test together must leave points to train on: their fractions must "
            f"add up to less than 1. Got {val_fraction} + {test_fraction}."
        )
        raise ConfigError(message, "val_fraction")


def _checked(x_N2: Array, y_N: Array) -> tuple[Array, Array]:
    """Return coordinates as float64 and labels as int64, or refuse them with a sentence."""
    x_N2, y_N = np.asarray(x_N2, np.float64), np.asarray(y_N, np.int64)
    if x_N2.shape != (len(y_N), 2):
        message = f"Points need two coordinates and one label each. Got {x_N2.shape}, {y_N.shape}."
        raise DataUnavailableError(message)
    if len(y_N) < MIN_POINTS:
        message = f"Training needs at least {MIN_POINTS} points. Got {len(y_N)}: add some."
        raise DataUnavailableError(message)
    if not np.isfinite(x_N2).all():
        row = int(np.flatnonzero(~np.isfinite(x_N2).all(axis=1))[0]) + 1
        message = f"Coordinates must be finite. Point {row} is {x_N2[row - 1].tolist()}: remove it."
        raise DataUnavailableError(message)
    if y_N.min() < 0:
        message = f"Labels must be numbered from 0. Got {int(y_N.min())}: number the classes anew."
        raise DataUnavailableError(message)
    if len(np.unique(y_N)) < 2:
        message = "Training needs points of at least two classes. Got one: add points of another."
        raise DataUnavailableError(message)
    return x_N2, y_N


def _class_sizes(num_points: int, num_classes: int, class_balance: float) -> list[int]:
    """Share a part's points out among the classes, at least one each (none of an empty part)."""
    if num_points == 0:
        return [0] * num_classes
    num_others = num_classes - 1
    share = int(np.ceil(class_balance * num_points / num_classes - 0.5))  # halves go to the others
    first = min(max(share, 1), num_points - num_others)
    each, left = divmod(num_points - first, num_others)
    return [first] + [each + (k < left) for k in range(num_others)]


def _draw(law: Law, sizes: list[int], noise: float, seed: int, part: str) -> tuple[Array, Array]:
    """Draw one part: the law's points, then noise, then a shuffle."""
    rng = numpy_rng(seed, f"data/{part}")
    x_N2 = np.concatenate([law(label, size, rng) for label, size in enumerate(sizes)])
    y_N = np.repeat(np.arange(len(sizes)), sizes)
    x_N2 = x_N2 + noise * rng.standard_normal(x_N2.shape)
    order_N = numpy_rng(seed, f"data/{part}/order").permutation(len(y_N))
    return x_N2[order_N], y_N[order_N]


def _every(fraction: float, num_points: int) -> Array:
    """Mark evenly spaced places among `num_points`: sorted by class, each class gets its share."""
    quota = np.floor(np.arange(num_points + 1) * fraction + 0.5)
    marked: Array = quota[1:] > quota[:-1]
    return marked


def _assemble(parts: dict[str, tuple[Array, Array]], num_classes: int) -> PointSet:
    """Put the parts together and choose the square that shows them all."""
    return PointSet(
        *parts["train"],
        *parts["val"],
        *parts["test"],
        num_classes=num_classes,
        extent=extent_around(*(x_N2 for x_N2, _ in parts.values())),
    )


def extent_around(*parts: Array) -> Extent:
    """Return the square around the origin that shows all points."""
    reach = max(float(np.abs(x_N2).max(initial=0.0)) for x_N2 in parts)
    half = HALF_SIDE if reach <= HALF_SIDE else float(np.ceil(reach * 1.05 * 10) / 10)
    return (-half, half, -half, half)
