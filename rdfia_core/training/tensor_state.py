"""Tensors and generator states of a checkpoint, as arrays and back."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor


def tensors_under(prefix: str, arrays: Mapping[str, np.ndarray]) -> dict[str, Tensor]:
    """Return the arrays of a checkpoint whose names begin so, without the prefix."""
    return {
        name.removeprefix(prefix): torch.from_numpy(np.array(array))
        for name, array in arrays.items()
        if name.startswith(prefix)
    }


def as_array(tensor: Tensor) -> np.ndarray:
    """Return a copy of a tensor, from whatever device."""
    array: np.ndarray = tensor.detach().cpu().numpy().copy()
    return array


def default_rng_state(device: str) -> Tensor:
    """Return the state of the generator that dropout draws from on a device."""
    if device.startswith("cuda"):
        return torch.cuda.get_rng_state()
    return torch.mps.get_rng_state() if device == "mps" else torch.get_rng_state()


def set_default_rng_state(device: str, state: Tensor) -> None:
    """Set the state that `default_rng_state` returned."""
    if device.startswith("cuda"):
        torch.cuda.set_rng_state(state)
    elif device == "mps":
        torch.mps.set_rng_state(state)
    else:
        torch.set_rng_state(state)
