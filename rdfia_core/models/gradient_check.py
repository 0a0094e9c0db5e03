"""Is the hand-written gradient right? Three answers for each weight, side by side.

B examples, D inputs, C classes, E entries of one weight tensor. By hand: stage (a)'s formulas.
Numeric: move one entry by ±ε and see how the loss moves; it uses no formula but the loss. Autograd:
stage (b)'s.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from rdfia_core.models.stages import StageSpec, build_stage
from rdfia_core.seeding import torch_rng

SMALLEST = 1e-8  # below this size a gradient counts as zero


def data_loss(logits_BC: Tensor, targets_B: Tensor, spec: StageSpec) -> Tensor:
    """Compute the loss that the stages descend, without the penalty of weight decay.

    Args:
        logits_BC: Before the softmax.
        targets_B: Class indices, int64.
        spec: Its `loss` and `reduction` are read.

    Returns:
        A scalar tensor: nats for cross_entropy, dimensionless for mse.
    """
    if spec.loss == "cross_entropy":
        return F.cross_entropy(logits_BC, targets_B, reduction=spec.reduction)
    one_hot_BC = F.one_hot(targets_B, logits_BC.shape[1]).to(logits_BC.dtype)
    return F.mse_loss(logits_BC.softmax(dim=1), one_hot_BC, reduction=spec.reduction)


def check_gradients(
    weights: Sequence[Tensor],
    spec: StageSpec,
    inputs_BD: Tensor,
    targets_B: Tensor,
    epsilon: float = 1e-6,
    max_entries: int = 64,
    seed: int = 0,
) -> list[dict[str, Any]]:
    """Compare the hand-written gradients with finite differences and with autograd.

    Everything is computed in float64, without dropout and without decay. The relative error of a
    and b is |a − b| / max(|a|, |b|, 1e-8). A central difference is exact to about ε² plus
    1e-16·loss/ε, so expect errors of 1e-10 to 1e-6, larger where a gradient is itself tiny or
    where a ReLU's kink lies within ε; against autograd only rounding differs, 1e-12 or less.

    Args:
        weights: [W1, b1, W2, b2, ...]; left as they are.
        spec: The network's settings.
        inputs_BD: A batch of inputs.
        targets_B: Its class indices, int64.
        epsilon: Half the distance of the finite difference.
        max_entries: Of larger tensors only so many entries, drawn at random, are moved.
        seed: Of that draw.

    Returns:
        One dictionary of JSON values for each tensor: name ("W1", "b1", ...), shape, num_checked,
        entries (a list of index, manual, numeric, autograd, error: manual against numeric),
        max_error (over these entries), max_autograd_error (manual against autograd, over all).

    References:
        C. Bishop, Pattern Recognition and Machine Learning, 2006, section 5.3.3.
    """
    weights = [weight.detach().double() for weight in weights]
    inputs_BD = inputs_BD.double()
    manual = build_stage("manual", weights, spec)
    by_hand = manual.gradient(inputs_BD, targets_B)
    by_autograd = build_stage("autograd", weights, spec).gradient(inputs_BD, targets_B)

    def loss() -> float:
        return data_loss(manual.logits(inputs_BD), targets_B, spec).item()

    rng = torch_rng(seed, "gradient_check")
    table = []
    for k, parameter in enumerate(manual.parameters):
        hand_E, auto_E = by_hand[k].flatten(), by_autograd[k].flatten()
        chosen = torch.randperm(len(hand_E), generator=rng)[:max_entries].sort().values
        numeric = central_differences(loss, parameter, chosen.tolist(), epsilon)
        error = relative_error(hand_E[chosen], numeric)
        entries = [
            {
                "index": [int(i) for i in np.unravel_index(flat, tuple(parameter.shape))],
                "manual": hand_E[flat].item(),
                "numeric": numeric[row].item(),
                "autograd": auto_E[flat].item(),
                "error": error[row].item(),
            }
            for row, flat in enumerate(chosen.tolist())
        ]
        table.append(
            {
                "name": f"{'Wb'[k % 2]}{k // 2 + 1}",
                "shape": list(parameter.shape),
                "num_checked": len(entries),
                "entries": entries,
                "max_error": error.max().item(),
                "max_autograd_error": relative_error(hand_E, auto_E).max().item(),
            }
        )
    return table


def central_differences(
    loss: Callable[[], float], parameter: Tensor, chosen: Sequence[int], epsilon: float
) -> Tensor:
    """Estimate ∂loss/∂θ as (loss(θ + ε) − loss(θ − ε)) / 2ε, one entry of θ at a time.

    Args:
        loss: Computes the loss with `parameter` as it is at that moment.
        parameter: Contiguous, float64. Changed during the call, the same afterwards.
        chosen: Which entries to move, as places in the flattened tensor.
        epsilon: How far to move them.

    Returns:
        One estimate for each chosen entry, float64.
    """
    flat_E = parameter.view(-1)  # the same memory, so the network sees every change
    slopes = []
    for place in chosen:
        middle = flat_E[place].item()
        flat_E[place] = middle + epsilon
        above = loss()
        flat_E[place] = middle - epsilon
        below = loss()
        flat_E[place] = middle
        slopes.append((above - below) / (2 * epsilon))
    return torch.tensor(slopes, dtype=torch.float64)


def relative_error(a: Tensor, b: Tensor) -> Tensor:
    """Return |a − b| / max(|a|, |b|, 1e-8), entry by entry."""
    return (a - b).abs() / torch.maximum(a.abs(), b.abs()).clamp(min=SMALLEST)
