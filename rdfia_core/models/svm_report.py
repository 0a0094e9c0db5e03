"""What a fitted support vector machine says of itself: supports, slack, optimality, margin.

N training points, M machines.
"""

from dataclasses import dataclass

import numpy as np

from rdfia_core.models.kernels import Array
from rdfia_core.models.svm import Svm

BOUND_TOLERANCE = 1e-8
"""Relative to its bound: an alpha this close to it is at the bound."""
FREE = 1
BOUNDED = 2


@dataclass(frozen=True)
class SupportReport:
    """The training points as the machines see them; with several machines, the extreme one.

    Args:
        kind_N: 0 no support vector, 1 free (0 < alpha < C, on the margin), 2 bounded (alpha = C,
            inside the margin or across).
        alpha_N: Largest alpha, as a fraction of its upper bound.
        slack_N: Largest max(0, 1 - sign f(x)): 0 outside the margin, above 1 on the wrong side.
        kkt_residual: By how much the optimality conditions are violated; None if the solver tells
            no alphas.
        margin_width: 2 / |w| of a linear machine of two classes, in standardised units, or None.
    """

    kind_N: Array
    alpha_N: Array
    slack_N: Array
    kkt_residual: float | None
    margin_width: float | None

    @property
    def num_free(self) -> int:
        """How many support vectors are free."""
        return int((self.kind_N == FREE).sum())

    @property
    def num_bounded(self) -> int:
        """How many support vectors are bounded."""
        return int((self.kind_N == BOUNDED).sum())


def report_support(svm: Svm, x_N2: Array) -> SupportReport:
    """Look at the training points `x_N2` (not standardised) that `svm` was fitted on."""
    scores_NM = svm.machine_scores(x_N2)
    kind_N = np.zeros(len(x_N2), np.uint8)
    alpha_N, slack_N = np.zeros(len(x_N2)), np.zeros(len(x_N2))
    residuals = []
    tells_alphas = svm.weights_2M is None
    for m, (machine, alpha) in enumerate(svm.alphas()):
        rows, score = machine.rows, scores_NM[machine.rows, m]
        slack = np.maximum(0.0, 1.0 - machine.signs * score)
        slack_N[rows] = np.maximum(slack_N[rows], slack)
        if tells_alphas:
            share = alpha / machine.bounds
            kind = np.where(share >= 1 - BOUND_TOLERANCE, BOUNDED, np.where(share > 0, FREE, 0))
            alpha_N[rows] = np.maximum(alpha_N[rows], np.minimum(share, 1.0))
            residuals.append(kkt_residual(alpha, machine.signs, machine.bounds, score))
        else:
            # Without alphas the geometry tells: inside the margin a point must be bounded.
            kind = np.where(slack > svm.spec.tolerance, BOUNDED, 0)
        kind_N[rows] = np.maximum(kind_N[rows], kind)
    return SupportReport(
        kind_N,
        alpha_N,
        slack_N,
        max(residuals) if residuals else None,
        _margin_width(svm),
    )


def kkt_residual(alpha: Array, signs: Array, bounds: Array, scores: Array) -> float:
    """Return the largest violation of the optimality conditions of the dual problem.

    With r_i = sign_i - f(x_i): the largest r among the points whose alpha could still rise in the
    direction of their sign must not exceed the smallest among those whose could fall. The
    intercept drops out. libsvm stops when the gap is below the tolerance.

    References:
        C.-C. Chang and C.-J. Lin, LIBSVM, ACM TIST 2(3), 2011, equations 6 and 7.
    """
    gap = signs - scores
    can_rise = alpha < bounds * (1 - BOUND_TOLERANCE)
    can_fall = alpha > 0
    up = np.where(signs > 0, can_rise, can_fall)
    low = np.where(signs > 0, can_fall, can_rise)
    if not up.any() or not low.any():
        return 0.0
    return max(0.0, float(gap[up].max() - gap[low].min()))


def _margin_width(svm: Svm) -> float | None:
    normals = svm.normals
    if normals is None or normals.shape[1] != 1:
        return None
    length = float(np.linalg.norm(normals))
    return 2.0 / length if length > 0 else None
