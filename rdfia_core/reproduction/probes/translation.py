"""An image moved by a pixel: what a convolution makes of it, what pooling forgives. B images."""

from collections.abc import Iterator

import torch
from torch import Tensor

from rdfia_core.data.images.image_set import ImageSet
from rdfia_core.events import End, EndReason, Event
from rdfia_core.experiments import Context
from rdfia_core.experiments.cifar_cnn import CifarCnnConfig
from rdfia_core.experiments.cifar_cnn.train import initial_network
from rdfia_core.seeding import numpy_rng

NUM_IMAGES = 64
BORDER = 4  # pixels of the output that see the padding, or what the shift brought in


@torch.no_grad()
def translate(config: CifarCnnConfig, context: Context, option: str) -> Iterator[Event]:
    """Compare the layers' answers to images and to the same images one pixel to the right.

    Measures:
        - equivariance_error: largest difference between the first convolution's shifted answer and
          its answer to the shifted image, away from the border, relative to its largest answer;
        - change_conv, change_pool1, change_pool3, change_global: how far a layer's answer moves,
          relative to its distance to the answer to another image (1: as far as to another image).
    """
    del option
    images = context.images.open(config.dataset)
    network = initial_network(config, images, images.image_size).eval()
    x_BCSS = _images(images, config.seed)
    moved_BCSS = torch.roll(x_BCSS, 1, dims=3)
    before, after = _answers(network, x_BCSS), _answers(network, moved_BCSS)
    inner = slice(BORDER, -BORDER)
    expected = torch.roll(before["conv"], 1, dims=3)[:, :, inner, inner]
    error = (after["conv"][:, :, inner, inner] - expected).abs().max() / expected.abs().max()
    metrics = {"equivariance_error": float(error)}
    for name, answer in before.items():
        metrics[f"change_{name}"] = _relative_change(answer, after[name])
    yield End(EndReason.COMPLETED, "", metrics)


def _images(images: ImageSet, seed: int) -> Tensor:
    rows = numpy_rng(seed, "translation").choice(images.num_test, NUM_IMAGES, replace=False)
    return torch.from_numpy(images.x_test[rows]).permute(0, 3, 1, 2).float() / 255


def _answers(network: torch.nn.Module, x_BCSS: Tensor) -> dict[str, Tensor]:
    layers = network.get_submodule("layers")
    answer, found = x_BCSS, {}
    for name, layer in layers.named_children():
        if name.startswith("fc"):
            break
        answer = layer(answer)
        if name in ("conv1", "pool1", "pool3"):
            found["conv" if name == "conv1" else name] = answer
    return found | {"global": answer.mean((2, 3))}


def _relative_change(before_B: Tensor, after_B: Tensor) -> float:
    """Mean distance to the moved image's answer, over the mean distance to the next image's."""
    before, after = before_B.flatten(1), after_B.flatten(1)
    moved = (after - before).norm(dim=1).mean()
    other = (before.roll(1, dims=0) - before).norm(dim=1).mean()
    return float(moved / other)
