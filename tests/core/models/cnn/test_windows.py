"""Where a unit looks, against the gradient of networks whose every weight is positive."""

import pytest
import torch

from rdfia_core.models.cnn.blocks import parse_blocks
from rdfia_core.models.cnn.build import build_network
from rdfia_core.models.cnn.layer_table import layer_table
from rdfia_core.models.cnn.windows import centre_window
from rdfia_core.models.receptive_fields import centre_units, unit_fields

SHAPE = {"num_channels": 2, "image_size": 41, "num_classes": 3}


@pytest.mark.parametrize(
    "text",
    [
        "conv 2 k5 p2, avgpool 2, conv 2 k5 p2, avgpool 2, conv 2 k5 p2, avgpool 2 up",
        "conv 2 k3, conv 2 k4 s3 p1, avgpool 3 s2 p1",
        "conv 2 k3 s2 p1, res 2, res 3 s2, res 3",
    ],
)
def test_the_window_is_what_the_gradient_reaches(text: str) -> None:
    blocks = parse_blocks(text)
    network = build_network(blocks, **SHAPE).eval()
    for parameter in network.parameters():
        parameter.data.abs_().add_(0.1)  # positive throughout: nothing cancels, no ReLU is silent
    image = torch.ones(1, 2, 41, 41)
    rng = torch.Generator().manual_seed(0)
    fields = unit_fields(network, centre_units(network), image, rng)
    table = layer_table(blocks, **SHAPE)
    for name, field_SS in fields.items():
        first, last = centre_window(blocks, table, name)
        for axis in (0, 1):
            reached = (field_SS.sum(dim=axis) > 0).nonzero().flatten()
            assert (int(reached[0]), int(reached[-1])) == (max(0, first), min(40, last)), name


def test_the_labs_fields_are_as_the_layer_table_says() -> None:
    blocks = parse_blocks("lab")
    table = layer_table(blocks, num_channels=3, image_size=32, num_classes=10)
    names = [layer.name for layer in table.layers if layer.name.startswith(("conv", "pool"))]
    windows = [centre_window(blocks, table, name) for name in names]
    assert [last - first + 1 for first, last in windows] == [5, 6, 14, 16, 32, 36]
    assert windows[0] == (14, 18)


def test_a_layer_that_is_not_there_has_no_window() -> None:
    blocks = parse_blocks("conv 2 k3")
    with pytest.raises(KeyError):
        centre_window(blocks, layer_table(blocks, **SHAPE), "conv9")
