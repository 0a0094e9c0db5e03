"""Thinning keeps the ends and the peaks; comparison figures hold what they were given."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rdfia_core.figures.comparison import overlay_figure
from rdfia_core.figures.curves import thin_rows
from rdfia_core.figures.tables import gradient_tables


def columns(length: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(length)
    steps = np.arange(length)
    return {"step": steps, "epoch": steps / 3, "loss": rng.normal(size=length)}


@given(st.integers(0, 3000), st.integers(8, 400))
def test_thinning_keeps_ends_and_extremes(length: int, max_rows: int) -> None:
    full = columns(length)
    thin = thin_rows(full, max_rows)
    assert len(thin["step"]) <= max(max_rows * 2, 8) or length <= max_rows
    if length:
        assert thin["step"][0] == 0
        assert thin["step"][-1] == length - 1
        assert thin["loss"].min() == full["loss"].min()
        assert thin["loss"].max() == full["loss"].max()


def test_short_curves_are_left_alone() -> None:
    full = columns(20)
    np.testing.assert_array_equal(thin_rows(full, 100)["loss"], full["loss"])


def test_curves_of_nothing_but_nan_are_thinned_too() -> None:
    full = {"step": np.arange(100), "epoch": np.arange(100), "loss": np.full(100, np.nan)}
    assert 2 <= len(thin_rows(full, 10)["step"]) <= 20


def test_the_overlay_draws_one_curve_a_network_and_gaps_for_nan() -> None:
    figure = overlay_figure(
        {
            "step": np.array([0, 1]),
            "epoch": np.array([0.0, 1.0]),
            "manual_loss": np.array([0.7, np.nan]),
            "nn_loss": np.array([0.7, 0.5]),
        },
        "_loss",
        "Loss",
    )
    assert [trace["name"] for trace in figure["data"]] == ["manual", "nn"]
    assert figure["data"][0]["y"] == [0.7, None]


def test_the_overlay_of_nothing_is_empty() -> None:
    assert overlay_figure({}, "_loss", "Loss")["data"] == []


def test_the_gradient_table_holds_the_numbers() -> None:
    entry = {"index": [0, 1], "manual": 0.5, "numeric": 0.5, "autograd": 0.5, "error": 1e-9}
    table = {
        "name": "W1",
        "shape": [10, 2],
        "num_checked": 1,
        "entries": [entry],
        "max_error": 1e-9,
        "max_autograd_error": 0.0,
    }
    text = gradient_tables({"tables": [table], "num_points": 32, "step": 0})
    assert "| `W1` | 10 × 2 | 1 | 1.0e-09 | 0.0e+00 |" in text
    assert "`W1[0, 1]`" in text
    assert "at the initial weights" in text
