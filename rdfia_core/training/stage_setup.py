"""From a config of a lab with stages to how a stage computes and learns."""

import torch

from rdfia_core.errors import ConfigError
from rdfia_core.models.stages import StageSpec
from rdfia_core.training.stage_config import StageConfig


def stage_spec(config: StageConfig) -> StageSpec:
    """Return how a stage of this config computes and learns."""
    return StageSpec(
        activation=config.activation,
        loss=config.loss,
        reduction=config.reduction,
        dropout=config.dropout,
        weight_decay=config.weight_decay,
        regularization=config.regularization,
        optimizer=config.optimizer,
        momentum=config.momentum,
    )


def torch_dtype(config: StageConfig, device: str) -> torch.dtype:
    """Return the number format of all arithmetic.

    Raises:
        ConfigError: If the device does not compute in it.
    """
    if config.dtype == "float64" and device == "mps":
        raise ConfigError(
            "Apple's GPUs do not compute in float64. Choose float32 as number format, or cpu as "
            "device.",
            "dtype",
        )
    return torch.float64 if config.dtype == "float64" else torch.float32
