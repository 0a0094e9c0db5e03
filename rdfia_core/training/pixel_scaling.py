"""Three ways to hand pixels to a fully connected network. B images, C channels, H x W pixels.

Without convolutions and normalisation layers nothing in the network makes up for the size of its
inputs, so the choice decides whether its units can learn at all.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from rdfia_core.errors import ConfigError
from rdfia_core.training.image_data import ImagePart
from rdfia_core.training.normalization import Normalizer

SCALINGS = ("raw", "unit", "standard")


def fit_scaling(kind: str, train: ImagePart) -> Callable[[Tensor], Tensor]:
    """Return what scales pixels, fitted on the training part alone.

    Args:
        kind: raw leaves the bytes 0 to 255 as numbers; unit divides them by 255; standard takes off
            each channel's mean and divides by its standard deviation, both over all pixels of
            the training part.
        train: The training part.

    Returns:
        A function of floats in [0, 1], (B, C, H, W).

    Raises:
        ConfigError: If there is no such scaling.
    """
    if kind not in SCALINGS:
        message = f"The pixel scaling must be one of {', '.join(SCALINGS)}. Got {kind!r}."
        raise ConfigError(message, "pixel_scaling")
    if kind == "raw":
        return _as_bytes
    places = torch.arange(len(train) if kind == "standard" else 1, device=train.rows_N.device)
    return Normalizer.fit("per_channel" if kind == "standard" else "none", train.images(places))


def _as_bytes(x_BCHW: Tensor) -> Tensor:
    """Undo the division by 255, exactly: the values were whole numbers."""
    return (x_BCHW * 255).round_()
