"""timm's networks, with weights that were trained elsewhere where they can be had."""

from pathlib import Path
from typing import Any, NamedTuple

import timm
from safetensors import SafetensorError, safe_open
from torch import nn

from rdfia_core.errors import DataUnavailableError
from rdfia_core.models.timm_weights import fetch_weights, weights_file
from rdfia_core.models.vit.catalogue import CATALOGUE


class TimmModel(NamedTuple):
    """A network of timm's, whether its weights are trained, and a sentence that says so."""

    network: nn.Module
    is_pretrained: bool
    sentence: str


def build_timm(
    name: str,
    *,
    num_classes: int,
    in_chans: int = 3,
    img_size: int | None = None,
    patch_size: int | None = None,
    weights_dir: Path | None = None,
    allow_download: bool = False,
) -> TimmModel:
    """Build one of the catalogue's networks; without pretrained weights they are random.

    timm adapts pretrained weights to what is built: channels of the first layer are summed up or
    repeated, patches and positional embeddings resampled, and a head for other classes is new.

    Args:
        name: Of the catalogue.
        num_classes: Units of the head.
        in_chans: Channels of the images.
        img_size: Pixels a side that a transformer is built for, None for its own size. A CNN
            takes images of any size, and is built without.
        patch_size: Of a transformer, None for its own.
        weights_dir: Where pretrained weights are kept, None for random ones.
        allow_download: Whether they may be fetched if they are not there.

    Raises:
        DataUnavailableError: If the kept file does not hold weights of this network.
    """
    sizes = {"img_size": img_size, "patch_size": patch_size} if CATALOGUE[name].patch_size else {}
    made: dict[str, Any] = {key: value for key, value in sizes.items() if value is not None}
    made |= {"num_classes": num_classes, "in_chans": in_chans}
    reason = "none trained elsewhere were asked for."
    if weights_dir is not None:
        reason = _fetched(name, weights_dir) if allow_download else ""
        path = weights_file(name, weights_dir)
        if path.is_file():
            network = _pretrained(name, path, made)
            return TimmModel(network, True, f"Weights trained elsewhere: {path.stem}.")
        reason = reason or f"there is no {path}."
    network = timm.create_model(name, **made)
    return TimmModel(network, False, f"Random weights: {reason}")


def _fetched(name: str, weights_dir: Path) -> str:
    """Fetch the weights; return why they are not here, "" if they are."""
    try:
        for _ in fetch_weights(name, weights_dir):
            pass
    except DataUnavailableError as error:
        return str(error)
    return ""


def _pretrained(name: str, path: Path, made: dict[str, Any]) -> nn.Module:
    try:
        with safe_open(path, "pt") as file:
            kept = set(file.keys())
        network: nn.Module = timm.create_model(
            name, pretrained=True, pretrained_cfg_overlay={"file": str(path)}, **made
        )
    except (RuntimeError, SafetensorError) as error:
        raise _wrong_file(name, path, str(error)) from error
    # With a head for other classes timm passes over what is missing in the file.
    head = str(network.pretrained_cfg["classifier"])  # type: ignore[index]
    own = {parameter for parameter, _ in network.named_parameters()}
    missing = sorted(p for p in own - kept if not p.startswith(f"{head}."))
    if missing:
        raise _wrong_file(name, path, f"{missing[0]} is missing")
    return network


def _wrong_file(name: str, path: Path, reason: str) -> DataUnavailableError:
    return DataUnavailableError(
        f"The file {path} does not hold weights of {name}: {reason[:200]}. Delete it, and they are "
        "fetched again."
    )
