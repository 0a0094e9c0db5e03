"""The training loop of a stage by compiled code: the same numbers and the same events, sooner.

What is drawn at random (data, initial weights, the order of each epoch) comes from the same
functions as in `StageTraining`, in the same order; only what happens within an epoch is compiled.
Single steps have no events, so nobody can follow or hold such a run, only stop it.
"""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from rdfia_core.events import Checkpoint, EndReason, Event, Metrics, Started
from rdfia_core.models.stages import OptimStage
from rdfia_core.training.compiled import ACTIVATIONS, OPTIMIZERS, train_epochs
from rdfia_core.training.stage_training import UNIT_CHECK_EPOCHS, StageTraining

BUFFERS = {
    "momentum": ("momentum_buffer", None),
    "nesterov": ("momentum_buffer", None),
    "rmsprop": (None, "square_avg"),
    "adam": ("exp_avg", "exp_avg_sq"),
}
"""What `torch.optim` calls the two buffers of a rule."""


class CompiledTraining(StageTraining):
    """One training of one stage without dropout, on the processor, from its first step on."""

    def events(self, device: str) -> Iterator[Event]:
        """Train to the end; a `Step` comes every few epochs."""
        yield Started(sum(p.numel() for p in self.stage.parameters), device)
        scalars = self._scalars()
        yield Metrics(0, 0.0, scalars)
        self._prepare()
        num_train = len(self._train.targets_N)
        steps_each = math.ceil(num_train / self._batch_size)
        self._batch = slice((steps_each - 1) * self._batch_size, num_train)
        while self._order.epoch < self._epochs:
            before = self._order.state()
            num_epochs = min(UNIT_CHECK_EPOCHS, self._epochs - self._order.epoch)
            table = self._advance(num_epochs)
            if len(table) < num_epochs:
                self._order.load_state(before)
                self._draw(len(table))
            first = self._order.epoch - len(table) + 1
            for epoch, row in enumerate(table.tolist(), start=first):
                self._step += steps_each
                scalars = dict(zip(self._names, (*row, *self._rates), strict=True))
                yield Metrics(self._step, float(epoch), scalars)
                yield from self._notes(epoch, scalars)
            if not math.isfinite(scalars["train_loss"]):
                yield self._step_event()
                yield self._end(EndReason.DIVERGED, scalars)
                return
            yield self._step_event()
        yield self._end(EndReason.COMPLETED, scalars)

    def _checkpoint(self) -> Checkpoint:
        self.stage.load_state(self._state())
        return super()._checkpoint()

    def _prepare(self) -> None:
        """Lay parameters and points out as the compiled code wants them."""
        spec = self.stage.spec
        is_ruled = isinstance(self.stage, OptimStage)
        is_plain = not is_ruled or (
            spec.optimizer in ("momentum", "nesterov") and not spec.momentum
        )
        self._rule = "sgd" if is_plain else spec.optimizer
        parameters = self.stage.parameters
        self._sizes = np.array(
            [parameters[0].shape[1], *(b.numel() for b in parameters[1::2])], np.int64
        )
        self._params_P = torch.cat([p.detach().flatten() for p in parameters]).numpy()
        self._grads_P = np.zeros_like(self._params_P)
        self._memory_2P = np.zeros((2, len(self._params_P)), self._params_P.dtype)
        # Views of the flat arrays, in the shape of each parameter.
        self._param_views = self._views(self._params_P)
        self._grad_views = self._views(self._grads_P)
        inputs_MD = torch.cat([split.inputs_ND for split in self._splits])
        self._inputs_DM = np.ascontiguousarray(inputs_MD.numpy().T)
        self._targets_M = torch.cat([split.targets_N for split in self._splits]).numpy()
        self._ends_S = np.cumsum([len(split.targets_N) for split in self._splits])
        self._options = np.array(
            [
                ACTIVATIONS.index(spec.activation),
                spec.loss == "mse",
                spec.reduction == "mean",
                spec.regularization == "l1",
                OPTIMIZERS.index(self._rule),
            ],
            np.int64,
        )
        self._rates = (float(self._live["learning_rate"]), float(self._live["batch_size"]))
        self._rates_3 = np.array(
            [self._rates[0], spec.weight_decay, spec.momentum], self._params_P.dtype
        )
        num_train = len(self._train.targets_N)
        self._batch_size = min(int(self._live["batch_size"]) or num_train, num_train)
        self._names = [
            *(f"{s.name}_{what}" for s in self._splits for what in ("loss", "accuracy")),
            *(f"grad_norm_{k}" for k in range(1, len(self._sizes))),
            "learning_rate",
            "batch_size",
        ]

    def _views(self, flat_P: np.ndarray) -> list[torch.Tensor]:
        sizes = [p.numel() for p in self.stage.parameters]
        parts = torch.split_with_sizes(torch.from_numpy(flat_P), sizes)
        return [v.view(p.shape) for v, p in zip(parts, self.stage.parameters, strict=True)]

    def _draw(self, num_epochs: int) -> np.ndarray:
        """Draw the orders of the next epochs and count these as done."""
        orders_KN = np.empty((num_epochs, len(self._train.targets_N)), np.int64)
        for k in range(num_epochs):
            orders_KN[k] = self._order.begin_epoch().numpy()
            self._order.next_batch(0)
        return orders_KN

    def _advance(self, num_epochs: int) -> np.ndarray:
        """Train some epochs; return a row of scores of each, fewer if the run diverged."""
        table_KR = np.empty((num_epochs, len(self._names) - len(self._rates)))
        num_done = train_epochs(
            self._sizes,
            self._params_P,
            self._grads_P,
            self._memory_2P,
            self._inputs_DM,
            self._targets_M,
            self._ends_S,
            self._draw(num_epochs),
            self._batch_size,
            self._options,
            self._rates_3,
            self._step,
            table_KR,
        )
        with torch.no_grad():
            torch._foreach_copy_(self.stage.parameters, self._param_views)
            torch._foreach_copy_(self.stage.gradients, self._grad_views)
        return table_KR[:num_done]

    def _state(self) -> dict[str, Any]:
        """Return what the stage's `state` would be, had it trained."""
        state: dict[str, Any] = {f"parameter.{k}": view for k, view in enumerate(self._param_views)}
        for buffer_P, name in zip(self._memory_2P, BUFFERS.get(self._rule, ()), strict=False):
            if name is not None:
                views = self._views(buffer_P)
                state |= {f"optimizer.{k}.{name}": view for k, view in enumerate(views)}
        if self._rule in ("rmsprop", "adam"):
            steps = {
                f"optimizer.{k}.step": torch.tensor(float(self._step))
                for k in range(len(self._param_views))
            }
            state |= steps
        return state
