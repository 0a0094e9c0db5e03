"""What the page computes itself, in a few milliseconds of NumPy: a line drawn by hand, the kernel.

N training points, S of them shown.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rdfia_core.data.point_config import load_points
from rdfia_core.errors import DataUnavailableError
from rdfia_core.events import Snapshot
from rdfia_core.experiments.svm_kernels import SvmConfig
from rdfia_core.figures.quantise import quantise_probs, quantise_rest
from rdfia_core.models.kernels import Array, Kernel, kernel_matrix
from rdfia_core.models.svm import gamma_value, standardization

SCORE_SCALE = 3.0
"""Scores beyond this have the full colour of their class."""
GRID_SIZE = 200
MAX_KERNEL_POINTS = 150


def cell_centres(extent: tuple[float, ...]) -> tuple[Array, Array]:
    """Return the coordinates of the map's columns (left to right) and rows (top to bottom)."""
    x_min, x_max, y_min, y_max = extent
    centres = (np.arange(GRID_SIZE) + 0.5) / GRID_SIZE
    return x_min + (x_max - x_min) * centres, y_max - (y_max - y_min) * centres


def score_picture(shares: Array, extent: tuple[float, ...], num_classes: int) -> dict[str, Any]:
    """Return the parts of a fit view's picture that show a score (docs/live.md)."""
    levels = [-1.0, 1.0] if num_classes == 2 else []
    info = {"extent": list(extent), "score_scale": SCORE_SCALE, "levels": levels}
    codes = quantise_probs(shares)
    arrays = {"probs": codes, "probs_rest": quantise_rest(shares, codes)}
    return {"arrays": arrays, "info": info}


@dataclass(frozen=True)
class HandMade:
    """A line drawn by hand and what it costs, in the data's own units.

    Args:
        normal: w, (2,).
        intercept: b.
        margin_width: 2 / |w|.
        hinge_loss: Sum of max(0, 1 - y (w.x + b)) over the training points.
        objective: |w|² / 2 + C times the hinge loss: what the solver minimises.
        num_errors: Training points on the wrong side.
        picture: For the fit view.
    """

    normal: Array
    intercept: float
    margin_width: float
    hinge_loss: float
    objective: float
    num_errors: int
    picture: Snapshot


def hand_made(
    config: SvmConfig, uploads_dir: Path, *, angle: float, offset: float, width: float
) -> HandMade:
    """Judge a line.

    Args:
        config: Whose data and C.
        uploads_dir: Folder of the imported files.
        angle: Direction of the normal vector, degrees; class 1 lies where it points.
        offset: Distance of the line from the origin along it.
        width: Distance between the margin lines, greater than 0.

    Raises:
        DataUnavailableError: If the data have more than two classes, or as `load_points`.
    """
    points = load_points(config, uploads_dir)
    if points.num_classes != 2:
        raise DataUnavailableError(
            f"A line parts two classes. Got {points.num_classes}: choose data of two classes."
        )
    direction = np.array([math.cos(math.radians(angle)), math.sin(math.radians(angle))])
    normal, intercept = 2 / width * direction, -2 / width * offset
    scores_N = points.x_train @ normal + intercept
    signs_N = np.where(points.y_train == 1, 1.0, -1.0)
    slack_N = np.maximum(0.0, 1.0 - signs_N * scores_N)
    x_G, y_G = cell_centres(points.extent)
    scores_GG = normal[0] * x_G + normal[1] * y_G[:, None] + intercept
    shares = 0.5 + np.clip(scores_GG / SCORE_SCALE, -1.0, 1.0)[None] / 2
    picture = score_picture(shares, points.extent, 2)
    picture["arrays"]["slack"] = slack_N.astype(np.float32)
    return HandMade(
        normal,
        float(intercept),
        width,
        float(slack_N.sum()),
        objective(normal, float(slack_N.sum()), config.C),
        int((signs_N * scores_N <= 0).sum()),
        Snapshot(**picture),
    )


def objective(normal: Array, total_slack: float, C: float) -> float:
    """Return the primal objective of a soft margin, |w|² / 2 + C times the slack."""
    return float(np.dot(normal, normal)) / 2 + C * total_slack


def sorted_kernel(config: SvmConfig, uploads_dir: Path) -> tuple[Array, list[int]]:
    """Return the kernel matrix of the training points, class by class.

    Returns:
        The matrix (S, S), float64, of at most `MAX_KERNEL_POINTS` points spread evenly over the
        sorted ones, and how many of them each class has. Within a class the points are sorted by
        their direction from the mean of all, so that neighbours stand side by side.
    """
    points = load_points(config, uploads_dir)
    mean, scale = standardization(points.x_train, is_on=config.standardize)
    x_N2 = (points.x_train - mean) / scale
    x, y = (x_N2 - x_N2.mean(axis=0)).T
    order = np.lexsort((np.arctan2(y, x), points.y_train))
    shown = order[np.linspace(0, len(order) - 1, min(len(order), MAX_KERNEL_POINTS)).astype(int)]
    gamma = gamma_value(config.gamma, x_N2)
    name = "linear" if config.kernel == "linear_svc" else config.kernel
    matrix_SS = kernel_matrix(
        Kernel(name, gamma, config.degree, config.coef0), x_N2[shown], x_N2[shown]
    )
    counts = np.bincount(points.y_train[shown], minlength=points.num_classes)
    return matrix_SS, counts.tolist()
