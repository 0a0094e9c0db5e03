"""Kernels and their maps against scikit-learn, point by point."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics.pairwise import pairwise_kernels
from sklearn.svm import SVC

from rdfia_core.models.kernels import Kernel, grid_expansions, kernel_matrix
from rdfia_core.models.svm import SvmSpec
from rdfia_core.models.svm_fit import fit_svm

KERNELS = [
    Kernel("linear"),
    Kernel("poly", 0.7, 3, 0.0),
    Kernel("poly", 0.7, 4, 1.5),
    Kernel("poly", 2.0, 10, -1.0),
    Kernel("rbf", 0.5),
    Kernel("rbf", 100.0),
    Kernel("sigmoid", 0.5, coef0=0.3),
]
each_kernel = pytest.mark.parametrize(
    "kernel", KERNELS, ids=lambda k: f"{k.name}-{k.gamma:g}-{k.degree}-{k.coef0:g}"
)


def by_scikit_learn(kernel: Kernel, x: np.ndarray, s: np.ndarray) -> np.ndarray:
    values = {"gamma": kernel.gamma, "degree": kernel.degree, "coef0": kernel.coef0}
    return pairwise_kernels(x, s, metric=kernel.name, filter_params=True, **values)


@each_kernel
def test_the_matrix_is_scikit_learns(kernel: Kernel) -> None:
    rng = np.random.default_rng(0)
    x, s = rng.normal(size=(7, 2)), rng.normal(size=(5, 2))
    expected = by_scikit_learn(kernel, x, s)
    np.testing.assert_allclose(kernel_matrix(kernel, x, s), expected, rtol=1e-11, atol=1e-13)


@each_kernel
def test_the_map_is_the_sum_over_the_supports(kernel: Kernel) -> None:
    rng = np.random.default_rng(1)
    s, coefs = rng.normal(size=(9, 2)), rng.normal(size=(9, 3))
    x_axis, y_axis = np.linspace(-2, 3, 11), np.linspace(2, -1, 7)
    plane = np.array([[x, y] for y in y_axis for x in x_axis])
    expected = (by_scikit_learn(kernel, plane, s) @ coefs).T.reshape(3, 7, 11)
    tolerance = 1e-4 if kernel.name == "sigmoid" else 1e-10
    size = np.abs(expected).max()
    found = grid_expansions(kernel, s, coefs, x_axis, y_axis)
    np.testing.assert_allclose(found / size, expected / size, atol=tolerance)


@pytest.mark.parametrize("kernel", ["linear", "poly", "rbf", "sigmoid"])
@pytest.mark.parametrize("num_classes", [2, 3])
def test_the_map_of_a_machine_is_its_decision_function(kernel: str, num_classes: int) -> None:
    rng = np.random.default_rng(2)
    y = np.arange(150) % num_classes
    x = rng.normal(size=(150, 2)) + y[:, None]
    svm = fit_svm(SvmSpec(kernel, C=3.0, coef0=1.0), x, y, num_classes)
    axis = np.linspace(-4, 5, 40)
    plane = np.array([[a, b] for b in axis[::-1] for a in axis])
    scaled = (x - x.mean(axis=0)) / x.std(axis=0)
    svc = SVC(kernel=kernel, C=3.0, coef0=1.0).fit(scaled, y)
    expected = svc.decision_function((plane - x.mean(axis=0)) / x.std(axis=0))
    found = svm.decision_map(axis, axis[::-1])
    tolerance = 1e-4 if kernel == "sigmoid" else 1e-9  # sigmoid maps are computed in float32
    found = found.reshape(expected.shape)
    np.testing.assert_allclose(found, expected, atol=tolerance, rtol=tolerance)


@settings(max_examples=30, deadline=None)
@given(
    gamma=st.floats(1e-3, 1e3), degree=st.integers(1, 10), coef0=st.floats(-10, 10),
    seed=st.integers(0, 1000),
)  # fmt: skip
def test_any_polynomial_is_expanded_rightly(
    gamma: float, degree: int, coef0: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    kernel = Kernel("poly", gamma, degree, coef0)
    s, coefs = rng.normal(size=(6, 2)), rng.normal(size=(6, 1))
    axis = np.linspace(-2, 2, 5)
    plane = np.array([[x, y] for y in axis for x in axis])
    terms = np.abs(gamma * plane @ s.T) + abs(coef0)
    size = (terms**degree @ np.abs(coefs)).max()  # what rounding is relative to
    expected = (kernel_matrix(kernel, plane, s) @ coefs).reshape(5, 5)
    found = grid_expansions(kernel, s, coefs, axis, axis)[0]
    np.testing.assert_allclose(found / size, expected / size, atol=1e-10)
