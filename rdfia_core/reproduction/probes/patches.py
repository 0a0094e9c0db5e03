"""What one of timm's transformers sees of an image of 28 pixels: its top-left corner."""

from collections.abc import Iterator

import torch
from torch import Tensor

from rdfia_core.events import End, EndReason, Event
from rdfia_core.experiments import Context
from rdfia_core.experiments.vit import VitConfig
from rdfia_core.models.timm_models import build_timm
from rdfia_core.models.vit.catalogue import CATALOGUE
from rdfia_core.seeding import seed_default_generators, torch_rng

SIZE = 28
NUM_IMAGES = 16


@torch.no_grad()
def look_at_patches(config: VitConfig, context: Context, option: str) -> Iterator[Event]:
    """Build a network for 28 x 28 pixels, change the image in and outside of the corner, compare.

    Random weights do: what a network cannot see, no weights make it see.

    Measures num_patches, change_outside and change_inside (largest change of an output, relative to
    the largest output, when all but the corner, or the corner alone, is replaced), and
    refuses_size (1 if the network of its own size raises on such an image).
    """
    del context, option
    name, corner = config.backbone, CATALOGUE[config.backbone].patch_size
    seed_default_generators(config.seed)
    network = build_timm(name, num_classes=10, in_chans=1, img_size=SIZE).network.eval()
    rng = torch_rng(config.seed, "patches")
    x, other = (torch.rand(NUM_IMAGES, 1, SIZE, SIZE, generator=rng) for _ in range(2))
    outside, inside = other.clone(), x.clone()
    outside[..., :corner, :corner] = x[..., :corner, :corner]
    inside[..., :corner, :corner] = other[..., :corner, :corner]
    answer = network(x)
    scale = answer.abs().max()
    metrics = {
        "num_patches": float(network.get_submodule("patch_embed").num_patches),  # type: ignore[arg-type]
        "change_outside": float((network(outside) - answer).abs().max() / scale),
        "change_inside": float((network(inside) - answer).abs().max() / scale),
        "refuses_size": float(_refuses(name, x)),
    }
    yield End(EndReason.COMPLETED, "", metrics)


def _refuses(name: str, x_B1SS: Tensor) -> bool:
    whole = build_timm(name, num_classes=10).network.eval()
    try:
        whole(x_B1SS)
    except (RuntimeError, AssertionError):
        return True
    return False
