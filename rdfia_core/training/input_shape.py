"""Shape of what a network of an image lab receives, told without opening the images or torch."""

from collections.abc import Collection
from typing import NamedTuple

from rdfia_core.data.images.image_set import ImageSet
from rdfia_core.data.images.library import OWN_PREFIX, ImageLibrary
from rdfia_core.data.images.sources import SOURCES, ImageSource
from rdfia_core.training.image_config import ImageConfig

CROP_DIVISOR = 8  # the lab's recipe: 32 becomes 28


class InputShape(NamedTuple):
    """C channels, pixels a side after cropping, K classes."""

    num_channels: int
    image_size: int
    num_classes: int


def cropped_size(image_size: int) -> int:
    """Side of the crop of an image with this side, in pixels: an eighth less, rounded up."""
    return image_size - image_size // CROP_DIVISOR


def input_shape(config: ImageConfig, images: ImageLibrary) -> InputShape:
    """Return the shape of what the network of a config receives.

    Raises:
        DataUnavailableError: If there are no such imported images.
    """
    return shape_of_set(config.dataset, config.augmentation_names, images)


def shape_of_set(
    dataset: str, augmentation_names: Collection[str], images: ImageLibrary
) -> InputShape:
    """Return the shape of the images of a set, cropped if crop is among the augmentations.

    Raises:
        DataUnavailableError: If there are no such imported images.
    """
    if dataset.startswith(OWN_PREFIX):
        described: ImageSet | ImageSource = images.open(dataset)
    else:
        described = SOURCES[dataset]
    size = described.image_size
    if "crop" in augmentation_names:
        size = cropped_size(size)
    return InputShape(described.num_channels, size, described.num_classes)
