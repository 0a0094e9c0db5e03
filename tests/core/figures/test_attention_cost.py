"""The figure of the cost: what was measured is there, and the parts add up to the fit."""

import numpy as np
import pytest

from rdfia_core.figures.attention_cost import attention_cost_figure

TOKENS = np.array([16.0, 32.0, 64.0])
FITS = {"seconds": [1e-4, 1e-6, 1e-7], "bytes": [0.0, 1e3, 16.0]}


def columns() -> dict[str, np.ndarray]:
    return {
        "tokens": TOKENS,
        "seconds": 1e-4 + 1e-6 * TOKENS + 1e-7 * TOKENS**2,
        "bytes": 1e3 * TOKENS + 16 * TOKENS**2,
    }


def traces(axis: str, fits: dict[str, list[float]]) -> dict[str, dict[str, list[float]]]:
    figure = attention_cost_figure(columns(), fits)
    return {trace["name"]: trace for trace in figure["data"] if trace["yaxis"] == axis}


def test_points_are_milliseconds_and_megabytes() -> None:
    for axis, name, factor in (("y", "seconds", 1e3), ("y2", "bytes", 1e-6)):
        drawn = traces(axis, {})
        assert list(drawn) == ["Measured"]
        assert drawn["Measured"]["y"] == pytest.approx((factor * columns()[name]).tolist())


def test_the_fit_is_the_sum_of_its_parts() -> None:
    drawn = traces("y2", FITS)
    parts = [drawn[name]["y"] for name in drawn if name not in ("Measured", "Fit a + b n + c n²")]
    np.testing.assert_allclose(np.sum(parts, axis=0), drawn["Fit a + b n + c n²"]["y"])
    assert drawn["Fit a + b n + c n²"]["y"][-1] == pytest.approx(1e-6 * columns()["bytes"][-1])


def test_each_name_is_once_in_the_legend() -> None:
    only_square = FITS | {"seconds": [0.0, 0.0, 1e-7]}  # "Part b n" is in the second panel alone
    figure = attention_cost_figure(columns(), only_square)
    shown = [trace["name"] for trace in figure["data"] if trace["showlegend"]]
    assert len(shown) == len(set(shown)) == 4


def test_one_point_can_be_drawn() -> None:
    one = {name: values[:1] for name, values in columns().items()}
    low, high = attention_cost_figure(one, {})["layout"]["yaxis"]["range"]
    assert low < np.log10(1e3 * one["seconds"][0]) < high
