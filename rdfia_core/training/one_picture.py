"""One picture: the image that a network is asked about, and the task that ends once it is shown.

S pixels a side, C channels.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from rdfia_core.data.images.picture_store import PictureStore
from rdfia_core.events import End, EndReason, Event, Snapshot, Step
from rdfia_core.training.image_data import ImagePart
from rdfia_core.training.image_setup import ImageProblem

UNKNOWN_CLASS = -1
"""In place of a class where nobody told it."""


class Asking(Protocol):
    """A config that names an image to ask about."""

    @property
    def picture(self) -> str:
        """A kept picture, or ""."""
        ...

    @property
    def shown_image(self) -> int:
        """Row of a test image."""
        ...


def resized(x_13HW: Tensor, size: int, num_channels: int) -> Tensor:
    """Return a picture with other sides and perhaps grey, (1, C, S, S), whole in [0, 255]."""
    x_1CHW = x_13HW if num_channels == 3 else x_13HW.mean(dim=1, keepdim=True)
    reduced = F.interpolate(x_1CHW, size=(size, size), mode="bicubic", antialias=True)
    return reduced.round().clamp(0, 255)


def asked_image(
    config: Asking,
    problem: ImageProblem,
    uploads_dir: Path,
    fit: Callable[[Tensor, int, int], Tensor] = resized,
) -> tuple[ImagePart, int]:
    """Return the part that holds the image asked about, and its place there.

    The image is the config's picture, or without one the test image `shown_image`.

    Args:
        config: Of the task.
        problem: Of that config.
        uploads_dir: Where pictures are kept.
        fit: Makes a picture as the training images are; arguments and result as of `resized`.
    """
    if not config.picture:
        return problem.test, config.shown_image
    pixels = kept_picture(config.picture, uploads_dir, problem.device)
    size, num_channels = problem.image_set.image_size, problem.image_set.num_channels
    return _part(fit(pixels, size, num_channels)), 0


def kept_picture(picture: str, uploads_dir: Path, device: str) -> Tensor:
    """Return a kept picture, (1, 3, S, S), float in [0, 255]."""
    pixels = PictureStore(uploads_dir).load(picture)
    return torch.from_numpy(pixels).permute(2, 0, 1)[None].float().to(device)


def _part(x_1CHW: Tensor) -> ImagePart:
    """Make a part of one image, whose class nobody told."""
    device = x_1CHW.device
    zero = torch.zeros(1, dtype=torch.int64, device=device)
    images_NHWC = x_1CHW.to(torch.uint8).permute(0, 2, 3, 1).contiguous()
    return ImagePart("picture", images_NHWC, zero, zero, zero.cpu().numpy())


def shown(snapshot: Snapshot, epochs: int) -> Iterator[Event]:
    """Yield what shows one picture and ends.

    Args:
        snapshot: The picture.
        epochs: Of the config; the task's progress is told in them.
    """
    yield Step(0, 0.0, lambda: snapshot)
    yield Step(1, float(epochs), lambda: snapshot)
    yield End(EndReason.COMPLETED, "", {})
