"""Where in the image a unit of a network looks. S pixels a side. Free of torch."""

from collections.abc import Sequence

from rdfia_core.models.cnn.blocks import Block, Conv, Pool, Residual
from rdfia_core.models.cnn.layer_table import LayerTable


def centre_window(blocks: Sequence[Block], table: LayerTable, name: str) -> tuple[int, int]:
    """Return the first and last pixel, per axis, that a layer's centre unit looks at.

    Args:
        blocks: Of the network, without the classifier.
        table: Of these blocks.
        name: A layer with rows and columns; its centre unit is number `size // 2`.

    Returns:
        Both may lie in the padding, outside of [0, S).

    References:
        A. Araujo, W. Norris and J. Sim, Computing receptive fields of convolutional neural
        networks, Distill 2019, section "Computing receptive field region".
    """
    first, jump = 0, 1  # first pixel of unit 0, and pixels between neighbours
    for block, layer in zip(blocks, table.layers, strict=False):  # the classifier looks nowhere
        if isinstance(block, Conv | Pool):
            first -= block.padding * jump
        elif isinstance(block, Residual):
            first -= jump + layer.jump  # two convolutions with padding 1
        jump = layer.jump
        if layer.name == name:
            start = first + layer.size // 2 * jump
            return start, start + layer.receptive_field - 1
    raise KeyError(name)
