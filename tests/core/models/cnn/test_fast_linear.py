"""The fully connected layer on oneDNN against `nn.Linear`."""

import pytest
import torch
from torch import Tensor, nn
from torch.profiler import ProfilerActivity, profile

from rdfia_core.models.cnn.blocks import parse_blocks
from rdfia_core.models.cnn.build import build_network
from rdfia_core.models.cnn.fast_linear import FastLinear

ON_ONEDNN = "aten::mkldnn_linear"
needs_mkl = pytest.mark.skipif(
    not torch.backends.mkl.is_available(), reason="without MKL the layer is nn.Linear"
)


def layers(inputs: int, units: int, *, bias: bool = True) -> tuple[FastLinear, nn.Linear]:
    """Return our layer and PyTorch's, with the same weights."""
    ours = FastLinear(inputs, units, bias=bias)
    theirs = nn.Linear(inputs, units, bias=bias)
    theirs.load_state_dict(ours.state_dict())
    return ours, theirs


def operators(layer: nn.Module, x_BI: Tensor) -> set[str]:
    """Return the names of what PyTorch ran."""
    with profile(activities=[ProfilerActivity.CPU]) as seen:
        layer(x_BI)
    return {event.key for event in seen.key_averages()}


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("batch", "inputs", "units"), [(1, 7, 1), (13, 64, 33), (128, 1024, 1000)])
def test_outputs_and_gradients_are_those_of_linear(
    batch: int, inputs: int, units: int, *, bias: bool
) -> None:
    ours, theirs = layers(inputs, units, bias=bias)
    # A slice of something larger: not contiguous.
    x_BI = torch.randn(batch, 2 * inputs)[:, ::2].requires_grad_()
    grad_BU = torch.randn(batch, units)
    results = []
    for layer in (ours, theirs):
        outputs = layer(x_BI)
        results.append(
            [outputs, *torch.autograd.grad(outputs, [x_BI, *layer.parameters()], grad_BU)]
        )
    for mine, expected in zip(*results, strict=True):
        assert mine.layout is torch.strided
        torch.testing.assert_close(mine, expected, rtol=1e-4, atol=1e-4)


@needs_mkl
def test_only_float32_outside_of_autocast_takes_onednn() -> None:
    ours, _ = layers(8, 4)
    assert ON_ONEDNN in operators(ours, torch.randn(2, 8))
    assert ON_ONEDNN not in operators(ours.double(), torch.randn(2, 8, dtype=torch.float64))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert ON_ONEDNN not in operators(ours.float(), torch.randn(2, 8))


def test_a_step_repeats_bit_for_bit() -> None:
    ours, _ = layers(100, 50)
    x_BI = torch.randn(32, 100)

    def gradient() -> Tensor:
        ours.zero_grad()
        ours(x_BI).square().sum().backward()
        assert ours.weight.grad is not None
        return ours.weight.grad.clone()

    assert torch.equal(gradient(), gradient())


def test_an_exported_layer_holds_a_plain_product() -> None:
    ours, _ = layers(8, 4)
    program = torch.export.export(ours, (torch.randn(2, 8),))
    assert "mkldnn" not in str(program.graph)
    x_BI = torch.randn(2, 8)
    torch.testing.assert_close(program.module()(x_BI), ours(x_BI))


def test_only_a_large_layer_of_a_network_is_one() -> None:
    network = build_network(parse_blocks("lab"), num_channels=3, image_size=28, num_classes=10)
    kinds = [type(module) for module in network.modules() if isinstance(module, nn.Linear)]
    assert kinds == [FastLinear, nn.Linear]


def test_inputs_of_another_length_are_refused_as_by_linear() -> None:
    ours, _ = layers(8, 4)
    with pytest.raises(RuntimeError, match=r"\(2x9 and 8x4\)"):
        ours(torch.randn(2, 9))
