"""Stage (a): forward and backward by hand. B examples, D inputs, H hidden units, C classes.

With one hidden layer, in the lab's notation (the rows of x are the examples of a batch):

    forward                        backward
    h̃ = x W_hᵀ + b_h               ∇ỹ = ŷ − y      (cross-entropy, summed over the batch)
    h = tanh(h̃)                    ∇W_y = ∇ỹᵀ h                   ∇b_y = Σ ∇ỹ
    ỹ = h W_yᵀ + b_y               ∇h̃ = (∇ỹ W_y) ⊙ (1 − h²)
    ŷ = softmax(ỹ)                 ∇W_h = ∇h̃ᵀ x                   ∇b_h = Σ ∇h̃

A deeper network repeats the lines of the hidden layer. The sums Σ run over the batch.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from rdfia_core.models.stages.interface import StageSpec, load_parameters, parameters_state

ACTIVATION: dict[str, Callable[[Tensor], Tensor]] = {
    "none": lambda h_tilde: h_tilde,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "relu": torch.relu,
}
# ∇h̃ from ∇h. Each slope can be told from h alone, so h̃ need not be kept.
ACTIVATION_BACKWARD: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "none": lambda grad_h, _h: grad_h,
    "tanh": lambda grad_h, h: grad_h - grad_h * h * h,  # ∇h ⊙ (1 − h²)
    "sigmoid": lambda grad_h, h: grad_h * (h - h * h),  # ∇h ⊙ h ⊙ (1 − h)
    "relu": lambda grad_h, h: grad_h * (h > 0),
}


class Trace(NamedTuple):
    """What the backward pass needs to know of the forward pass."""

    received: list[Tensor]  # what each layer was given: x, then h after dropout
    hidden: list[Tensor]  # h of each hidden layer before dropout
    masks: list[Tensor]  # one for each hidden layer; none without dropout
    y_tilde: Tensor  # logits (B, C)


class ManualStage:
    """The network on plain tensors. PyTorch differentiates nothing here."""

    def __init__(self, weights: Sequence[Tensor], spec: StageSpec) -> None:
        self.spec = spec
        self.parameters = [weight.detach().clone() for weight in weights]
        self.gradients = [torch.zeros_like(parameter) for parameter in self.parameters]
        self.layers = list(zip(self.parameters[::2], self.parameters[1::2], strict=True))
        self.one_hot_CC = torch.eye(
            len(weights[-1]), dtype=weights[-1].dtype, device=weights[-1].device
        )

    def step(self, inputs_BD: Tensor, targets_B: Tensor, learning_rate: float) -> None:
        """Learn from one batch: forward, backward, update."""
        with torch.no_grad():
            trace = self._forward(inputs_BD, self.spec.dropout)
            self.gradients = self._backward(trace, targets_B)
            if self.spec.weight_decay:
                self._add_decay()
            for parameter, gradient in zip(self.parameters, self.gradients, strict=True):
                parameter.sub_(gradient, alpha=learning_rate)  # θ ← θ − η ∇θ, in place

    def _forward(self, x_BD: Tensor, dropout: float) -> Trace:
        """Walk from the inputs up to the logits and keep what the way back needs."""
        activation = ACTIVATION[self.spec.activation]
        received, hidden, masks = [x_BD], [], []
        for W_h, b_h in self.layers[:-1]:
            h_BH = activation(torch.addmm(b_h, received[-1], W_h.t()))  # h̃ = x W_hᵀ + b_h
            hidden.append(h_BH)
            if dropout:
                # Each unit survives with probability 1 − p; dividing keeps the mean of h.
                masks.append(torch.empty_like(h_BH).bernoulli_(1 - dropout).div_(1 - dropout))
                h_BH = h_BH * masks[-1]
            received.append(h_BH)
        W_y, b_y = self.layers[-1]
        return Trace(received, hidden, masks, torch.addmm(b_y, received[-1], W_y.t()))

    def _backward(self, trace: Trace, targets_B: Tensor) -> list[Tensor]:
        """Walk from the loss down to the first layer; return [∇W1, ∇b1, ∇W2, ∇b2, ...]."""
        grad = self._grad_y_tilde(trace.y_tilde, targets_B)
        gradients = [grad.t() @ trace.received[-1], grad.sum(0)]  # ∇W_y = ∇ỹᵀ h, ∇b_y = Σ ∇ỹ
        activation_backward = ACTIVATION_BACKWARD[self.spec.activation]
        for k in reversed(range(len(trace.hidden))):
            W_above, _ = self.layers[k + 1]
            grad = grad @ W_above
            if trace.masks:
                grad = grad * trace.masks[k]  # a dropped unit has no say, so no gradient
            grad = activation_backward(grad, trace.hidden[k])  # ∇h̃ = (∇ỹ W_y) ⊙ (1 − h²)
            gradients = [grad.t() @ trace.received[k], grad.sum(0), *gradients]
        return gradients

    def _grad_y_tilde(self, y_tilde_BC: Tensor, targets_B: Tensor) -> Tensor:
        """Gradient of the loss with respect to the logits ỹ, (B, C)."""
        y_hat_BC = y_tilde_BC.softmax(dim=1)
        grad = y_hat_BC - self.one_hot_CC.index_select(0, targets_B)  # ŷ − y
        if self.spec.loss == "mse":
            grad = 2 * grad  # ∇ŷ = 2 (ŷ − y); back through the softmax, ∇ỹ = ŷ ⊙ (∇ŷ − Σ_c ŷ ∇ŷ)
            grad = y_hat_BC * (grad - (y_hat_BC * grad).sum(1, keepdim=True))
        if self.spec.reduction == "mean":
            grad = grad / (grad.numel() if self.spec.loss == "mse" else len(grad))
        return grad

    def _add_decay(self) -> None:
        for W, grad_W in zip(self.parameters[::2], self.gradients[::2], strict=True):
            slope = W if self.spec.regularization == "l2" else W.sign()
            grad_W.add_(slope, alpha=self.spec.weight_decay)

    def logits(self, inputs_BD: Tensor) -> Tensor:
        """Return the logits ỹ (B, C), without dropout."""
        with torch.no_grad():
            return self._forward(inputs_BD, 0.0).y_tilde

    def activations(self, inputs_BD: Tensor) -> list[Tensor]:
        """Return h of each hidden layer, then the logits, without dropout."""
        with torch.no_grad():
            trace = self._forward(inputs_BD, 0.0)
            return [*trace.hidden, trace.y_tilde]

    def gradient(self, inputs_BD: Tensor, targets_B: Tensor) -> list[Tensor]:
        """Return the gradients of the data loss, without dropout, decay or update."""
        with torch.no_grad():
            return self._backward(self._forward(inputs_BD, 0.0), targets_B)

    def state(self) -> dict[str, Tensor]:
        """Copy the parameters: plain SGD remembers nothing else."""
        return parameters_state(self.parameters)

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Take over what `state` returned."""
        load_parameters(self.parameters, state)
