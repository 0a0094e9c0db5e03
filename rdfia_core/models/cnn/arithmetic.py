"""The arithmetic of convolutions: output sizes, weights, receptive fields.

All windows and images are square and counted in pixels a side: n input, k kernel, s stride, p
padding on each side.

References:
    V. Dumoulin and F. Visin, A guide to convolution arithmetic for deep learning, 2016, sections
    2 and 3.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rdfia_core.errors import ConfigError, ShapeError
from rdfia_core.models.cnn.blocks import parse_blocks
from rdfia_core.models.cnn.layer_table import layer_table

MAX_IMAGE = 4_096
MAX_KERNEL = 99
MAX_STRIDE = 99
MAX_CHANNELS = 100_000
MAX_LAYERS = 40

LAB_STACK = "k5 s1 p2, k2 s2, k5 s1 p2, k2 s2, k5 s1 p2, k2 s2"
"""Convolutions and poolings of the lab's network, as `parse_stack` reads them."""


@dataclass(frozen=True)
class Window:
    """A window that slides over a map: of a convolution or of a pooling.

    Args:
        kernel_size: k.
        stride: s.
        padding: p, smaller than k, so that no window lies wholly in the padding.
        rounds_up: Keep a last window that hangs over the border (`ceil_mode` of PyTorch).

    Raises:
        ConfigError: If a number is out of range.
    """

    kernel_size: int
    stride: int = 1
    padding: int = 0
    rounds_up: bool = False

    def __post_init__(self) -> None:
        _check("kernel size k", self.kernel_size, 1, MAX_KERNEL)
        _check("stride s", self.stride, 1, MAX_STRIDE)
        _check(
            f"padding p of a kernel of {self.kernel_size}", self.padding, 0, self.kernel_size - 1
        )

    def __str__(self) -> str:
        padding = f" p{self.padding}" if self.padding else ""
        return f"k{self.kernel_size} s{self.stride}{padding}{' up' if self.rounds_up else ''}"


