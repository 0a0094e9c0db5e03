"""Probe: one image of the data set goes straight to one of timm's networks. What comes out?

C channels, S pixels a side.
"""

import re
import statistics
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import timm
import torch
from timm.data.imagenet_info import ImageNetInfo
from torch import Tensor, nn

from rdfia_core.data.images.image_set import ImageSet
from rdfia_core.errors import ConfigError, DataUnavailableError
from rdfia_core.events import End, EndReason, Event, Result, Snapshot, Started, Step
from rdfia_core.experiments import Context
from rdfia_core.experiments.vit import VitConfig
from rdfia_core.experiments.vit.checks import MAX_TOKENS
from rdfia_core.models.seen import change_under, sensitivity
from rdfia_core.models.timm_models import TimmModel, build_timm
from rdfia_core.models.timm_weights import fetch_weights
from rdfia_core.models.vit.adapt import adapted
from rdfia_core.models.vit.catalogue import CATALOGUE
from rdfia_core.seeding import seed_default_generators, torch_rng

NUM_CLASSES = 1_000
SHARE_OF_FETCHING = 0.9
NUM_TIMED = 3
NUM_ANSWERS = 5
REFUSALS = (AssertionError, RuntimeError, TypeError, ValueError)
"""What timm and torch raise at an image that does not fit."""

_MEANINGS = (
    (
        r"height .* doesn't match model \((\d+)\)",
        "The network is built for images of {0} × {0} pixels: it has learned one position for each "
        "of their patches, and none for others.",
    ),
    (
        r"have (\d) channels, but got (\d)",
        "The first layer has weights for {0} channels; this image has {1}.",
    ),
    (
        r"argument '(img_size|patch_size)'",
        "A CNN has no {0} to set: its filters slide over images of any size.",
    ),
    (
        r"Kernel size can't be greater",
        "The image, or what is left of it after some layers, is smaller than one patch or filter.",
    ),
)


def probe(config: VitConfig, context: Context) -> Iterator[Event]:
    """Feed one test image to a network of timm's, with the config's remedies or without.

    Yields:
        Pictures with the bytes `image` (S, S, C) and `seen` (S, S), 1 where a pixel has a part in
        the output, and a result "probe": what was fed, and the refusal in timm's own words or what
        came out and what it took.

    Raises:
        ConfigError: If the patches would be too many.
    """
    _check_tokens(config, context.images.open(config.dataset).image_size)
    yield Started(CATALOGUE[config.timm_name].num_parameters, context.device)
    image_set = context.images.open(config.dataset)
    image = np.array(image_set.x_test[config.shown_image % image_set.num_test])
    label = image_set.class_names[image_set.y_test[config.shown_image % image_set.num_test]]
    unseen = Snapshot({"image": image})
    yield Step(0, 0.0, lambda: unseen)
    offline, step = "", 0
    if config.probe_weights == "pretrained" and context.weights_dir is not None:
        try:
            for share in fetch_weights(config.timm_name, context.weights_dir):
                step += 1
                yield Step(step, SHARE_OF_FETCHING * share * config.epochs, lambda: unseen)
        except DataUnavailableError as error:
            offline = f"Random weights: {error}"
    found, seen = _asked(config, context, image_set, image)
    found |= {"label": label, "row": config.shown_image % image_set.num_test}
    if offline:
        found["weights"] = offline
    yield Result("probe", found)
    arrays = {"image": image} if seen is None else {"image": image, "seen": seen}
    yield Step(step + 1, float(config.epochs), lambda: Snapshot(arrays))
    yield End(EndReason.COMPLETED, "", {})


