"""A fitted support vector machine, opened up: every machine in it is one kernel expansion.

scikit-learn solves (svm_fit.py). Each binary machine m (one against
one, or one against the rest) is f_m(x) = sum_i coef_im k(x_i, x) + intercept_m over the training
points, so that slack, optimality and the picture of the plane follow from one matrix.

N training points, M binary machines, K classes, Q queries. Points have two coordinates.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rdfia_core.models.kernels import Array, Kernel, grid_expansions, kernel_matrix


@dataclass(frozen=True)
class SvmSpec:
    """How to fit.

    Args:
        kernel: linear, poly, rbf, sigmoid, or linear_svc (liblinear: no kernel, no alphas).
        C: Price of one unit of slack, greater than 0.
        gamma: "scale" (1 / (2 var)), "auto" (1/2), or a number, per squared unit of the inputs.
        degree: Of the polynomial kernel.
        coef0: Constant term of the polynomial and sigmoid kernels.
        standardize: Subtract the training mean and divide by the standard deviation first.
        class_weight: "balanced" multiplies C by N / (K N_k) for class k; "none" does not.
        multiclass: "ovo" (one machine a pair of classes) or "ovr" (one a class).
        tolerance: Of the optimality conditions, where the solver may stop.
        seed: Of liblinear's coordinate order.
    """

    kernel: str = "rbf"
    C: float = 1.0
    gamma: str | float = "scale"
    degree: int = 3
    coef0: float = 0.0
    standardize: bool = True
    class_weight: str = "none"
    multiclass: str = "ovo"
    tolerance: float = 1e-3
    seed: int = 0


def standardization(x_ND: Array, *, is_on: bool) -> tuple[Array, Array]:
    """Return what is subtracted from each column, and what then divides it.

    A constant column is only centred.
    """
    if not is_on:
        return np.zeros(x_ND.shape[1]), np.ones(x_ND.shape[1])
    scale_D = x_ND.std(axis=0)
    return x_ND.mean(axis=0), np.where(scale_D > 1e-12, scale_D, 1.0)


def gamma_value(gamma: str | float, x_ND: Array) -> float:
    """Return gamma as a number: auto is 1 / D, scale is 1 / (D var), as in scikit-learn."""
    if gamma == "auto":
        return 1.0 / float(x_ND.shape[1])
    if gamma == "scale":
        spread = float(x_ND.shape[1] * x_ND.var())
        return 1.0 / spread if spread > 0 else 1.0
    return float(gamma)


@dataclass(frozen=True)
class Machine:
    """One binary problem within the whole: which points, with which signs, at which price."""

    rows: Array
    """Indices of its training points."""
    signs: Array
    """+1 or -1 for each of them."""
    bounds: Array
    """Upper bound of each alpha: C times the weight of the point's class."""


