"""Measurements on the disk: found again, written whole, and never in the way of the rest."""

import json
from pathlib import Path

import pytest

from rdfia_core.errors import StoreError
from rdfia_core.reproduction import kept
from rdfia_core.reproduction.catalogue import entries_named
from rdfia_core.reproduction.entries import Planned
from rdfia_core.reproduction.findings import findings_of, judged_claims
from rdfia_core.reproduction.kept import (
    KeptMeasurements,
    shipped_measurements,
    shipped_text,
    write_whole,
)
from rdfia_core.reproduction.measured import Made, Measured, found_in, of_entry, pooled
from rdfia_core.reproduction.verdicts import Verdict

MADE = Made("cpu (x86_64)", "2.0", "2026-01-02")
(NORM,) = entries_named(["batch_norm"])


def measured(plan: Planned, accuracy: float, made: Made = MADE) -> Measured:
    metrics = {"test_accuracy": accuracy, "test_loss": None}
    curves = {"epoch": [0.0, 1.0], "test_accuracy": [0.1, accuracy]}
    return Measured(plan.asked, plan.config, metrics, curves, "completed", 1.5, made)


def batch_norm_runs(without: float, with_it: float) -> list[Measured]:
    means = {"without": without, "with": with_it}
    return [
        measured(plan, means[plan.arm.name] + 0.01 * (plan.seed % 2))
        for plan in NORM.planned("quick")
    ]


def test_a_measurement_is_found_again(tmp_path: Path) -> None:
    plan = NORM.planned("quick", 1)[0]
    store = KeptMeasurements(tmp_path)
    assert store.find(plan.asked, MADE.device, MADE.torch) is None
    store.keep(measured(plan, 0.7))
    assert store.find(plan.asked, MADE.device, MADE.torch) == measured(plan, 0.7)
    assert list(store.all()) == [measured(plan, 0.7)]


@pytest.mark.parametrize(("device", "torch"), [("cuda (H)", "2.0"), ("cpu (x86_64)", "2.1")])
def test_another_device_or_version_measures_anew(tmp_path: Path, device: str, torch: str) -> None:
    plan = NORM.planned("quick", 1)[0]
    store = KeptMeasurements(tmp_path)
    store.keep(measured(plan, 0.7))
    assert store.find(plan.asked, device, torch) is None


@pytest.mark.parametrize("content", [b"", b"\x00\xff garbage", b"[]", b'{"asked": {}}'])
def test_a_damaged_file_is_passed_over(tmp_path: Path, content: bytes) -> None:
    first, second = NORM.planned("quick", 1)
    store = KeptMeasurements(tmp_path)
    store.keep(measured(first, 0.7))
    (path,) = store.folder.glob("*.json")
    store.keep(measured(second, 0.8))
    path.write_bytes(content)
    assert store.find(first.asked, MADE.device, MADE.torch) is None
    assert list(store.all()) == [measured(second, 0.8)]


def test_a_full_disk_gives_a_sentence_and_keeps_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file.json"
    write_whole(path, "old")

    def refuse(*_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", refuse)
    with pytest.raises(StoreError, match="No space left on device"):
        write_whole(path, "new")
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["file.json"]


def test_what_is_shipped_is_read_back(tmp_path: Path) -> None:
    runs = batch_norm_runs(0.5, 0.7)
    path = tmp_path / "measured.json"
    path.write_text(shipped_text(runs))
    assert list(shipped_measurements(path)) == runs
    path.write_text(path.read_text()[:-20])
    assert shipped_measurements(path) == ()
    assert shipped_measurements(tmp_path / "none.json") == ()


def test_the_shipped_file_is_one_that_the_command_wrote() -> None:
    runs = list(shipped_measurements())
    assert runs
    assert kept.SHIPPED.read_text() == shipped_text(runs)
    assert all(run.made.torch and run.made.date and run.seconds >= 0 for run in runs)
    assert "not measured" not in json.dumps([run.ends for run in runs])


def test_every_shipped_run_is_of_an_entry_as_it_is_declared() -> None:
    pool = pooled(shipped_measurements())
    shown = {
        id(run)
        for finding in findings_of(pool)
        for runs in finding.measured.values()
        for run in runs.values()
    }
    assert len(shown) == len(pool)


def test_a_run_with_other_settings_is_not_taken_for_this_one() -> None:
    plan = NORM.planned("quick", 1)[0]
    stored = measured(plan, 0.7)
    changed = {**stored.config, "momentum": 0.5}
    other = Measured(stored.asked, changed, stored.metrics, {}, "completed", 1.0, MADE)
    assert found_in(pooled([other]), plan) is None
    newer = {name: value for name, value in stored.config.items() if name != "momentum"}
    before = Measured(stored.asked, newer, stored.metrics, {}, "completed", 1.0, MADE)
    assert found_in(pooled([before]), plan) is before


def test_this_machines_measurement_comes_before_the_shipped_one() -> None:
    plan = NORM.planned("quick", 1)[0]
    shipped, own = measured(plan, 0.5), measured(plan, 0.7)
    found = of_entry(pooled([shipped], [own]), NORM, "quick")
    assert found["without"] == {0: own}


def test_findings_follow_the_measurements() -> None:
    for without, with_it, verdict in (
        (0.5, 0.7, Verdict.WRONG),
        (0.7, 0.5, Verdict.AGREES),
    ):
        findings = findings_of(pooled(batch_norm_runs(without, with_it)))
        (finding,) = [each for each in findings if each.entry is NORM]
        assert finding.variant == "quick"
        assert finding.judgement.verdict is verdict
        claims = {claim.number: judgement for claim, judgement in judged_claims(findings)}
        assert claims[1].verdict is verdict
        assert claims[6].verdict is Verdict.UNMEASURED


def test_the_full_variant_counts_once_it_has_all_its_seeds() -> None:
    plans = NORM.planned("full")
    runs = [measured(plan, 0.7) for plan in plans]

    def variant(chosen: list[Measured]) -> str:
        findings = findings_of(pooled(batch_norm_runs(0.5, 0.7), chosen))
        return next(each.variant for each in findings if each.entry is NORM)

    assert variant(runs) == "full"
    assert variant(runs[:-1]) == "quick"
