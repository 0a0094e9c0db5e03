"""What a comparison of the report with our measurements can end in."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """The five ends; `UNPRINTED` is none: the report gives nothing to compare with."""

    AGREES = "agrees"
    DIFFERS = "differs"
    WRONG = "the report is wrong"
    UNDECIDED = "not decided"
    UNMEASURED = "not measured"
    UNPRINTED = "nothing printed"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with the sentence of numbers that it rests on.

    Args:
        verdict: What the comparison ends in.
        evidence: Why, in measured numbers.
    """

    verdict: Verdict
    evidence: str


def unmeasured(missing: str) -> Judgement:
    """Judge what has not been measured; `missing` names it."""
    return Judgement(Verdict.UNMEASURED, f"Missing: {missing}.")
