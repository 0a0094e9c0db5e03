"""Lines and bands over groups of runs against NumPy and SciPy."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from rdfia_core.figures.sweep_bands import (
    MAX_EPOCHS,
    Band,
    Group,
    band_edges,
    bands_figure,
    compared,
    over_epochs,
)

matrices = st.tuples(st.integers(2, 6), st.integers(1, 8)).flatmap(
    lambda shape: arrays(float, shape, elements=st.floats(-100, 100))
)


def rows(values: list[float], epochs: list[float] | None = None) -> dict[str, np.ndarray]:
    own = list(range(len(values))) if epochs is None else epochs
    return {"epoch": np.array(own, float), "test_loss": np.array(values, float)}


@settings(deadline=None)
@given(matrices)
def test_the_interval_is_students(values_SE: np.ndarray) -> None:
    low, mean, high = band_edges(values_SE, "interval")
    assert mean == pytest.approx(values_SE.mean(axis=0), abs=1e-9)
    half = stats.t.ppf(0.975, len(values_SE) - 1) * values_SE.std(axis=0, ddof=1)
    half /= np.sqrt(len(values_SE))
    assert high - mean == pytest.approx(half, abs=1e-7)
    assert mean - low == pytest.approx(half, abs=1e-7)


@settings(deadline=None)
@given(matrices)
def test_the_range_holds_every_run(values_SE: np.ndarray) -> None:
    low, _, high = band_edges(values_SE, "range")
    assert low == pytest.approx(values_SE.min(axis=0))
    assert high == pytest.approx(values_SE.max(axis=0))


@pytest.mark.parametrize("band", ["interval", "range"])
def test_a_run_alone_has_no_band(band: Band) -> None:
    values_SE = np.array([[1.0, 2.0], [3.0, np.nan]])
    low, mean, high = band_edges(values_SE, band)
    assert list(mean) == [2.0, 2.0]
    assert np.isfinite([low[0], high[0]]).all()
    assert np.isnan([low[1], high[1]]).all()


def test_runs_measured_at_other_moments_are_read_between_their_own() -> None:
    epochs, values = over_epochs([rows([0, 2], [0, 2]), rows([5, 6, 7])], "test_loss")
    assert list(epochs) == [0, 1, 2]
    assert values.tolist() == [[0, 1, 2], [5, 6, 7]]


def test_a_run_says_nothing_after_its_end_nor_where_it_is_no_number() -> None:
    epochs, values = over_epochs([rows([1, 2, np.inf]), rows([5, 6, 7, 8])], "test_loss")
    assert list(epochs) == [0, 1, 2, 3]
    assert np.isnan(values[0, 2:]).all()
    assert values[1].tolist() == [5, 6, 7, 8]


def test_long_curves_are_thinned_and_keep_their_ends() -> None:
    epochs, values = over_epochs([rows(list(range(5000)))], "test_loss")
    assert len(epochs) == MAX_EPOCHS
    assert (epochs[0], epochs[-1]) == (0, 4999)
    assert values[0].tolist() == epochs.tolist()


def drawn(figure: dict[str, Any]) -> list[str]:
    return [trace["name"] for trace in figure["data"] if "name" in trace]


def test_a_group_has_one_line_and_one_band_in_its_colour() -> None:
    groups = compared({"sgd": [rows([1, 2]), rows([3, 4])], "adam": [rows([5])]}, "test_loss")
    figure = bands_figure(groups, "Test loss", "range")
    assert drawn(figure) == ["sgd", "adam"]
    assert [len(trace["x"]) for trace in figure["data"]] == [2, 2, 2, 1]
    colors = [trace["line"]["color"] for trace in figure["data"] if "name" in trace]
    assert len(set(colors)) == 2


def test_the_band_of_an_accuracy_ends_at_one() -> None:
    runs = [{"epoch": np.array([0.0]), "test_accuracy": np.array([value])} for value in (0.9, 1.0)]
    low, high, line = bands_figure([Group("", runs, "test_accuracy")], "", "interval")["data"]
    assert line["y"] == pytest.approx([0.95])
    assert (low["y"][0], high["y"]) == (pytest.approx(0.95 - 12.7062 * 0.05), [1.0])


def test_more_groups_than_colours_differ_in_their_dash() -> None:
    groups = compared({str(n): [rows([n, n])] for n in range(15)}, "test_loss")
    lines = [t["line"] for t in bands_figure(groups, "", "range")["data"]]
    assert len({(line["color"], line["dash"]) for line in lines}) == 15


def test_groups_without_a_number_are_left_out() -> None:
    groups = [Group("none", [], "test_loss"), Group("nan", [rows([np.nan])], "test_loss")]
    assert bands_figure([*groups, Group("ok", [rows([1])], "test_loss")], "", "range")["data"]
    assert drawn(bands_figure(groups, "", "interval")) == []
