"""What happens to the pixels of an image: rotation, blur, noise, erasing, colour.

B images, C channels, S x S pixels, G = B·C, floats in [0, 1]. Each alteration is a draw, one an
image, and its application, which is deterministic: a preview or a test can choose what would be
drawn. Draws come from the generator's device, so a CPU generator gives every device the same ones;
one on the images' own device saves the transfer.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from rdfia_core.errors import ShapeError
from rdfia_core.training.framing import memory_format

MAX_ANGLE = 10.0  # degrees, as in the report
BLUR_SIGMAS = (0.1, 2.0)  # pixels, of a 3 x 3 kernel; torchvision's default range
NOISE_STD = 0.05  # of the range of a pixel, 13 of 255 levels
ERASING_PROBABILITY = 0.5  # this and the next two are Zhong's, and torchvision's
ERASING_AREA = (0.02, 0.33)  # share of the image
ERASING_ASPECT = (0.3, 3.3)  # height / width
COLOR_JITTER = 0.2  # factors from 0.8 to 1.2
LUMA = (0.2989, 0.587, 0.114)  # ITU-R BT.601, rounded as torchvision does


class Boxes(NamedTuple):
    """One rectangle an image, in pixels, inside it; one of height 0 is empty."""

    top_B: Tensor
    left_B: Tensor
    height_B: Tensor
    width_B: Tensor

    def inside(self, size: int) -> Tensor:
        """Return which pixels of images of this side lie in the box, (B, 1, S, S), bool."""
        place_S = torch.arange(size, device=self.top_B.device)
        row_BS = (place_S >= self.top_B[:, None]) & (
            place_S < (self.top_B + self.height_B)[:, None]
        )
        column_BS = (place_S >= self.left_B[:, None]) & (
            place_S < (self.left_B + self.width_B)[:, None]
        )
        return (row_BS[:, :, None] & column_BS[:, None, :])[:, None]


def draw_uniform(
    shape: tuple[int, ...], bounds: tuple[float, float], generator: torch.Generator
) -> Tensor:
    """Draw float32 numbers uniformly between two bounds, on the generator's device."""
    low, high = bounds
    return torch.rand(shape, generator=generator, device=generator.device) * (high - low) + low


def draw_angles(num_images: int, generator: torch.Generator) -> Tensor:
    """Draw one angle an image, uniform on ±10 degrees, (B,)."""
    return draw_uniform((num_images,), (-MAX_ANGLE, MAX_ANGLE), generator)


def rotate(x_BCHW: Tensor, angle_B: Tensor) -> Tensor:
    """Turn each image about its centre, counter-clockwise, with bilinear interpolation.

    What comes from outside of the image is black (0), as with torchvision's rotation, which the
    report used: at 10 degrees the corners turn dark, 7 % of the image.

    Args:
        x_BCHW: Images.
        angle_B: Degrees.

    Returns:
        Images of the same size.
    """
    radians_B = torch.deg2rad(angle_B).to(x_BCHW.device, x_BCHW.dtype)
    cos_B, sin_B, zero_B = radians_B.cos(), radians_B.sin(), torch.zeros_like(radians_B)
    # Where each pixel comes from, in coordinates whose y axis points down.
    rows = [cos_B, -sin_B, zero_B, sin_B, cos_B, zero_B]
    theta_B23 = torch.stack(rows, dim=1).view(-1, 2, 3)
    grid_BHW2 = F.affine_grid(theta_B23, list(x_BCHW.shape), align_corners=False)
    turned_BCHW = F.grid_sample(x_BCHW, grid_BHW2, mode="bilinear", align_corners=False)
    return turned_BCHW.contiguous(memory_format=memory_format(x_BCHW))


def draw_sigmas(num_images: int, generator: torch.Generator) -> Tensor:
    """Draw one standard deviation of the blur an image, uniform on 0.1 to 2 pixels, (B,)."""
    return draw_uniform((num_images,), BLUR_SIGMAS, generator)


def blur(x_BCHW: Tensor, sigma_B: Tensor) -> Tensor:
    """Blur each image with a Gaussian cut off at 3 x 3 pixels; the border is mirrored.

    The kernel is the product of a column (e, 1, e) and a row alike, normalised, with
    e = exp(-1 / 2σ²): the larger σ, the nearer to a plain mean of 3 x 3 pixels. All images are
    blurred by one convolution in which each image and channel is a group of its own.

    Args:
        x_BCHW: Images with S ≥ 2.
        sigma_B: Standard deviations in pixels.

    Returns:
        Images of the same size.
    """
    num_images, num_channels = x_BCHW.shape[:2]
    side_B = torch.exp(-0.5 / sigma_B.to(x_BCHW.device, x_BCHW.dtype).square())
    row_B3 = torch.stack([side_B, torch.ones_like(side_B), side_B], dim=1)
    row_B3 = row_B3 / row_B3.sum(1, keepdim=True)
    kernel_B33 = row_B3[:, :, None] * row_B3[:, None, :]
    kernel_G133 = kernel_B33.repeat_interleave(num_channels, 0)[:, None]
    padded_BCHW = F.pad(x_BCHW, (1, 1, 1, 1), mode="reflect")
    padded_1GHW = padded_BCHW.reshape(1, -1, *padded_BCHW.shape[2:])
    blurred_1GHW = F.conv2d(padded_1GHW, kernel_G133, groups=num_images * num_channels)
    return blurred_1GHW.view(x_BCHW.shape).contiguous(memory_format=memory_format(x_BCHW))


