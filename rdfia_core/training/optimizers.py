"""The optimisers of the image labs, by the field's names."""

from typing import Any

from torch import Tensor, nn
from torch.optim import SGD, Adam, AdamW, Optimizer, RMSprop

from rdfia_core.errors import ConfigError

OPTIMIZERS = ("sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw")


def build_optimizer(
    name: str, network: nn.Module, *, learning_rate: float, momentum: float, weight_decay: float
) -> Optimizer:
    """Make an optimiser for all parameters of a network.

    Weight decay pulls on weights (of two and more dimensions) and leaves biases, and the scales
    and shifts of a normalisation, alone: shrinking those does not make a network simpler.

    Args:
        name: One of `OPTIMIZERS`.
        network: On its device.
        learning_rate: Of the first step; the training loop sets it before each.
        momentum: Share of the previous step that momentum and nesterov keep.
        weight_decay: Added to the gradient as a penalty's would be; adamw takes it off the
            weights instead, after I. Loshchilov and F. Hutter, ICLR 2019.

    Returns:
        The optimiser, in one fused pass over each parameter where PyTorch has one.

    Raises:
        ConfigError: If there is no such optimiser.
    """
    if name not in OPTIMIZERS:
        raise ConfigError(
            f"The optimizer must be one of {', '.join(OPTIMIZERS)}. Got {name!r}.", "optimizer"
        )
    decayed = [p for p in network.parameters() if p.dim() > 1]
    others = [p for p in network.parameters() if p.dim() <= 1]
    groups: list[dict[str, Any]] = [
        {"params": decayed, "weight_decay": weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    is_fused = all(p.device.type in ("cpu", "cuda", "mps") for p in network.parameters())
    if name == "rmsprop":
        return RMSprop(groups, lr=learning_rate)  # PyTorch has no fused one
    if name in ("adam", "adamw"):
        return (Adam if name == "adam" else AdamW)(groups, lr=learning_rate, fused=is_fused)
    kept = 0.0 if name == "sgd" else momentum
    # Nesterov's step with a momentum of 0 is the plain one, which SGD wants to be asked for.
    is_nesterov = name == "nesterov" and kept > 0
    return SGD(groups, lr=learning_rate, momentum=kept, nesterov=is_nesterov, fused=is_fused)


def optimizer_arrays(optimizer: Optimizer) -> dict[str, Tensor]:
    """Return the state of an optimiser as named tensors, for a checkpoint."""
    return {
        f"{number}.{name}": value
        for number, state in optimizer.state_dict()["state"].items()
        for name, value in state.items()
        if isinstance(value, Tensor)
    }


def load_optimizer_arrays(optimizer: Optimizer, arrays: dict[str, Tensor]) -> None:
    """Take over what `optimizer_arrays` returned."""
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in arrays.items():
        number, name = key.split(".", 1)
        state.setdefault(int(number), {})[name] = value
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": state, "param_groups": groups})


def set_learning_rate(optimizer: Optimizer, learning_rate: float) -> None:
    """Set the learning rate of the next step."""
    for group in optimizer.param_groups:
        group["lr"] = learning_rate
