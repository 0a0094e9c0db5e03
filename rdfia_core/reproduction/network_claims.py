"""Claims 10, 11 and 13: on networks that are built, not trained."""

import math
from itertools import pairwise

from rdfia_core.reproduction.comparing import (
    PLAIN,
    Direction,
    Evidence,
    Table,
    compare_values,
    table_in,
    told_mean,
    values_of,
)
from rdfia_core.reproduction.verdicts import Judgement, Verdict, unmeasured

PRINTED_TOTAL = 1_186_170
EXACT = 1e-4
"""Rounding of float32 in sums of 75 products stays below this."""
INVARIANT = 0.01
"""An answer that moves by less than a hundredth of the way to another image's has not moved."""
NUM_WIDTHS = 5
LINEAR, QUADRATIC = (0.5, 1.1), (1.5, 2.1)
"""Exponents that count as 1 and 2: biases, first and last layer keep them from being exact."""


def total_of_weights(evidence: Evidence) -> Judgement:
    """Claim 10: the total of the weights, an addition slip."""
    totals = values_of(table_in(evidence, "weights"), "lab", "num_weights")
    if not totals:
        return unmeasured("the weights of the network")
    total = next(iter(totals.values()))
    off = PRINTED_TOTAL - total
    if not off:
        return Judgement(Verdict.AGREES, f"The network that is built has {total:,.0f} weights.")
    return Judgement(
        Verdict.WRONG,
        f"The network that is built has {total:,.0f} weights; the printed {PRINTED_TOTAL:,} is off "
        f"by {off:+,.0f}.",
    )


def convolution_is_invariant(evidence: Evidence) -> Judgement:
    """Claim 11: invariance. A convolution moves its answer along; pooling forgives a little."""
    table = table_in(evidence, "translation")
    errors = values_of(table, "lab", "equivariance_error")
    moved, pooled = (values_of(table, "lab", f"change_{name}") for name in ("conv", "global"))
    above = compare_values(dict.fromkeys(moved, INVARIANT), moved, PLAIN)
    less = compare_values(moved, pooled, PLAIN)
    if not errors or above is None or less is None:
        return unmeasured("answers to an image and to the same image moved")
    worst = max(errors.values())
    to_within = f" to {worst:.1g}" if worst else ""
    words = (
        "For an image one pixel to the right the first convolution's answer changes by "
        f"{told_mean(table, 'lab', 'change_conv')} of its distance to another image's; moved along "
        f"with the image it is the same{to_within}. After three poolings the change is "
        f"{told_mean(table, 'lab', 'change_pool3')}, after a global average "
        f"{told_mean(table, 'lab', 'change_global')}."
    )
    if above.direction() is Direction.DOWN:
        return Judgement(Verdict.AGREES, words)
    if above.direction() is not Direction.UP:
        return Judgement(Verdict.UNDECIDED, words)
    is_cause = worst < EXACT and less.direction() is Direction.DOWN
    return Judgement(Verdict.WRONG if is_cause else Verdict.DIFFERS, words)


def cost_is_exponential(evidence: Evidence) -> Judgement:
    """Claim 13: exponential cost. One layer alone costs linearly, all together quadratically."""
    table = table_in(evidence, "width")
    costs = {
        (arm, what): _costs(table, arm, what)
        for arm in ("fc", "all")
        for what in ("weights", "multiply_adds")
    }
    if any(len(each) < NUM_WIDTHS for each in costs.values()):
        return unmeasured("weights and work at five widths")
    one, both = (_exponents(costs[arm, "weights"]) for arm in ("fc", "all"))
    work = _exponents(costs["all", "multiply_adds"])
    words = (
        f"From twice to four times the width the weights grow as its power {one[-1]:.2f} if one "
        f"layer widens and {both[-1]:.2f} if all do, the multiply-adds as {work[-1]:.2f}. An "
        "exponential would double this power with every doubling of the width."
    )
    if LINEAR[0] <= one[-1] <= LINEAR[1] and all(
        QUADRATIC[0] <= each[-1] <= QUADRATIC[1] for each in (both, work)
    ):
        return Judgement(Verdict.WRONG, words)
    is_exponential = all(
        after > 1.8 * before > 0 for each in (both, work) for before, after in pairwise(each)
    )
    return Judgement(Verdict.AGREES if is_exponential else Verdict.DIFFERS, words)


def _costs(table: Table, arm: str, what: str) -> list[float]:
    found = (values_of(table, arm, f"{what}_{place}") for place in range(NUM_WIDTHS))
    return [next(iter(values.values())) for values in found if values]


def _exponents(costs: list[float]) -> list[float]:
    """Return log2 of the factor by which each doubling of the width multiplies the cost."""
    return [math.log2(after / before) for before, after in pairwise(costs)]
