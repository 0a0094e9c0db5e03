"""Optional input features: functions of the two coordinates. N points, 2 + K inputs.

The names come without torch, which `expand` alone imports: the interface shows them.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from rdfia_core.errors import ConfigError

if TYPE_CHECKING:
    from torch import Tensor


class Feature(NamedTuple):
    """One column of the input, computed from x₁ and x₂ (each (N,))."""

    label: str
    compute: "Callable[[Tensor, Tensor], Tensor]"


FEATURES = {
    "x2": Feature("x₁²", lambda x1, _x2: x1.square()),
    "y2": Feature("x₂²", lambda _x1, x2: x2.square()),
    "xy": Feature("x₁x₂", lambda x1, x2: x1 * x2),
    "sin_x": Feature("sin x₁", lambda x1, _x2: x1.sin()),
    "sin_y": Feature("sin x₂", lambda _x1, x2: x2.sin()),
}


def feature_names(selected: Sequence[str]) -> list[str]:
    """Return the names of all inputs as shown to the student, x₁ and x₂ first."""
    return ["x₁", "x₂", *(_feature(name).label for name in selected)]


def expand(inputs_N2: "Tensor", selected: Sequence[str]) -> "Tensor":
    """Append the selected features to the coordinates.

    Args:
        inputs_N2: Points of the plane.
        selected: Names from `FEATURES`, in the order of the new columns.

    Returns:
        Tensor (N, 2 + K) of the same dtype; `inputs_N2` itself if nothing is selected.

    Raises:
        ConfigError: If there is no such feature.
    """
    if not selected:
        return inputs_N2
    import torch  # noqa: PLC0415  the interface process reads the names and must stay light

    x1_N, x2_N = inputs_N2.unbind(dim=1)
    columns = [_feature(name).compute(x1_N, x2_N) for name in selected]
    return torch.cat([inputs_N2, torch.stack(columns, dim=1)], dim=1)


def _feature(name: str) -> Feature:
    if name not in FEATURES:
        message = f"An input feature must be one of {', '.join(FEATURES)}. Got {name!r}."
        raise ConfigError(message, "features")
    return FEATURES[name]
