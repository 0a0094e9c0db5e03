"""Larger images: which network takes them, and where the others stop. S pixels a side."""

from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rdfia_core.events import End, EndReason, Event, Result, Started, Step
from rdfia_core.experiments import Context
from rdfia_core.experiments.vit import OWN, VitConfig, spec_of
from rdfia_core.models.cnn.blocks import ARCHITECTURES, parse_blocks
from rdfia_core.models.cnn.build import build_network
from rdfia_core.models.vit.network import VisionTransformer
from rdfia_core.seeding import seed_default_generators
from rdfia_core.training.input_shape import InputShape

FACTORS = (1.0, 1.5, 2.0)
POOLED = ARCHITECTURES["lab"].partition(", fc")[0] + ", gap"
"""The lab's convolutions, with a global average where its fully connected layers begin."""


def sizes(config: VitConfig, context: Context) -> Iterator[Event]:
    """Feed one image at three sizes to networks that were built for the first.

    Yields:
        A result "sizes": rows of network, size, and the shape of the output or torch's refusal.
    """
    images = context.images.open(config.dataset)
    row = config.shown_image % images.num_test
    x_1CSS = torch.from_numpy(images.x_test[row].copy()).permute(2, 0, 1)[None] / 255
    yield Started(0, "cpu")
    yield Step(0, 0.0)
    shape = InputShape(images.num_channels, images.image_size, images.num_classes)
    rows = [
        {"network": name, **_tried(network.eval(), x_1CSS, round(factor * shape.image_size))}
        for name, network in _networks(config, shape).items()
        for factor in FACTORS
    ]
    yield Result("sizes", {"rows": rows})
    yield Step(1, float(config.epochs))
    yield End(EndReason.COMPLETED, "", {})


def _networks(config: VitConfig, shape: InputShape) -> dict[str, nn.Module]:
    seed_default_generators(config.seed)
    found: dict[str, nn.Module] = {
        "cnn_fc": build_network(parse_blocks("lab"), **shape._asdict()),
        "cnn_gap": build_network(parse_blocks(POOLED), **shape._asdict()),
    }
    plain = config.model_copy(update={"input_size": 0, "input_channels": "as_is"})
    if config.backbone == OWN and shape.image_size % config.patch_size == 0:
        found["vit"] = VisionTransformer(spec_of(plain, shape))
    return found


def _tried(network: nn.Module, x_1CSS: Tensor, size: int) -> dict[str, Any]:
    resized = F.interpolate(x_1CSS, size=(size, size), mode="bilinear", antialias=True)
    try:
        with torch.no_grad():
            output = network(resized)
    except RuntimeError as error:
        return {"size": size, "error": str(error)}
    return {"size": size, "output": list(output.shape)}
