"""Curves as letters."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rdfia_core.figures.sparkline import BLOCKS, sparkline


def test_a_rising_curve_rises() -> None:
    assert sparkline(np.arange(8.0), 8) == BLOCKS


def test_a_level_curve_is_level() -> None:
    assert sparkline(np.full(3, 0.7), 8) == BLOCKS[3] * 3


@given(st.lists(st.floats(), max_size=40), st.integers(1, 20))
def test_any_curve_has_so_many_letters(values: list[float], most: int) -> None:
    bounded = np.clip(np.array(values), -1e300, 1e300)
    finite = int(np.isfinite(bounded).sum())
    text = sparkline(bounded, most)
    assert len(text) == min(most, finite)
    assert set(text) <= set(BLOCKS)
