"""Our machines against scikit-learn's own, and against the conditions of an optimum."""

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import make_blobs, make_circles, make_moons
from sklearn.multiclass import OneVsRestClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC

from rdfia_core.errors import DataUnavailableError
from rdfia_core.models.svm import Svm, SvmSpec
from rdfia_core.models.svm_fit import MAX_ITERATIONS, fit_svm
from rdfia_core.models.svm_report import BOUNDED, FREE, report_support

KERNELS = ("linear", "poly", "rbf", "sigmoid")


def data_set(name: str) -> tuple[np.ndarray, np.ndarray]:
    if name == "circles":
        return make_circles(160, factor=0.5, noise=0.15, random_state=1)
    if name == "moons":
        return make_moons(140, noise=0.25, random_state=2)
    if name == "unequal":
        x, y = make_blobs([90, 20], cluster_std=1.5, random_state=3)
        return x * [1.0, 100.0], y
    return make_blobs([50, 40, 30], cluster_std=2.5, random_state=4)


SETS = ("circles", "moons", "unequal", "three classes")


def direct_fit(spec: SvmSpec, x: np.ndarray, y: np.ndarray) -> tuple[SVC, np.ndarray]:
    """A plain scikit-learn fit, and the inputs that it saw."""
    x = StandardScaler().fit_transform(x) if spec.standardize else x
    weight = None if spec.class_weight == "none" else "balanced"
    svc = SVC(
        kernel=spec.kernel, C=spec.C, gamma=spec.gamma, degree=spec.degree, coef0=spec.coef0,
        tol=spec.tolerance, class_weight=weight, decision_function_shape="ovr",
    )  # fmt: skip
    return svc.fit(x, y), x


def random_plane(x: np.ndarray) -> np.ndarray:
    """Queries around and beyond the data."""
    rng = np.random.default_rng(0)
    return x.mean(axis=0) + 4 * x.std(axis=0) * rng.uniform(-1, 1, (300, 2))


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("weight", ["none", "balanced"])
def test_scores_supports_and_classes_are_those_of_scikit_learn(
    name: str, kernel: str, weight: str
) -> None:
    x, y = data_set(name)
    spec = SvmSpec(kernel, C=2.0, gamma="scale", coef0=0.5, class_weight=weight)
    ours = fit_svm(spec, x, y, len(np.unique(y)))
    theirs, scaled = direct_fit(spec, x, y)
    queries = random_plane(x)
    expected = theirs.decision_function((queries - ours.mean) / ours.scale)
    np.testing.assert_allclose(ours.decision(queries), expected, rtol=1e-9, atol=1e-9)
    supports = np.flatnonzero(ours.coefs_NM.any(axis=1))
    np.testing.assert_array_equal(supports, np.sort(theirs.support_))
    np.testing.assert_array_equal(ours.predict(x), theirs.predict(scaled))
    report = report_support(ours, x)
    assert report.num_free + report.num_bounded == len(theirs.support_)


@pytest.mark.parametrize("kernel", KERNELS)
def test_dual_coefficients_are_those_of_scikit_learn(kernel: str) -> None:
    x, y = data_set("moons")
    spec = SvmSpec(kernel, C=0.7)
    ours = fit_svm(spec, x, y, 2)
    theirs, _ = direct_fit(spec, x, y)
    np.testing.assert_array_equal(ours.coefs_NM[theirs.support_, 0], theirs.dual_coef_[0])


