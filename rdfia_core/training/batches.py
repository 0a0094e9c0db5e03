"""Batches: a fresh order of the training set every epoch, resumable in the middle of one."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor


class BatchOrder:
    """Cuts each epoch's random order into batches; the batch size may change at any time.

    Args:
        num_examples: N, size of the training set.
        rng: Draws one permutation an epoch.
    """

    def __init__(self, num_examples: int, rng: torch.Generator) -> None:
        self._num_examples = num_examples
        self._rng = rng
        self._order = torch.empty(0, dtype=torch.int64)
        self.epoch = 0
        self.position = num_examples

    def begin_epoch(self) -> Tensor:
        """Shuffle; return the new order (N,), int64."""
        self._order = torch.randperm(self._num_examples, generator=self._rng)
        self.position = 0
        return self._order

    @property
    def order(self) -> Tensor:
        """The order of the epoch under way (N,), int64."""
        return self._order

    @property
    def is_epoch_over(self) -> bool:
        """Whether all examples of this epoch were seen (also before the first)."""
        return self.position >= self._num_examples

    def next_batch(self, batch_size: int) -> slice:
        """Return the next batch's places in the epoch's order; 0 asks for all that is left."""
        begin = self.position
        end = min(begin + (batch_size or self._num_examples), self._num_examples)
        self.position = end
        if end == self._num_examples:
            self.epoch += 1
        return slice(begin, end)

    @property
    def progress(self) -> float:
        """Epochs so far, fractional inside an epoch."""
        if self.is_epoch_over:
            return float(self.epoch)
        return self.epoch + self.position / self._num_examples

    def state(self) -> dict[str, np.ndarray]:
        """Return all that is needed to go on with the same batches."""
        return {
            "order.permutation": self._order.numpy().copy(),
            "order.place": np.array([self.epoch, self.position], dtype=np.int64),
            "order.rng": self._rng.get_state().numpy().copy(),
        }

    def load_state(self, state: Mapping[str, np.ndarray]) -> None:
        """Take over what `state` returned."""
        self._order = torch.from_numpy(state["order.permutation"].copy())
        self.epoch, self.position = (int(value) for value in state["order.place"])
        self._rng.set_state(torch.from_numpy(state["order.rng"].copy()))
