"""Stage (c): layers, activations, dropout and losses from `torch.nn`; the update still by hand.

B examples, D inputs, C classes. A module holds its own parameters, so the forward pass shrinks to
`network(inputs)`. Beware: `nn.CrossEntropyLoss()` averages over the batch unless told otherwise,
while the formulas of stage (a) add up: at batch 10 the same learning rate is 10 times smaller.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rdfia_core.models.stages.interface import StageSpec, load_parameters, parameters_state

ACTIVATION: dict[str, type[nn.Module]] = {
    "none": nn.Identity,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "relu": nn.ReLU,
}


def build_network(weights: Sequence[Tensor], spec: StageSpec) -> nn.Sequential:
    """Stack Linear, activation, Dropout, ..., Linear, and give the layers these weights."""
    modules: list[nn.Module] = []
    for W, b in zip(weights[::2], weights[1::2], strict=True):
        # On the device "meta" nothing is drawn at random only to be overwritten.
        linear = nn.Linear(W.shape[1], W.shape[0], device="meta")
        linear.weight, linear.bias = nn.Parameter(W.clone()), nn.Parameter(b.clone())
        modules += [linear, ACTIVATION[spec.activation](), nn.Dropout(spec.dropout)]
    return nn.Sequential(*modules[:-2])  # nothing follows the last layer: it gives the logits


class NnStage:
    """The network as a module."""

    def __init__(self, weights: Sequence[Tensor], spec: StageSpec) -> None:
        self.spec = spec
        self.network = build_network(weights, spec)
        self.cross_entropy = nn.CrossEntropyLoss(reduction=spec.reduction)
        self.mse = nn.MSELoss(reduction=spec.reduction)
        for parameter in self.network.parameters():
            parameter.grad = torch.zeros_like(parameter)

    @property
    def parameters(self) -> list[Tensor]:
        """Weight and bias of each Linear, in order."""
        return list(self.network.parameters())

    @property
    def gradients(self) -> list[Tensor]:
        """What `backward` left beside each parameter."""
        return [parameter.grad for parameter in self.parameters if parameter.grad is not None]

    def step(self, inputs_BD: Tensor, targets_B: Tensor, learning_rate: float) -> None:
        """Learn from one batch: forward, backward, update."""
        self.network.train()  # dropout on
        loss = self._data_loss(self.network(inputs_BD), targets_B)
        if self.spec.weight_decay:
            loss = loss + self._penalty()

        self.network.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]

        with torch.no_grad():
            for parameter, gradient in zip(self.network.parameters(), self.gradients, strict=True):
                parameter.sub_(gradient, alpha=learning_rate)

    def _data_loss(self, logits_BC: Tensor, targets_B: Tensor) -> Tensor:
        loss: Tensor
        if self.spec.loss == "cross_entropy":
            loss = self.cross_entropy(logits_BC, targets_B)
        else:
            one_hot_BC = F.one_hot(targets_B, logits_BC.shape[1]).to(logits_BC.dtype)
            loss = self.mse(logits_BC.softmax(dim=1), one_hot_BC)
        return loss

    def _penalty(self) -> Tensor:
        """λ/2 Σ w² or λ Σ |w|, over the weights of the Linear modules but not their biases."""
        linears = [module for module in self.network if isinstance(module, nn.Linear)]
        W = torch.cat([linear.weight.flatten() for linear in linears])
        size = W.square().sum() / 2 if self.spec.regularization == "l2" else W.abs().sum()
        return self.spec.weight_decay * size

    def logits(self, inputs_BD: Tensor) -> Tensor:
        """Return the logits (B, C), without dropout and without a graph."""
        self.network.eval()  # dropout off
        with torch.no_grad():
            logits_BC: Tensor = self.network(inputs_BD)
        return logits_BC

    def activations(self, inputs_BD: Tensor) -> list[Tensor]:
        """Return what each activation module gives, then the logits, without dropout."""
        self.network.eval()
        outputs = []
        with torch.no_grad():
            for module in self.network:
                inputs_BD = module(inputs_BD)
                if isinstance(module, ACTIVATION[self.spec.activation]):
                    outputs.append(inputs_BD)
        return [*outputs, inputs_BD]

    def gradient(self, inputs_BD: Tensor, targets_B: Tensor) -> list[Tensor]:
        """Return autograd's gradients of the data loss; `gradients` stay as they were."""
        self.network.eval()
        loss = self._data_loss(self.network(inputs_BD), targets_B)
        return list(torch.autograd.grad(loss, self.parameters))

    def state(self) -> dict[str, Tensor]:
        """Copy the parameters: plain SGD remembers nothing else."""
        return parameters_state(self.parameters)

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Take over what `state` returned."""
        load_parameters(self.parameters, state)
