"""Early stopping: end when the validation loss no longer falls, and keep the best weights."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from torch import Tensor, nn

WATCHED = "val_loss"


class EarlyStopping:
    """Watches the validation loss of one run.

    Args:
        patience: Epochs without a new lowest loss after which it is time to stop, at least 1.
    """

    def __init__(self, patience: int) -> None:
        self._patience = patience
        self._epoch = 0
        self._lowest = math.inf
        self._lowest_epoch = 0
        self._scalars: dict[str, float] = {}
        self._weights: dict[str, Tensor] = {}

    def observe(self, epoch: int, scalars: Mapping[str, float], network: nn.Module) -> None:
        """Take in the scalars of an epoch that has ended, and keep the weights if they are best."""
        self._epoch = epoch
        if scalars[WATCHED] < self._lowest:
            self._lowest, self._lowest_epoch = scalars[WATCHED], epoch
            self._scalars = dict(scalars)
            self._weights = {k: v.detach().clone() for k, v in network.state_dict().items()}

    @property
    def is_time(self) -> bool:
        """Whether the patience is at its end."""
        return self._epoch - self._lowest_epoch >= self._patience

    def restore_best(self, network: nn.Module) -> dict[str, float]:
        """Give the network its best weights back; return the scalars of that epoch."""
        if self._weights:
            network.load_state_dict(self._weights)
        return self._scalars

    def sentence(self, epoch: int) -> str:
        """Say when and why, for a person."""
        weights = f"The weights kept are those of epoch {self._lowest_epoch}, the best."
        if not self.is_time:
            return weights
        return (
            f"Stopped early after epoch {epoch}: the validation loss had not fallen for "
            f"{self._patience} epochs. {weights}"
        )

    def state(self) -> dict[str, Any]:
        """Return what has been seen, as JSON values."""
        lowest = self._lowest if math.isfinite(self._lowest) else None
        return {
            "epoch": self._epoch,
            "lowest": lowest,
            "lowest_epoch": self._lowest_epoch,
            "scalars": {k: v for k, v in self._scalars.items() if math.isfinite(v)},
        }

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the best weights."""
        return {name: value.cpu().numpy().copy() for name, value in self._weights.items()}

    def load_state(self, state: Mapping[str, Any], weights: dict[str, Tensor]) -> None:
        """Take over what `state` and `arrays` returned."""
        self._epoch = state["epoch"]
        self._lowest = math.inf if state["lowest"] is None else state["lowest"]
        self._lowest_epoch = state["lowest_epoch"]
        self._scalars = dict(state["scalars"])
        self._weights = weights
