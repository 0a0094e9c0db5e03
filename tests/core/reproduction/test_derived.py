"""What is read off curves."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rdfia_core.reproduction.derived import MOST_POINTS, derived, thinned

CURVES = {
    "epoch": [0.0, 1.0, 2.0, 3.0, 4.0],
    "train_loss": [math.nan, 2.0, 1.0, 0.5, 0.4],
    "train_now_loss": [2.3, 1.6, 0.8, 0.4, 0.3],
    "train_accuracy": [0.1, 0.5, 0.9, 0.95, 0.97],
    "test_loss": [2.3, 1.7, 0.9, 1.0, 1.2],
    "test_accuracy": [0.1, 0.4, 0.8, 0.7, 0.9],
}


def test_what_a_course_tells() -> None:
    found = derived(CURVES, 4)
    assert found["epochs_to_90"] == 2
    assert (found["lowest_test_loss"], found["best_epoch"]) == (0.9, 2)
    assert found["rise_test_loss"] == pytest.approx(0.3)
    assert (found["first_train_loss"], found["first_train_now_loss"]) == (2.0, 1.6)
    assert found["first_test_loss"] == 1.7
    assert found["unsteadiness"] == pytest.approx((0.1 + 0.2) / 2)


def test_a_training_that_never_arrives_counts_as_one_epoch_more() -> None:
    assert derived({**CURVES, "train_accuracy": [0.1] * 5}, 4)["epochs_to_90"] == 5


def test_the_reevaluated_accuracy_counts_where_there_is_one() -> None:
    curves = {**CURVES, "train_now_accuracy": [0.1, 0.95, 0.95, 0.95, 0.95]}
    assert derived(curves, 4)["epochs_to_90"] == 1


def test_a_single_evaluation_tells_little_and_invents_nothing() -> None:
    found = derived({"epoch": [5.0], "test_loss": [1.0], "test_accuracy": [0.4]}, 5)
    assert found == {"lowest_test_loss": 1.0, "best_epoch": 5.0, "rise_test_loss": 0.0}
    assert derived({}, 5) == {}


def test_what_is_no_number_is_not_told() -> None:
    found = derived({**CURVES, "test_loss": [2.3, math.nan, 1.0, math.nan, math.nan]}, 4)
    assert found["lowest_test_loss"] == 1.0
    assert "rise_test_loss" not in found
    assert "first_test_loss" not in found


@settings(deadline=None)
@given(st.integers(0, 300))
def test_thinned_curves_keep_their_ends(count: int) -> None:
    curves = {"epoch": [float(k) for k in range(count)], "x": [k / 7 for k in range(count)]}
    found = thinned(curves, ["x", "y"])
    assert len(found["epoch"]) == len(found["x"]) == min(count, MOST_POINTS)
    if count:
        assert (found["epoch"][0], found["epoch"][-1]) == (0, count - 1)
    assert "y" not in found