def draw_noise(x_BCHW: Tensor, generator: torch.Generator) -> Tensor:
    """Draw standard normal noise for every number of the images, (B, C, S, S), float32."""
    return torch.randn(tuple(x_BCHW.shape), generator=generator, device=generator.device)


def add_noise(x_BCHW: Tensor, noise_BCHW: Tensor) -> Tensor:
    """Add noise with a standard deviation of 0.05; clamp to [0, 1]."""
    noise_BCHW = noise_BCHW.to(x_BCHW.device, x_BCHW.dtype)
    return x_BCHW.add(noise_BCHW, alpha=NOISE_STD).clamp_(0, 1)


def draw_erased_boxes(num_images: int, size: int, generator: torch.Generator) -> Boxes:
    """Draw what is erased: with probability 0.5 a box of 2 to 33 % of the image, else an empty one.

    The aspect (height / width) is uniform in its logarithm on 0.3 to 3.3, all places in the image
    are equally likely. Zhong draws again where a box is longer than the image; here it is cut to
    the image's side, less than 1 % of the boxes.

    Args:
        num_images: B.
        size: Side of the images in pixels.
        generator: Source of the draws.

    Returns:
        The boxes, on the generator's device.

    References:
        Z. Zhong et al., Random erasing data augmentation, AAAI 2020, algorithm 1.
    """
    count = (num_images,)
    area_B = draw_uniform(count, ERASING_AREA, generator) * size**2
    low, high = ERASING_ASPECT
    aspect_B = draw_uniform(count, (math.log(low), math.log(high)), generator).exp()
    height_B, width_B = (
        side_B.sqrt().round().clamp(1, size).long()
        for side_B in (area_B * aspect_B, area_B / aspect_B)
    )
    top_B, left_B = (
        # The clamp is for a product that rounds up to the number of places.
        (draw_uniform(count, (0, 1), generator) * (size - side_B + 1))
        .long()
        .clamp_(max=size - side_B)
        for side_B in (height_B, width_B)
    )
    is_erased_B = draw_uniform(count, (0, 1), generator) < ERASING_PROBABILITY
    return Boxes(top_B, left_B, height_B * is_erased_B, width_B)


def erase(x_BCHW: Tensor, boxes: Boxes) -> Tensor:
    """Fill each image's box with the mean colour of that image."""
    boxes = Boxes(*(value_B.to(x_BCHW.device) for value_B in boxes))
    mean_BC11 = x_BCHW.mean((2, 3), keepdim=True)
    return torch.where(boxes.inside(x_BCHW.shape[3]), mean_BC11, x_BCHW)


def draw_color_factors(num_images: int, generator: torch.Generator) -> Tensor:
    """Draw factors of brightness, contrast, saturation, each uniform on 0.8 to 1.2, (B, 3)."""
    return draw_uniform((num_images, 3), (1 - COLOR_JITTER, 1 + COLOR_JITTER), generator)


def jitter_color(x_BCHW: Tensor, factor_B3: Tensor) -> Tensor:
    """Change brightness, then contrast, then saturation, by torchvision's formulas.

    Brightness: f x. Contrast: f x + (1 − f) m, with m the image's mean grey. Saturation:
    f x + (1 − f) g, with g the pixel's grey. Each is clamped to [0, 1]. (torchvision draws the
    order too.) Images of one channel have no saturation to change.

    Args:
        x_BCHW: Images of 1 or 3 channels, red, green, blue.
        factor_B3: f of brightness, contrast and saturation; 1 changes nothing.

    Returns:
        The images, changed.

    Raises:
        ShapeError: If there are neither 1 nor 3 channels.
    """
    num_channels = x_BCHW.shape[1]
    if num_channels not in (1, 3):
        raise ShapeError(
            "The augmentation color needs images of 1 or 3 channels. "
            f"Got {num_channels}. Leave color out."
        )
    factors = factor_B3.to(x_BCHW.device, x_BCHW.dtype).T.reshape(3, -1, 1, 1, 1)
    brightness, contrast, saturation = factors.unbind()
    x_BCHW = (x_BCHW * brightness).clamp_(0, 1)
    mean_B111 = _grey(x_BCHW.mean((2, 3), keepdim=True))
    x_BCHW = torch.lerp(mean_B111, x_BCHW, contrast).clamp_(0, 1)
    if num_channels == 1:
        return x_BCHW
    return torch.lerp(_grey(x_BCHW), x_BCHW, saturation).clamp_(0, 1)


def _grey(x_BCHW: Tensor) -> Tensor:
    """Return (B, 1, H, W)."""
    if x_BCHW.shape[1] == 1:
        return x_BCHW
    red, green, blue = x_BCHW.unbind(1)
    return (red * LUMA[0]).add_(green, alpha=LUMA[1]).add_(blue, alpha=LUMA[2]).unsqueeze(1)
