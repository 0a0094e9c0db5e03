"""Augmentation of batches on the training device, every image with draws of its own.

B images, C channels, S x S pixels. A run takes any set of the names below. They act in this order:
crop, flip (on bytes or floats), then, on floats in [0, 1], rotation, color, blur, noise, erasing,
and last mixup or cutmix, which also change the targets; with both, each image gets one of the two.
"""

import torch
from torch import Tensor

from rdfia_core.errors import ConfigError, ShapeError
from rdfia_core.training import alterations, mixing
from rdfia_core.training.framing import centre_crop, check_square, crop_and_flip
from rdfia_core.training.input_shape import cropped_size
from rdfia_core.training.mixing import MixedTargets, Targets, soft_cross_entropy

__all__ = [
    "AUGMENTATIONS",
    "Augmentation",
    "MixedTargets",
    "Targets",
    "crop_and_flip",
    "soft_cross_entropy",
]

AUGMENTATIONS = (
    "crop",
    "flip",
    "rotation",
    "color",
    "blur",
    "noise",
    "erasing",
    "mixup",
    "cutmix",
)


class Augmentation:
    """A set of augmentations for square images of one size.

    Args:
        names: From `AUGMENTATIONS`, in any order; none for images as they are.
        image_size: Side S of the images in pixels.

    Raises:
        ConfigError: If a name is unknown.
    """

    def __init__(self, names: tuple[str, ...], image_size: int) -> None:
        for name in names:
            if name not in AUGMENTATIONS:
                raise ConfigError(
                    f"An augmentation must be one of {', '.join(AUGMENTATIONS)}. Got {name!r}.",
                    "augmentation",
                )
        self.names = tuple(name for name in AUGMENTATIONS if name in names)
        self.image_size = image_size

    @property
    def output_size(self) -> int:
        """Side in pixels of what the network sees, in training and at test time."""
        return cropped_size(self.image_size) if "crop" in self.names else self.image_size

    def augment(
        self, x_BCHW: Tensor, target_B: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Targets]:
        """Augment a training batch: `reframe`, then `alter`.

        Args:
            x_BCHW: Floats in [0, 1], S x S pixels.
            target_B: Class of each image, int64.
            generator: Source of all draws, best on the device of the images. Its draws are the
                same for images on any device.

        Returns:
            Images of side `output_size`, in the dtype, device and memory format of the given ones,
            and targets for `soft_cross_entropy`: the given ones unless images are mixed.

        Raises:
            ShapeError: If the images have not the side S, or are neither grey nor RGB for color.
        """
        return self.alter(self.reframe(x_BCHW, generator), target_B, generator)

    def reframe(self, x_BCHW: Tensor, generator: torch.Generator) -> Tensor:
        """Crop and flip, if they are among the names; bytes stay bytes."""
        self._check(x_BCHW, self.image_size)
        do_crop, do_flip = "crop" in self.names, "flip" in self.names
        return crop_and_flip(x_BCHW, self.output_size, do_crop, do_flip, generator)

    def alter(
        self, x_BCHW: Tensor, target_B: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Targets]:
        """Do all that comes after `reframe`, on floats in [0, 1] of side `output_size`."""
        self._check(x_BCHW, self.output_size)
        needs_floats = bool(set(self.names) - {"crop", "flip"})
        assert x_BCHW.is_floating_point() or not needs_floats, "scale bytes to floats first"
        count = len(x_BCHW)
        if "rotation" in self.names:
            x_BCHW = alterations.rotate(x_BCHW, alterations.draw_angles(count, generator))
        if "color" in self.names:
            factor_B3 = alterations.draw_color_factors(count, generator)
            x_BCHW = alterations.jitter_color(x_BCHW, factor_B3)
        if "blur" in self.names:
            x_BCHW = alterations.blur(x_BCHW, alterations.draw_sigmas(count, generator))
        if "noise" in self.names:
            x_BCHW = alterations.add_noise(x_BCHW, alterations.draw_noise(x_BCHW, generator))
        if "erasing" in self.names:
            boxes = alterations.draw_erased_boxes(count, self.output_size, generator)
            x_BCHW = alterations.erase(x_BCHW, boxes)
        mixture = self._draw_mix(count, generator)
        return (x_BCHW, target_B) if mixture is None else mixing.mix(x_BCHW, target_B, mixture)

    def at_test(self, x_BCHW: Tensor) -> Tensor:
        """Cut the centre out of images of validation and test, where training crops.

        Args:
            x_BCHW: Bytes or floats, S x S pixels.

        Returns:
            Images of side `output_size`.

        Raises:
            ShapeError: If the images have not the side S.
        """
        self._check(x_BCHW, self.image_size)
        return centre_crop(x_BCHW, self.output_size)

    def _draw_mix(self, count: int, generator: torch.Generator) -> mixing.Mix | None:
        if "mixup" in self.names and "cutmix" in self.names:
            return mixing.draw_either(count, self.output_size, generator)
        if "mixup" in self.names:
            return mixing.draw_mixup(count, generator)
        if "cutmix" in self.names:
            return mixing.draw_cutmix(count, self.output_size, generator)
        return None

    def _check(self, x_BCHW: Tensor, size: int) -> None:
        side = check_square(x_BCHW)
        if side != size:
            raise ShapeError(
                f"The images must have a side of {size} pixels. Got {side}. "
                "Make the augmentation with the image_size of the data set."
            )
