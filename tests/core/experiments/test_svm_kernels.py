"""The SVM lab without a page: events, results, sweeps, what the page computes itself."""

import math
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from rdfia_core.data.point_config import load_points
from rdfia_core.errors import ConfigError, DataUnavailableError
from rdfia_core.events import End, EndReason, Event, Metrics, Result, Step
from rdfia_core.experiments import Context, experiment_named
from rdfia_core.experiments.svm_kernels import SvmConfig
from rdfia_core.experiments.svm_kernels.fit import solve, spec_of
from rdfia_core.experiments.svm_kernels.sweep import REPORT_C, cross_validated
from rdfia_core.experiments.svm_kernels.views import hand_made, objective, sorted_kernel
from rdfia_core.seeding import numpy_rng

EXPERIMENT = experiment_named("svm_kernels")


def events(tmp_path: Path, task: str = "train", **values: Any) -> list[Event]:
    config = SvmConfig.build(values)
    return list(EXPERIMENT.load_task(task)(config, Context("cpu", tmp_path)))


def result(found: list[Event], name: str) -> dict[str, Any]:
    return dict(next(e for e in found if isinstance(e, Result) and e.name == name).data)


def rows(found: list[Event]) -> list[dict[str, float]]:
    return [dict(event.scalars) for event in found if isinstance(event, Metrics)]


@pytest.mark.parametrize("dataset", ["circles", "moons", "xor", "spirals2", "spirals3", "blobs"])
@pytest.mark.parametrize("kernel", ["linear", "poly", "rbf", "sigmoid"])
def test_accuracies_and_counts_are_those_of_a_direct_fit(
    tmp_path: Path, dataset: str, kernel: str
) -> None:
    config = SvmConfig.build({"dataset": dataset, "kernel": kernel, "C": 3.0, "gamma": "scale"})
    (found,) = rows(events(tmp_path, **config.changed()))
    points = load_points(config, tmp_path)
    direct = make_pipeline(StandardScaler(), SVC(kernel=kernel, C=3.0, gamma="scale"))
    direct.fit(points.x_train, points.y_train)
    assert found["train_accuracy"] == direct.score(points.x_train, points.y_train)
    assert found["test_accuracy"] == direct.score(points.x_test, points.y_test)
    assert found["num_support_vectors"] == direct[-1].n_support_.sum()
    assert found["num_free"] + found["num_bounded"] == found["num_support_vectors"]
    assert found["kkt_residual"] < 2e-3


def test_the_picture_agrees_with_the_decision_function(tmp_path: Path) -> None:
    found = events(tmp_path)
    step = next(e for e in found if isinstance(e, Step) and e.snapshot)
    assert step.snapshot is not None
    picture = step.snapshot()
    points = load_points(SvmConfig(), tmp_path)
    direct = make_pipeline(StandardScaler(), SVC(gamma="auto")).fit(points.x_train, points.y_train)
    x_min, x_max, y_min, y_max = picture.info["extent"]
    probs = picture.arrays["probs"]
    assert probs.shape == (1, 200, 200)
    for row, col in ((0, 0), (3, 170), (100, 100), (199, 20)):
        x = x_min + (x_max - x_min) * (col + 0.5) / 200
        y = y_max - (y_max - y_min) * (row + 0.5) / 200
        score = float(direct.decision_function([[x, y]])[0])
        drawn = (probs[0, row, col] / 254 * 2 - 1) * picture.info["score_scale"]
        assert drawn == pytest.approx(score, abs=0.015)
    assert len(picture.arrays["slack"]) == len(points.y_train)


def test_an_odd_polynomial_cannot_enclose_a_disc_and_a_constant_term_repairs_it(
    tmp_path: Path,
) -> None:
    def accuracy(**values: Any) -> float:
        return rows(events(tmp_path, kernel="poly", **values))[0]["train_accuracy"]

    odd, even = [accuracy(degree=d) for d in (3, 5)], [accuracy(degree=d) for d in (2, 4)]
    assert max(odd) < 0.75 < 0.9 < min(even)
    assert accuracy(degree=3, coef0=1.0) > 0.9


def test_a_soft_margin_bounds_support_vectors_off_the_margin(tmp_path: Path) -> None:
    (found,) = rows(events(tmp_path, C=0.01))
    assert found["num_bounded"] > 0.9 * found["num_support_vectors"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"kernel": "poly", "C": 1e6}, "stopped after 300,000 iterations"),
        ({"kernel": "sigmoid"}, "not positive definite"),
        ({"C": 1e-12}, "Every training point is a bounded support vector"),
    ],
)
def test_warnings_are_sentences(tmp_path: Path, values: dict[str, Any], words: str) -> None:
    found = result(events(tmp_path, **values), "fit")["warnings"]
    assert any(words in warning for warning in found)


@pytest.mark.parametrize("C", [1e-12, 1e12])
@pytest.mark.parametrize("kernel", ["linear", "rbf", "sigmoid", "linear_svc"])
def test_extreme_prices_end_well(tmp_path: Path, C: float, kernel: str) -> None:
    end = events(tmp_path, C=C, kernel=kernel)[-1]
    assert isinstance(end, End)
    assert end.reason is EndReason.COMPLETED
    assert all(math.isfinite(value) for value in end.metrics.values())


@pytest.mark.parametrize("points", ["0,0,0;1,1,1;0,1,0;1,0,1", "0,0,0;0,0,1;0,0,0;0,0,1"])
def test_a_handful_of_own_points_is_enough(tmp_path: Path, points: str) -> None:
    end = events(tmp_path, dataset="points", points=points, test_fraction=0)[-1]
    assert isinstance(end, End)


