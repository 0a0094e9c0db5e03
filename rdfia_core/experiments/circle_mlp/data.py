"""The points a config asks for. Free of torch: the page draws them before a run exists."""

from pathlib import Path
from typing import Any

import numpy as np

from rdfia_core.data.point_files import UploadStore, points_from_file
from rdfia_core.data.points import PointSet, make_points, parse_points, split_points
from rdfia_core.errors import DataUnavailableError
from rdfia_core.experiments.circle_mlp import CircleMlpConfig


def load_points(config: CircleMlpConfig, uploads_dir: Path) -> PointSet:
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


def display_points(config: CircleMlpConfig, uploads_dir: Path) -> dict[str, Any]:
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
    xy_N2 = np.concatenate([x for x, _ in parts]).round(4)
    return {
        "x": xy_N2[:, 0].tolist(),
        "y": xy_N2[:, 1].tolist(),
        "label": np.concatenate([y for _, y in parts]).tolist(),
        "split": [split for split, (_, y) in enumerate(parts) for _ in y],
        "num_classes": points.num_classes,
        "extent": list(points.extent),
    }
