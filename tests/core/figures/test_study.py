"""Figures of a study: which runs make a mean, bands, and what is missing."""

from typing import Any

import pytest

from rdfia_core.figures.study import study_curves_figure, study_differences_figure


def run(arm: int, values: list[float | None], ends: str = "completed") -> dict[str, Any]:
    epochs = [float(epoch) for epoch in range(len(values))]
    return {"arm": arm, "epoch": epochs, "ends": ends, "test_accuracy": values}


def lines(figure: dict[str, Any]) -> dict[str, list[float | None]]:
    return {trace["name"]: trace["y"] for trace in figure["data"] if "name" in trace}


def test_the_line_is_the_mean_and_the_band_one_deviation() -> None:
    runs = [run(0, [0.1, 0.5]), run(0, [0.1, 0.7])]
    figure = study_curves_figure(["Baseline"], runs, "test_accuracy", "Test accuracy")
    assert lines(figure)["Baseline"] == pytest.approx([0.1, 0.6])
    low, high = (trace["y"] for trace in figure["data"][:2])
    deviation = 0.1 * 2**0.5
    assert low == pytest.approx([0.1, 0.6 - deviation])
    assert high == pytest.approx([0.1, 0.6 + deviation])


def test_a_run_under_way_does_not_bend_the_mean_of_those_that_ended() -> None:
    runs = [run(0, [0.1, 0.5, 0.6]), run(0, [0.9], ends="")]
    figure = study_curves_figure(["Baseline"], runs, "test_accuracy", "Test accuracy")
    assert lines(figure)["Baseline"] == [0.1, 0.5, 0.6]


def test_a_run_under_way_is_drawn_while_there_is_no_other() -> None:
    figure = study_curves_figure(["Baseline"], [run(0, [0.1, 0.2], "")], "test_accuracy", "")
    assert lines(figure)["Baseline"] == [0.1, 0.2]


def test_what_is_not_a_number_is_left_out() -> None:
    runs = [run(0, [0.1, None]), run(0, [0.3, 0.4]), run(1, [None, None])]
    figure = study_curves_figure(["Baseline", "Other"], runs, "test_accuracy", "")
    assert lines(figure)["Baseline"] == pytest.approx([0.2, 0.4])
    assert lines(figure)["Other"] == []


def test_no_runs_make_an_empty_figure() -> None:
    assert study_curves_figure(["Baseline"], [], "test_accuracy", "")["data"] == []


def test_differences_are_percentage_points_with_an_interval() -> None:
    difference = {"mean": 0.02, "low": -0.01, "high": 0.05, "values": [0.01, 0.03]}
    figure = study_differences_figure(["Dropout"], [difference], is_accuracy=True)
    pairs, mean = figure["data"]
    assert pairs["x"] == pytest.approx([1, 3])
    assert mean["x"] == pytest.approx([2])
    assert mean["error_x"]["array"] == pytest.approx([3])


def test_one_pair_has_no_interval_and_no_pair_no_mark() -> None:
    difference = {"mean": 0.02, "low": None, "high": None, "values": [0.02]}
    figure = study_differences_figure(["A", "B"], [None, difference], is_accuracy=False)
    assert [trace["y"] for trace in figure["data"]] == [["B"], ["B"]]
    assert "error_x" not in figure["data"][1]
