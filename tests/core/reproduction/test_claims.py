"""Every claim is fed measurements that confirm, contradict or leave open what the report says."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rdfia_core.reproduction.catalogue import ENTRIES
from rdfia_core.reproduction.claims import CLAIMS, claim_numbered
from rdfia_core.reproduction.comparing import Evidence
from rdfia_core.reproduction.verdicts import Verdict
from tests.core.reproduction.material import (
    accuracies,
    blocks,
    corner,
    costs,
    epochs,
    losses,
    moved,
    pixels,
    table,
)

AGREES, DIFFERS, WRONG, OPEN = (
    Verdict.AGREES,
    Verdict.DIFFERS,
    Verdict.WRONG,
    Verdict.UNDECIDED,
)
SLOW, FAST = [100, 104, 97, 102], [12, 13, 10, 11]
WIDTHS = [0.25, 0.5, 1.0, 2.0, 4.0]


def stages(**values: list[int]) -> Evidence:
    return epochs("sum_or_mean", **{name: list(map(float, v)) for name, v in values.items()})


def batches(at_20: list[float], at_10: list[float], at_5: list[float]) -> Evidence:
    rows = {"0.01_20": at_20, "0.01_10": at_10, "0.01_5": at_5}
    return epochs("rate_and_batch", **rows)


def kernels(linear: float, poly3: float) -> Evidence:
    return accuracies("svm_kernels", linear=linear, poly3=poly3, poly2=0.95)


def norms(axis: float, whole: float, rescaled: float) -> Evidence:
    return accuracies("norms", none=0.4, l1_axis=axis, l2_axis=axis, l2=whole, l2_rescaled=rescaled)


def weights(total: float) -> Evidence:
    return {"weights": table({"lab": {"num_weights": [total]}})}


CASES = [
    (1, accuracies("batch_norm", without=0.70, **{"with": 0.78}), WRONG),
    (1, accuracies("batch_norm", without=0.78, **{"with": 0.70}), AGREES),
    (2, stages(sum=FAST, mean=SLOW, mean_pytorch=[101, 103, 99, 101], mean_fast=FAST), WRONG),
    (2, stages(sum=FAST, mean=SLOW, mean_pytorch=[101, 103, 99, 101]), DIFFERS),
    (2, stages(sum=FAST, mean=[13, 12, 11, 12], mean_pytorch=SLOW, mean_fast=FAST), AGREES),
    (3, batches([34, 36, 33, 35], [35, 35, 34, 35], [33, 36, 33, 34]), WRONG),
    (3, batches([34, 36, 33, 35], [28, 29, 26, 28], [20, 23, 19, 22]), AGREES),
    (3, batches([34, 36, 33, 35], [44, 47, 43, 44], [50, 53, 49, 52]), DIFFERS),
    (4, pixels(0.94, 0.99, 0.008, 0.001), WRONG),
    (4, pixels(0.94, 0.90, 0.008, 0.001), AGREES),
    (4, pixels(0.94, 0.99, 0.001, 0.008), DIFFERS),
    (5, kernels(0.62, 0.51), WRONG),
    (5, kernels(0.51, 0.62), AGREES),
    (6, accuracies("rotation_and_blur", none=0.68, blur=0.64), WRONG),
    (6, accuracies("rotation_and_blur", none=0.64, blur=0.68), AGREES),
    (7, norms(axis=0.2, whole=0.1, rescaled=0.4), WRONG),
    (7, norms(axis=0.2, whole=0.1, rescaled=0.3), AGREES),
    (7, norms(axis=0.5, whole=0.5, rescaled=0.5), DIFFERS),
    (8, blocks((0.92, 0.92), (0.96, 0.98)), WRONG),
    (8, blocks((0.92, 0.92), (0.97, 0.97)), AGREES),
    (8, blocks((0.92, 0.95), (0.96, 0.98)), DIFFERS),
    (9, corner(0.0, 0.8, scratch=0.88, pretrained=0.88), WRONG),
    (9, corner(0.0, 0.8, scratch=0.88, pretrained=0.95), AGREES),
    (9, corner(0.7, 0.8, patches=4.0, scratch=0.88, pretrained=0.88), DIFFERS),
    (9, corner(0.0, 0.8), OPEN),
    (10, weights(1_191_170), WRONG),
    (10, weights(1_186_170), AGREES),
    (11, moved(1e-6, 0.3, 0.1), WRONG),
    (11, moved(1e-6, 0.001, 0.0005), AGREES),
    (11, moved(0.2, 0.3, 0.1), DIFFERS),
    (12, losses(2.1, 2.01, 2.0), WRONG),
    (12, losses(2.1, 2.09, 2.0), AGREES),
    (12, losses(1.9, 1.8, 2.0), DIFFERS),
    (13, costs([w * 1e6 for w in WIDTHS], [w**2 * 1e6 for w in WIDTHS]), WRONG),
    (13, costs([2.0 ** (8 * w) for w in WIDTHS], [2.0 ** (8 * w) for w in WIDTHS]), AGREES),
    (13, costs([w**3 * 1e6 for w in WIDTHS], [w**3 * 1e6 for w in WIDTHS]), DIFFERS),
]


@pytest.mark.parametrize(
    ("number", "evidence", "verdict"), CASES, ids=[f"{n}-{v.name}" for n, _, v in CASES]
)
def test_the_verdict_follows_the_measurements(
    number: int, evidence: Evidence, verdict: Verdict
) -> None:
    assert claim_numbered(number).judge(evidence).verdict is verdict


def test_every_claim_can_be_confirmed_and_contradicted() -> None:
    for claim in CLAIMS:
        verdicts = {verdict for number, _, verdict in CASES if number == claim.number}
        assert {AGREES, WRONG} <= verdicts, claim.number


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: str(claim.number))
def test_without_measurements_nothing_is_judged(claim: object) -> None:
    assert claim.judge({}).verdict is Verdict.UNMEASURED  # type: ignore[attr-defined]


def test_the_evidence_names_the_measured_numbers() -> None:
    evidence = accuracies("batch_norm", without=0.70, **{"with": 0.78})
    words = claim_numbered(1).judge(evidence).evidence
    assert "+8.0 points" in words
    assert "5 pairs" in words
    assert "n = 5" in words


STRADDLING = st.lists(st.floats(0.01, 0.2, allow_nan=False), min_size=1, max_size=4).map(
    lambda halves: [sign * half for half in halves for sign in (1, -1)]
)


@settings(deadline=None)
@given(STRADDLING)
def test_an_interval_that_holds_zero_decides_nothing(differences: list[float]) -> None:
    base = [0.5] * len(differences)
    moved_by = [0.5 + each for each in differences]
    for number, entry, one, other in (
        (1, "batch_norm", "without", "with"),
        (6, "rotation_and_blur", "none", "blur"),
    ):
        rows = {one: {"test_accuracy": base}, other: {"test_accuracy": moved_by}}
        assert claim_numbered(number).judge({entry: table(rows)}).verdict is OPEN


@settings(deadline=None)
@given(STRADDLING)
def test_epochs_on_both_sides_decide_nothing(differences: list[float]) -> None:
    at_20 = [35.0] * len(differences)
    others = [35 + 200 * each for each in differences]
    verdict = claim_numbered(3).judge(batches(at_20, others, others)).verdict
    wide = max(abs(200 * each) for each in differences) > 20
    assert verdict is OPEN or not wide


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 6, 7, 8, 12])
def test_a_single_pair_decides_nothing(number: int) -> None:
    decided = next(evidence for n, evidence, verdict in CASES if (n, verdict) == (number, WRONG))
    single = {
        entry: {arm: {0: runs[0]} for arm, runs in arms.items()} for entry, arms in decided.items()
    }
    assert claim_numbered(number).judge(single).verdict is OPEN


def test_claims_and_entries_know_each_other() -> None:
    known = {entry.name: entry for entry in ENTRIES}
    assert [claim.number for claim in CLAIMS] == list(range(1, 14))
    for claim in CLAIMS:
        for name in claim.entries:
            assert claim.number in known[name].claims
    for entry in ENTRIES:
        for number in entry.claims:
            assert entry.name in claim_numbered(number).entries
