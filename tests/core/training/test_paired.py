"""Paired comparison: against scipy's own t interval, and what pairing brings."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from rdfia_core.training.paired import paired_difference, spread

VALUES = st.lists(
    st.tuples(st.floats(0, 1), st.floats(0, 1)).filter(lambda pair: pair[0] != pair[1]),
    min_size=2,
    max_size=10,
)


@given(VALUES)
def test_the_interval_is_scipys(pairs: list[tuple[float, float]]) -> None:
    baseline, variant = zip(*pairs, strict=True)
    difference = paired_difference(baseline, variant)
    values = np.subtract(variant, baseline)
    assert difference["mean"] == pytest.approx(values.mean())
    if values.std() > 1e-9:
        low, high = stats.ttest_rel(variant, baseline).confidence_interval(0.95)
        assert difference["low"] == pytest.approx(low, abs=1e-9)
        assert difference["high"] == pytest.approx(high, abs=1e-9)


def test_what_the_seeds_share_drops_out() -> None:
    baseline = [0.50, 0.70, 0.60]
    difference = paired_difference(baseline, [value + 0.01 for value in baseline])
    assert difference["low"] == pytest.approx(0.01)
    assert difference["high"] == pytest.approx(0.01)


def test_one_pair_says_nothing_of_chance() -> None:
    difference = paired_difference([0.5], [0.6])
    assert difference["mean"] == pytest.approx(0.1)
    assert difference["low"] is None
    assert difference["high"] is None


def test_the_spread_is_that_of_a_sample() -> None:
    assert spread([1.0, 3.0]) == {"mean": 2.0, "std": pytest.approx(2**0.5), "count": 2}
    assert spread([1.0]) == {"mean": 1.0, "std": None, "count": 1}