def test_points_of_one_class_are_refused_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataUnavailableError, match="class"):
        events(tmp_path, dataset="points", points="0,0,0;1,1,0;2,0,0;0,2,0;1,2,0", test_fraction=0)


@pytest.mark.parametrize("gamma", ["scale", "AUTO", " 0.5 ", 2, 1e-6])
def test_gamma_takes_words_and_numbers(gamma: Any) -> None:
    found = SvmConfig.build({"gamma": gamma}).gamma
    assert found in ("scale", "auto") or float(found) > 0


@pytest.mark.parametrize("gamma", ["wide", 0, -1, 1e9, math.nan, ""])
def test_other_gammas_are_refused_by_name(gamma: Any) -> None:
    with pytest.raises(ConfigError, match="'gamma' parameter must be scale, auto, or a number"):
        SvmConfig.build({"gamma": gamma})


def test_the_c_path_takes_the_reports_ten_values_and_equals_single_fits(tmp_path: Path) -> None:
    found = rows(events(tmp_path, "sweep_C", num_points=100))
    assert [row["C"] for row in found] == pytest.approx(np.logspace(-3, 2, 10).tolist())
    assert len(REPORT_C) == 10
    (single,) = rows(events(tmp_path, num_points=100, C=float(REPORT_C[7])))
    assert single.items() <= found[7].items()


def test_the_grid_covers_c_and_gamma_or_the_degree(tmp_path: Path) -> None:
    found = rows(events(tmp_path, "sweep_C_gamma", num_points=40))
    assert len({(row["C"], row["gamma"]) for row in found}) == len(found) == 99
    found = rows(events(tmp_path, "sweep_C_gamma", num_points=40, kernel="poly"))
    assert {row["degree"] for row in found} == set(range(1, 9))


def test_a_sweep_counts_its_progress(tmp_path: Path) -> None:
    steps = [e for e in events(tmp_path, "sweep_C", num_points=40) if isinstance(e, Step)]
    assert [step.epoch for step in steps] == pytest.approx(np.linspace(0, 1, 11).tolist())


def test_a_sweep_can_be_left_half_way(tmp_path: Path) -> None:
    sweep = EXPERIMENT.load_task("sweep_C")(SvmConfig(), Context("cpu", tmp_path))
    kept = list(islice(sweep, 8))
    sweep.close()  # type: ignore[attr-defined]
    assert len(rows(kept)) == 3


def test_cross_validation_is_scikit_learns(tmp_path: Path) -> None:
    config = SvmConfig.build({"gamma": "scale"})
    points = load_points(config, tmp_path)
    state = int(numpy_rng(0, "folds").integers(2**31))
    folds = StratifiedKFold(5, shuffle=True, random_state=state)
    direct = make_pipeline(StandardScaler(), SVC(gamma="scale"))
    expected = cross_val_score(direct, points.x_train, points.y_train, cv=folds).mean()
    assert cross_validated(spec_of(config), points) == pytest.approx(expected)


def test_the_lift_parts_circles_with_a_plane(tmp_path: Path) -> None:
    found = result(events(tmp_path, "lift", noise=0.05), "lift")
    assert found["train_accuracy"] > 0.98
    points = load_points(SvmConfig.build({"noise": 0.05}), tmp_path)
    x = (points.x_train - found["mean"]) / found["scale"]
    height = np.column_stack([x, (x**2).sum(axis=1)])
    side = height @ found["normal"] + found["intercept"] > 0
    assert (side == (points.y_train == 1)).mean() == found["train_accuracy"]


def test_the_solver_cannot_be_beaten(tmp_path: Path) -> None:
    config = SvmConfig.build(
        {"dataset": "blobs", "num_classes": 2, "kernel": "linear", "standardize": False}
    )
    found = result(events(tmp_path, **config.changed()), "fit")
    normal = np.array(found["normal"])
    best = objective(normal, found["total_slack"], config.C)
    width = 2 / np.linalg.norm(normal)
    solved = {
        "angle": math.degrees(math.atan2(normal[1], normal[0])),
        "offset": -found["intercept"] / float(np.linalg.norm(normal)),
        "width": float(width),
    }
    assert hand_made(config, tmp_path, **solved).objective == pytest.approx(best, rel=1e-6)
    for name, change in (("angle", 3.0), ("offset", 0.05), ("width", 0.1)):
        for sign in (1, -1):
            moved = {**solved, name: solved[name] + sign * change}
            assert hand_made(config, tmp_path, **moved).objective > best


def test_a_line_by_hand_needs_two_classes(tmp_path: Path) -> None:
    with pytest.raises(DataUnavailableError, match=r"two classes\. Got 3"):
        hand_made(
            SvmConfig.build({"dataset": "spirals3"}), tmp_path, angle=0.0, offset=0.0, width=1.0
        )


def test_the_sorted_kernel_is_the_kernel_of_the_sorted_points(tmp_path: Path) -> None:
    config = SvmConfig.build({"num_points": 60})
    matrix, counts = sorted_kernel(config, tmp_path)
    assert sum(counts) == len(matrix) == 30
    np.testing.assert_allclose(np.diag(matrix), 1.0)
    np.testing.assert_allclose(matrix, matrix.T)
    points = load_points(config, tmp_path)
    within = solve(spec_of(config), points).svm
    spread = np.sort(matrix.ravel())
    x = within.x_N2
    direct = np.exp(-0.5 * ((x[:, None] - x) ** 2).sum(axis=2))
    np.testing.assert_allclose(spread, np.sort(direct.ravel()), atol=1e-12)


def test_the_kernel_matrix_stays_small(tmp_path: Path) -> None:
    matrix, counts = sorted_kernel(SvmConfig.build({"num_points": 4000}), tmp_path)
    assert len(matrix) == sum(counts) == 150
