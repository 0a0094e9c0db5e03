"""The points of the plane as hyperparameters: what every lab on 2-D points declares and loads.

Free of torch: the page draws the points before a run exists.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol

import numpy as np
from pydantic import AfterValidator, BeforeValidator

from rdfia_core.config import ExperimentConfig, hyperparameter
from rdfia_core.data.point_files import UploadStore, points_from_file
from rdfia_core.data.point_laws import DATASETS
from rdfia_core.data.points import (
    PointSet,
    extent_around,
    make_points,
    parse_points,
    split_points,
)
from rdfia_core.errors import ConfigError, DataUnavailableError


def _checked_file(value: Any) -> str:
    text = str(value).strip()
    if text and not (len(text) == 16 and all(digit in "0123456789abcdef" for digit in text)):
        raise ConfigError(
            "The 'data_file' parameter must be the id of an imported file, 16 "
            "hexadecimal digits. Upload the file on the page, or give its path on the command "
            f"line. Got {text[:60]!r}.",
            "data_file",
        )
    return text


def _checked_points(text: str) -> str:
    parse_points(text)
    return text


class PointsConfig(ExperimentConfig):
    """Where the points come from and how they are divided."""

    dataset: Literal[
        "circles", "moons", "xor", "spirals2", "spirals3", "blobs", "points", "file"
    ] = hyperparameter(
        "circles",
        label="Data set",
        help="Where the points come from: six laws, your own clicks in the map, or a file. Try "
        "spirals after circles: what sufficed before is suddenly too little.",
        section="Data",
        choice_labels={
            "circles": "Circles",
            "moons": "Moons",
            "xor": "XOR",
            "spirals2": "Two spirals",
            "spirals3": "Three spirals",
            "blobs": "Blobs",
            "points": "Own points",
            "file": "Own file",
        },
    )
    data_file: Annotated[str, BeforeValidator(_checked_file)] = hyperparameter(
        "",
        label="Data file",
        help="A CSV, npz or mat file with two coordinates and a label. Try your own measurements, "
        "two columns of them.",
        section="Data",
        editor="upload",
        shown_when={"dataset": ("file",)},
    )
    points: Annotated[str, AfterValidator(_checked_points)] = hyperparameter(
        "",
        label="Own points",
        help="Points as x,y,label joined by semicolons, drawn in the map. Try one point of the "
        "wrong class in the middle of the others.",
        section="Data",
        editor="map",
        shown_when={"dataset": ("points",)},
        max_length=20_000,
    )
    num_points: int = hyperparameter(
        400,
        label="Number of points",
        help="Training, validation and test points together. Try 40: the test accuracy starts to "
        "depend on luck.",
        section="Data",
        ge=10,
        le=4000,
        shown_when={"dataset": DATASETS},
    )
    noise: float = hyperparameter(
        0.2,
        label="Noise",
        help="Standard deviation of the Gaussian noise on each coordinate. Try 0 and then 0.5: "
        "nothing can separate what overlaps.",
        section="Data",
        ge=0.0,
        le=1.0,
        shown_when={"dataset": DATASETS},
    )
    num_classes: int = hyperparameter(
        3,
        label="Number of blobs",
        help="Each blob is a class of its own. Try 5: how complicated do the boundaries become?",
        section="Data",
        ge=2,
        le=5,
        shown_when={"dataset": ("blobs",)},
    )
    class_balance: float = hyperparameter(
        1.0,
        label="Class balance",
        help="Size of class 0 relative to an equal share. Try 0.1: predicting the majority "
        "everywhere looks accurate.",
        section="Data",
        ge=0.1,
        le=1.0,
        shown_when={"dataset": DATASETS},
    )
    val_fraction: float = hyperparameter(
        0.0,
        label="Validation fraction",
        help="Part of the points kept aside to choose settings with. Try 0.25 and choose by it, "
        "never by the test points.",
        section="Data",
        ge=0.0,
        le=0.4,
    )
    test_fraction: float = hyperparameter(
        0.5,
        label="Test fraction",
        help="Part of the points that only report the result. Try 0.1: the test accuracy moves in "
        "coarse steps.",
        section="Data",
        ge=0.0,
        le=0.5,
    )


def load_points(config: PointsConfig, uploads_dir: Path) -> PointSet:
    """Draw, split or read the points of a config.

    Raises:
        DataUnavailableError: If own points are too few, or the file is missing or unusable.
        ConfigError: If the points' text has an error, or the fractions leave no training point.
    """
    fractions = {"val_fraction": config.val_fraction, "test_fraction": config.test_fraction}
    if config.dataset == "points":
        x_N2, y_N = parse_points(config.points)
        return split_points(x_N2, y_N, seed=config.seed, **fractions)
    if config.dataset == "file":
        if not config.data_file:
            raise DataUnavailableError(
                "No data file is chosen. Upload a CSV, npz or mat file with two coordinates and a "
                "label, or choose another data set."
            )
        points = UploadStore(uploads_dir).load(config.data_file)
        return points_from_file(points, seed=config.seed, **fractions)
    return make_points(
        config.dataset,
        num_points=config.num_points,
        noise=config.noise,
        class_balance=config.class_balance,
        num_classes=config.num_classes,
        seed=config.seed,
        **fractions,
    )


def carried_points(
    config: PointsConfig, uploads_dir: Path
) -> dict[str, list[tuple[float, float, int]]]:
    """Return own points and those of a file by their part, to be written down: x, y, label.

    Points of a law are drawn anew instead: nothing is returned for those.

    Raises:
        DataUnavailableError: As `load_points`.
    """
    if config.dataset not in ("points", "file"):
        return {}
    points = load_points(config, uploads_dir)
    parts = {
        "train": (points.x_train, points.y_train),
        "val": (points.x_val, points.y_val),
        "test": (points.x_test, points.y_test),
    }
    return {
        name: [(*xy, label) for xy, label in zip(x.tolist(), y.tolist(), strict=True)]
        for name, (x, y) in parts.items()
        if len(y)
    }


class _HasUploads(Protocol):
    @property
    def uploads_dir(self) -> Path: ...


def check_points(config: PointsConfig, context: _HasUploads) -> None:
    """Raise what `load_points` raises, before a run is queued."""
    load_points(config, context.uploads_dir)


def display_points(config: PointsConfig, uploads_dir: Path) -> dict[str, Any]:
    """Return the points of a config for the live view (docs/live.md).

    Raises:
        DataUnavailableError: As `load_points`.
        ConfigError: As `load_points`.
    """
    points = load_points(config, uploads_dir)
    parts = (
        (points.x_train, points.y_train),
        (points.x_val, points.y_val),
        (points.x_test, points.y_test),
    )
    return _displayed(parts, points.num_classes, points.extent)


def drawn_points(config: PointsConfig) -> dict[str, Any]:
    """Return own points as they were drawn, all for training: there may be too few to split."""
    x_N2, y_N = parse_points(config.points)
    return _displayed([(x_N2, y_N)], max([1, *y_N.tolist()]) + 1, extent_around(x_N2))


def _displayed(
    parts: Sequence[tuple[np.ndarray, np.ndarray]], num_classes: int, extent: Sequence[float]
) -> dict[str, Any]:
    xy_N2 = np.concatenate([x for x, _ in parts]).round(4)
    return {
        "x": xy_N2[:, 0].tolist(),
        "y": xy_N2[:, 1].tolist(),
        "label": np.concatenate([y for _, y in parts]).tolist(),
        "split": [split for split, (_, y) in enumerate(parts) for _ in y],
        "num_classes": num_classes,
        "extent": list(extent),
    }
