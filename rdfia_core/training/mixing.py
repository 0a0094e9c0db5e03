"""Mixup and CutMix: images made of two, and targets that say how much of each.

B images, C channels, S x S pixels, K classes.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from rdfia_core.training.alterations import Boxes, draw_uniform
from rdfia_core.training.framing import memory_format

MIXUP_ALPHA = 0.2  # Zhang's for ImageNet is 0.1 to 0.4
BETA_TRIES = 8


class MixedTargets(NamedTuple):
    """Two classes an image; `weight_B` in [0, 1] is the share of the first."""

    first_B: Tensor
    second_B: Tensor
    weight_B: Tensor

    @property
    def main(self) -> Tensor:
        """Class with the larger share, (B,), for an accuracy."""
        return torch.where(self.weight_B >= 0.5, self.first_B, self.second_B)


Targets = Tensor | MixedTargets


class Mix(NamedTuple):
    """How a batch is mixed with itself.

    Attributes:
        partner_B: Row of the image that each one is mixed with.
        share_B1SS: Share of the first image in each pixel, in [0, 1]; one share an image, so
            (B, 1, 1, 1), where no boxes are cut.
        weight_B: Mean of the shares of an image.
    """

    partner_B: Tensor
    share_B1SS: Tensor
    weight_B: Tensor


def draw_mixup(num_images: int, generator: torch.Generator) -> Mix:
    """Draw shares from Beta(0.2, 0.2), one an image.

    References:
        H. Zhang et al., mixup: beyond empirical risk minimization, ICLR 2018, section 2. There
        one share serves the batch.
    """
    weight_B = _draw_beta(MIXUP_ALPHA, num_images, generator)
    return Mix(_draw_partners(num_images, generator), weight_B.view(-1, 1, 1, 1), weight_B)


def draw_cutmix(num_images: int, size: int, generator: torch.Generator) -> Mix:
    """Draw one square an image that shows another image.

    λ is uniform (Beta(1, 1)), the square has the side S √(1 − λ), rounded, and a centre anywhere
    in the image; what sticks out is cut off. The weight is then counted in pixels.

    References:
        S. Yun et al., CutMix: regularization strategy to train strong classifiers with
        localizable features, ICCV 2019, section 3.1.
    """
    draw_3B = draw_uniform((3, num_images), (0, 1), generator)
    side_B = (draw_3B[0].sqrt() * size).round().long()  # 1 − λ is uniform too
    begin_2B = (draw_3B[1:] * size).long() - side_B // 2
    end_2B = (begin_2B + side_B).clamp(max=size)
    begin_2B = begin_2B.clamp(min=0)
    (top_B, left_B), (height_B, width_B) = begin_2B, end_2B - begin_2B
    share_B1SS = (~Boxes(top_B, left_B, height_B, width_B).inside(size)).float()
    weight_B = 1 - (height_B * width_B).float() / size**2
    return Mix(_draw_partners(num_images, generator), share_B1SS, weight_B)


def draw_either(num_images: int, size: int, generator: torch.Generator) -> Mix:
    """Draw mixup or CutMix for each image, with equal probability."""
    mixup = draw_mixup(num_images, generator)
    cutmix = draw_cutmix(num_images, size, generator)
    is_mixup_B = draw_uniform((num_images,), (0, 1), generator) < 0.5
    is_mixup_B111 = is_mixup_B.view(-1, 1, 1, 1)
    return Mix(
        mixup.partner_B,
        torch.where(is_mixup_B111, mixup.share_B1SS, cutmix.share_B1SS),
        torch.where(is_mixup_B, mixup.weight_B, cutmix.weight_B),
    )


def mix(x_BCHW: Tensor, target_B: Tensor, mixture: Mix) -> tuple[Tensor, MixedTargets]:
    """Mix each image with its partner, and the targets alike.

    Args:
        x_BCHW: Floats.
        target_B: Class of each image, int64.
        mixture: What was drawn.

    Returns:
        Images of the same shape, dtype, device and memory format, and their targets.
    """
    device, dtype = x_BCHW.device, x_BCHW.dtype
    partner_B = mixture.partner_B.to(device)
    share_B1SS = mixture.share_B1SS.to(device, dtype)
    if memory_format(x_BCHW) is torch.channels_last:
        # Whole images lie in one piece in this order, and `index_select` then copies them fast.
        other_BCHW = x_BCHW.permute(0, 2, 3, 1).index_select(0, partner_B).permute(0, 3, 1, 2)
    else:
        other_BCHW = x_BCHW.index_select(0, partner_B)
    mixed_BCHW = torch.lerp(other_BCHW, x_BCHW, share_B1SS)
    return mixed_BCHW, MixedTargets(target_B, target_B[partner_B], mixture.weight_B.to(device))


def soft_cross_entropy(logits_BK: Tensor, targets: Targets, label_smoothing: float = 0.0) -> Tensor:
    """Return the mean cross-entropy, in nats, for plain or mixed targets.

    For mixed ones, the two classes' cross-entropies are weighed by the shares, which is the
    cross-entropy with the mixed distribution.

    Args:
        logits_BK: One row an image.
        targets: Class of each image in [0, K), int64, or what `mix` returned.
        label_smoothing: ε in [0, 1]: the target is (1 − ε) of the classes plus ε of the uniform
            distribution over all K.

    Returns:
        A scalar with the dtype and device of the logits.

    References:
        C. Szegedy et al., Rethinking the Inception architecture for computer vision, CVPR 2016,
        section 7 (label smoothing).
    """
    if not isinstance(targets, MixedTargets):
        return F.cross_entropy(logits_BK, targets, label_smoothing=label_smoothing)
    first_B, second_B = (
        F.cross_entropy(logits_BK, classes_B, reduction="none", label_smoothing=label_smoothing)
        for classes_B in (targets.first_B, targets.second_B)
    )
    return torch.lerp(second_B, first_B, targets.weight_B.to(logits_BK.dtype)).mean()


def _draw_partners(num_images: int, generator: torch.Generator) -> Tensor:
    return torch.randperm(num_images, generator=generator, device=generator.device)


def _draw_beta(alpha: float, count: int, generator: torch.Generator) -> Tensor:
    """Draw from Beta(α, α), (B,), with public functions that take a generator on every device.

    Two uniform numbers u, v with u^(1/α) + v^(1/α) ≤ 1 give u^(1/α) / (u^(1/α) + v^(1/α)), else
    they are drawn again. At α = 0.2 they are refused 5 times in 100. Eight tries are made for all,
    so the device need not be asked; all eight fail once in 3·10¹⁰, and the last then stands.

    References:
        M. Jöhnk, Erzeugung von betaverteilten und gammaverteilten Zufallszahlen, Metrika 8, 1964.
    """
    uniform = torch.rand((2, BETA_TRIES, count), generator=generator, device=generator.device)
    log_2TB = uniform.clamp_min_(math.exp(-16)).log() / alpha
    is_taken_TB = log_2TB.logsumexp(0) <= 0
    is_taken_TB[-1] = True
    # The first of the tries that is taken: argmax returns the first of several maxima.
    try_1B = is_taken_TB.int().argmax(0, keepdim=True)
    return (log_2TB[0] - log_2TB[1]).gather(0, try_1B)[0].sigmoid()
