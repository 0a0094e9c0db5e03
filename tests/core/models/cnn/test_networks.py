"""Layer table and network: the same numbers, told by independent means."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torchinfo import summary

from rdfia_core.errors import ConfigError
from rdfia_core.models.cnn.blocks import ARCHITECTURES, effective_blocks, parse_blocks
from rdfia_core.models.cnn.build import BlockNetwork, build_network, feature_maps
from rdfia_core.models.cnn.layer_table import LayerTable, layer_table
from rdfia_core.models.cnn.slide import as_convolutions
from rdfia_core.seeding import seed_default_generators

SHAPES = [
    "conv 4 k3, relu, pool 2, fc 7, tanh",
    "conv 4 k5 s2 p2, bn, relu, pool 3 s2 p1, conv 6 k3 p1, gelu, avgpool 2, dropout 0.5",
    "conv 3 k3, leaky, pool 3 s2 up, avgpool 3 s2 p1 up, relu, fc 5, bn, relu, fc 4",
    "res 4, res 8 s2, sigmoid, pool 2 up, gap",
    *ARCHITECTURES.values(),
]


def table_and_network(
    text: str, size: int = 32, channels: int = 3
) -> tuple[LayerTable, BlockNetwork]:
    blocks = parse_blocks(text)
    table = layer_table(blocks, num_channels=channels, image_size=size, num_classes=10)
    seed_default_generators(0)
    network = build_network(blocks, num_channels=channels, image_size=size, num_classes=10)
    return table, network


def as_written(network: BlockNetwork, x_BCHW: Tensor) -> dict[str, Tensor]:
    outputs = {}
    for name, module in network.layers.items():
        x_BCHW = module(x_BCHW)
        outputs[name] = x_BCHW
    return outputs


def test_the_labs_network_has_1_191_170_weights() -> None:
    table, network = table_and_network("lab")
    assert table.num_weights == 1_191_170
    assert sum(p.numel() for p in network.parameters()) == 1_191_170
    assert summary(network, (1, 3, 32, 32), verbose=0).total_params == 1_191_170
    weights = [layer.num_weights for layer in table.layers if layer.num_weights]
    assert weights == [2_432, 51_264, 102_464, 1_025_000, 10_010]


def test_the_labs_receptive_fields() -> None:
    table, _ = table_and_network("lab")
    fields = {layer.name: layer.receptive_field for layer in table.layers}
    names = ("conv1", "pool1", "conv2", "pool2", "conv3", "pool3")
    assert [fields[name] for name in names] == [5, 6, 14, 16, 32, 36]


@pytest.mark.parametrize("text", SHAPES)
@pytest.mark.parametrize("size", [32, 28])
def test_the_table_tells_shapes_weights_and_work_as_torchinfo(text: str, size: int) -> None:
    table, network = table_and_network(text, size)
    outputs = as_written(network.eval(), torch.zeros(2, 3, size, size))
    for layer in table.layers:
        shape = outputs[layer.name].shape
        expected = (layer.channels, layer.size, layer.size) if layer.size else (layer.channels,)
        assert shape[1:] == expected, layer.name
    told = summary(network, (1, 3, size, size), verbose=0)
    assert table.num_weights == told.total_params
    # torchinfo counts a multiplication for each bias and each batch norm's weights as well.
    extra = sum(
        p.numel() * (1 if p.dim() == 1 else 0)
        for module in network.modules()
        for p in module.parameters(recurse=False)
    )
    assert told.total_mult_adds >= table.multiply_adds
    with_biases = sum(
        layer.num_values for layer in table.layers if layer.block.startswith(("conv", "fc"))
    )
    assert told.total_mult_adds <= table.multiply_adds + with_biases + extra


@pytest.mark.parametrize("text", ["lab", "conv 4 k3 s2, relu, avgpool 3 s2, conv 5 k5, res 6 s2"])
def test_receptive_fields_are_what_a_changed_pixel_reaches(text: str) -> None:
    """The gradient of one value in the middle, with positive weights, is positive on its field."""
    size = 96
    table, network = table_and_network(text, size)
    network.double().eval()
    for parameter in network.parameters():
        parameter.data.uniform_(0.1, 1.0)
    for module in network.modules():
        if isinstance(module, nn.MaxPool2d):  # a maximum passes on one gradient, a mean all
            module.forward = nn.AvgPool2d(  # type: ignore[method-assign]
                module.kernel_size, module.stride, module.padding, module.ceil_mode
            ).forward
    x = torch.rand(1, 3, size, size, dtype=torch.float64, requires_grad=True)
    outputs = as_written(network, x)
    for layer in table.layers:
        if not layer.size:
            break
        middle = layer.size // 2
        (gradient,) = torch.autograd.grad(
            outputs[layer.name][0, 0, middle, middle], x, retain_graph=True
        )
        reached = gradient[0, 0].abs().sum(dim=0).nonzero()
        assert int(reached.max() - reached.min()) + 1 == layer.receptive_field, layer.name


@pytest.mark.parametrize("text", SHAPES)
def test_the_fast_order_gives_the_same_bits(text: str) -> None:
    _, network = table_and_network(text)
    x_BCHW = torch.randn(4, 3, 32, 32)
    expected = list(as_written(network.eval(), x_BCHW).values())[-1]
    torch.testing.assert_close(network(x_BCHW), expected, rtol=0, atol=0)


def test_dropout_and_batch_norm_are_off_at_evaluation() -> None:
    blocks = effective_blocks("lab", batch_norm=True, dropout=0.5)
    network = build_network(blocks, num_channels=3, image_size=32, num_classes=10)
    x_BCHW = torch.randn(8, 3, 32, 32)
    assert not torch.equal(network.train()(x_BCHW), network(x_BCHW))
    together = network.eval()(x_BCHW)
    torch.testing.assert_close(network(x_BCHW), together, rtol=0, atol=0)
    alone = torch.cat([network(x_1CHW) for x_1CHW in x_BCHW.split(1)])
    torch.testing.assert_close(alone, together, rtol=1e-4, atol=1e-5)


def test_feature_maps_are_those_after_the_activation_and_leave_the_mode() -> None:
    _, network = table_and_network("conv 4 k3, bn, relu, pool 2, conv 6 k3, fc 5")
    network.train()
    x_1CHW = torch.randn(1, 3, 32, 32)
    maps = feature_maps(network, x_1CHW)
    assert network.training
    assert {name: tuple(m.shape) for name, m in maps.items()} == {
        "conv1": (1, 4, 30, 30),
        "pool1": (1, 4, 15, 15),
        "conv2": (1, 6, 13, 13),
    }
    outputs = as_written(network.eval(), x_1CHW)
    torch.testing.assert_close(maps["conv1"], outputs["relu1"], rtol=0, atol=0)
    torch.testing.assert_close(maps["conv2"], outputs["conv2"], rtol=0, atol=0)


@pytest.mark.parametrize(
    ("text", "number", "part"),
    [
        ("conv 8 k3, pool 8, pool 5", 2, "5 x 5 does not fit into 3 x 3"),
        ("fc 10, conv 8 k3", 1, "no rows and columns left"),
        ("fc 10, gap", 1, "no rows and columns left"),
        ("conv 1024 k1, fc 8192", 1, "more than 30,000,000"),
        ("conv 1024 k1, relu, relu, relu", 3, "more than 4,000,000"),
    ],
)
def test_the_first_impossible_layer_is_told(text: str, number: int, part: str) -> None:
    blocks = parse_blocks(text)
    table = layer_table(blocks, num_channels=3, image_size=32, num_classes=10)
    assert table.error_number == number
    assert part in table.error
    with pytest.raises(ConfigError, match="architecture"):
        build_network(blocks, num_channels=3, image_size=32, num_classes=10)


ARCHITECTURE_PARTS = (
    "conv 4 k3",
    "conv 4 k5 s2 p2",
    "pool 2",
    "pool 3 s2 up",
    "avgpool 2 s1 p1 up",
    "relu",
    "bn",
    "res 4 s2",
    "fc 6",
    "gap",
    "dropout 0.5",
)
_texts = st.lists(
    st.sampled_from(ARCHITECTURE_PARTS),
    max_size=8,
)


@given(_texts, st.integers(4, 20))
@settings(max_examples=60, deadline=None)
def test_what_the_table_allows_can_be_run(words: list[str], size: int) -> None:
    blocks = parse_blocks(", ".join(words))
    table = layer_table(blocks, num_channels=1, image_size=size, num_classes=3)
    if table.error:
        return
    network = build_network(blocks, num_channels=1, image_size=size, num_classes=3).eval()
    assert network(torch.zeros(2, 1, size, size)).shape == (2, 3)
    outputs = as_written(network, torch.zeros(2, 1, size, size))
    for layer in table.layers:
        assert outputs[layer.name][0].numel() == layer.num_values


def test_a_network_of_convolutions_answers_at_every_place_as_on_the_piece() -> None:
    _, network = table_and_network("conv 4 k3, relu, pool 2, fc 9, bn, relu, fc 8", size=16)
    network.eval()
    wide = as_convolutions(network, 16, 3)
    x_1CHW = torch.randn(1, 3, 32, 24)
    answers = wide(x_1CHW)
    assert answers.shape == (1, 10, 9, 5)
    for row, column in [(0, 0), (3, 4), (8, 2)]:
        piece = x_1CHW[:, :, 2 * row : 2 * row + 16, 2 * column : 2 * column + 16]
        torch.testing.assert_close(
            network(piece)[0], answers[0, :, row, column], rtol=1e-4, atol=1e-5
        )


@pytest.mark.parametrize("name", list(ARCHITECTURES))
def test_on_its_own_size_a_network_of_convolutions_gives_the_same_answer(name: str) -> None:
    _, network = table_and_network(name)
    network.eval()
    x_BCHW = torch.randn(2, 3, 32, 32)
    answers = as_convolutions(network, 32, 3)(x_BCHW)
    torch.testing.assert_close(answers[:, :, 0, 0], network(x_BCHW), rtol=1e-4, atol=1e-5)
