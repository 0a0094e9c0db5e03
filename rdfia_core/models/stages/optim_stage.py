"""Stage (d): `torch.optim` makes the update too; this is how PyTorch is written every day.

B examples, D inputs, C classes. With a memory (v, s, m) of past gradients ∇ for each parameter θ:

    sgd        θ ← θ − η ∇
    momentum   v ← μ v + ∇                        θ ← θ − η v
    nesterov   v ← μ v + ∇                        θ ← θ − η (∇ + μ v)
    rmsprop    s ← 0.99 s + 0.01 ∇²               θ ← θ − η ∇ / (√s + ε)
    adam       m ← 0.9 m + 0.1 ∇,  s ← 0.999 s + 0.001 ∇²,  both divided by 1 − βᵗ at step t
                                                  θ ← θ − η m / (√s + ε)

References:
    I. Sutskever et al., On the importance of initialization and momentum, ICML 2013.
    T. Tieleman and G. Hinton, RMSprop, Coursera lecture 6.5, 2012.
    D. Kingma and J. Ba, Adam, ICLR 2015.
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
    """Stack Linear, activation, Dropout, ..., Linear, as in stage (c)."""
    modules: list[nn.Module] = []
    for W, b in zip(weights[::2], weights[1::2], strict=True):
        linear = nn.Linear(W.shape[1], W.shape[0], device="meta")
        linear.weight, linear.bias = nn.Parameter(W.clone()), nn.Parameter(b.clone())
        modules += [linear, ACTIVATION[spec.activation](), nn.Dropout(spec.dropout)]
    return nn.Sequential(*modules[:-2])


def build_optimizer(network: nn.Module, spec: StageSpec) -> torch.optim.Optimizer:
    """Choose the rule of the update; the learning rate comes with each step."""
    if spec.optimizer == "rmsprop":
        return torch.optim.RMSprop(network.parameters())
    if spec.optimizer == "adam":
        return torch.optim.Adam(network.parameters())
    momentum = 0.0 if spec.optimizer == "sgd" else spec.momentum
    # Nesterov with μ = 0 is plain SGD, which PyTorch wants to be told so.
    nesterov = spec.optimizer == "nesterov" and momentum > 0
    return torch.optim.SGD(network.parameters(), lr=1.0, momentum=momentum, nesterov=nesterov)


class OptimStage:
    """The network as a module, and an optimiser that knows its parameters."""

    def __init__(self, weights: Sequence[Tensor], spec: StageSpec) -> None:
        self.spec = spec
        self.network = build_network(weights, spec)
        self.optimizer = build_optimizer(self.network, spec)
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
        """Learn from one batch: the five lines of every PyTorch program."""
        self.network.train()
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate

        logits_BC = self.network(inputs_BD)
        loss = self._data_loss(logits_BC, targets_B) + self._penalty()
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()

    def _data_loss(self, logits_BC: Tensor, targets_B: Tensor) -> Tensor:
        loss: Tensor
        if self.spec.loss == "cross_entropy":
            loss = self.cross_entropy(logits_BC, targets_B)
        else:
            one_hot_BC = F.one_hot(targets_B, logits_BC.shape[1]).to(logits_BC.dtype)
            loss = self.mse(logits_BC.softmax(dim=1), one_hot_BC)
        return loss

    def _penalty(self) -> Tensor | float:
        """λ/2 Σ w² or λ Σ |w|, over weights; the optimisers' own `weight_decay` knows no |w|."""
        if not self.spec.weight_decay:
            return 0.0
        W = torch.cat([m.weight.flatten() for m in self.network if isinstance(m, nn.Linear)])
        size = W.square().sum() / 2 if self.spec.regularization == "l2" else W.abs().sum()
        return self.spec.weight_decay * size

    def logits(self, inputs_BD: Tensor) -> Tensor:
        """Return the logits (B, C), without dropout and without a graph."""
        self.network.eval()
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
        """Copy the parameters and the optimiser's memory: "optimizer.0.momentum_buffer", ..."""
        memory = {
            f"optimizer.{k}.{key}": value.clone()
            for k, buffers in self.optimizer.state_dict()["state"].items()
            for key, value in buffers.items()
            if value is not None
        }
        return parameters_state(self.parameters) | memory

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Take over what `state` returned."""
        load_parameters(self.parameters, state)
        memory: dict[int, dict[str, Tensor]] = {}
        for name, value in state.items():
            if name.startswith("optimizer."):
                _, k, key = name.split(".")
                memory.setdefault(int(k), {})[key] = value.clone()
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": memory, "param_groups": groups})
