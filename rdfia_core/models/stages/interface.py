"""What the four stages have in common: the settings they take and the questions they answer.

B examples, D inputs, C classes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from rdfia_core.errors import ConfigError

CHOICES = {
    "activation": ("none", "tanh", "sigmoid", "relu"),
    "loss": ("cross_entropy", "mse"),
    "reduction": ("mean", "sum"),
    "regularization": ("l2", "l1"),
    "optimizer": ("sgd", "momentum", "nesterov", "rmsprop", "adam"),
}


@dataclass(frozen=True)
class StageSpec:
    """How a stage computes and learns; the layers' sizes are those of the weights it is given.

    Args:
        activation: After every hidden layer: none, tanh, sigmoid or relu.
        loss: cross_entropy, in nats; or mse, between the class probabilities and the one-hot
            target.
        reduction: mean or sum. Cross-entropy is averaged over the batch, mse over batch and
            classes; sum adds everything up, as the lab's gradients do.
        dropout: Probability that a hidden activation is dropped in training, in [0, 1).
        weight_decay: λ. Each weight's gradient gets λ·w (l2) or λ·sign(w) (l1) added; biases get
            nothing.
        regularization: l2 or l1.
        optimizer: sgd, momentum, nesterov, rmsprop or adam; read by the optim stage alone, the
            others are plain SGD.
        momentum: Coefficient of momentum and nesterov, in [0, 1).

    Raises:
        ConfigError: If a value is not allowed; the error names the field.
    """

    activation: str = "tanh"
    loss: str = "cross_entropy"
    reduction: str = "mean"
    dropout: float = 0.0
    weight_decay: float = 0.0
    regularization: str = "l2"
    optimizer: str = "sgd"
    momentum: float = 0.9

    def __post_init__(self) -> None:
        for field, allowed in CHOICES.items():
            value = getattr(self, field)
            if value not in allowed:
                message = f"The '{field}' must be one of {', '.join(allowed)}. Got {value!r}."
                raise ConfigError(message, field)


class Stage(Protocol):
    """A small network and the way it learns. Weights (out, in) and biases (out), as in PyTorch."""

    spec: StageSpec

    @property
    def parameters(self) -> list[Tensor]:
        """[W1, b1, W2, b2, ...]: the tensors themselves, which every step changes in place."""
        ...

    @property
    def gradients(self) -> list[Tensor]:
        """Gradients that the last step went down, decay included; zeros before the first."""
        ...

    def logits(self, inputs_BD: Tensor) -> Tensor:
        """Return the logits (B, C), without dropout and without a graph."""
        ...

    def activations(self, inputs_BD: Tensor) -> list[Tensor]:
        """Return each hidden layer's activations (B, units), then the logits; no dropout."""
        ...

    def step(self, inputs_BD: Tensor, targets_B: Tensor, learning_rate: float) -> None:
        """Learn from one batch: forward, backward, update.

        Dropout masks come from PyTorch's default generator, layer by layer, the same in all
        stages.

        Args:
            inputs_BD: Of the dtype of the parameters.
            targets_B: Class indices in [0, C), int64.
            learning_rate: Size of the update, dimensionless.
        """
        ...

    def gradient(self, inputs_BD: Tensor, targets_B: Tensor) -> list[Tensor]:
        """Return the gradients of the data loss alone, in the order of `parameters`.

        Without dropout, without decay, without an update; the stage stays as it was.
        """
        ...

    def state(self) -> dict[str, Tensor]:
        """Return copies of all that is needed to go on exactly: parameters, optimiser buffers."""
        ...

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Take over what `state` returned, in place."""
        ...


def parameters_state(parameters: Sequence[Tensor]) -> dict[str, Tensor]:
    """Copy parameters into a dictionary, "parameter.0" and so on."""
    return {f"parameter.{k}": p.detach().clone() for k, p in enumerate(parameters)}


def load_parameters(parameters: Sequence[Tensor], state: Mapping[str, Tensor]) -> None:
    """Copy what `parameters_state` returned back into the parameters, in place."""
    with torch.no_grad():
        for k, parameter in enumerate(parameters):
            parameter.copy_(state[f"parameter.{k}"])
