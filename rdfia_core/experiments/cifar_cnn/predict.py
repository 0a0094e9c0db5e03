"""What the network of a run answers to a picture of the student's, and to one larger than it knows.

S pixels a side, C channels, K classes, m x m places.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from rdfia_core.errors import ConfigError
from rdfia_core.events import Event, Snapshot, Started
from rdfia_core.experiments import Context
from rdfia_core.experiments.cifar_cnn import CifarCnnConfig
from rdfia_core.experiments.cifar_cnn.train import initial_network, painter
from rdfia_core.models.cnn.build import BlockNetwork
from rdfia_core.models.cnn.slide import as_convolutions
from rdfia_core.training.image_setup import ImageProblem, build_problem
from rdfia_core.training.one_picture import (
    UNKNOWN_CLASS,
    asked_image,
    kept_picture,
    resized,
    shown,
)
from rdfia_core.training.tensor_state import tensors_under

LARGER = 3
"""How many times the side of the training images the larger image has."""


def predict(config: CifarCnnConfig, context: Context) -> Iterator[Event]:
    """Yield one picture as a run does: the image as the network sees it, its answer, its maps.

    The image is the config's picture, or without one the test image `shown_image`.
    """
    problem, network = restored(config, context)
    yield Started(sum(p.numel() for p in network.parameters()), context.device)
    part, place = asked_image(config, problem, context.uploads_dir)
    snapshot = painter(config, problem, network, part, lambda: place)(None, 0.0)
    if config.picture:
        snapshot.info["shown"]["label"] = UNKNOWN_CLASS
    yield from shown(snapshot, config.epochs)


def slide(config: CifarCnnConfig, context: Context) -> Iterator[Event]:
    """Yield the answers of the same weights at every place of an image three times as large.

    The arrays are `image` (S, S, C), bytes, and `probs` (K, m, m), float32; `info` has the class
    names, the size of the images trained on and the stride between places, both in pixels.
    """
    problem, network = restored(config, context)
    yield Started(sum(p.numel() for p in network.parameters()), context.device)
    side = LARGER * problem.input_size
    if config.picture:
        picture = kept_picture(config.picture, context.uploads_dir, context.device)
        pixels = resized(picture, side, problem.image_set.num_channels)
    else:
        pixels = _mosaic(problem, config.shown_image)
    if config.normalization == "zca":
        raise ConfigError(
            "The 'normalization' parameter must be another than zca here: its matrix fits one size "
            "of image. Got zca: train a run with per_channel.",
            "normalization",
        )
    x_1CHW = problem.pipeline.normalizer(pixels.float() / 255)
    wide = as_convolutions(network, problem.input_size, problem.image_set.num_channels)
    with torch.no_grad():
        probs_Kmm = wide(x_1CHW)[0].softmax(dim=0)
    places = probs_Kmm.shape[-1]
    info = {
        "class_names": list(problem.image_set.class_names),
        "size": problem.input_size,
        "stride": (side - problem.input_size) / max(1, places - 1),
    }
    image = pixels[0].permute(1, 2, 0).round().to(torch.uint8).cpu().numpy().copy()
    arrays = {"image": image, "probs": probs_Kmm.float().cpu().numpy()}
    yield from shown(Snapshot(arrays, info), config.epochs)


def restored(config: CifarCnnConfig, context: Context) -> tuple[ImageProblem, BlockNetwork]:
    """Build the problem of a run and its network as the run left it, not training.

    Raises:
        ConfigError: If there is no run to go on from.
    """
    if context.resume is None:
        raise ConfigError("Start a run first: its network is asked, and there is none yet.")
    problem = build_problem(config, context.images.open(config.dataset), context.device)
    network = initial_network(config, problem.image_set, problem.input_size)
    network.load_state_dict(tensors_under("network.", context.resume.arrays))
    return problem, network.to(context.device).eval()


def _mosaic(problem: ImageProblem, first: int) -> Tensor:
    """Lay test images side by side, (1, C, H, W), float in [0, 255]."""
    test = problem.test
    places = (torch.arange(LARGER**2, device=test.rows_N.device) + first) % len(test)
    x_NCHW = problem.pipeline.augmentation.at_test(test.images(places)).float()
    rows = [torch.cat(list(row), dim=2) for row in torch.split(x_NCHW, LARGER)]
    return torch.cat(rows, dim=1)[None]
