"""Entries without a claim: orders and printed numbers against measurements."""

import pytest

from rdfia_core.reproduction.catalogue import ENTRIES, entries_named
from rdfia_core.reproduction.comparing import Table
from rdfia_core.reproduction.entries import FULL, QUICK, VARIANTS
from rdfia_core.reproduction.judging import judge_entry
from rdfia_core.reproduction.verdicts import Verdict
from tests.core.reproduction.material import around, table

(RATE,) = entries_named(["learning_rate"])
(STAGES,) = entries_named(["four_stages"])
(BASELINE,) = entries_named(["baseline"])
(PATH,) = entries_named(["svm_C"])


def rates(**means: float) -> Table:
    named = {name.replace("_", "."): mean for name, mean in means.items()}
    return table({arm: {"test_accuracy": around(mean)} for arm, mean in named.items()})


def stages(nn: float) -> Table:
    means = {"manual": 0.93, "autograd": 0.93, "nn": nn, "optim": 0.95}
    return table({arm: {"test_accuracy": around(mean)} for arm, mean in means.items()})


@pytest.mark.parametrize(
    ("measured", "verdict"),
    [
        ({"r0_001": 0.3, "r0_01": 0.5, "r0_1": 0.7, "r0_5": 0.1}, Verdict.AGREES),
        ({"r0_001": 0.3, "r0_01": 0.5, "r0_1": 0.4, "r0_5": 0.1}, Verdict.DIFFERS),
        ({"r0_001": 0.3, "r0_01": 0.5, "r0_1": 0.5, "r0_5": 0.1}, Verdict.UNDECIDED),
        ({"r0_001": 0.3, "r0_01": 0.5, "r0_1": 0.7}, Verdict.UNMEASURED),
    ],
)
def test_an_order_of_settings(measured: dict[str, float], verdict: Verdict) -> None:
    found = rates(**{name.removeprefix("r"): mean for name, mean in measured.items()})
    if measured.get("r0_1") == 0.5:
        found = {**found, "0.1": {s: found["0.01"][s - 1 if s else 4] for s in range(5)}}
    assert judge_entry(RATE, QUICK, found).verdict is verdict


def test_a_setting_that_diverges_is_worse_than_one_that_does_not() -> None:
    found = {**rates(**{"0_001": 0.3, "0_01": 0.5, "0_1": 0.7}), "0.5": {0: {"diverged": 1.0}}}
    judgement = judge_entry(RATE, QUICK, found)
    assert judgement.verdict is Verdict.AGREES
    assert "0.5 diverges" in judgement.evidence


@pytest.mark.parametrize(
    ("nn", "verdict"), [(0.94, Verdict.AGREES), (0.80, Verdict.DIFFERS), (0.99, Verdict.DIFFERS)]
)
def test_a_printed_range(nn: float, verdict: Verdict) -> None:
    judgement = judge_entry(STAGES, QUICK, stages(nn))
    assert judgement.verdict is verdict
    assert "printed 93 to 95.5 %" in judgement.evidence


def test_a_mean_off_the_printed_number_but_not_clearly_decides_nothing() -> None:
    unclear = {seed: {"test_accuracy": value} for seed, value in enumerate([0.6, 1.0, 0.9])}
    found = {**stages(0.94), "nn": unclear}
    assert judge_entry(STAGES, QUICK, found).verdict is Verdict.UNDECIDED


def test_a_subset_is_not_compared_with_the_printed_number() -> None:
    (lab,) = entries_named(["vit"])
    found = table({"lab": {"test_accuracy": around(0.7)}})
    assert judge_entry(lab, QUICK, found).verdict is Verdict.UNDECIDED
    assert judge_entry(lab, FULL, found).verdict is Verdict.DIFFERS


def test_two_metrics_of_one_setting_are_compared() -> None:
    rising = {"test_loss": around(2.0), "lowest_test_loss": around(0.9)}
    assert judge_entry(BASELINE, QUICK, table({"lab": rising})).verdict is Verdict.AGREES


@pytest.mark.parametrize(("gap", "verdict"), [(0.0, Verdict.AGREES), (0.2, Verdict.DIFFERS)])
def test_settings_that_are_said_to_be_the_same(gap: float, verdict: Verdict) -> None:
    means = {arm.name: 0.9 - gap * arm.name.startswith("poly2") for arm in PATH.arms}
    found = table({arm: {"test_accuracy": around(mean)} for arm, mean in means.items()})
    assert judge_entry(PATH, QUICK, found).verdict is verdict


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
@pytest.mark.parametrize("variant", VARIANTS)
def test_nothing_measured_is_said_so(entry: object, variant: str) -> None:
    assert judge_entry(entry, variant, {}).verdict is Verdict.UNMEASURED  # type: ignore[arg-type]
