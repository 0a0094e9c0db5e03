"""Fits images to a network that was made for others: size and channels."""

import torch.nn.functional as F
from torch import Tensor, nn


def adapt_inputs(network: nn.Module, size: int, num_channels: int) -> None:
    """Have a network resize what it receives, and turn grey into colour or colour into grey.

    It is done by a hook, so the network's weights keep their names.

    Args:
        network: Whose inputs (B, C, S, S) are adapted from now on.
        size: Pixels a side that the network is made for.
        num_channels: Channels that it is made for.
    """

    def adapt(_: nn.Module, inputs: tuple[Tensor]) -> tuple[Tensor]:
        return (adapted(inputs[0], size, num_channels),)

    network.register_forward_pre_hook(adapt)


def adapted(x_BCSS: Tensor, size: int, num_channels: int) -> Tensor:
    """Return images of this size and number of channels; those that fit are returned as they are.

    Grey becomes colour by repetition, colour becomes grey by the mean of its channels. Sizes are
    interpolated linearly, averaging where pixels are lost.
    """
    if x_BCSS.shape[1] != num_channels:
        grey_B1SS = x_BCSS.mean(dim=1, keepdim=True)
        x_BCSS = grey_B1SS.expand(-1, num_channels, -1, -1)
    if x_BCSS.shape[-1] != size:
        x_BCSS = F.interpolate(x_BCSS, size=(size, size), mode="bilinear", antialias=True)
    return x_BCSS
