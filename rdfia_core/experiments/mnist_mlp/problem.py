"""From a config to images on the device, rows of pixels, initial weights and a stage.

N images, H x W pixels, C channels, D = H·W·C inputs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from rdfia_core.experiments import Context
from rdfia_core.experiments.mnist_mlp import MnistMlpConfig
from rdfia_core.models.init import init_weights
from rdfia_core.models.stages import Stage, build_stage
from rdfia_core.seeding import torch_rng
from rdfia_core.training.augmentation import Augmentation
from rdfia_core.training.image_data import ImagePart, Pipeline
from rdfia_core.training.image_setup import ImageProblem, image_parts
from rdfia_core.training.pixel_scaling import fit_scaling
from rdfia_core.training.stage_setup import stage_spec, torch_dtype
from rdfia_core.training.stage_training import Split


@dataclass(frozen=True)
class Problem:
    """A config made concrete.

    Args:
        images: The parts, and the way from bytes to scaled pixels.
        weights: [W1, b1, W2, b2, ...] at the start, the same for every stage.
        dtype: Of weights and inputs.
    """

    images: ImageProblem
    weights: list[Tensor]
    dtype: torch.dtype

    def rows(self, part: ImagePart) -> Tensor:
        """Return what the network receives for a part (N, D): pixels row by row, scaled."""
        places_N = torch.arange(len(part), device=part.rows_N.device)
        return self.flat(self.images.pipeline.at_test(part.images(places_N)))

    def flat(self, x_NCHW: Tensor) -> Tensor:
        """Return scaled images as rows (N, D), a pixel's channels side by side."""
        return x_NCHW.permute(0, 2, 3, 1).flatten(1).to(self.dtype)

    def split(self, part: ImagePart) -> Split:
        """Return a part as the training loop takes it."""
        return Split(part.name, self.rows(part), part.targets_N)


def build_problem(config: MnistMlpConfig, context: Context) -> Problem:
    """Divide the images by the seed, fit the scaling on the training part, draw the weights.

    Raises:
        ConfigError: If the set has not that many images.
    """
    image_set = context.images.open(config.dataset)
    device = context.device
    parts = image_parts(config, image_set, device)
    pipeline = Pipeline(
        Augmentation((), image_set.image_size),
        fit_scaling(config.pixel_scaling, parts["train"]),
        torch.Generator(device=device),
    )
    num_inputs = image_set.image_size**2 * image_set.num_channels
    sizes = [num_inputs, *config.layer_sizes, image_set.num_classes]
    rng, dtype = torch_rng(config.seed, "init"), torch_dtype(config, device)
    weights = init_weights(sizes, config.init, config.activation, rng, dtype)
    images = ImageProblem(
        image_set, parts["train"], parts.get("val"), parts["test"], pipeline, device
    )
    return Problem(images, [weight.to(device) for weight in weights], dtype)


def stage_of(config: MnistMlpConfig, weights: Sequence[Tensor]) -> Stage:
    """Build the config's stage from these weights."""
    return build_stage(config.stage, weights, stage_spec(config))
