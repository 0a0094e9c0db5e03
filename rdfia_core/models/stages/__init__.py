"""Four ways to train the same network, one abstraction more each time.

manual: every gradient by hand. autograd: PyTorch differentiates. nn: PyTorch holds layers and
losses. optim: PyTorch updates too. Given the same weights, settings and batches, the four follow
the same path to rounding, dropout included.
"""

from collections.abc import Callable, Sequence

from torch import Tensor

from rdfia_core.errors import ConfigError
from rdfia_core.models.stage_sources import STAGES
from rdfia_core.models.stages.autograd import AutogradStage
from rdfia_core.models.stages.interface import Stage, StageSpec
from rdfia_core.models.stages.manual import ManualStage
from rdfia_core.models.stages.nn_module import NnStage
from rdfia_core.models.stages.optim_stage import OptimStage

__all__ = ["STAGES", "OptimStage", "Stage", "StageSpec", "build_stage"]

_BUILDERS: dict[str, Callable[[Sequence[Tensor], StageSpec], Stage]] = {
    "manual": ManualStage,
    "autograd": AutogradStage,
    "nn": NnStage,
    "optim": OptimStage,
}


def build_stage(name: str, weights: Sequence[Tensor], spec: StageSpec) -> Stage:
    """Build one of the stages.

    Args:
        name: One of `STAGES`.
        weights: [W1, b1, W2, b2, ...], W (out, in), b (out); they are copied. Two tensors are a
            network without a hidden layer.
        spec: How to compute and learn.

    Returns:
        A stage that has taken no step yet. Building draws nothing from any generator.

    Raises:
        ConfigError: If there is no such stage.
    """
    if name not in _BUILDERS:
        raise ConfigError(f"The stage must be one of {', '.join(STAGES)}. Got {name!r}.", "stage")
    return _BUILDERS[name](weights, spec)
