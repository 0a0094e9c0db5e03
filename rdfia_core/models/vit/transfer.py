"""From one network to the next: which weights are carried over, which of them learn, and how fast.

A network is seen as a row of layers: the embedding (0), its blocks (1 to L), the head (L + 1).
"""

import re
from collections.abc import Callable, Mapping

import torch
from timm.layers.norm_act import freeze_batch_norm_2d
from torch import Tensor, nn

from rdfia_core.errors import ConfigError, ShapeError

_BLOCK = re.compile(r"(?:blocks|stages|layer)\.?(\d+)\.")
_HEAD = (
    "head.", "fc.", "classifier.", "norm.", "fc_norm.", "head_norm.", "conv_head.", "norm_head.",
)  # fmt: skip
_CLASSIFIERS = ("head", "fc", "classifier")


def layers_of(network: nn.Module) -> list[list[str]]:
    """Return the names of the parameters of each layer: embedding, blocks (or stages), head."""
    names = [name for name, _ in network.named_parameters()]
    found = {name: int(match[1]) for name in names if (match := _BLOCK.match(name))}
    numbers = sorted(set(found.values()))
    layers: list[list[str]] = [[] for _ in range(len(numbers) + 2)]
    for name in names:
        if name in found:
            layers[1 + numbers.index(found[name])].append(name)
        else:
            layers[-1 if name.startswith(_HEAD) else 0].append(name)
    return layers


def num_frozen(freeze: str, count: int) -> int:
    """Return how many layers, from the embedding on, do not learn.

    Args:
        freeze: none, backbone (all but the head), or first:K (the embedding and K blocks).
        count: Number of blocks L.

    Raises:
        ConfigError: If there are not K blocks.
    """
    if freeze == "none":
        return 0
    if freeze == "backbone":
        return count + 1
    blocks = int(freeze.removeprefix("first:"))
    if blocks > count:
        raise ConfigError(
            f"The 'freeze' parameter must name at most {count} blocks, as many as the network has. "
            f"Got {freeze}.",
            "freeze",
        )
    return blocks + 1


def freeze_layers(network: nn.Module, freeze: str) -> None:
    """Keep the first layers as they are, batch statistics included; `freeze` as in `num_frozen`.

    Raises:
        ConfigError: As `num_frozen`.
    """
    layers = layers_of(network)
    frozen = {name for layer in layers[: num_frozen(freeze, len(layers) - 2)] for name in layer}
    for name, parameter in network.named_parameters():
        parameter.requires_grad = name not in frozen
    for name, module in list(network.named_modules()):
        if isinstance(module, nn.BatchNorm2d) and f"{name}.weight" in frozen:
            parent, _, child = name.rpartition(".")
            frozen_norm = freeze_batch_norm_2d(module)  # type: ignore[no-untyped-call]
            setattr(network.get_submodule(parent), child, frozen_norm)


def layer_scales(network: nn.Module, decay: float) -> Callable[[str], float]:
    """Return the factor of the learning rate of each parameter: 1 at the head, smaller below.

    Args:
        network: Whose parameters they are.
        decay: Factor from each layer to the one below, in (0, 1].

    References:
        H. Bao et al., BEiT: BERT pre-training of image transformers, ICLR 2022, section 3.1.
    """
    layers = layers_of(network)
    top = len(layers) - 1
    scales = {name: decay ** (top - k) for k, layer in enumerate(layers) for name in layer}
    return scales.__getitem__


def load_weights(network: nn.Module, weights: Mapping[str, Tensor], *, with_head: bool) -> None:
    """Carry weights over by their names.

    Args:
        network: Receives them, in place.
        weights: Of a network of the same shape, but for the head.
        with_head: Whether the classifier is carried over, too; else it keeps its initial weights.

    Raises:
        ShapeError: If the weights are not of such a network.
    """
    own = network.state_dict()
    wanted = {name for name in own if with_head or name.split(".")[0] not in _CLASSIFIERS}
    wanted = {name for name in wanted if not name.endswith("num_batches_tracked")}
    missing = sorted(wanted - set(weights))
    differing = [n for n in wanted & set(weights) if own[n].shape != weights[n].shape]
    if missing or differing:
        raise ShapeError(
            f"These weights are of another network: {(missing or sorted(differing))[0]} is missing "
            "or has another shape. Start from a run with the same network."
        )
    with torch.no_grad():
        for name in wanted:
            own[name].copy_(weights[name])
