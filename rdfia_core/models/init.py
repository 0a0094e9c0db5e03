"""Laws of the initial weights. W is (out, in), b is (out), as in PyTorch."""

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor

from rdfia_core.errors import ConfigError

INITS = ("normal", "pytorch", "xavier", "zeros", "constant")
NORMAL_STD = 0.3  # the lab's, in its manual and autograd stages


def init_weights(
    sizes: Sequence[int],
    init: str,
    activation: str,
    rng: torch.Generator,
    dtype: torch.dtype,
    constant: float = 0.5,
) -> list[Tensor]:
    """Draw the weights of a fully connected network.

    normal: weights and biases from N(0, 0.3²). pytorch: `nn.Linear`'s default, weights and biases
    uniform on ±1/√fan_in. xavier: weights uniform on ±g √(6 / (fan_in + fan_out)), biases zero;
    the gain g is √2 for the layers that a ReLU follows (it loses half of the variance), 1 for
    all others. zeros: everything zero. constant: every weight `constant`, biases zero; like
    zeros, it makes all units of a layer alike, and they stay so.

    Args:
        sizes: Units of each layer, inputs first: [2, 10, 2].
        init: One of `INITS`.
        activation: After each hidden layer: none, tanh, sigmoid or relu.
        rng: Where the numbers come from; moves on by one draw a parameter at most.
        dtype: Of the weights. Every dtype gets the same numbers, rounded.
        constant: Value of the weights for constant.

    Returns:
        [W1, b1, W2, b2, ...].

    Raises:
        ConfigError: If there is no such law.

    References:
        X. Glorot and Y. Bengio, Understanding the difficulty of training deep feedforward neural
        networks, AISTATS 2010, equation 16. K. He et al., Delving deep into rectifiers, ICCV
        2015, section 2.2, for the gain.
    """
    if init not in INITS:
        message = f"The initial weights must be one of {', '.join(INITS)}. Got {init!r}."
        raise ConfigError(message, "init")

    weights: list[Tensor] = []
    for layer, (fan_in, fan_out) in enumerate(pairwise(sizes)):
        W = torch.zeros(fan_out, fan_in, dtype=torch.float64)  # drawn in full precision
        b = torch.zeros(fan_out, dtype=torch.float64)
        is_hidden = layer < len(sizes) - 2
        if init == "normal":
            W.normal_(0.0, NORMAL_STD, generator=rng)
            b.normal_(0.0, NORMAL_STD, generator=rng)
        elif init == "pytorch":
            bound = 1 / math.sqrt(fan_in)
            W.uniform_(-bound, bound, generator=rng)
            b.uniform_(-bound, bound, generator=rng)
        elif init == "xavier":
            gain = math.sqrt(2.0) if is_hidden and activation == "relu" else 1.0
            bound = gain * math.sqrt(6 / (fan_in + fan_out))
            W.uniform_(-bound, bound, generator=rng)
        elif init == "constant":
            W.fill_(constant)
        weights += [W.to(dtype), b.to(dtype)]
    return weights