@pytest.mark.parametrize("kernel", KERNELS)
def test_one_against_the_rest_is_a_machine_a_class(kernel: str) -> None:
    x, y = data_set("three classes")
    spec = SvmSpec(kernel, C=2.0, multiclass="ovr", tolerance=1e-6)
    ours = fit_svm(spec, x, y, 3)
    svc = SVC(kernel=kernel, C=2.0, gamma="scale", tol=1e-6)
    theirs = OneVsRestClassifier(svc).fit(StandardScaler().fit_transform(x), y)
    queries = random_plane(x)
    expected = theirs.decision_function((queries - ours.mean) / ours.scale)
    np.testing.assert_allclose(ours.decision(queries), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", SETS)
def test_linear_svc_is_scikit_learns(name: str) -> None:
    x, y = data_set(name)
    ours = fit_svm(SvmSpec("linear_svc", C=0.5, seed=3), x, y, len(np.unique(y)))
    scaled = StandardScaler().fit_transform(x)
    theirs = LinearSVC(loss="hinge", dual=True, C=0.5, tol=1e-3, random_state=3, max_iter=3000)
    theirs.fit(scaled, y)
    np.testing.assert_allclose(ours.decision(x), theirs.decision_function(scaled), atol=1e-9)
    np.testing.assert_array_equal(ours.predict(x), theirs.predict(scaled))


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize(("kernel", "C"), [("linear", 0.1), ("poly", 1.0), ("rbf", 10.0)])
@pytest.mark.parametrize("multiclass", ["ovo", "ovr"])
def test_the_conditions_of_an_optimum_hold(
    name: str, kernel: str, C: float, multiclass: str
) -> None:
    """Dual feasibility and complementary slackness, from nothing but alphas and scores."""
    x, y = data_set(name)
    num_classes = len(np.unique(y))
    spec = SvmSpec(kernel, C=C, degree=2, coef0=1.0, multiclass=multiclass, tolerance=1e-7)
    svm = fit_svm(spec, x, y, num_classes)
    assert svm.has_converged
    scores_NM = svm.machine_scores(x)
    for m, (machine, alpha) in enumerate(svm.alphas()):
        pair = machine.signs * scores_NM[machine.rows, m]
        assert (alpha >= 0).all()
        assert (alpha <= C * (1 + 1e-12)).all()
        assert abs(float(alpha @ machine.signs)) < 1e-8 * max(1.0, alpha.sum())
        free = (alpha > 1e-9 * C) & (alpha < C * (1 - 1e-9))
        assert (pair[alpha == 0] >= 1 - 1e-5).all()
        assert (pair[alpha >= C * (1 - 1e-9)] <= 1 + 1e-5).all()
        np.testing.assert_allclose(pair[free], 1.0, atol=1e-5)
    report = report_support(svm, x)
    assert report.kkt_residual is not None
    assert report.kkt_residual <= 5e-5  # libsvm keeps its kernel matrix in float32


def test_the_residual_sees_a_machine_that_is_no_optimum() -> None:
    x, y = data_set("moons")
    svm = fit_svm(SvmSpec("rbf"), x, y, 2)
    svm.coefs_NM[:] *= 0.5
    assert (report_support(svm, x).kkt_residual or 0) > 0.1


def test_free_support_vectors_lie_on_the_margin_and_bounded_ones_within() -> None:
    x, y = data_set("circles")
    svm = fit_svm(SvmSpec("rbf", C=1.0, tolerance=1e-7), x, y, 2)
    report = report_support(svm, x)
    pair = np.where(y == 1, 1, -1) * svm.decision(x)
    np.testing.assert_allclose(pair[report.kind_N == FREE], 1.0, atol=1e-5)
    assert (pair[report.kind_N == BOUNDED] <= 1 + 1e-5).all()
    assert (report.slack_N[report.kind_N == FREE] < 1e-5).all()
    np.testing.assert_allclose(report.slack_N, np.maximum(0, 1 - pair))
    assert report.num_free > 3
    assert report.num_bounded > 3


def test_the_margin_is_as_wide_as_the_gap_between_two_points() -> None:
    x = np.array([[0.0, 0.0], [3.0, 4.0]])
    svm = fit_svm(SvmSpec("linear", C=1e6, standardize=False), x, np.array([0, 1]), 2)
    assert report_support(svm, x).margin_width == pytest.approx(5.0)


def machine_on(x: Any, y: Any, **values: Any) -> Svm:
    y = np.array(y)
    return fit_svm(SvmSpec(**values), np.array(x, float), y, int(y.max()) + 1)


DEGENERATE = {
    "two points": ([[0, 0], [1, 1]], [0, 1]),
    "all alike": ([[1, 1]] * 6, [0, 1] * 3),
    "duplicates": ([[0, 0], [0, 0], [1, 0], [1, 0]], [0, 1, 1, 0]),
    "constant column": ([[0, 5], [1, 5], [2, 5], [3, 5]], [0, 0, 1, 1]),
    "three alike": ([[1, 1]] * 6, [0, 1, 2] * 2),
}


@pytest.mark.parametrize("case", list(DEGENERATE))
@pytest.mark.parametrize("kernel", [*KERNELS, "linear_svc"])
@pytest.mark.parametrize("C", [1e-12, 1.0, 1e12])
@pytest.mark.parametrize("multiclass", ["ovo", "ovr"])
def test_degenerate_data_give_a_finite_map(
    case: str, kernel: str, C: float, multiclass: str
) -> None:
    x, y = DEGENERATE[case]
    svm = machine_on(x, y, kernel=kernel, C=C, multiclass=multiclass)
    axis = np.linspace(-2, 2, 9)
    assert np.isfinite(svm.decision_map(axis, axis)).all()
    report = report_support(svm, np.array(x, float))
    assert np.isfinite(report.slack_N).all()
    assert report.kkt_residual is None or np.isfinite(report.kkt_residual)


def test_one_class_is_refused_with_a_sentence() -> None:
    with pytest.raises(DataUnavailableError, match=r"at least two classes\. Got only class 1"):
        fit_svm(SvmSpec(), np.random.default_rng(0).normal(size=(5, 2)), np.ones(5, int), 2)


def test_a_class_without_training_points_is_named() -> None:
    x = np.random.default_rng(0).normal(size=(6, 2))
    with pytest.raises(DataUnavailableError, match="Class 1 has no training point"):
        fit_svm(SvmSpec(), x, np.array([0, 2, 0, 2, 0, 2]), 3)


def test_a_solver_that_does_not_converge_is_stopped_and_says_so() -> None:
    x, y = make_circles(200, factor=0.5, noise=0.2, random_state=0)
    svm = fit_svm(SvmSpec("poly", C=1e6, degree=3), x, y, 2)
    assert not svm.has_converged
    assert svm.num_iterations == MAX_ITERATIONS


@pytest.mark.parametrize("gamma", [1e-6, 1.0, 1e6])
def test_a_sigmoid_that_is_no_kernel_gives_a_finite_map(gamma: float) -> None:
    x, y = data_set("circles")
    svm = fit_svm(SvmSpec("sigmoid", C=1e6, gamma=gamma, coef0=-5), x, y, 2)
    assert np.isfinite(svm.decision(random_plane(x))).all()


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**16),
    num_classes=st.integers(2, 4),
    kernel=st.sampled_from(KERNELS),
    log_C=st.floats(-6, 6),
    multiclass=st.sampled_from(["ovo", "ovr"]),
)
def test_any_data_give_what_scikit_learn_gives(
    seed: int, num_classes: int, kernel: str, log_C: float, multiclass: str
) -> None:
    rng = np.random.default_rng(seed)
    y = np.concatenate([np.arange(num_classes), rng.integers(0, num_classes, 12)])
    x = rng.normal(size=(len(y), 2)) + y[:, None]
    spec = SvmSpec(kernel, C=10**log_C, multiclass=multiclass)
    ours = fit_svm(spec, x, y, num_classes)
    assert ours.decision(x).shape == ((len(y),) if num_classes == 2 else (len(y), num_classes))
    if ours.has_converged and (multiclass == "ovo" or num_classes == 2):
        theirs, scaled = direct_fit(spec, x, y)
        expected = theirs.decision_function(scaled)
        size = max(1.0, float(np.abs(expected).max()))
        np.testing.assert_allclose(ours.decision(x) / size, expected / size, atol=1e-8)


def test_pairs_come_in_scikit_learns_order() -> None:
    x, y = data_set("three classes")
    svm = fit_svm(SvmSpec("rbf"), x, y, 3)
    pairs = list(itertools.combinations(range(3), 2))
    for machine, (first, second) in zip(svm.machines, pairs, strict=True):
        assert set(y[machine.rows]) == {first, second}
        assert (machine.signs == np.where(y[machine.rows] == first, 1, -1)).all()
