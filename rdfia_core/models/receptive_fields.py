"""What one unit of a network sees in practice: the gradient of its value by the input's pixels.

B images, C channels, S pixels a side, U values of a unit.

References:
    W. Luo et al., Understanding the effective receptive field in deep convolutional neural
    networks, NIPS 2016, section 2.
"""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from rdfia_core.models.cnn.build import BlockNetwork

Pick = Callable[[Tensor], Tensor]
"""From the output of a layer to the values of one of its units, (B, U)."""


def unit_fields(
    network: nn.Module,
    units: Mapping[str, tuple[nn.Module, Pick]],
    x_BCSS: Tensor,
    rng: torch.Generator,
) -> dict[str, Tensor]:
    """Return for each unit the mean absolute gradient of its values by each pixel, (S, S).

    Of the U values one random combination is taken, in which they do not cancel.

    Args:
        network: Not training.
        units: By name, a layer of the network and what picks a unit of it.
        x_BCSS: Images.
        rng: Draws the combinations.
    """
    x_BCSS = x_BCSS.clone().requires_grad_()
    values: dict[str, Tensor] = {}
    hooks = [
        layer.register_forward_hook(_keeper(values, name, pick))
        for name, (layer, pick) in units.items()
    ]
    try:
        network(x_BCSS)
    finally:
        for hook in hooks:
            hook.remove()
    fields: dict[str, Tensor] = {}
    for name, unit_BU in values.items():
        weights_U = torch.randn(unit_BU.shape[1], generator=rng).to(unit_BU.device)
        (grad_BCSS,) = torch.autograd.grad((unit_BU @ weights_U).sum(), x_BCSS, retain_graph=True)
        fields[name] = grad_BCSS.abs().sum(dim=1).mean(dim=0)
    return fields


def _keeper(values: dict[str, Tensor], name: str, pick: Pick) -> Callable[..., None]:
    def keep(_module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
        values[name] = pick(output)

    return keep


def centre_units(network: BlockNetwork) -> dict[str, tuple[nn.Module, Pick]]:
    """Return the centre unit of each layer that has feature maps, before its activation."""
    return {name: (network.layers[name], _centre) for name in network.drawn}


def _centre(maps_BUhw: Tensor) -> Tensor:
    return maps_BUhw[:, :, maps_BUhw.shape[2] // 2, maps_BUhw.shape[3] // 2]


def centre_token(grid_size: int) -> Pick:
    """Return what picks the token of the centre patch; those before the patches are passed over."""
    place = grid_size // 2 * grid_size + grid_size // 2

    def pick(tokens_BTU: Tensor) -> Tensor:
        return tokens_BTU[:, tokens_BTU.shape[1] - grid_size**2 + place]

    return pick


def share_in_centre(field_SS: Tensor) -> float:
    """Return how much of a field lies in the central quarter of the image's area; 0 if all is 0."""
    size = len(field_SS)
    edge = round(size / 4)
    inside = field_SS[edge : size - edge, edge : size - edge].sum()
    return float(inside / field_SS.sum().clamp_min(1e-30))
