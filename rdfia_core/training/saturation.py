"""Where hidden units sit on their activation function. N examples, U units."""

import torch
from torch import Tensor

FLAT_TANH = 0.97
FLAT_SIGMOID = 0.015
"""Distance from 0 or 1. As sigmoid(2x) = (1 + tanh(x)) / 2, the slope has there fallen to the same
share of its largest, 6 %, as that of tanh at 0.97."""
RANGES = {"tanh": (-1.0, 1.0), "sigmoid": (0.0, 1.0)}
NUM_BINS = 41


def saturated_share(a_NU: Tensor, activation: str) -> float:
    """Return the share of activations where the function is flat, in [0, 1].

    Args:
        a_NU: Activations of a hidden layer.
        activation: tanh or sigmoid.

    Returns:
        NaN if an activation is not a number.
    """
    if activation == "tanh":
        is_flat_NU = a_NU.abs() > FLAT_TANH
    else:
        is_flat_NU = torch.minimum(a_NU, 1 - a_NU) < FLAT_SIGMOID
    if not a_NU.isfinite().all():
        return float("nan")
    return int(is_flat_NU.count_nonzero()) / is_flat_NU.numel()


def histogram(a_NU: Tensor, bounds: tuple[float, float] | None) -> tuple[Tensor, list[float]]:
    """Count values in `NUM_BINS` equal bins; what is not a number is left out.

    Args:
        a_NU: Any values.
        bounds: Lowest and highest value counted; None for those that occur.

    Returns:
        The counts (bins,), int64 on the CPU, and the two bounds.
    """
    values = a_NU.detach().flatten().cpu().double()
    values = values[values.isfinite()]
    if bounds is None:
        bounds = (float(values.min()), float(values.max())) if len(values) else (0.0, 0.0)
    low, high = bounds
    high = high if high > low else low + 1
    return torch.histc(values, NUM_BINS, low, high).long(), [low, high]
