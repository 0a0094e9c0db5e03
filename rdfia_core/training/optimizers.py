"""The optimisers of the image labs, by the field's names."""

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn
from torch.optim import SGD, Adam, AdamW, Optimizer, RMSprop

from rdfia_core.errors import ConfigError

OPTIMIZERS = ("sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw")


def build_optimizer(
    name: str,
    network: nn.Module,
    *,
    learning_rate: float,
    momentum: float,
    weight_decay: float,
    scale_of: Callable[[str], float] = lambda _: 1.0,
) -> Optimizer:
    """Make an optimiser for the parameters of a network that are trained.

    Weight decay pulls on weights (of two and more dimensions) and leaves biases, the scales and
    shifts of a normalisation, and what the network's `no_weight_decay` names alone: shrinking
    those does not make a network simpler.

    Args:
        name: One of `OPTIMIZERS`.
        network: On its device.
        learning_rate: Of the first step; the training loop sets it before each.
        momentum: Share of the previous step that momentum and nesterov keep.
        weight_decay: Added to the gradient as a penalty's would be; adamw takes it off the
            weights instead, after I. Loshchilov and F. Hutter, ICLR 2019.
        scale_of: Factor of the learning rate of a parameter, by its name.

    Returns:
        The optimiser, in one fused pass over each parameter where PyTorch has one.

    Raises:
        ConfigError: If there is no such optimiser.
    """
    if name not in OPTIMIZERS:
        raise ConfigError(
            f"The optimizer must be one of {', '.join(OPTIMIZERS)}. Got {name!r}.", "optimizer"
        )
    groups = _groups(network, weight_decay, scale_of)
    is_fused = all(p.device.type in ("cpu", "cuda", "mps") for p in network.parameters())
    if name == "rmsprop":
        return RMSprop(groups, lr=learning_rate)  # PyTorch has no fused one
    if name in ("adam", "adamw"):
        return (Adam if name == "adam" else AdamW)(groups, lr=learning_rate, fused=is_fused)
    kept = 0.0 if name == "sgd" else momentum
    # Nesterov's step with a momentum of 0 is the plain one, which SGD wants to be asked for.
    is_nesterov = name == "nesterov" and kept > 0
    return SGD(groups, lr=learning_rate, momentum=kept, nesterov=is_nesterov, fused=is_fused)


def _groups(
    network: nn.Module, weight_decay: float, scale_of: Callable[[str], float]
) -> list[dict[str, Any]]:
    """Sort the parameters by whether they decay and by their factor: decaying ones first."""
    spared: set[str] = getattr(network, "no_weight_decay", set)()
    groups: dict[tuple[bool, float], list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            decays = parameter.dim() > 1 and name not in spared
            groups.setdefault((not decays, scale_of(name)), []).append(parameter)
    return [
        {"params": params, "weight_decay": 0.0 if is_spared else weight_decay, "lr_scale": scale}
        for (is_spared, scale), params in sorted(groups.items(), key=lambda item: item[0])
    ]


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
    """Set the learning rate of the next step; each group has its factor of it."""
    for group in optimizer.param_groups:
        group["lr"] = learning_rate * group["lr_scale"]
