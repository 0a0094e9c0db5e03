"""What one self-attention layer costs, measured: seconds and memory against the number of tokens.

T tokens, D embedding size.
"""

import math
import time
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from scipy.optimize import nnls
from torch import Tensor, nn

MIN_REPEATS = 5
MAX_REPEATS = 2_000
ENOUGH_SECONDS = 0.4


class Cost(NamedTuple):
    """Of one forward and backward pass of one image.

    Args:
        seconds: Of the fastest repeat: whatever else the machine does can only make one slower.
        num_bytes: What is kept for the backward pass, weights and input aside, and the output; on
            a GPU the peak beyond what was taken before.
        num_repeats: How often the time was taken.
    """

    seconds: float
    num_bytes: int
    num_repeats: int


def measure(layer: nn.Module, num_tokens: int, embed_dim: int, device: str) -> Cost:
    """Run a layer forward and backward on random tokens, and see what that takes.

    A processor computes with one thread: several would wait for one another where the machine has
    other work, and small layers would take one, large ones several.

    Args:
        layer: From (1, T, D) to (1, T, D), on the device.
        num_tokens: T.
        embed_dim: D.
        device: cpu, cuda or mps.
    """
    num_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        x_1TD = torch.randn(1, num_tokens, embed_dim, device=device, requires_grad=True)
        num_bytes = _memory(layer, x_1TD)  # and the first pass, which is slower, is over
        times = _times(layer, x_1TD, device)
    finally:
        torch.set_num_threads(num_threads)
    return Cost(min(times), num_bytes, len(times))


def _times(layer: nn.Module, x_1TD: Tensor, device: str) -> list[float]:
    times: list[float] = []
    while len(times) < MIN_REPEATS or (sum(times) < ENOUGH_SECONDS and len(times) < MAX_REPEATS):
        begun = time.perf_counter()
        layer(x_1TD).sum().backward()
        _wait(device)
        times.append(time.perf_counter() - begun)
    return times


def _memory(layer: nn.Module, x_1TD: Tensor) -> int:
    device = x_1TD.device.type
    if device == "cuda":
        before = torch.cuda.memory_allocated()
        torch.cuda.reset_peak_memory_stats()
        layer(x_1TD).sum().backward()
        return torch.cuda.max_memory_allocated() - before
    known = {tensor.untyped_storage().data_ptr() for tensor in (*layer.parameters(), x_1TD)}
    kept: dict[int, int] = {}  # bytes by address: views share theirs

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in known:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        output = layer(x_1TD)
    keep(output)
    output.sum().backward()
    _wait(device)
    return sum(kept.values())


def _wait(device: str) -> None:
    if device.startswith("cuda"):
        torch.cuda.synchronize()
    elif device == "mps":
        torch.mps.synchronize()


class Fit(NamedTuple):
    """The polynomial a + b T + c T², none of its parts negative."""

    constant: float
    linear: float
    quadratic: float

    def at(self, num_tokens: np.ndarray) -> np.ndarray:
        """Return its value for some T."""
        return self.constant + self.linear * num_tokens + self.quadratic * num_tokens**2

    @property
    def quadratic_from(self) -> float | None:
        """T from which the quadratic part is more than half; None if there is none."""
        if self.quadratic == 0:
            return None
        root = math.sqrt(self.linear**2 + 4 * self.quadratic * self.constant)
        return (self.linear + root) / (2 * self.quadratic)


def fit_polynomial(num_tokens: Sequence[int], values: Sequence[float]) -> Fit:
    """Fit by least squares of the relative errors, so that small and large T count alike.

    Args:
        num_tokens: T of each measurement.
        values: Measured, positive.

    References:
        C. Lawson and R. Hanson, Solving least squares problems, 1974, chapter 23 (nnls).
    """
    t = np.asarray(num_tokens, dtype=float)
    scale = t.max()
    columns = np.column_stack([np.ones_like(t), t / scale, (t / scale) ** 2])
    weights = 1 / np.asarray(values, dtype=float)
    found, _ = nnls(columns * weights[:, None], np.ones_like(t))
    return Fit(float(found[0]), float(found[1] / scale), float(found[2] / scale**2))
