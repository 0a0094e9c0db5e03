"""Stage (b): the forward pass by hand, the backward pass by `torch.autograd`.

B examples, D inputs, H hidden units, C classes. The forward lines are those of stage (a). The
parameters now ask for gradients, PyTorch records what is done with them, and `loss.backward()`
walks the record in reverse: every formula of stage (a)'s backward pass is gone.
"""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from rdfia_core.models.stages.interface import StageSpec, load_parameters, parameters_state

ACTIVATION: dict[str, Callable[[Tensor], Tensor]] = {
    "none": lambda h_tilde: h_tilde,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "relu": torch.relu,
}


class AutogradStage:
    """The network on tensors that remember how they were computed."""

    def __init__(self, weights: Sequence[Tensor], spec: StageSpec) -> None:
        self.spec = spec
        self.parameters = [weight.detach().clone().requires_grad_() for weight in weights]
        self.layers = list(zip(self.parameters[::2], self.parameters[1::2], strict=True))
        self.one_hot_CC = torch.eye(
            len(weights[-1]), dtype=weights[-1].dtype, device=weights[-1].device
        )
        for parameter in self.parameters:
            parameter.grad = torch.zeros_like(parameter)

    @property
    def gradients(self) -> list[Tensor]:
        """What `backward` left beside each parameter."""
        return [parameter.grad for parameter in self.parameters if parameter.grad is not None]

    def step(self, inputs_BD: Tensor, targets_B: Tensor, learning_rate: float) -> None:
        """Learn from one batch: forward, backward, update."""
        *_, y_tilde_BC = self._forward(inputs_BD, self.spec.dropout)
        loss = self._data_loss(y_tilde_BC, targets_B)
        if self.spec.weight_decay:
            loss = loss + self._penalty()

        for parameter in self.parameters:
            parameter.grad = None  # else `backward` adds to what the last step left
        loss.backward()  # type: ignore[no-untyped-call]

        with torch.no_grad():  # the update itself is not part of the record
            for parameter, gradient in zip(self.parameters, self.gradients, strict=True):
                parameter.sub_(gradient, alpha=learning_rate)

    def _forward(self, x_BD: Tensor, dropout: float) -> list[Tensor]:
        """Return h of each hidden layer, before dropout, then the logits ỹ."""
        activation = ACTIVATION[self.spec.activation]
        outputs = []
        for W_h, b_h in self.layers[:-1]:
            h_BH = activation(torch.addmm(b_h, x_BD, W_h.t()))
            outputs.append(h_BH)
            if dropout:
                h_BH = h_BH * torch.empty_like(h_BH).bernoulli_(1 - dropout).div_(1 - dropout)
            x_BD = h_BH  # what the next layer receives
        W_y, b_y = self.layers[-1]
        return [*outputs, torch.addmm(b_y, x_BD, W_y.t())]

    def _data_loss(self, y_tilde_BC: Tensor, targets_B: Tensor) -> Tensor:
        y_BC = self.one_hot_CC.index_select(0, targets_B)
        if self.spec.loss == "cross_entropy":
            losses = torch.logsumexp(y_tilde_BC, dim=1) - (y_BC * y_tilde_BC).sum(dim=1)
        else:
            losses = (y_tilde_BC.softmax(dim=1) - y_BC).square()
        return losses.mean() if self.spec.reduction == "mean" else losses.sum()

    def _penalty(self) -> Tensor:
        """λ/2 Σ w² or λ Σ |w|: their gradients are the λ w and λ sign(w) of stage (a)."""
        W = torch.cat([W.flatten() for W, _ in self.layers])
        size = W.square().sum() / 2 if self.spec.regularization == "l2" else W.abs().sum()
        return self.spec.weight_decay * size

    def logits(self, inputs_BD: Tensor) -> Tensor:
        """Return the logits ỹ (B, C), without dropout and without a record."""
        return self.activations(inputs_BD)[-1]

    def activations(self, inputs_BD: Tensor) -> list[Tensor]:
        """Return h of each hidden layer, then the logits, without dropout."""
        with torch.no_grad():
            return self._forward(inputs_BD, 0.0)

    def gradient(self, inputs_BD: Tensor, targets_B: Tensor) -> list[Tensor]:
        """Return autograd's gradients of the data loss; `gradients` stay as they were."""
        *_, y_tilde_BC = self._forward(inputs_BD, 0.0)
        return list(torch.autograd.grad(self._data_loss(y_tilde_BC, targets_B), self.parameters))

    def state(self) -> dict[str, Tensor]:
        """Copy the parameters: plain SGD remembers nothing else."""
        return parameters_state(self.parameters)

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Take over what `state` returned."""
        load_parameters(self.parameters, state)
