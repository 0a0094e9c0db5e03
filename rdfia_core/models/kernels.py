"""Kernels, and kernel expansions over a grid of the plane in a fraction of the usual time.

On a grid the arithmetic can be taken apart along the axes: exp(-g |x - s|^2) is a product of a
factor in x1 and one in x2, and a polynomial in (x1, x2) has few terms. What costs Q times S kernel
evaluations point by point then costs a product of two small matrices.

G grid points a side, S support vectors, M machines.
"""

import math
from dataclasses import dataclass

import numpy as np

Array = np.ndarray

ROWS_AT_ONCE = 2048
"""Of a kernel matrix that must be computed entry by entry: so many stay in the cache."""


@dataclass(frozen=True)
class Kernel:
    """A kernel with its numbers.

    Args:
        name: linear: x.s; poly: (gamma x.s + coef0)^degree; rbf: exp(-gamma |x - s|^2);
            sigmoid: tanh(gamma x.s + coef0). linear_svc counts as linear.
        gamma: See above.
        degree: See above.
        coef0: See above.

    References:
        scikit-learn user guide, 1.4.6, kernel functions.
    """

    name: str
    gamma: float = 1.0
    degree: int = 3
    coef0: float = 0.0


def kernel_matrix(kernel: Kernel, x_Q2: Array, s_S2: Array) -> Array:
    """Return k(x_q, s_s) for all pairs, (Q, S), float64."""
    products_QS = x_Q2 @ s_S2.T
    if kernel.name == "rbf":
        squares_QS = (x_Q2**2).sum(axis=1)[:, None] + (s_S2**2).sum(axis=1) - 2 * products_QS
        return np.asarray(np.exp(-kernel.gamma * np.maximum(squares_QS, 0.0)))
    if kernel.name == "poly":
        return np.asarray((kernel.gamma * products_QS + kernel.coef0) ** kernel.degree)
    if kernel.name == "sigmoid":
        return np.asarray(np.tanh(kernel.gamma * products_QS + kernel.coef0))
    return np.asarray(products_QS)


def grid_expansions(kernel: Kernel, s_S2: Array, coefs_SM: Array, x_G: Array, y_G: Array) -> Array:
    """Return sum_s coef_sm k(s, (x, y)) over a grid, for every machine.

    Args:
        kernel: Which kernel.
        s_S2: Points of the expansion.
        coefs_SM: Their coefficients in each machine.
        x_G: First coordinates of the grid's columns.
        y_G: Second coordinates of the grid's rows.

    Returns:
        Array (M, len(y_G), len(x_G)), float64 (sigmoid: computed in float32).
    """
    if kernel.name == "rbf":
        columns_SG = np.exp(-kernel.gamma * (s_S2[:, :1] - x_G) ** 2)
        rows_SG = np.exp(-kernel.gamma * (s_S2[:, 1:] - y_G) ** 2)
        return np.stack([(rows_SG * coef[:, None]).T @ columns_SG for coef in coefs_SM.T])
    if kernel.name == "poly":
        return _polynomial(kernel, s_S2, coefs_SM, x_G, y_G)
    if kernel.name == "sigmoid":
        return _sigmoid(kernel, s_S2, coefs_SM, x_G, y_G)
    normals_M2 = coefs_SM.T @ s_S2
    return np.stack([w[1] * y_G[:, None] + w[0] * x_G for w in normals_M2])


def _polynomial(kernel: Kernel, s_S2: Array, coefs_SM: Array, x_G: Array, y_G: Array) -> Array:
    """Sum the binomial expansion: terms x^i y^j with i + j up to the degree."""
    degree = kernel.degree
    powers = np.arange(degree + 1)
    size_x, size_y = max(1e-300, np.abs(x_G).max()), max(1e-300, np.abs(y_G).max())
    # In units of the grid's reach all powers stay at most 1.
    sx_SD = (s_S2[:, :1] * size_x) ** powers
    sy_SD = (s_S2[:, 1:] * size_y) ** powers
    terms_DD = np.zeros((degree + 1, degree + 1))
    for i in range(degree + 1):
        for j in range(degree + 1 - i):
            constant = kernel.coef0 ** (degree - i - j)
            ways = math.comb(degree, i) * math.comb(degree - i, j)
            terms_DD[j, i] = ways * constant * kernel.gamma ** (i + j)
    x_DG = (x_G / size_x) ** powers[:, None]
    y_DG = (y_G / size_y) ** powers[:, None]
    maps = []
    for coef in coefs_SM.T:
        moments_DD = (sy_SD * coef[:, None]).T @ sx_SD
        maps.append(y_DG.T @ (terms_DD * moments_DD) @ x_DG)
    return np.stack(maps)


def _sigmoid(kernel: Kernel, s_S2: Array, coefs_SM: Array, x_G: Array, y_G: Array) -> Array:
    """Entry by entry: a hyperbolic tangent of a sum cannot be taken apart safely."""
    x_GG, y_GG = np.meshgrid(x_G, y_G)
    plane_Q2 = np.stack([x_GG.ravel(), y_GG.ravel()], axis=1).astype(np.float32)
    directions_2S = (kernel.gamma * s_S2.T).astype(np.float32)
    coefs_SM = coefs_SM.astype(np.float32)
    out_QM = np.empty((len(plane_Q2), coefs_SM.shape[1]))
    for begin in range(0, len(plane_Q2), ROWS_AT_ONCE):
        rows = slice(begin, begin + ROWS_AT_ONCE)
        arguments_QS = plane_Q2[rows] @ directions_2S
        arguments_QS += np.float32(kernel.coef0)
        np.tanh(arguments_QS, out=arguments_QS)
        out_QM[rows] = arguments_QS @ coefs_SM
    return np.asarray(out_QM.T.reshape(-1, len(y_G), len(x_G)))
