"""Which part of an image is seen, and from which side: random crops and flips, as pure copying.

B images, C channels, H = W pixels. Everything here takes bytes (uint8) as well as floats,
contiguous or channels_last, and gives back the same, so it can run before bytes become floats.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from rdfia_core.errors import ShapeError

FLIP_PROBABILITY = 0.5


class Frames(NamedTuple):
    """What was drawn for each image of a batch; None is as is."""

    top_B: Tensor | None
    left_B: Tensor | None
    flip_B: Tensor | None


def memory_format(x_BCHW: Tensor) -> torch.memory_format:
    """Return channels_last if that is how the images lie in memory, else contiguous."""
    if x_BCHW.is_contiguous() or not x_BCHW.is_contiguous(memory_format=torch.channels_last):
        return torch.contiguous_format
    return torch.channels_last


def check_square(x_BCHW: Tensor) -> int:
    """Return the side of the images in pixels.

    Raises:
        ShapeError: If this is no batch of square images.
    """
    if x_BCHW.dim() != 4 or x_BCHW.shape[2] != x_BCHW.shape[3]:
        raise ShapeError(
            "Images must be square, in a batch of shape (B, C, S, S). "
            f"Got {tuple(x_BCHW.shape)}. Crop or resize them to a square first."
        )
    return int(x_BCHW.shape[3])


def crop_and_flip(
    x_BCHW: Tensor, size: int, do_crop: bool, do_flip: bool, generator: torch.Generator
) -> Tensor:
    """Crop each image at a random place, mirror it left to right with probability 0.5.

    All (S - size + 1)² places are equally likely. Every image has draws of its own.

    Args:
        x_BCHW: Square images of side S, any dtype.
        size: Side of the crop in pixels, 1 to S. Without do_crop it has no effect.
        do_crop: Whether to crop.
        do_flip: Whether to flip.
        generator: Source of the draws, best on the device of the images.

    Returns:
        (B, C, size, size), or (B, C, S, S) without do_crop; dtype, device and memory format of
        the images.

    Raises:
        ShapeError: If the images are not square, or smaller than the crop.
    """
    frames = draw_frames(x_BCHW, size, do_crop, do_flip, generator)
    return apply_frames(x_BCHW, frames, size if do_crop else check_square(x_BCHW))


def draw_frames(
    x_BCHW: Tensor, size: int, do_crop: bool, do_flip: bool, generator: torch.Generator
) -> Frames:
    """Draw what `apply_frames` applies; see `crop_and_flip`."""
    num_places = _checked_side(x_BCHW, size) - size + 1 if do_crop else 0
    count, source, target = (len(x_BCHW),), generator.device, x_BCHW.device
    top_B = left_B = flip_B = None
    if do_crop:
        top_B, left_B = (
            torch.randint(num_places, count, generator=generator, device=source).to(target)
            for _ in range(2)
        )
    if do_flip:
        draw_B = torch.rand(count, generator=generator, device=source)
        flip_B = (draw_B < FLIP_PROBABILITY).to(target)
    return Frames(top_B, left_B, flip_B)


def apply_frames(x_BCHW: Tensor, frames: Frames, size: int) -> Tensor:
    """Cut and mirror each image as drawn.

    A crop is `size` rows of pixels, and the pixels of a row lie side by side in memory. So all
    crops of the batch are one `index_select` among all runs of `size` pixels, a plain copy of
    runs. A mirrored image is cut from a mirrored copy of the batch, at the mirrored place.

    Args:
        x_BCHW: Square images of side S, any dtype.
        frames: One top and left in [0, S - size] and one flip an image.
        size: Side of the result in pixels.

    Returns:
        (B, C, size, size), contiguous or channels_last as the images are.

    Raises:
        ShapeError: If the images are not square, or smaller than the crop.
    """
    side = _checked_side(x_BCHW, size)
    top_B, left_B, flip_B = frames
    if top_B is None and left_B is None and flip_B is None and size == side:
        return x_BCHW
    x_BCHW = x_BCHW.contiguous(memory_format=memory_format(x_BCHW))
    image_B = torch.arange(len(x_BCHW), device=x_BCHW.device)
    zero_B = torch.zeros_like(image_B)
    top_B = zero_B if top_B is None else top_B
    left_B = zero_B if left_B is None else left_B
    if flip_B is not None:
        left_B = torch.where(flip_B, side - size - left_B, left_B)
        image_B = image_B + len(x_BCHW) * flip_B
        x_BCHW = torch.cat([x_BCHW, x_BCHW.flip(3)])
    return _cut(x_BCHW, image_B, top_B, left_B, size)


def _cut(x_NCHW: Tensor, image_B: Tensor, top_B: Tensor, left_B: Tensor, size: int) -> Tensor:
    """Cut a square with this top and left corner out of each of the images named by `image_B`."""
    num_channels, side = x_NCHW.shape[1:3]
    is_last = memory_format(x_NCHW) is torch.channels_last
    # One plane of pixels an image, each with all its channels; or one plane a channel.
    num_planes, pixel = (1, num_channels) if is_last else (num_channels, 1)
    plane_BP = image_B[:, None] * num_planes + torch.arange(num_planes, device=image_B.device)
    corner_BP = (plane_BP * side + top_B[:, None]) * side + left_B[:, None]
    row_BPS = corner_BP[:, :, None] + torch.arange(size, device=image_B.device) * side
    flat = (x_NCHW.permute(0, 2, 3, 1) if is_last else x_NCHW).reshape(-1)
    runs = flat.unfold(0, size * pixel, pixel).index_select(0, row_BPS.view(-1))
    if is_last:
        return runs.view(-1, size, size, num_channels).permute(0, 3, 1, 2)
    return runs.view(-1, num_channels, size, size)


def centre_crop(x_BCHW: Tensor, size: int) -> Tensor:
    """Cut the middle out of each image, rounding as torchvision does.

    Raises:
        ShapeError: If the images are not square, or smaller than the crop.
    """
    side = _checked_side(x_BCHW, size)
    if size == side:
        return x_BCHW
    begin = round((side - size) / 2)
    part_BCHW = x_BCHW[:, :, begin : begin + size, begin : begin + size]
    return part_BCHW.contiguous(memory_format=memory_format(x_BCHW))


def _checked_side(x_BCHW: Tensor, size: int) -> int:
    side = check_square(x_BCHW)
    if not 1 <= size <= side:
        raise ShapeError(
            f"A crop of images of side {side} must have a side of 1 to {side} pixels. "
            f"Got {size}. Choose a smaller crop."
        )
    return side
