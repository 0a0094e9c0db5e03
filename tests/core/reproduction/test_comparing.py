"""Comparisons: intervals, directions, and the words for them."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from rdfia_core.reproduction.comparing import PERCENT, Direction, compare, compare_values, told_mean
from tests.core.reproduction.material import table

VALUES = st.lists(st.floats(0, 1, allow_nan=False), min_size=2, max_size=8)


@settings(deadline=None)
@given(VALUES, st.data())
def test_the_interval_is_that_of_scipys_paired_t(base: list[float], data: st.DataObject) -> None:
    variant = data.draw(st.lists(st.floats(0, 1), min_size=len(base), max_size=len(base)))
    found = compare_values(dict(enumerate(base)), dict(enumerate(variant)), PERCENT)
    differences = [after - before for before, after in zip(base, variant, strict=True)]
    assert found is not None
    assert found.low is not None
    if max(differences) - min(differences) < 1e-6:
        return
    wanted = stats.ttest_1samp(differences, 0).confidence_interval(0.95)
    assert math.isclose(found.low, wanted.low, rel_tol=1e-6, abs_tol=1e-9)
    assert found.high is not None
    assert math.isclose(found.high, wanted.high, rel_tol=1e-6, abs_tol=1e-9)


@pytest.mark.parametrize(
    ("differences", "margin", "direction"),
    [
        ([0.1, 0.12, 0.11], 0.0, Direction.UP),
        ([-0.1, -0.12, -0.11], 0.0, Direction.DOWN),
        ([0.1, -0.12, 0.01], 0.0, Direction.OPEN),
        ([0.001, -0.001, 0.0], 0.01, Direction.SAME),
        ([0.001, -0.001, 0.0], 0.0, Direction.OPEN),
        ([0.0, 0.0, 0.0], 0.0, Direction.SAME),
        ([0.5], 0.0, Direction.OPEN),
    ],
)
def test_the_direction(differences: list[float], margin: float, direction: Direction) -> None:
    zeros = dict.fromkeys(range(len(differences)), 0.0)
    found = compare_values(zeros, dict(enumerate(differences)), PERCENT)
    assert found is not None
    assert found.direction(margin) is direction


def test_only_seeds_that_both_have_are_compared() -> None:
    rows = {"a": {0: {"x": 1.0}, 1: {"x": 2.0}}, "b": {1: {"x": 5.0}, 2: {"x": 9.0}}}
    found = compare(rows, "a", "b", "x")
    assert found is not None
    assert (found.mean, found.count) == (3.0, 1)
    assert compare(rows, "a", "b", "y") is None


def test_what_is_no_number_is_left_out() -> None:
    rows = {"a": {0: {"test_loss": None}, 1: {"test_loss": 2.0}}}
    assert told_mean(rows, "a", "test_loss") == "2.000 nats (n = 1)"
    assert told_mean(rows, "b", "test_loss") == "not measured"


def test_accuracies_are_told_in_per_cent() -> None:
    rows = table({"a": {"test_accuracy": [0.5, 0.6]}})
    assert told_mean(rows, "a", "test_accuracy") == "55.0 ± 7.1 % (n = 2)"
