"""The verdict on an entry without a claim: printed orders and printed numbers against ours."""

from rdfia_core.reproduction.comparing import (
    Compared,
    Direction,
    Table,
    compare_values,
    told_values,
    unit_of,
    values_of,
)
from rdfia_core.reproduction.entries import Arm, Entry, Expected
from rdfia_core.reproduction.verdicts import Judgement, Verdict, unmeasured


def judge_entry(entry: Entry, variant: str, table: Table) -> Judgement:
    """Compare what was measured of a variant with what the report says.

    An order of arms agrees if its interval keeps clear of 0 on the report's side. A printed number
    agrees if the mean is within the tolerance, and differs only if the whole interval of the mean
    lies outside; it is looked at where the settings are those printed.
    """
    arms = {arm.name: arm for arm in entry.arms_of(variant)}
    if not any(table.values()):
        return Judgement(
            Verdict.UNMEASURED, f"Nothing of its {variant} variant has been measured yet."
        )
    found = [
        _judge_order(entry, expected, table)
        for expected in entry.expects
        if expected.larger in arms and expected.smaller in arms
    ]
    printed = [arm for arm in arms.values() if arm.printed is not None]
    if entry.variant(variant).is_as_printed:
        found += [_judge_number(entry, arm, table) for arm in printed]
    if not found and printed:
        return Judgement(
            Verdict.UNDECIDED,
            "The printed numbers belong to the full settings; a subset cannot decide on them. "
            "Run the full variant.",
        )
    if not found:
        return Judgement(Verdict.UNPRINTED, "The report prints no number and no order of these.")
    return Judgement(_together([each.verdict for each in found]), _sentences(found))


def _together(verdicts: list[Verdict]) -> Verdict:
    for decisive in (Verdict.DIFFERS, Verdict.UNMEASURED, Verdict.UNDECIDED):
        if decisive in verdicts:
            return decisive
    return Verdict.AGREES


def _sentences(found: list[Judgement]) -> str:
    return " ".join(each.evidence for each in found)


def _judge_order(entry: Entry, expected: Expected, table: Table) -> Judgement:
    metric = expected.metric or entry.metric
    labels = {arm.name: arm.label for arm in entry.arms}
    smaller = values_of(table, expected.smaller, expected.over or metric)
    larger = values_of(table, expected.larger, metric)
    difference = compare_values(smaller, larger, unit_of(metric))
    if difference is None and _has_diverged(table, expected.smaller) and larger:
        words = f"{labels[expected.smaller]} diverges, {labels[expected.larger]} does not."
        return Judgement(Verdict.AGREES, words)
    if difference is None:
        return unmeasured(f"{labels[expected.larger]} beside {labels[expected.smaller]}")
    verdict = _verdict(difference, expected.margin)
    words = f"{labels[expected.larger]} against {labels[expected.smaller]}"
    if expected.over:
        words = f"{_words(metric)} against {_words(expected.over)}"
    words = f"{words}: {difference.told()}"
    return Judgement(verdict, f"{words}{_remark(verdict)}.")


def _words(metric: str) -> str:
    return metric.replace("_", " ").capitalize()


def _has_diverged(table: Table, arm: str) -> bool:
    runs = table.get(arm, {})
    return bool(runs) and all(metrics.get("diverged") for metrics in runs.values())


def _verdict(difference: Compared, margin: float) -> Verdict:
    direction = difference.direction(margin)
    if direction is Direction.OPEN:
        return Verdict.UNDECIDED
    wanted = Direction.SAME if margin else Direction.UP
    return Verdict.AGREES if direction is wanted else Verdict.DIFFERS


def _remark(verdict: Verdict) -> str:
    return ", which decides nothing" if verdict is Verdict.UNDECIDED else ""


def _judge_number(entry: Entry, arm: Arm, table: Table) -> Judgement:
    assert arm.printed is not None, "an arm with a printed number is judged"
    unit = unit_of(entry.metric)
    values = values_of(table, arm.name, entry.metric)
    if not values:
        return unmeasured(arm.label)
    low, high = (bound / unit.scale for bound in arm.printed.bounds(entry.tolerance))
    mean = compare_values(dict.fromkeys(values, 0.0), values, unit)
    assert mean is not None, "a seed has itself for a pair"
    verdict = Verdict.UNDECIDED
    if low <= mean.mean <= high:
        verdict = Verdict.AGREES
    elif mean.low is not None and mean.high is not None and (mean.high < low or mean.low > high):
        verdict = Verdict.DIFFERS
    told = told_values(list(values.values()), unit)
    return Judgement(verdict, f"{arm.label}: {told}, printed {arm.printed.told()}{unit.word}.")
