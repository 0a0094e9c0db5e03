"""Parallel axes: an axis for each difference, and results where all runs have them."""

from typing import Any

from rdfia_core.experiments import experiment_named
from rdfia_core.figures.parallel_axes import parallel_figure
from rdfia_core.figures.run_names import NamedRun
from rdfia_core.figures.run_numbers import Measured, RunNumbers


def run(**values: Any) -> NamedRun:
    lab = experiment_named("circle_mlp")
    return NamedRun(lab.title, lab.config_class, lab.config_class.build(values).model_dump())


def numbers(accuracy: float | None, part: str = "test") -> RunNumbers:
    measured = None if accuracy is None else Measured(part, accuracy, 1.0, accuracy)
    return RunNumbers(measured, None, ())


def axes(runs: list[NamedRun], results: list[RunNumbers]) -> dict[str, dict[str, Any]]:
    figure = parallel_figure(runs, results)
    return {axis["label"]: axis for axis in figure["data"][0]["dimensions"]}


RUNS = [run(learning_rate=rate, dataset=name) for rate, name in
        ((0.1, "moons"), (0.001, "circles"), (0.1, "circles"))]  # fmt: skip
RESULTS = [numbers(0.5), numbers(0.75), numbers(0.7)]


def test_numbers_are_steps_with_their_values_as_ticks() -> None:
    axis = axes(RUNS, RESULTS)["Learning rate"]
    told = [axis["ticktext"][place] for place in axis["values"]]
    assert told == ["0.1", "0.001", "0.1"]
    assert axis["ticktext"] == ["0.001", "0.1"]


def test_choices_are_words_in_the_order_of_the_form() -> None:
    axis = axes(RUNS, RESULTS)["Data set"]
    told = [axis["ticktext"][place] for place in axis["values"]]
    assert told[0] == "Moons"
    assert told[1] == told[2] != "Moons"


def test_lines_are_coloured_by_the_result() -> None:
    figure = parallel_figure(RUNS, RESULTS)
    assert figure["data"][0]["line"]["color"] == [0.5, 0.75, 0.7]
    axis = axes(RUNS, RESULTS)["Best test accuracy"]
    assert axis["range"][0] < 0.5
    assert axis["range"][1] > 0.75


def test_results_that_cannot_be_compared_have_no_axis() -> None:
    mixed = [numbers(0.5), numbers(0.75, "val"), numbers(0.7)]
    assert set(axes(RUNS, mixed)) == {"Learning rate", "Data set"}
    missing = [numbers(0.5), numbers(None), numbers(0.7)]
    assert set(axes(RUNS, missing)) == {"Learning rate", "Data set"}
