"""What the config of a lab with stages decides in its script."""

from collections.abc import Collection, Mapping
from typing import Any

from rdfia_core.scripts.recipe import Code, Ran
from rdfia_core.training.stage_config import StageConfig

_STAGES = "rdfia_core.models.stages"
STAGE_CLASSES = {
    "manual": f"{_STAGES}.manual:ManualStage",
    "autograd": f"{_STAGES}.autograd:AutogradStage",
    "nn": f"{_STAGES}.nn_module:NnStage",
    "optim": f"{_STAGES}.optim_stage:OptimStage",
}
_FIELDS = (
    "activation", "init", "dropout", "stage", "loss", "reduction", "optimizer", "momentum",
    "learning_rate", "batch_size", "weight_decay", "regularization", "epochs", "seed",
)  # fmt: skip
_SPEC_FIELDS = (
    "activation", "loss", "reduction", "dropout", "weight_decay", "regularization", "optimizer",
)  # fmt: skip


def stage_constants(config: StageConfig, ran: Ran) -> dict[str, Any]:
    """Return the constants that both programs with stages declare."""
    return {
        **{name.upper(): getattr(config, name) for name in _FIELDS},
        "HIDDEN_LAYERS": config.layer_sizes,
        "DTYPE": Code(f"torch.{config.dtype}"),
        "DEVICE": ran.device,
        "NUM_THREADS": ran.num_threads,
    }


def stage_known(config: StageConfig) -> dict[str, Mapping[str, Any]]:
    """Return what the config decides inside the stages and what they need."""
    values = {name: getattr(config, name) for name in _SPEC_FIELDS}
    everywhere = {
        f"{prefix}.{name}": v for prefix in ("self.spec", "spec") for name, v in values.items()
    }
    return {
        "": everywhere,
        "init_weights": {"init": config.init, "activation": config.activation},
        "Evaluator": {"self._loss": config.loss},
        "saturated_share": {"activation": config.activation},
    }


def stage_kept(config: StageConfig) -> dict[str, Collection[Any]]:
    """Return what the config leaves of the stages' tables."""
    return {"ACTIVATION": {config.activation}, "ACTIVATION_BACKWARD": {config.activation}}
