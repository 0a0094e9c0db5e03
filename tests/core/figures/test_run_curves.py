"""Curves of several runs in one picture."""

import numpy as np

from rdfia_core.figures.run_curves import run_curves_figure

EPOCHS = np.array([0.0, 1.0, 2.0])


def test_a_run_has_one_colour_and_a_part_one_dash() -> None:
    columns = {"epoch": EPOCHS, "train_loss": np.ones(3), "test_loss": np.ones(3)}
    traces = run_curves_figure([("a", columns), ("b", columns)], "loss")["data"]
    assert [trace["name"] for trace in traces] == ["a, train", "a, test", "b, train", "b, test"]
    assert [trace["line"]["dash"] for trace in traces] == ["solid", "dash"] * 2
    colors = [trace["line"]["color"] for trace in traces]
    assert colors[0] == colors[1] != colors[2] == colors[3]


def test_what_was_not_measured_is_left_out() -> None:
    columns = {"epoch": EPOCHS, "val_accuracy": np.array([np.nan, 0.5, np.inf])}
    (trace,) = run_curves_figure([("a", columns)], "accuracy")["data"]
    assert (trace["x"], trace["y"]) == ([1.0], [0.5])


def test_a_name_is_no_markup() -> None:
    columns = {"epoch": EPOCHS, "train_loss": np.ones(3)}
    (trace,) = run_curves_figure([('<a href="//x">b</a>', columns)], "loss")["data"]
    assert "<" not in trace["name"]


def test_no_runs_are_an_empty_picture() -> None:
    assert run_curves_figure([], "loss")["data"] == []