@dataclass(frozen=True)
class Svm:
    """A fitted machine, or several that vote.

    Args:
        spec: How it was fitted.
        kernel: The kernel with its numbers.
        mean: Subtracted from the inputs, (2,).
        scale: Then divides them, (2,).
        x_N2: Training points after that.
        num_classes: K.
        machines: The binary problems; one for K = 2.
        coefs_NM: alpha times sign of each training point in each machine; linear_svc: zero.
        intercepts_M: Of the machines.
        weights_2M: Normal vectors in place of `coefs_NM`, for linear_svc alone.
        num_iterations: Of the solver, all machines together.
        has_converged: False if the solver was stopped at `MAX_ITERATIONS`.
    """

    spec: SvmSpec
    kernel: Kernel
    mean: Array
    scale: Array
    x_N2: Array
    num_classes: int
    machines: tuple[Machine, ...]
    coefs_NM: Array
    intercepts_M: Array
    weights_2M: Array | None
    num_iterations: int
    has_converged: bool

    @property
    def normals(self) -> Array | None:
        """Normal vector w of each machine in the standardised plane; None for curved kernels."""
        if self.weights_2M is not None:
            return self.weights_2M
        return self.x_N2.T @ self.coefs_NM if self.spec.kernel == "linear" else None

    def standardized(self, x_Q2: Array) -> Array:
        """Bring points into the units in which the machine was fitted."""
        standardized: Array = (np.asarray(x_Q2, np.float64) - self.mean) / self.scale
        return standardized

    def machine_scores(self, x_Q2: Array) -> Array:
        """Return f_m at each query, (Q, M)."""
        x_Q2 = self.standardized(x_Q2)
        normals = self.normals
        if normals is not None:
            return np.asarray(x_Q2 @ normals + self.intercepts_M)
        used = np.flatnonzero(self.coefs_NM.any(axis=1))
        gram_QS = kernel_matrix(self.kernel, x_Q2, self.x_N2[used])
        return np.asarray(gram_QS @ self.coefs_NM[used] + self.intercepts_M)

    def decision(self, x_Q2: Array) -> Array:
        """Return scikit-learn's `decision_function`: (Q,) for two classes, else (Q, K)."""
        return self.combine(self.machine_scores(x_Q2))

    def combine(self, scores_QM: Array) -> Array:
        """Put the machines' scores together into one score a class (two classes: one in all).

        Pairs of classes vote, and a sum of their scores squeezed into (-1/3, 1/3) breaks ties, as
        in scikit-learn's `decision_function_shape="ovr"`.
        """
        if self.num_classes == 2:
            return np.asarray(scores_QM[..., 0])
        if self._is_one_against_rest:
            return scores_QM
        confidence = np.zeros((*scores_QM.shape[:-1], self.num_classes))
        for m, (i, j) in enumerate(itertools.combinations(range(self.num_classes), 2)):
            confidence[..., i] += scores_QM[..., m]
            confidence[..., j] -= scores_QM[..., m]
        return np.asarray(self._votes(scores_QM) + confidence / (3 * (np.abs(confidence) + 1)))

    @property
    def _is_one_against_rest(self) -> bool:
        return self.spec.multiclass == "ovr" or self.spec.kernel == "linear_svc"

    def _votes(self, scores_QM: Array) -> Array:
        votes = np.zeros((*scores_QM.shape[:-1], self.num_classes))
        for m, (i, j) in enumerate(itertools.combinations(range(self.num_classes), 2)):
            votes[..., i] += scores_QM[..., m] >= 0
            votes[..., j] += scores_QM[..., m] < 0
        return votes

    def winners(self, scores_QM: Array) -> Array:
        """Return the class that the machines' scores elect, int64.

        Where pairs of classes tie, the first wins, as in scikit-learn's `predict` (by default).
        """
        if self.num_classes == 2:
            return np.asarray(scores_QM[..., 0] > 0, np.int64)
        if self._is_one_against_rest:
            return np.asarray(scores_QM.argmax(axis=-1), np.int64)
        return np.asarray(self._votes(scores_QM).argmax(axis=-1), np.int64)

    def predict(self, x_Q2: Array) -> Array:
        """Return the class of each query, (Q,) int64."""
        return self.winners(self.machine_scores(x_Q2))

    def machine_maps(self, x_G: Array, y_G: Array) -> Array:
        """Return `machine_scores` on a grid, (G, G, M); row 0 is y_G[0]."""
        maps_MGG = self.expansion_maps(self.coefs_NM, x_G, y_G)
        return np.asarray(np.moveaxis(maps_MGG, 0, -1) + self.intercepts_M)

    def decision_map(self, x_G: Array, y_G: Array) -> Array:
        """Return `decision` on a grid: (G, G) for two classes, else (G, G, K)."""
        return self.combine(self.machine_maps(x_G, y_G))

    def expansion_maps(self, coefs_NM: Array, x_G: Array, y_G: Array) -> Array:
        """Return kernel expansions with any coefficients on a grid, without intercepts."""
        x_G = (x_G - self.mean[0]) / self.scale[0]
        y_G = (y_G - self.mean[1]) / self.scale[1]
        if self.weights_2M is not None:
            return np.stack([w[1] * y_G[:, None] + w[0] * x_G for w in self.weights_2M.T])
        used = np.flatnonzero(coefs_NM.any(axis=1))
        return grid_expansions(self.kernel, self.x_N2[used], coefs_NM[used], x_G, y_G)

    def alphas(self) -> Iterator[tuple[Machine, Array]]:
        """Yield each machine with the alphas of its points, never negative."""
        for m, machine in enumerate(self.machines):
            yield machine, self.coefs_NM[machine.rows, m] * machine.signs
