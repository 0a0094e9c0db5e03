"""What is found out about a config before its run: what follows from it, and what cannot be."""

from collections.abc import Mapping
from typing import Any

from rdfia_core.errors import ConfigError
from rdfia_core.experiments import Context
from rdfia_core.experiments.vit import NETWORK_FIELDS, OWN, RUN, TIMM, VitConfig, spec_of
from rdfia_core.models.vit.catalogue import CATALOGUE
from rdfia_core.models.vit.spec import divisors
from rdfia_core.training.image_checks import check_image_run
from rdfia_core.training.input_shape import InputShape, input_shape

MAX_TOKENS = 1_025
NAME = "vit"


def completed(values: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Fill in the network of a config that starts from another one's weights.

    Raises:
        DataUnavailableError: If the run to start from is gone or still works.
        ConfigError: If it is a run of another lab.
    """
    found = dict(values)
    source = str(values.get("init_from", ""))
    if source.startswith(TIMM):
        found["backbone"] = source.removeprefix(TIMM)
    elif source.startswith(RUN):
        trained = context.trained(source.removeprefix(RUN))
        if trained.experiment != NAME:
            raise ConfigError(
                f"The 'init_from' parameter must name a run of the {NAME} lab. Got {source}, a "
                f"run of {trained.experiment}.",
                "init_from",
            )
        config = VitConfig.build(trained.config)
        spec = spec_of(config, input_shape(config, context.images))
        found |= {name: trained.config[name] for name in NETWORK_FIELDS}
        found.setdefault("normalization", config.normalization)  # what its weights are used to
        found["input_size"] = spec.image_size
        found["input_channels"] = "grey" if spec.in_channels == 1 else "colour"
    if found.get("backbone", OWN) in CATALOGUE:
        if str(found.get("input_size", 0)) == "0":
            found["input_size"] = CATALOGUE[found["backbone"]].image_size
        if found.get("input_channels", "as_is") == "as_is":
            found["input_channels"] = "colour"
    return found


def check_network(config: VitConfig, context: Context) -> None:
    """Refuse a run whose images are not there or cannot be cut into such patches.

    Raises:
        DataUnavailableError: If the set cannot be had; the message says what to do.
        ConfigError: If patches do not fit, are too many, or the network cannot be compiled here.
    """
    check_image_run(config, context.images)
    if config.backbone == OWN:
        check_patches(config, input_shape(config, context.images))


def check_patches(config: VitConfig, shape: InputShape) -> None:
    """Refuse patches that do not tile the image, or are too many.

    Raises:
        ConfigError: Naming patch_size.
    """
    spec = spec_of(config, shape)
    size, patch = spec.image_size, config.patch_size
    if size % patch:
        sizes = ", ".join(map(str, divisors(size)))
        raise ConfigError(
            f"The 'patch_size' parameter must divide the image's side of {size} pixels: one of "
            f"{sizes}. Got {patch}.",
            "patch_size",
        )
    if spec.num_tokens > MAX_TOKENS:
        raise ConfigError(
            f"The 'patch_size' parameter must leave at most {MAX_TOKENS:,} tokens. Got {patch}: "
            f"{spec.num_tokens:,} tokens of an image of {size} × {size}. Choose larger patches.",
            "patch_size",
        )
