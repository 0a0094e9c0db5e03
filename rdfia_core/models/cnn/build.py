"""A list of blocks as a PyTorch network. B images of a batch, C channels, h x w pixels of a map."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from rdfia_core.models.cnn.blocks import (
    Activation,
    BatchNorm,
    Block,
    Conv,
    Dropout,
    GlobalAverage,
    Linear,
    Pool,
    Residual,
)
from rdfia_core.models.cnn.fast_linear import FastLinear
from rdfia_core.models.cnn.layer_table import Layer, layer_table

_ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "leaky": nn.LeakyReLU,
    "gelu": nn.GELU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
}
# A maximum may be taken before these, with the same result on a quarter of the values.
_INCREASING = ("relu", "leaky", "tanh", "sigmoid")


class ResidualBlock(nn.Module):
    """Two 3 x 3 convolutions with batch norm, added to their input.

    References:
        K. He et al., Deep residual learning for image recognition, CVPR 2016, figure 2.
    """

    def __init__(self, num_inputs: int, channels: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(num_inputs, channels, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.shortcut: nn.Module = nn.Identity()
        if stride > 1 or num_inputs != channels:
            projection = nn.Conv2d(num_inputs, channels, 1, stride, bias=False)
            self.shortcut = nn.Sequential(projection, nn.BatchNorm2d(channels))

    def forward(self, x_BChw: Tensor) -> Tensor:
        """Return relu(residual + shortcut)."""
        residual = self.bn2(self.conv2(self.bn1(self.conv1(x_BChw)).relu()))
        added_BChw: Tensor = residual + self.shortcut(x_BChw)
        return added_BChw.relu()


class BlockNetwork(nn.Module):
    """A network of blocks, run in an order that gives the same result sooner.

    Args:
        modules: As written, by their names in the layer table.
        order: The names in the order of running.
        drawn: Names of the layers that have feature maps, each with that of the layer whose output
            they are: its activation's where it has one.
    """

    def __init__(
        self, modules: Mapping[str, nn.Module], order: Sequence[str], drawn: Mapping[str, str]
    ) -> None:
        super().__init__()
        self.layers = nn.ModuleDict(modules)
        self.order = tuple(order)
        self.drawn = dict(drawn)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Return the logits (B, K)."""
        for name in self.order:
            x_BCHW = self.layers[name](x_BCHW)
        return x_BCHW


def build_network(
    blocks: Sequence[Block], *, num_channels: int, image_size: int, num_classes: int
) -> BlockNetwork:
    """Build a network with PyTorch's default initial weights, from its default generator.

    Args:
        blocks: Without the classifier, which is added.
        num_channels: C of the images.
        image_size: Pixels a side of the images.
        num_classes: K.

    Raises:
        ConfigError: If a layer is impossible there; says which and why.
    """
    table = layer_table(
        blocks, num_channels=num_channels, image_size=image_size, num_classes=num_classes
    )
    table.check()
    modules: dict[str, nn.Module] = {}
    before = Layer("input", "", -1, num_channels, image_size)
    written = (*blocks, Linear(num_classes))
    for block, layer in zip(written, table.layers, strict=True):
        modules[layer.name] = _module(block, before)
        before = layer
    return BlockNetwork(modules, _fast_order(table.layers, written), _drawn(table.layers, written))


def feature_maps(network: BlockNetwork, x_1CHW: Tensor) -> dict[str, Tensor]:
    """Return the maps (1, C, h, w) of each convolution, residual block and pooling.

    The layers are run as written, as at evaluation; the network's mode stays as it is.
    """
    was_training = network.training
    network.eval()
    outputs: dict[str, Tensor] = {}
    try:
        with torch.no_grad():
            for name, module in network.layers.items():
                x_1CHW = module(x_1CHW)
                outputs[name] = x_1CHW
    finally:
        network.train(was_training)
    return {name: outputs[shown] for name, shown in network.drawn.items()}


def _module(block: Block, before: Layer) -> nn.Module:
    match block:
        case Conv(channels, kernel, stride, padding):
            return nn.Conv2d(before.channels, channels, kernel, stride, padding)
        case Pool("max", kernel, stride, padding, rounds_up):
            return nn.MaxPool2d(kernel, stride, padding, ceil_mode=rounds_up)
        case Pool(_, kernel, stride, padding, rounds_up):
            # Pixels outside do not count, else a window that is cut off would be too dark.
            return nn.AvgPool2d(
                kernel, stride, padding, ceil_mode=rounds_up, count_include_pad=False
            )
        case Residual(channels, stride):
            return ResidualBlock(before.channels, channels, stride)
        case GlobalAverage():
            return nn.AdaptiveAvgPool2d(1)
        case Linear(units):
            kind = FastLinear if block.is_large(before.num_values) else nn.Linear
            return nn.Sequential(nn.Flatten(), kind(before.num_values, units))
        case BatchNorm():
            norm = nn.BatchNorm2d if before.size else nn.BatchNorm1d
            return norm(before.channels)
        case Activation(name):
            return _ACTIVATIONS[name]()
        case Dropout(p):
            return nn.Dropout(p)


def _fast_order(layers: Sequence[Layer], blocks: Sequence[Block]) -> list[str]:
    """Names in the order of running: a maximum before an increasing activation."""
    order = [layer.name for layer in layers]
    for place, (block, following) in enumerate(pairwise(blocks)):
        is_increasing = isinstance(block, Activation) and block.name in _INCREASING
        if is_increasing and isinstance(following, Pool) and following.kind == "max":
            order[place], order[place + 1] = order[place + 1], order[place]
    return order


def _drawn(layers: Sequence[Layer], blocks: Sequence[Block]) -> dict[str, str]:
    drawn: dict[str, str] = {}
    current = ""
    for layer, block in zip(layers, blocks, strict=True):
        if isinstance(block, Conv | Residual | Pool):
            current = layer.name
        elif not isinstance(block, BatchNorm | Activation | Dropout):
            current = ""
        if current:
            drawn[current] = layer.name
    return drawn
