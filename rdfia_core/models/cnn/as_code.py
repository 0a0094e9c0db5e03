"""A list of blocks as Python code: the network that `build` makes, as PyTorch is written by hand.

Free of torch: it writes text.
"""

from collections.abc import Sequence

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
from rdfia_core.models.cnn.layer_table import Layer, layer_table

_ACTIVATIONS = {
    "relu": "ReLU",
    "leaky": "LeakyReLU",
    "gelu": "GELU",
    "tanh": "Tanh",
    "sigmoid": "Sigmoid",
}
_INCREASING = ("relu", "leaky", "tanh", "sigmoid")


def network_code(
    blocks: Sequence[Block], *, num_channels: int, image_size: int, num_classes: int
) -> str:
    """Return an expression that makes the network.

    Its layers run in the order of `build`, a maximum before an increasing activation, and draw
    their initial weights in the same order.

    Args:
        blocks: Without the classifier, which is added.
        num_channels: C of the images.
        image_size: Pixels a side of the images.
        num_classes: K.

    Raises:
        ConfigError: If a layer is impossible there.
    """
    table = layer_table(
        blocks, num_channels=num_channels, image_size=image_size, num_classes=num_classes
    )
    table.check()
    before = Layer("input", "", -1, num_channels, image_size)
    written: list[tuple[Block, list[str]]] = []
    for block, layer in zip((*blocks, Linear(num_classes)), table.layers, strict=True):
        written.append((block, _module(block, before)))
        before = layer
    for place in range(len(written) - 1):
        (block, _), (following, _) = written[place], written[place + 1]
        is_increasing = isinstance(block, Activation) and block.name in _INCREASING
        if is_increasing and isinstance(following, Pool) and following.kind == "max":
            written[place], written[place + 1] = written[place + 1], written[place]
    lines = [f"    {line}," for _, modules in written for line in modules]
    return "\n".join(["nn.Sequential(", *lines, ")"])


def _module(block: Block, before: Layer) -> list[str]:
    match block:
        case Conv(channels, kernel, stride, padding):
            words = f"{before.channels}, {channels}, {kernel}{_steps(stride, 1, padding)}"
            return [f"nn.Conv2d({words})"]
        case Pool("max", kernel, stride, padding, rounds_up):
            up = ", ceil_mode=True" if rounds_up else ""
            return [f"nn.MaxPool2d({kernel}{_steps(stride, kernel, padding)}{up})"]
        case Pool(_, kernel, stride, padding, rounds_up):
            up = ", ceil_mode=True" if rounds_up else ""
            words = f"{kernel}{_steps(stride, kernel, padding)}{up}, count_include_pad=False"
            return [f"nn.AvgPool2d({words})"]
        case Residual(channels, stride):
            return [f"ResidualBlock({before.channels}, {channels}, {stride})"]
        case GlobalAverage():
            return ["nn.AdaptiveAvgPool2d(1)"]
        case Linear(units):
            kind = "FastLinear" if block.is_large(before.num_values) else "nn.Linear"
            linear = f"{kind}({before.num_values}, {units})"
            return ["nn.Flatten()", linear] if before.size else [linear]
        case BatchNorm():
            return [f"nn.BatchNorm{'2d' if before.size else '1d'}({before.channels})"]
        case Activation(name):
            return [f"nn.{_ACTIVATIONS[name]}()"]
        case Dropout(p):
            return [f"nn.Dropout({p!r})"]


def _steps(stride: int, usual_stride: int, padding: int) -> str:
    steps = f", stride={stride}" if stride != usual_stride else ""
    return steps + (f", padding={padding}" if padding else "")
