"""Carrying weights over, freezing layers, rates by layer: in our networks and in timm's."""

import pytest
import timm
import torch
from torch import Tensor, nn

from rdfia_core.errors import ConfigError, ShapeError
from rdfia_core.models.vit.network import VisionTransformer
from rdfia_core.models.vit.spec import VitSpec
from rdfia_core.models.vit.transfer import freeze_layers, layer_scales, layers_of, load_weights
from rdfia_core.training.optimizers import build_optimizer, set_learning_rate


def ours(num_classes: int = 5, depth: int = 3) -> VisionTransformer:
    return VisionTransformer(VitSpec(8, 1, num_classes, 4, 16, depth, 4))


def timms(name: str) -> nn.Module:
    network: nn.Module = timm.create_model(name, num_classes=5)
    return network


def stepped(network: nn.Module, x_BCSS: Tensor) -> set[str]:
    """Take one step of SGD; return the names of all tensors that changed."""
    before = {name: value.clone() for name, value in network.state_dict().items()}
    optimizer = build_optimizer("sgd", network, learning_rate=0.5, momentum=0.0, weight_decay=0.0)
    set_learning_rate(optimizer, 0.5)
    nn.init.normal_(network.head.weight if hasattr(network, "head") else network.fc.weight)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    network.train()
    network(x_BCSS).square().sum().backward()
    optimizer.step()
    return {n for n, value in network.state_dict().items() if not torch.equal(value, before[n])}


def test_every_parameter_is_in_one_layer_from_the_pixels_to_the_head() -> None:
    for network, count in [
        (ours(), 5),
        (timms("vit_tiny_patch16_224"), 14),
        (timms("resnet18"), 6),
    ]:
        layers = layers_of(network)
        assert len(layers) == count
        assert all(layers)
        named = [name for layer in layers for name in layer]
        assert sorted(named) == sorted(name for name, _ in network.named_parameters())
    layers = layers_of(ours())
    assert "pos_embed" in layers[0]
    assert layers[1][0].startswith("blocks.0.")
    assert "head.bias" in layers[-1]
    assert layers_of(timms("resnet18"))[-1] == ["fc.weight", "fc.bias"]


@pytest.mark.parametrize(
    ("freeze", "learning"), [("none", {0, 1, 2, 3, 4}), ("first:2", {3, 4}), ("backbone", {4})]
)
def test_frozen_layers_do_not_change_and_the_others_do(freeze: str, learning: set[int]) -> None:
    network = ours()
    layers = layers_of(network)
    freeze_layers(network, freeze)
    changed = stepped(network, torch.randn(4, 1, 8, 8))
    touched = {k for k, layer in enumerate(layers) if changed & set(layer)}
    assert touched == learning


def test_a_frozen_resnet_keeps_its_batch_statistics() -> None:
    network = timms("resnet18")
    freeze_layers(network, "backbone")
    changed = stepped(network, torch.randn(2, 3, 32, 32))
    assert changed == {"fc.weight", "fc.bias"}


def test_refuses_to_freeze_more_blocks_than_there_are() -> None:
    with pytest.raises(ConfigError, match="at most 3 blocks"):
        freeze_layers(ours(), "first:4")


def test_rates_fall_from_the_head_down() -> None:
    network = ours()
    scale_of = layer_scales(network, 0.5)
    assert [scale_of(layer[0]) for layer in layers_of(network)] == [1 / 16, 1 / 8, 1 / 4, 1 / 2, 1]
    optimizer = build_optimizer(
        "adamw", network, learning_rate=0.1, momentum=0.9, weight_decay=0.2, scale_of=scale_of
    )
    set_learning_rate(optimizer, 0.2)
    by_parameter = {id(p): group for group in optimizer.param_groups for p in group["params"]}
    for name, parameter in network.named_parameters():
        group = by_parameter[id(parameter)]
        assert group["lr"] == pytest.approx(0.2 * scale_of(name))
        is_map = name.endswith("weight") and "norm" not in name
        assert group["weight_decay"] == (0.2 if is_map else 0.0), name


def test_carries_all_over_but_a_new_head() -> None:
    source, target = ours(num_classes=7), ours(num_classes=5)
    nn.init.normal_(source.head.weight)
    load_weights(target, source.state_dict(), with_head=False)
    for name, value in target.state_dict().items():
        if name.startswith("head."):
            assert not value.any()
        else:
            assert torch.equal(value, source.state_dict()[name])
    same = ours(num_classes=7)
    load_weights(same, source.state_dict(), with_head=True)
    assert torch.equal(same.head.weight, source.head.weight)


def test_refuses_weights_of_another_network() -> None:
    with pytest.raises(ShapeError, match="another network"):
        load_weights(ours(depth=4), ours(depth=3).state_dict(), with_head=False)
    with pytest.raises(ShapeError, match="head"):
        load_weights(ours(num_classes=5), ours(num_classes=7).state_dict(), with_head=True)
