"""The network of a config: ours or timm's, with the weights that it starts from."""

from collections.abc import Iterator
from contextlib import suppress

import torch
from torch import nn

from rdfia_core.errors import DataUnavailableError
from rdfia_core.events import Note, Pulse
from rdfia_core.experiments import Context
from rdfia_core.experiments.vit import OWN, RUN, SCRATCH, TIMM, VitConfig, spec_of
from rdfia_core.experiments.vit.checks import check_patches
from rdfia_core.models.timm_models import build_timm
from rdfia_core.models.timm_weights import fetch_weights
from rdfia_core.models.vit.adapt import adapt_inputs
from rdfia_core.models.vit.network import VisionTransformer
from rdfia_core.models.vit.transfer import freeze_layers, load_weights
from rdfia_core.seeding import seed_default_generators
from rdfia_core.training.input_shape import InputShape


def fetching(config: VitConfig, context: Context) -> Iterator[Pulse]:
    """Fetch the weights that a config starts from, if timm has them; yields a `Pulse` a block.

    So that a stop is heard meanwhile. Why they could not be had is said by the network's note.
    """
    if not _wants_weights(config, context) or context.weights_dir is None:
        return
    with suppress(DataUnavailableError):
        for _ in fetch_weights(config.backbone, context.weights_dir):
            yield Pulse()


def _wants_weights(config: VitConfig, context: Context) -> bool:
    return context.resume is None and config.init_from.startswith(TIMM)


def initial_network(
    config: VitConfig, shape: InputShape, context: Context
) -> tuple[nn.Module, list[Note]]:
    """Build the network of a config as it is before training; the seed alone decides on it.

    Where the context resumes a run, nothing is carried over: the checkpoint has all weights.

    Args:
        config: Completed, so that it says which network it is.
        shape: Of what the data set gives; images of other size or channels are adapted.
        context: Of the run.

    Returns:
        The network, and what there is to say about its weights.

    Raises:
        DataUnavailableError: If the run to start from is gone.
        ShapeError: If its network is another.
        ConfigError: If patches do not fit, or more blocks are to be frozen than there are.
    """
    spec = spec_of(config, shape)
    seed_default_generators(config.seed)
    notes: list[Note] = []
    network: nn.Module
    if config.backbone == OWN:
        check_patches(config, shape)
        network = VisionTransformer(spec)
    else:
        wants_weights = _wants_weights(config, context)
        built = build_timm(
            config.backbone,
            num_classes=spec.num_classes,
            in_chans=spec.in_channels,
            img_size=spec.image_size,
            weights_dir=context.weights_dir if wants_weights else None,
            allow_download=wants_weights,
        )
        network = built.network
        if wants_weights:
            evidence = {"pretrained": built.is_pretrained}
            notes.append(Note(0, 0.0, "weights", built.sentence, evidence))
    if context.resume is None and config.init_from.startswith(RUN):
        notes.append(_carry_over(config, network, context))
    adapt_inputs(network, spec.image_size, spec.in_channels)
    if config.init_from != SCRATCH:
        freeze_layers(network, config.freeze)
    return network, notes


def _carry_over(config: VitConfig, network: nn.Module, context: Context) -> Note:
    """Load the weights of the run to start from; the head is new where the classes are."""
    run_id = config.init_from.removeprefix(RUN)
    trained = context.trained(run_id)
    before = str(trained.config["dataset"])
    with_head = before == config.dataset
    weights = {name: torch.from_numpy(array) for name, array in trained.weights().items()}
    load_weights(network, weights, with_head=with_head)
    head = "head included" if with_head else "with a new head"
    return Note(
        0,
        0.0,
        "weights",
        f"Starts from run {run_id}, trained on {before}: its weights are carried over, {head}.",
        {"run": run_id, "dataset": before, "head": with_head},
    )
