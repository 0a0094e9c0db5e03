"""What is counted and compared on networks, held to independent references."""

import math
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from rdfia_core.events import End
from rdfia_core.experiments import Context, context_of
from rdfia_core.experiments.cifar_cnn import CifarCnnConfig
from rdfia_core.experiments.vit import VitConfig
from rdfia_core.models.timm_models import build_timm
from rdfia_core.reproduction.probes import patches
from rdfia_core.reproduction.probes.networks import count_cost, count_weights
from rdfia_core.reproduction.probes.patches import look_at_patches
from rdfia_core.reproduction.probes.short_runs import NORMS
from rdfia_core.reproduction.probes.translation import translate
from rdfia_core.settings import Settings


@pytest.fixture
def context(settings: Settings) -> Context:
    return replace(context_of(settings), attentive=False)


def metrics_of(events: object) -> dict[str, float]:
    (end,) = list(events)  # type: ignore[call-overload]
    assert isinstance(end, End)
    return dict(end.metrics)


def test_the_weights_are_those_of_the_same_layers_in_torch(context: Context) -> None:
    found = metrics_of(count_weights(CifarCnnConfig(), context, ""))
    convolutions = [nn.Conv2d(3, 32, 5), nn.Conv2d(32, 64, 5), nn.Conv2d(64, 64, 5)]
    linear = [nn.Linear(1024, 1000), nn.Linear(1000, 10)]
    in_convolutions, in_linear = (
        sum(p.numel() for layer in layers for p in layer.parameters())
        for layers in (convolutions, linear)
    )
    assert found["num_weights"] == in_convolutions + in_linear == 1_191_170
    assert found["convolution_share"] == in_convolutions / (in_convolutions + in_linear)


def test_at_its_own_width_the_cost_is_that_of_the_labs_network(context: Context) -> None:
    for option in ("fc", "all"):
        found = metrics_of(count_cost(CifarCnnConfig(), context, option))
        assert found["weights_2"] == 1_191_170
        work = 32**2 * 2_400 + 16**2 * 51_200 + 8**2 * 102_400 + 1_024_000 + 10_000
        assert found["multiply_adds_2"] == work


def test_one_wider_layer_adds_the_same_again_with_each_unit(context: Context) -> None:
    found = metrics_of(count_cost(CifarCnnConfig(), context, "fc"))
    steps = [found[f"weights_{k + 1}"] - found[f"weights_{k}"] for k in range(4)]
    assert [step / steps[0] for step in steps] == pytest.approx([1, 2, 4, 8])


def test_a_convolution_moves_along_and_is_not_invariant(context: Context) -> None:
    found = metrics_of(translate(CifarCnnConfig(dataset="shapes10"), context, ""))
    assert found["equivariance_error"] < 1e-4
    assert found["change_conv"] > 0.05
    assert found["change_global"] < found["change_conv"]


def test_a_network_without_its_convolution_equivariance_is_noticed(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = nn.Conv2d.forward

    def tilted(self: nn.Conv2d, x: torch.Tensor) -> torch.Tensor:
        answer = real(self, x)
        return answer * torch.linspace(0, 1, answer.shape[-1])

    monkeypatch.setattr(nn.Conv2d, "forward", tilted)
    found = metrics_of(translate(CifarCnnConfig(dataset="shapes10"), context, ""))
    assert found["equivariance_error"] > 1e-2


def test_built_for_28_pixels_it_sees_the_corner_alone(context: Context) -> None:
    config = VitConfig(backbone="vit_tiny_patch16_224")
    found = metrics_of(look_at_patches(config, context, ""))
    assert (found["num_patches"], found["refuses_size"]) == (1, 1)
    assert found["change_outside"] == 0
    assert found["change_inside"] > 0.01


def test_a_network_that_sees_the_whole_image_is_told_apart(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = build_timm(
        "vit_tiny_patch16_224", num_classes=10, in_chans=1, img_size=28, patch_size=14
    )
    monkeypatch.setattr(patches, "build_timm", lambda *_, **__: whole)
    config = VitConfig(backbone="vit_tiny_patch16_224")
    found = metrics_of(look_at_patches(config, context, ""))
    assert found["num_patches"] == 4
    assert found["change_outside"] > 0.01
    assert found["refuses_size"] == 0


@pytest.mark.parametrize("order", [1, 2])
def test_the_norms_are_those_of_torch(order: int) -> None:
    x = torch.rand(3, 3, 6, 5)
    along = torch.stack([F.normalize(image, p=order) for image in x.unbind()])
    wanted = torch.stack([F.normalize(image, p=order, dim=1) for image in x.unbind()])
    torch.testing.assert_close(NORMS[f"l{order}_axis"](x), wanted)
    torch.testing.assert_close(along, wanted)
    rescaled = NORMS[f"l{order}_rescaled"](x)
    for before, after in zip(x, rescaled, strict=True):
        factor = math.pow(before.numel(), 1 / order) / before.flatten().norm(order)
        torch.testing.assert_close(after, before * factor)
    constant = NORMS[f"l{order}_rescaled"](torch.full((1, 3, 4, 4), 0.3))
    torch.testing.assert_close(constant, torch.ones(1, 3, 4, 4))


def test_a_black_image_stays_black() -> None:
    for divide in NORMS.values():
        assert torch.equal(divide(torch.zeros(1, 3, 4, 4)), torch.zeros(1, 3, 4, 4))
