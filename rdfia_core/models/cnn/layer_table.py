"""What each layer of a network makes of its input: shape, weights, work, memory, receptive field.

C channels, S pixels a side. Nothing is built and torch is not needed, so the table can follow every
key press.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rdfia_core.errors import ConfigError
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

MAX_WEIGHTS = 30_000_000
MAX_VALUES = 4_000_000
"""Numbers that one image may take within the network: 16 MB in float32."""


@dataclass(frozen=True)
class Layer:
    """One line of the table.

    Args:
        name: Kind and number, as in conv1, pool1, fc4; layers with weights count up.
        block: Its text.
        number: Which block of the list, from 0; the classifier is one more than the last.
        channels: C of the output, or units once there are no maps any more.
        size: S of the output; 0 once there are no maps any more.
        num_weights: Weights and biases, trained ones.
        multiply_adds: Multiplications of the layer for one image.
        receptive_field: Pixels a side of the input that one output looks at, padding included.
        jump: Pixels of the input between neighbours of the output; 0 without maps.
    """

    name: str
    block: str
    number: int
    channels: int
    size: int
    num_weights: int = 0
    multiply_adds: int = 0
    receptive_field: int = 1
    jump: int = 1

    @property
    def num_values(self) -> int:
        """Numbers in the output for one image."""
        return self.channels * max(1, self.size) ** 2


@dataclass(frozen=True)
class LayerTable:
    """The layers up to the first impossible one.

    Args:
        image_size: Pixels a side of the input.
        layers: The possible ones, without the input.
        error: Why the next one is impossible, "" if all are possible.
        error_number: Which block that is; -1 if there is none.
    """

    image_size: int
    layers: tuple[Layer, ...]
    error: str = ""
    error_number: int = -1

    def check(self) -> None:
        """Raise the error, if there is one.

        Raises:
            ConfigError: Says which layer is impossible and why.
        """
        if self.error:
            images = f"images of {self.image_size} x {self.image_size} pixels"
            message = f"The 'architecture' parameter must fit {images}. Got {self.error}."
            raise ConfigError(message, "architecture")

    @property
    def num_weights(self) -> int:
        """Of all layers."""
        return sum(layer.num_weights for layer in self.layers)

    @property
    def multiply_adds(self) -> int:
        """Of all layers, for one image."""
        return sum(layer.multiply_adds for layer in self.layers)

    @property
    def num_values(self) -> int:
        """Of all outputs: what training keeps of one image for the gradients, roughly."""
        return sum(layer.num_values for layer in self.layers)


class _ImpossibleError(Exception):
    """A layer cannot follow what is before it."""


def layer_table(
    blocks: Sequence[Block], *, num_channels: int, image_size: int, num_classes: int
) -> LayerTable:
    """Follow one image through the blocks and the classifier.

    Args:
        blocks: Without the classifier.
        num_channels: C of the input.
        image_size: S of the input.
        num_classes: Units of the classifier.
    """
    layers: list[Layer] = []
    layer = Layer("input", "", -1, num_channels, image_size)
    weighted = 0
    for number, block in enumerate((*blocks, Linear(num_classes))):
        weighted += isinstance(block, Conv | Residual | Linear)
        begun = replace(
            layer,
            name=_name(block, max(1, weighted), {known.name for known in layers}),
            block=str(block),
            number=number,
            num_weights=0,
            multiply_adds=0,
        )
        try:
            layer = _follow(block, layer, begun)
            layers.append(layer)
            _check_size(LayerTable(image_size, tuple(layers)))
        except _ImpossibleError as reason:
            return LayerTable(image_size, tuple(layers), f"{begun.name}: {reason}", number)
    return LayerTable(image_size, tuple(layers))


def _name(block: Block, number: int, taken: set[str]) -> str:
    """Kind and number; a further one of the kind there is told apart by a second number."""
    name = f"{str(block).split()[0]}{number}"
    names = (f"{name}_{again}" for again in range(2, len(taken) + 3))
    return name if name not in taken else next(n for n in names if n not in taken)


def _check_size(table: LayerTable) -> None:
    if table.num_weights > MAX_WEIGHTS:
        message = f"{table.num_weights:,} weights so far, more than {MAX_WEIGHTS:,}; make a layer"
        raise _ImpossibleError(f"{message} smaller, or pool before the first fully connected one")
    if table.num_values > MAX_VALUES:
        message = f"one image takes {table.num_values:,} numbers so far, more than {MAX_VALUES:,}"
        raise _ImpossibleError(f"{message}; use fewer channels, a stride, or pool earlier")


def _follow(block: Block, before: Layer, after: Layer) -> Layer:
    """Return `after`, which begins as a copy of `before`, with what the block changes."""
    match block:
        case Conv(channels, kernel, stride, padding):
            size = _windows(before, kernel, stride, padding, rounds_up=False)
            weights = channels * before.channels * kernel**2
            return replace(
                _seen(after, kernel, stride),
                channels=channels,
                size=size,
                num_weights=weights + channels,
                multiply_adds=weights * size**2,
            )
        case Pool(_, kernel, stride, padding, rounds_up):
            size = _windows(before, kernel, stride, padding, rounds_up=rounds_up)
            return replace(_seen(after, kernel, stride), size=size)
        case Residual(channels, stride):
            return _follow_residual(before, after, channels, stride)
        case GlobalAverage():
            _need_maps(before)
            return replace(_seen(after, before.size, before.size), size=1)
        case Linear(units):
            num_inputs = before.num_values
            seen = _seen(after, max(1, before.size), 1)
            return replace(
                seen,
                channels=units,
                size=0,
                jump=0,
                num_weights=(num_inputs + 1) * units,
                multiply_adds=num_inputs * units,
            )
        case BatchNorm():
            return replace(after, num_weights=2 * before.channels)
        case Activation() | Dropout():
            return after


def _follow_residual(before: Layer, after: Layer, channels: int, stride: int) -> Layer:
    size = _windows(before, 3, stride, 1, rounds_up=False)
    first, second = 9 * before.channels * channels, 9 * channels**2
    shortcut = before.channels * channels if stride > 1 or channels != before.channels else 0
    norms = 2 * channels * (3 if shortcut else 2)
    seen = _seen(_seen(after, 3, stride), 3, 1)
    return replace(
        seen,
        channels=channels,
        size=size,
        num_weights=first + second + shortcut + norms,
        multiply_adds=(first + second + shortcut) * size**2,
    )


def _seen(layer: Layer, kernel: int, stride: int) -> Layer:
    """Widen the receptive field: R + (k - 1) j, where j is the product of the strides before."""
    field = layer.receptive_field + (kernel - 1) * layer.jump
    return replace(layer, receptive_field=field, jump=layer.jump * stride)


def _windows(before: Layer, kernel: int, stride: int, padding: int, *, rounds_up: bool) -> int:
    """Return the output size of a convolution or pooling."""
    _need_maps(before)
    room = before.size + 2 * padding - kernel
    if room < 0:
        padded = f" (with padding {padding}: {before.size + 2 * padding})" if padding else ""
        message = f"a window of {kernel} x {kernel} does not fit into {before.size} x {before.size}"
        raise _ImpossibleError(
            f"{message}{padded}; use a smaller one, more padding, or pool less before"
        )
    size = -(-room // stride) + 1 if rounds_up else room // stride + 1
    # A window that would begin in the padding behind the last pixel is left out, as PyTorch does.
    return size - 1 if rounds_up and (size - 1) * stride >= before.size + padding else size


def _need_maps(before: Layer) -> None:
    if not before.size:
        message = f"{before.name} before it is fully connected: there are no rows and columns left"
        raise _ImpossibleError(f"{message}; move it before the first fc")
