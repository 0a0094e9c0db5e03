"""Receptive fields side by side: what the centre of a CNN and of a transformer sees, by layer.

S pixels a side, L layers.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from rdfia_core.events import End, EndReason, Event, Result, Snapshot, Started, Step
from rdfia_core.experiments import Context
from rdfia_core.experiments.vit import SCRATCH, VitConfig
from rdfia_core.experiments.vit.network import initial_network
from rdfia_core.experiments.vit.train import shape_of
from rdfia_core.models.cnn.blocks import parse_blocks
from rdfia_core.models.cnn.build import build_network
from rdfia_core.models.cnn.layer_table import layer_table
from rdfia_core.models.cnn.windows import centre_window
from rdfia_core.models.receptive_fields import (
    centre_token,
    centre_units,
    share_in_centre,
    unit_fields,
)
from rdfia_core.models.vit.network import blocks_of
from rdfia_core.models.vit.picture import patch_grid
from rdfia_core.seeding import seed_default_generators, torch_rng
from rdfia_core.training.image_setup import ImageProblem, build_problem
from rdfia_core.training.input_shape import InputShape
from rdfia_core.training.tensor_state import tensors_under

NUM_IMAGES = 16
NUM_WEIGHTS = 3
EMBEDDING = "patches"

Layers = list[dict[str, Any]]


def fields(config: VitConfig, context: Context) -> Iterator[Event]:
    """Measure the fields of the lab's CNN and of the form's transformer, layer by layer.

    The CNN has initial weights; the transformer those of the run it goes on from, if there is one.

    Yields:
        A picture with the bytes `image` (S, S, C) and the fields `cnn` and `vit` (L, S, S),
        float32, and a result "fields": name, window and share in the centre of each, in order.
    """
    single = config.model_copy(update={"batch_size": 1})
    problem = build_problem(single, context.images.open(config.dataset), context.device)
    first = config.shown_image % len(problem.test)
    rng = torch_rng(config.seed, "fields")
    others = torch.randint(len(problem.test), (NUM_IMAGES - 1,), generator=rng)
    places = torch.cat([torch.tensor([first]), others]).to(problem.test.rows_N.device)
    bytes_BCSS = problem.test.images(places)
    x_BCSS = problem.pipeline.at_test(bytes_BCSS)
    yield Started(0, context.device)
    yield Step(0, 0.0)
    cnn_maps, cnn_layers = _cnn_fields(config, shape_of(problem), x_BCSS)
    yield Step(1, 0.5 * config.epochs)
    vit_maps, vit_layers, weights = _vit_fields(config, context, problem, x_BCSS)
    found = {"cnn": cnn_layers, "vit": vit_layers, "vit_weights": weights, "row": first}
    yield Result("fields", found | {"size": x_BCSS.shape[-1], "num_images": NUM_IMAGES})
    framed = problem.pipeline.augmentation.at_test(bytes_BCSS[:1])
    arrays = {
        "image": framed[0].permute(1, 2, 0).cpu().numpy().copy(),
        "cnn": cnn_maps.cpu().numpy(),
        "vit": vit_maps.cpu().numpy(),
    }
    yield Step(2, float(config.epochs), lambda: Snapshot(arrays))
    yield End(EndReason.COMPLETED, "", {})


def _cnn_fields(config: VitConfig, shape: InputShape, x_BCSS: Tensor) -> tuple[Tensor, Layers]:
    """Return the fields of the lab's CNN (L, S, S), averaged over images and initial weights."""
    blocks, rng = parse_blocks("lab"), torch_rng(config.seed, "cnn fields")
    total: dict[str, Tensor] = {}
    for number in range(NUM_WEIGHTS):
        seed_default_generators(config.seed + number)
        network = build_network(blocks, **shape._asdict()).to(x_BCSS.device).eval()
        _add(total, unit_fields(network, centre_units(network), x_BCSS, rng))
    table = layer_table(blocks, **shape._asdict())
    windows = {name: centre_window(blocks, table, name) for name in total}
    return _stacked(total), _described(total, windows)


def _vit_fields(
    config: VitConfig, context: Context, problem: ImageProblem, x_BCSS: Tensor
) -> tuple[Tensor, Layers, str]:
    """Return the fields of the transformer, (L, S, S), and whose weights it has."""
    is_drawn = context.resume is None and config.init_from == SCRATCH
    rng = torch_rng(config.seed, "vit fields")
    total: dict[str, Tensor] = {}
    windows: dict[str, tuple[float, float]] = {}
    for number in range(NUM_WEIGHTS if is_drawn else 1):
        seeded = config.model_copy(update={"seed": config.seed + number})
        network, notes = initial_network(seeded, shape_of(problem), context)
        if context.resume is not None:
            network.load_state_dict(tensors_under("network.", context.resume.arrays))
        network = network.to(x_BCSS.device).eval()
        if not blocks_of(network):
            return x_BCSS.new_zeros(0, *x_BCSS.shape[-2:]), [], f"{config.backbone} has no tokens."
        windows = _token_windows(network, x_BCSS.shape[-1])
        _add(total, _token_fields(network, x_BCSS, rng))
    weights = f"{NUM_WEIGHTS} draws of initial weights"
    if context.resume is not None:
        weights = f"the weights of the run as of step {context.resume.values['step']:,}"
    elif notes:
        weights = notes[0].text
    return _stacked(total), _described(total, windows), weights


def _token_fields(network: nn.Module, x_BCSS: Tensor, rng: torch.Generator) -> dict[str, Tensor]:
    pick = centre_token(patch_grid(network)[0])
    units = {EMBEDDING: (network.get_submodule("patch_embed"), pick)}
    units |= {f"block {k}": (block, pick) for k, block in enumerate(blocks_of(network), start=1)}
    return unit_fields(network, units, x_BCSS, rng)


def _token_windows(network: nn.Module, size: int) -> dict[str, tuple[float, float]]:
    """Return the first and last pixel: the patch's own, and after a block the whole image's."""
    grid_size = patch_grid(network)[0]
    side = size / grid_size  # of a patch, in pixels of the image before it was resized
    own = (grid_size // 2 * side, (grid_size // 2 + 1) * side - 1)
    names = [f"block {k}" for k in range(1, len(blocks_of(network)) + 1)]
    return {EMBEDDING: own} | dict.fromkeys(names, (0.0, size - 1.0))


def _add(total: dict[str, Tensor], more: dict[str, Tensor]) -> None:
    for name, field_SS in more.items():
        total[name] = total[name] + field_SS if name in total else field_SS


def _stacked(total: dict[str, Tensor]) -> Tensor:
    """Return the fields (L, S, S), the largest value of each 1."""
    return torch.stack([each / each.max().clamp_min(1e-30) for each in total.values()])


def _described(total: dict[str, Tensor], windows: dict[str, Any]) -> Layers:
    return [
        {"name": name, "window": list(windows[name]), "share": share_in_centre(field_SS)}
        for name, field_SS in total.items()
    ]
