"""Best and last values: which part is looked at, and what is not a number."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rdfia_core.figures.run_numbers import SPARK_POINTS, run_numbers


def columns(**values: list[float]) -> dict[str, np.ndarray]:
    length = len(next(iter(values.values()), []))
    rows = {"step": np.arange(float(length)), "epoch": np.arange(float(length)) / 2}
    return rows | {name: np.array(each) for name, each in values.items()}


def test_best_is_the_highest_accuracy_and_the_lowest_loss() -> None:
    found = run_numbers(columns(test_accuracy=[0.1, 0.9, 0.9, 0.5], test_loss=[3, 1, 2, 1]))
    assert found.accuracy is not None
    assert found.loss is not None
    assert (found.accuracy.best, found.accuracy.best_epoch, found.accuracy.last) == (0.9, 0.5, 0.5)
    assert (found.loss.best, found.loss.best_epoch, found.loss.last) == (1, 0.5, 1)


def test_the_validation_part_comes_before_the_test_part() -> None:
    found = run_numbers(columns(test_accuracy=[0.9], val_accuracy=[0.8], train_loss=[1.0]))
    assert found.accuracy is not None
    assert found.loss is not None
    assert (found.accuracy.part, found.accuracy.best) == ("val", 0.8)
    assert found.loss.part == "train"


def test_values_that_are_not_finite_are_never_best_nor_last() -> None:
    found = run_numbers(columns(test_loss=[2.0, -math.inf, math.nan, 3.0, math.nan]))
    assert found.loss is not None
    assert (found.loss.best, found.loss.best_epoch, found.loss.last) == (2.0, 0.0, 3.0)
    assert found.spark == (2.0, 3.0)


def test_a_run_without_metrics_has_no_numbers() -> None:
    assert run_numbers({}).accuracy is None
    assert run_numbers(columns(learning_rate=[0.1])).loss is None
    assert run_numbers(columns(test_loss=[math.nan])).spark == ()


@given(st.lists(st.floats(width=32), min_size=1, max_size=400))
def test_the_small_curve_is_short_and_keeps_its_ends(values: list[float]) -> None:
    spark = run_numbers(columns(train_loss=values)).spark
    known = [value for value in values if math.isfinite(value)]
    assert len(spark) <= 2 * SPARK_POINTS
    assert all(math.isfinite(value) for value in spark)
    if known:
        assert (spark[0], spark[-1]) == (known[0], known[-1])
        assert (min(spark), max(spark)) == (min(known), max(known))
