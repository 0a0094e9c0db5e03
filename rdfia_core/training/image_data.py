"""Images on the training device, and the way from their bytes to what a network receives.

N images of a part, B of a batch, H x W pixels, C channels.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from rdfia_core.training.augmentation import Augmentation, Targets


@dataclass(frozen=True)
class ImagePart:
    """One part of a set: train, val or test.

    Args:
        name: As in the names of its curves.
        images_NHWC: Bytes on the training device; on a processor the whole memory-mapped file,
            of which a run copies nothing.
        rows_N: Which of them belong to the part, int64, on the same device.
        targets_N: Their classes, int64, on the same device.
        set_rows_N: Their rows in the data set, to name and show them.
    """

    name: str
    images_NHWC: Tensor
    rows_N: Tensor
    targets_N: Tensor
    set_rows_N: np.ndarray

    def __len__(self) -> int:
        return len(self.rows_N)

    def images(self, places_B: Tensor) -> Tensor:
        """Return the images at some places of the part: bytes (B, C, H, W), channels_last."""
        rows_B = self.rows_N.index_select(0, places_B)
        # Pixels of one image lie in one piece, so this copies whole images.
        return self.images_NHWC.index_select(0, rows_B).permute(0, 3, 1, 2)

    def targets(self, places_B: Tensor) -> Tensor:
        """Return their classes (B,)."""
        return self.targets_N.index_select(0, places_B)

    def subset(self, name: str, places: np.ndarray) -> "ImagePart":
        """Return the part made of some places of this one."""
        index = torch.from_numpy(places).to(self.rows_N.device)
        return ImagePart(
            name,
            self.images_NHWC,
            self.rows_N[index],
            self.targets_N[index],
            self.set_rows_N[places],
        )


def resident_part(
    name: str, x_NHWC: np.ndarray, y_N: np.ndarray, rows: np.ndarray, device: str
) -> ImagePart:
    """Put some rows of a set on the device.

    Args:
        name: Of the part.
        x_NHWC: All images of the file, uint8.
        y_N: All classes, int64.
        rows: Which rows make up the part, ascending.
        device: cpu, cuda or mps.
    """
    targets_N = torch.from_numpy(y_N[rows]).to(device)
    if device == "cpu":
        return ImagePart(name, _shared(x_NHWC), torch.from_numpy(rows.copy()), targets_N, rows)
    # Across the bus once, not at every step.
    images_NHWC = torch.from_numpy(x_NHWC[rows]).to(device)
    return ImagePart(name, images_NHWC, torch.arange(len(rows), device=device), targets_N, rows)


def _shared(x_NHWC: np.ndarray) -> Tensor:
    """View a memory-mapped file as a tensor. PyTorch warns that it may not be written; it isn't."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return torch.from_numpy(np.asarray(x_NHWC))


class Pipeline:
    """From bytes to the network's input: frame, scale to [0, 1], alter, normalise.

    Args:
        augmentation: What happens to training images.
        normalizer: Takes floats in [0, 1]; fitted on the training part, on its device.
        rng: Source of every draw.
    """

    def __init__(
        self,
        augmentation: Augmentation,
        normalizer: Callable[[Tensor], Tensor],
        rng: torch.Generator,
    ) -> None:
        self.augmentation = augmentation
        self.normalizer = normalizer
        self.rng = rng

    def training(self, x_BCHW: Tensor, target_B: Tensor) -> tuple[Tensor, Targets]:
        """Prepare a training batch: bytes in, float32 and (perhaps mixed) targets out."""
        x_BCHW = self.augmentation.reframe(x_BCHW, self.rng)
        x_BCHW, targets = self.augmentation.alter(scaled(x_BCHW), target_B, self.rng)
        return self.normalizer(x_BCHW), targets

    def at_test(self, x_BCHW: Tensor) -> Tensor:
        """Prepare images that are not trained on: nothing is drawn."""
        return self.normalizer(scaled(self.augmentation.at_test(x_BCHW)))


def scaled(x_BCHW: Tensor) -> Tensor:
    """Return bytes as floats in [0, 1]."""
    return x_BCHW.float().mul_(1 / 255)
