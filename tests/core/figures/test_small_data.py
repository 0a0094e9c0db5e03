"""The figure of the small-data study: means, bands, points, and what is missing."""

from typing import Any

import pytest

from rdfia_core.figures.small_data import small_data_figure

LABELS = ("From scratch", "Carried over")


def run(arm: int, size: int, seed: int, accuracy: float | None) -> dict[str, Any]:
    final = {} if accuracy is None else {"test_accuracy": accuracy}
    return {"arm": arm, "size": size, "seed": seed, "final": final}


def test_lines_are_means_bands_one_deviation_and_points_runs() -> None:
    runs = [run(0, 10, 0, 0.2), run(0, 10, 1, 0.4), run(0, 100, 0, 0.6), run(0, 100, 1, 0.6)]
    low, high, mean, points = small_data_figure(LABELS, [10, 100], runs)["data"]
    assert mean["x"] == [10, 100]
    assert mean["y"] == pytest.approx([0.3, 0.6])
    deviation = 0.02**0.5
    assert low["y"] == pytest.approx([0.3 - deviation, 0.6])
    assert high["y"] == pytest.approx([0.3 + deviation, 0.6])
    assert sorted(zip(points["x"], points["y"], strict=True)) == [
        (10, 0.2), (10, 0.4), (100, 0.6), (100, 0.6),
    ]  # fmt: skip


def test_a_size_without_an_ended_run_is_left_out() -> None:
    runs = [run(1, 10, 0, 0.2), run(1, 100, 0, None)]
    mean, _ = small_data_figure(LABELS, [10, 100], runs)["data"]
    assert (mean["name"], mean["x"], mean["y"]) == ("Carried over", [10], [0.2])


def test_the_axis_is_logarithmic_and_names_the_sizes() -> None:
    axis = small_data_figure(LABELS, [10, 1000], [])["layout"]["xaxis"]
    assert axis["type"] == "log"
    assert axis["ticktext"] == ["10", "1,000"]