def _check_tokens(config: VitConfig, image_size: int) -> None:
    known = CATALOGUE[config.timm_name]
    side = image_size if config.probe_size == "img_size" else known.image_size
    patch_size = config.probe_patch or known.patch_size
    if known.patch_size and (side // patch_size) ** 2 >= MAX_TOKENS:
        raise ConfigError(
            f"The 'probe_patch' parameter must leave at most {MAX_TOKENS - 1:,} patches. Got "
            f"{patch_size}: {(side // patch_size) ** 2:,} patches of an image of {side} × {side}. "
            "Choose larger patches, or build the network for the image's own size.",
            "probe_patch",
        )


def _asked(
    config: VitConfig, context: Context, image_set: ImageSet, image: np.ndarray
) -> tuple[dict[str, Any], np.ndarray | None]:
    """Build the network and ask it; a refusal is a finding, too."""
    seed_default_generators(config.seed)
    found: dict[str, Any] = {"name": config.timm_name, "refused_at": "creation", "weights": ""}
    x_1CSS = torch.from_numpy(image).permute(2, 0, 1)[None].to(context.device) / 255
    try:
        built = _built(config, context, image_set)
        network = built.network.to(context.device).eval().requires_grad_(False)
        found |= {"weights": built.sentence, "is_pretrained": built.is_pretrained}
        found |= {"refused_at": "forward", "fed": list(_fed(config, network, x_1CSS).shape)}
        output = network(_fed(config, network, x_1CSS))
    except REFUSALS as error:
        return found | {"error_type": type(error).__name__, **_explained(str(error))}, None
    answer = partial(_answer, config, network)
    rng = torch_rng(config.seed, "probe")
    seen_SS = sensitivity(answer, x_1CSS, rng) > 0
    found |= {
        "refused_at": "",
        "output": list(output.shape),
        "num_parameters": sum(p.numel() for p in network.parameters()),
        "seconds": _seconds(answer, x_1CSS),
        "seen_share": float(seen_SS.float().mean()),
        "change_seen": change_under(answer, x_1CSS, seen_SS, rng),
        "change_unseen": change_under(answer, x_1CSS, ~seen_SS, rng),
        **_tokens(config, network, x_1CSS),
        "answers": _answers(output) if built.is_pretrained else [],
    }
    return found, seen_SS.to(torch.uint8).cpu().numpy()


def _built(config: VitConfig, context: Context, image_set: ImageSet) -> TimmModel:
    sizes: dict[str, Any] = {}
    if config.probe_size == "img_size":
        sizes["img_size"] = image_set.image_size
    if config.probe_patch:
        sizes["patch_size"] = config.probe_patch
    if sizes and not CATALOGUE[config.timm_name].patch_size:
        timm.create_model(config.timm_name, **sizes)  # refused: the words are timm's
    return build_timm(
        config.timm_name,
        num_classes=NUM_CLASSES,
        in_chans=image_set.num_channels if config.probe_channels == "in_chans" else 3,
        weights_dir=context.weights_dir if config.probe_weights == "pretrained" else None,
        **sizes,
    )


def _fed(config: VitConfig, network: nn.Module, x_1CSS: Tensor) -> Tensor:
    """Return what the network receives: with the chosen remedies, and normalised as it expects."""
    known = CATALOGUE[config.timm_name]
    size = known.image_size if config.probe_size == "resize" else x_1CSS.shape[-1]
    channels = 3 if config.probe_channels == "repeat" else x_1CSS.shape[1]
    x_1CSS = adapted(x_1CSS, size, channels)
    expected: Any = network.pretrained_cfg
    mean_C, std_C = x_1CSS.new_tensor(expected["mean"]), x_1CSS.new_tensor(expected["std"])
    if channels != len(mean_C):
        mean_C, std_C = mean_C.mean(dim=0, keepdim=True), std_C.mean(dim=0, keepdim=True)
    return (x_1CSS - mean_C[:, None, None]) / std_C[:, None, None]


def _answer(config: VitConfig, network: nn.Module, x_1CSS: Tensor) -> Tensor:
    logits_1K: Tensor = network(_fed(config, network, x_1CSS))
    return logits_1K


def _explained(text: str) -> dict[str, str]:
    """Return an error's own words, and a sentence on what they mean."""
    for pattern, sentence in _MEANINGS:
        if match := re.search(pattern, text):
            return {"error": text, "meaning": sentence.format(*match.groups())}
    return {"error": text, "meaning": ""}


def _seconds(answer: Any, x_1CSS: Tensor) -> float:
    times = []
    with torch.no_grad():
        for _ in range(NUM_TIMED):
            begun = time.perf_counter()
            float(answer(x_1CSS).sum())  # waits for the device
            times.append(time.perf_counter() - begun)
    return statistics.median(times)


def _tokens(config: VitConfig, network: nn.Module, x_1CSS: Tensor) -> dict[str, Any]:
    """Count what the network made of the image: tokens and patches, or the last map's side."""
    fed_1CSS = _fed(config, network, x_1CSS)
    with torch.no_grad():
        features: Tensor = network.forward_features(fed_1CSS)  # type: ignore[operator]
    if not CATALOGUE[config.timm_name].patch_size:
        return {"last_map": features.shape[-1]}
    embedding: Any = network.get_submodule("patch_embed")
    scale = x_1CSS.shape[-1] / fed_1CSS.shape[-1]
    return {
        "num_tokens": features.shape[1],
        "grid": list(embedding.grid_size),
        "patch_pixels": embedding.patch_size[0] * scale,  # of the image, before it was resized
    }


def _answers(logits_1K: Tensor) -> list[dict[str, Any]]:
    """Return the likeliest classes of ImageNet and their probabilities."""
    names = ImageNetInfo()
    best = logits_1K[0].softmax(dim=0).topk(NUM_ANSWERS)
    return [
        {"name": names.index_to_description(index), "prob": prob}
        for index, prob in zip(best.indices.tolist(), best.values.tolist(), strict=True)
    ]