def pooling_window(
    kernel_size: int, stride: int, padding: int = 0, *, rounds_up: bool = False
) -> Window:
    """Return the window of a pooling, whose padding is at most half the kernel, as in PyTorch.

    Raises:
        ConfigError: If a number is out of range.
    """
    _check("kernel size k", kernel_size, 1, MAX_KERNEL)
    _check(f"padding p of a pooling over {kernel_size} pixels", padding, 0, kernel_size // 2)
    return Window(kernel_size, stride, padding, rounds_up)


@dataclass(frozen=True)
class Fit:
    """How the windows lie on a map.

    Args:
        output_size: Windows a side.
        unread_border: Pixels at the far border, a side, that no window reads.
        unread_between: Pixels between windows, a side, that are skipped since s > k.
        overhang: Places, a side, by which the last window hangs over the padded map.
    """

    output_size: int
    unread_border: int
    unread_between: int
    overhang: int


def fit_windows(size: int, window: Window) -> Fit:
    """Count the windows on a map: (n + 2p - k) / s, rounded, plus 1.

    Where it is rounded up, a last window that would begin behind the last pixel is left out, as
    PyTorch does.

    Args:
        size: n.
        window: The window and its steps.

    Raises:
        ConfigError: If n is out of range.
        ShapeError: If not even one window fits.
    """
    _check("input size n", size, 1, MAX_IMAGE)
    k, s, p = window.kernel_size, window.stride, window.padding
    room = size + 2 * p - k
    if room < 0:
        raise ShapeError(
            f"The kernel must not be larger than the padded input, n + 2p = {size + 2 * p} pixels. "
            f"Got k = {k}. Use a smaller kernel, a larger image or more padding."
        )
    steps = -(-room // s) if window.rounds_up else room // s
    if window.rounds_up and steps * s >= size + p:
        steps -= 1
    end = steps * s + k - p
    return Fit(
        output_size=steps + 1,
        unread_border=max(0, size - end),
        unread_between=steps * max(0, s - k),
        overhang=max(0, end - size - p),
    )


def conv_weights(
    in_channels: int, out_channels: int, kernel_size: int, *, bias: bool = True
) -> int:
    """Return k * k * in * out, plus one bias a filter."""
    _check("number of input channels", in_channels, 1, MAX_CHANNELS)
    _check("number of filters", out_channels, 1, MAX_CHANNELS)
    _check("kernel size k", kernel_size, 1, MAX_KERNEL)
    return out_channels * (kernel_size**2 * in_channels + bias)


def fully_connected_weights(num_inputs: int, num_outputs: int, *, bias: bool = True) -> int:
    """Return inputs * outputs, plus one bias an output."""
    return num_outputs * (num_inputs + bias)


@dataclass(frozen=True)
class Counts:
    """Weights and biases of whole classifiers of 32 x 32 colour images into ten classes.

    Args:
        lab_layers: Of the lab's network, each layer with weights by its name.
        dense_first: Of the same network, its first convolution replaced by a fully connected layer
            with as many outputs.
        raw_pixels: Of a linear machine on the 3,072 values of the image.
        bag_of_words: Of a linear machine on a bag of 1,000 visual words.
    """

    lab_layers: dict[str, int]
    dense_first: int
    raw_pixels: int
    bag_of_words: int

    @property
    def lab(self) -> int:
        """Of the lab's network."""
        return sum(self.lab_layers.values())

    @property
    def convolutional_share(self) -> float:
        """Part of the lab's weights that its convolutions hold."""
        held = sum(n for name, n in self.lab_layers.items() if name.startswith("conv"))
        return held / self.lab


def weight_counts() -> Counts:
    """Count the weights of the lab's network and of what it is compared with."""
    side, channels, classes, words = 32, 3, 10, 1_000
    table = layer_table(
        parse_blocks("lab"), num_channels=channels, image_size=side, num_classes=classes
    )
    layers = {layer.name: layer.num_weights for layer in table.layers if layer.num_weights}
    pixels = channels * side**2
    dense = fully_connected_weights(pixels, table.layers[0].num_values)
    return Counts(
        lab_layers=layers,
        dense_first=sum(layers.values()) - table.layers[0].num_weights + dense,
        raw_pixels=fully_connected_weights(pixels, classes),
        bag_of_words=fully_connected_weights(words, classes),
    )


@dataclass(frozen=True)
class Seen:
    """What one value of a layer sees of the image.

    Args:
        window: The layer.
        size: Pixels a side of its output; 0 from the first layer on that does not fit.
        jump: Pixels of the image between neighbours of the output: the strides' product.
        receptive_field: Pixels a side of the image that one value sees, padding included.
    """

    window: Window
    size: int
    jump: int
    receptive_field: int


def receptive_fields(stack: Sequence[Window], image_size: int) -> list[Seen]:
    """Follow the receptive field up a stack of layers.

    R grows by (k - 1) times the product of the strides before the layer.

    Args:
        stack: The layers, the one on the image first.
        image_size: Pixels a side of the image.

    References:
        A. Araujo et al., Computing receptive fields of convolutional neural networks, Distill,
        2019, equation 2.
    """
    _check("image size", image_size, 1, MAX_IMAGE)
    rows: list[Seen] = []
    size, jump, field = image_size, 1, 1
    for window in stack:
        fits = size + 2 * window.padding >= window.kernel_size and size > 0
        size = fit_windows(size, window).output_size if fits else 0
        field += (window.kernel_size - 1) * jump
        jump *= window.stride
        rows.append(Seen(window, size, jump, field))
    return rows


def parse_stack(text: str) -> tuple[Window, ...]:
    """Read layers such as `k5 s1 p2, k2 s2 up`: kernel, then stride, padding, rounding at will.

    Raises:
        ConfigError: Says which layer is wrong, what is allowed, and what it read.
    """
    parts = [part.strip() for part in text.lower().split(",") if part.strip()]
    if not 1 <= len(parts) <= MAX_LAYERS:
        raise ConfigError(
            f"The stack must have 1 to {MAX_LAYERS} layers, separated by commas, such as "
            f"k5 s1, k2 s2. Got {len(parts)}."
        )
    return tuple(_parse_window(number, part) for number, part in enumerate(parts, start=1))


def _parse_window(number: int, part: str) -> Window:
    found: dict[str, int] = {}
    for word in part.split():
        match = re.fullmatch(r"([ksp])([0-9]{1,4})|(up)", word)
        letter = match and (match[1] or match[3])
        if match is None or not letter or letter in found:
            raise ConfigError(
                f"Layer {number} must be a kernel size k, then at will a stride s, a padding p and "
                f"up, such as k3 s2 p1. Got {word[:20]!r} in {part[:40]!r}."
            )
        found[letter] = int(match[2] or 1)
    if "k" not in found:
        raise ConfigError(
            f"Layer {number} must have a kernel size, k1 to k{MAX_KERNEL}. Got {part[:40]!r}."
        )
    try:
        return Window(found["k"], found.get("s", 1), found.get("p", 0), "up" in found)
    except ConfigError as error:
        raise ConfigError(f"Layer {number}, {part[:40]}: {error}") from error


def _check(what: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        allowed = f"be {low}" if low == high else f"lie between {low:,} and {high:,}"
        raise ConfigError(f"The {what} must {allowed}. Got {value:,}.")
