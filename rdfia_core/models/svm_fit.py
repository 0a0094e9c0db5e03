"""Fits support vector machines with scikit-learn and brings out what it leaves inside.

N training points, M binary machines, K classes.
"""

import itertools
import warnings
from collections.abc import Iterator

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import SVC, LinearSVC
from sklearn.utils.class_weight import compute_class_weight

from rdfia_core.errors import DataUnavailableError
from rdfia_core.models.kernels import Array, Kernel
from rdfia_core.models.svm import Machine, Svm, SvmSpec, gamma_value, standardization

MAX_ITERATIONS = 300_000
"""The solver itself knows no bound: a polynomial kernel with a large C can take minutes."""

Solution = tuple[Array, Array, Array | None, Array]
"""coefs_NM, intercepts_M, weights_2M, iterations of each solver call."""


def fit_svm(spec: SvmSpec, x_N2: Array, y_N: Array, num_classes: int) -> Svm:
    """Fit; a solver that does not converge is stopped, and the result says so.

    Args:
        spec: How.
        x_N2: Training points.
        y_N: Labels in [0, num_classes).
        num_classes: K.

    Raises:
        DataUnavailableError: If the training points are all of one class.
    """
    present = np.unique(y_N)
    if len(present) < 2:
        raise DataUnavailableError(
            "An SVM needs training points of at least two classes. Got only class "
            f"{int(present[0])}: add points of another, or make the test part smaller."
        )
    if len(present) < num_classes:
        missing = sorted(set(range(num_classes)) - set(present.tolist()))
        raise DataUnavailableError(
            f"Class {missing[0]} has no training point. Add points of it, or make the validation "
            "and test parts smaller."
        )
    mean, scale = standardization(x_N2, is_on=spec.standardize)
    x_N2 = (np.asarray(x_N2, np.float64) - mean) / scale
    kernel = Kernel(spec.kernel, gamma_value(spec.gamma, x_N2), spec.degree, spec.coef0)
    weights_K = _class_weights(spec, y_N, num_classes)
    machines = tuple(_machines(spec, y_N, num_classes, weights_K))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        solve = _solve_linear if spec.kernel == "linear_svc" else _solve_pairs
        if spec.multiclass == "ovr" and num_classes > 2 and spec.kernel != "linear_svc":
            solve = _solve_rest
        solution = solve(spec, kernel, x_N2, y_N, weights_K)
    coefs_NM, intercepts_M, weights_2M, iterations = solution
    return Svm(
        spec=spec,
        kernel=kernel,
        mean=mean,
        scale=scale,
        x_N2=x_N2,
        num_classes=num_classes,
        machines=machines,
        coefs_NM=coefs_NM,
        intercepts_M=intercepts_M,
        weights_2M=weights_2M,
        num_iterations=int(np.sum(iterations)),
        has_converged=bool(np.max(iterations) < MAX_ITERATIONS),
    )


def _class_weights(spec: SvmSpec, y_N: Array, num_classes: int) -> Array:
    if spec.class_weight == "none":
        return np.ones(num_classes)
    classes = np.arange(num_classes)
    return np.asarray(compute_class_weight("balanced", classes=classes, y=y_N), np.float64)


def _machines(spec: SvmSpec, y_N: Array, num_classes: int, weights_K: Array) -> Iterator[Machine]:
    bounds_N = spec.C * weights_K[y_N]
    everyone = np.arange(len(y_N))
    if num_classes == 2:
        yield Machine(everyone, np.where(y_N == 1, 1.0, -1.0), bounds_N)
    elif spec.multiclass == "ovr" or spec.kernel == "linear_svc":
        for k in range(num_classes):
            yield Machine(everyone, np.where(y_N == k, 1.0, -1.0), bounds_N)
    else:
        for i, j in itertools.combinations(range(num_classes), 2):
            rows = np.flatnonzero((y_N == i) | (y_N == j))
            yield Machine(rows, np.where(y_N[rows] == i, 1.0, -1.0), bounds_N[rows])


def _new_svc(spec: SvmSpec, kernel: Kernel) -> SVC:
    return SVC(
        kernel=kernel.name,
        C=spec.C,
        gamma=kernel.gamma,
        degree=kernel.degree,
        coef0=kernel.coef0,
        tol=spec.tolerance,
        max_iter=MAX_ITERATIONS,
        cache_size=100,
    )


def _solve_pairs(spec: SvmSpec, kernel: Kernel, x_N2: Array, y_N: Array, w_K: Array) -> Solution:
    """One SVC; for three classes or more it holds a machine for each pair.

    References:
        Layout of `dual_coef_`: scikit-learn user guide, 1.4.1.1, details on multi-class strategies.
    """
    svc = _new_svc(spec, kernel).set_params(class_weight=dict(enumerate(w_K)))
    svc.fit(x_N2, y_N)
    dual, support = svc.dual_coef_, svc.support_
    if len(w_K) == 2:
        coefs_NM = np.zeros((len(y_N), 1))
        coefs_NM[support, 0] = dual[0]
        return coefs_NM, svc.intercept_, None, svc.n_iter_
    pairs = list(itertools.combinations(range(len(w_K)), 2))
    coefs_NM = np.zeros((len(y_N), len(pairs)))
    for m, (i, j) in enumerate(pairs):
        for own, other in ((i, j), (j, i)):
            of_class = y_N[support] == own
            row = other - 1 if other > own else other
            coefs_NM[support[of_class], m] = dual[row, of_class]
    return coefs_NM, svc.intercept_, None, svc.n_iter_


def _solve_rest(spec: SvmSpec, kernel: Kernel, x_N2: Array, y_N: Array, w_K: Array) -> Solution:
    """One binary SVC a class, against all others."""
    coefs_NM = np.zeros((len(y_N), len(w_K)))
    intercepts_M = np.zeros(len(w_K))
    iterations = np.zeros(len(w_K))
    for k in range(len(w_K)):
        svc = _new_svc(spec, kernel)
        svc.fit(x_N2, y_N == k, sample_weight=w_K[y_N])
        coefs_NM[svc.support_, k] = svc.dual_coef_[0]
        intercepts_M[k], iterations[k] = svc.intercept_[0], svc.n_iter_[0]
    return coefs_NM, intercepts_M, None, iterations


def _solve_linear(spec: SvmSpec, kernel: Kernel, x_N2: Array, y_N: Array, w_K: Array) -> Solution:
    """With liblinear and the hinge loss: one machine a class, and it shrinks the intercept too."""
    del kernel
    svc = LinearSVC(
        C=spec.C,
        loss="hinge",
        dual=True,
        tol=spec.tolerance,
        class_weight=dict(enumerate(w_K)),
        random_state=spec.seed,
        max_iter=MAX_ITERATIONS // 100,  # one of its iterations visits every point
    )
    svc.fit(x_N2, y_N)
    reached = np.where(np.atleast_1d(svc.n_iter_) >= svc.max_iter, MAX_ITERATIONS, svc.n_iter_)
    coefs_NM = np.zeros((len(y_N), len(svc.intercept_)))
    return coefs_NM, svc.intercept_, svc.coef_.T, reached
