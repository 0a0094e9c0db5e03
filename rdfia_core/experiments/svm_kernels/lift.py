"""The lift: with x1² + x2² as a third coordinate, a plane can part what no line could.

N training points.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from rdfia_core.data.point_config import load_points
from rdfia_core.events import End, EndReason, Event, Metrics, Result, Started, Step
from rdfia_core.experiments import Context
from rdfia_core.experiments.svm_kernels import SvmConfig
from rdfia_core.experiments.svm_kernels.fit import spec_of
from rdfia_core.models.kernels import Array
from rdfia_core.models.svm import standardization
from rdfia_core.models.svm_fit import fit_svm


def lifted(x_N2: Array) -> Array:
    """Append the squared distance from the origin to each point, (N, 3)."""
    return np.column_stack([x_N2, (x_N2**2).sum(axis=1)])


def lift(config: SvmConfig, context: Context) -> Iterator[Event]:
    """Fit a linear machine to the lifted points.

    Yields:
        A result "lift": mean and scale of the standardisation, normal (3,) and intercept of the
        plane, and the accuracies; with more than two classes, of class 0 against the rest.
    """
    points = load_points(config, context.uploads_dir)
    spec = replace(spec_of(config), kernel="linear", standardize=False, multiclass="ovr")
    mean, scale = standardization(points.x_train, is_on=config.standardize)
    y_train = (points.y_train > 0).astype(np.int64)
    x_train = lifted((points.x_train - mean) / scale)
    svm = fit_svm(spec, x_train, y_train, 2)
    scalars = {"train_accuracy": float((svm.predict(x_train) == y_train).mean())}
    if len(points.y_test):
        predicted = svm.predict(lifted((points.x_test - mean) / scale))
        scalars["test_accuracy"] = float((predicted == (points.y_test > 0)).mean())
    normals = svm.normals
    assert normals is not None, "a linear machine has a normal vector"
    plane = {"normal": normals[:, 0].tolist(), "intercept": float(svm.intercepts_M[0])}
    yield Started(4, "cpu")
    yield Step(0, 0.0)
    yield Metrics(1, 1.0, scalars)
    yield Result("lift", {"mean": mean.tolist(), "scale": scale.tolist(), **plane, **scalars})
    yield Step(1, 1.0)
    yield End(EndReason.COMPLETED, "", scalars)
