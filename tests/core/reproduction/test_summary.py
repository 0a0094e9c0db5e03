"""Cells of the tables, and what the figures are given."""

import pytest

from rdfia_core.reproduction.catalogue import ENTRIES
from rdfia_core.reproduction.findings import Finding, findings_of
from rdfia_core.reproduction.measured import pooled
from rdfia_core.reproduction.summary import arm_rows, curve_runs, more_cells, told_cell
from tests.core.reproduction.material import table
from tests.core.reproduction.test_kept import NORM, batch_norm_runs


@pytest.mark.parametrize(
    ("metric", "values", "told"),
    [
        ("test_accuracy", [0.5, 0.6], "55.0 ± 7.1 %"),
        ("test_accuracy", [0.5], "50.0 %"),
        ("unsteadiness", [0.001, 0.00104], "0.1 ± 0.0028 %"),
        ("epochs_to_90", [29.0, 29.0], "29.0"),
        ("num_weights", [1_191_170.0], "1,191,170"),
        ("num_patches", [1.0, 1.0], "1"),
        ("num_support_vectors", [40.0, 41.0], "40.5 ± 0.7"),
        ("change_outside", [0.0, 0.0], "0.000"),
        ("equivariance_error", [3.21e-7], "3.2e-07"),
        ("refuses_size", [1.0, 1.0], "yes"),
        ("refuses_size", [1.0, 0.0], "no"),
        ("test_loss", [float("nan")], "–"),
        ("diverged", [1.0], "1.000"),
    ],
)
def test_a_cell(metric: str, values: list[float], told: str) -> None:
    assert told_cell(table({"a": {metric: values}}), "a", metric) == told


def test_a_diverged_run_is_said_to_be_one() -> None:
    assert told_cell({"a": {0: {"diverged": 1.0}}}, "a", "test_accuracy") == "diverged"


def norm_finding() -> Finding:
    findings = findings_of(pooled(batch_norm_runs(0.5, 0.7)))
    return next(each for each in findings if each.entry is NORM)


def test_the_figure_gets_per_cent_and_what_is_printed() -> None:
    without, with_it = arm_rows(norm_finding())
    assert without.printed == (70.2, 70.2)
    assert with_it.mean == pytest.approx(70.4)
    assert with_it.deviation == pytest.approx(0.5477, abs=1e-4)
    assert list(with_it.values) == pytest.approx([70, 71, 70, 71, 70])


def test_the_curves_are_those_of_the_settings() -> None:
    labels, runs = curve_runs(norm_finding())
    assert labels == ["Without", "With batch norm"]
    assert [run["arm"] for run in runs] == [1] * 5 + [2] * 5
    assert runs[-1]["test_accuracy"] == [0.1, 0.7]


def test_every_entry_can_be_told_without_measurements() -> None:
    for finding in findings_of({}):
        assert len(arm_rows(finding)) == len(finding.entry.arms_of("quick"))
        assert curve_runs(finding)[1] == []
        assert len(more_cells(finding)[0]) == 1 + len(finding.entry.also)
    assert len(findings_of({})) == len(ENTRIES)
