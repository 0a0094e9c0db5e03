"""Cells of a sweep against NumPy and SciPy, and what must not enter a mean."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from rdfia_core.figures.sweep_grid import (
    EPOCHS_TO_TARGET,
    MEASURES,
    SECONDS,
    Outcome,
    SweptRun,
    measures_of,
    run_numbers,
    sweep_cells,
)

MEASURE = "final_test_accuracy"
AXES = {"rate": [0.1, 1.0], "size": [5, 10, 20], "seed": [0, 1, 2, 3]}
numbers = st.floats(-1e3, 1e3).map(lambda value: round(value, 6))


def run(number: int, outcome: Outcome = Outcome.COMPLETED, **values: object) -> SweptRun:
    scalars = {MEASURE: number / 100} if outcome is Outcome.COMPLETED else {}
    share = {Outcome.WAITING: 0.0, Outcome.RUNNING: 0.5}.get(outcome, 1.0)
    return SweptRun(f"{number}", values, outcome, share, scalars)


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_cells_agree_with_numpy_and_scipy(data: st.DataObject) -> None:
    places = list(itertools.product(*AXES.values()))
    there = data.draw(st.lists(st.sampled_from(places), unique=True))
    shown = data.draw(st.permutations(list(AXES)))[: data.draw(st.integers(1, 3))]
    runs = [
        SweptRun(str(n), dict(zip(AXES, place, strict=True)), Outcome.COMPLETED, 1.0,
                 {MEASURE: data.draw(numbers)})
        for n, place in enumerate(there)
    ]  # fmt: skip
    cells = sweep_cells(AXES, shown, runs, MEASURE)
    assert len(cells) == math.prod(len(AXES[name]) for name in shown)
    assert sum(cell.count for cell in cells) == len(runs)
    for cell in cells:
        own = [r for r in runs if all(r.values[k] == v for k, v in cell.values.items())]
        values = np.array([r.numbers[MEASURE] for r in own])
        assert cell.run_ids == tuple(r.id for r in own)
        assert cell.num_planned * len(cells) == len(places)
        assert cell.share == pytest.approx(len(own) / cell.num_planned)
        if len(values) == 0:
            assert (cell.mean, cell.std, cell.half) == (None, None, None)
            continue
        assert cell.mean == pytest.approx(values.mean(), abs=1e-9)
        if len(values) == 1:
            assert (cell.std, cell.half) == (None, None)
            continue
        assert cell.std == pytest.approx(values.std(ddof=1), abs=1e-9)
        if values.std(ddof=1) > 1e-6:
            low, high = stats.t.interval(
                0.95, len(values) - 1, loc=values.mean(), scale=stats.sem(values)
            )
            assert cell.half == pytest.approx((high - low) / 2)


def test_what_did_not_complete_is_counted_and_never_averaged() -> None:
    runs = [
        run(10, seed=0, rate=1),
        run(30, seed=1, rate=1),
        run(99, Outcome.DIVERGED, seed=2, rate=1),
        run(98, Outcome.UNFINISHED, seed=3, rate=1),
        run(97, Outcome.RUNNING, seed=4, rate=1),
        run(96, Outcome.WAITING, seed=5, rate=1),
    ]
    (cell,) = sweep_cells({"rate": [1], "seed": range(6)}, ["rate"], runs, MEASURE)
    assert cell.mean == pytest.approx(0.2)
    assert (cell.count, cell.num_planned, cell.num_ended) == (2, 6, 4)
    assert (cell.num_diverged, cell.num_unfinished) == (1, 1)
    assert cell.share == pytest.approx(4.5 / 6)


def test_without_axes_all_runs_are_one_cell() -> None:
    runs = [run(10, seed=0), run(20, seed=1)]
    (cell,) = sweep_cells({"seed": [0, 1]}, [], runs, MEASURE)
    assert (cell.values, cell.count, cell.num_planned) == ({}, 2, 2)


def test_the_first_axis_varies_slowest() -> None:
    cells = sweep_cells(AXES, ["size", "rate"], [], MEASURE)
    places = [tuple(cell.values.values()) for cell in cells]
    assert places == [(5, 0.1), (5, 1.0), (10, 0.1), (10, 1.0), (20, 0.1), (20, 1.0)]


columns = st.lists(
    st.one_of(st.floats(0, 1), st.just(math.nan), st.just(math.inf)), min_size=1, max_size=30
)


@settings(deadline=None)
@given(columns, columns)
def test_best_values_are_the_largest_accuracy_and_the_smallest_loss(
    accuracies: list[float], losses: list[float]
) -> None:
    size = min(len(accuracies), len(losses))
    accuracy, loss = np.array(accuracies[:size]), np.array(losses[:size])
    rows = {"epoch": np.arange(size) / 2.0, "test_accuracy": accuracy, "test_loss": loss}
    found = run_numbers({"test_accuracy": 0.5, "test_loss": math.nan}, rows, 2.5)
    finite = accuracy[np.isfinite(accuracy)]
    assert found.get("best_test_accuracy") == (max(finite) if len(finite) else None)
    finite = loss[np.isfinite(loss)]
    assert found.get("best_test_loss") == (min(finite) if len(finite) else None)
    reached = [e for e, a in zip(rows["epoch"], accuracy, strict=True) if a >= 0.9]
    assert found.get(EPOCHS_TO_TARGET) == (reached[0] if reached else None)
    assert found["final_test_accuracy"] == 0.5
    assert "final_test_loss" not in found
    assert found[SECONDS] == 2.5


def test_a_run_without_rows_has_its_final_values_and_its_time() -> None:
    assert run_numbers({"test_accuracy": 0.5, "C": 3.0}, {}, 1.0) == {
        "final_test_accuracy": 0.5,
        SECONDS: 1.0,
    }


def test_only_measures_that_some_run_has_are_offered() -> None:
    runs = [run(10, seed=0), run(0, Outcome.DIVERGED, seed=1)]
    assert measures_of(runs) == [MEASURE]
    assert measures_of([]) == []
    assert MEASURE in MEASURES
