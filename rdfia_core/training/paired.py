"""Is a difference more than chance? Runs with the same seeds, compared pair by pair.

With the same seed, two runs share the split of the data, the initial weights and the order of the
batches, so much of what seeds change drops out of their difference.
"""

import math
from collections.abc import Sequence
from typing import TypedDict

import numpy as np
from scipy.special import stdtrit

CONFIDENCE = 0.95


class Spread(TypedDict):
    """Values over seeds.

    `std` is None for a single value.
    """

    mean: float
    std: float | None
    count: int


class Difference(TypedDict):
    """Variant minus baseline over pairs of runs.

    `low` and `high` bound the mean with a confidence of 95 %; None for a single pair.
    """

    mean: float
    low: float | None
    high: float | None
    values: list[float]


def spread(values: Sequence[float]) -> Spread:
    """Return mean and standard deviation (of the sample, divided by N - 1) of one value or more."""
    std = float(np.std(values, ddof=1)) if len(values) > 1 else None
    return {"mean": float(np.mean(values)), "std": std, "count": len(values)}


def paired_difference(baseline: Sequence[float], variant: Sequence[float]) -> Difference:
    """Return the mean difference of pairs and its interval by Student's t distribution.

    Args:
        baseline: One value a seed, at least one.
        variant: The same seeds in the same order.

    References:
        Student, The probable error of a mean, Biometrika 6, 1908.
    """
    differences = np.subtract(variant, baseline)
    mean, count = float(differences.mean()), len(differences)
    low = high = None
    if count > 1:
        quantile = float(stdtrit(count - 1, (1 + CONFIDENCE) / 2))
        half = quantile * float(differences.std(ddof=1)) / math.sqrt(count)
        low, high = mean - half, mean + half
    return {"mean": mean, "low": low, "high": high, "values": differences.tolist()}
