"""Fully connected layers as convolutions, so that one network answers at every place of an image.

A fully connected layer on maps of s x s pixels is a convolution with kernels of s x s: on an image
of the size it was trained on, it gives one answer, on a larger one a map of answers. All that
neighbouring places share is computed once.

References:
    P. Sermanet et al., OverFeat, ICLR 2014, section 3.5.
"""

import copy

import torch
from torch import Tensor, nn

from rdfia_core.models.cnn.build import BlockNetwork


def as_convolutions(network: BlockNetwork, image_size: int, num_channels: int) -> nn.Sequential:
    """Return a network with the same weights that takes larger images.

    Args:
        network: In evaluation mode.
        image_size: Pixels a side of the images that it was built for.
        num_channels: Channels of the images.

    Returns:
        From (B, C, H, W) to logits (B, K, h, w). Where the network pads, the middle of a larger
        image has pixels where the training images had zeros, so the answers differ a little from
        those to the piece cut out; without padding they are the same.
    """
    like = next(network.parameters())
    x_1Chw = torch.zeros(1, num_channels, image_size, image_size, device=like.device)
    modules: list[nn.Module] = []
    with torch.no_grad():
        for name in network.order:
            module = network.layers[name]
            modules.append(_widened(module, x_1Chw))
            x_1Chw = modules[-1](x_1Chw)
    return nn.Sequential(*modules)


def _widened(module: nn.Module, x_1Chw: Tensor) -> nn.Module:
    """Return what stands for a module on larger inputs than `x_1Chw`."""
    size = x_1Chw.shape[-1]
    if isinstance(module, nn.AdaptiveAvgPool2d):
        return nn.AvgPool2d(size, stride=1)
    if isinstance(module, nn.BatchNorm1d):
        norm = nn.BatchNorm2d(module.num_features)
        norm.load_state_dict(module.state_dict())
        return norm.to(x_1Chw.device).eval()
    if isinstance(module, nn.Sequential):  # flattening, then fully connected
        weight_UD, bias_U = module[-1].parameters()
        weight_UChw = weight_UD.detach().view(-1, x_1Chw.shape[1], size, size)
        conv = nn.Conv2d(x_1Chw.shape[1], len(weight_UChw), size, device=x_1Chw.device)
        conv.load_state_dict({"weight": weight_UChw, "bias": bias_U.detach()})
        return conv
    return copy.deepcopy(module).eval()
