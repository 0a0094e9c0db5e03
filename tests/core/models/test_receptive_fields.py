"""What a unit sees, of networks of which it is known."""

import pytest
import torch
from torch import nn

from rdfia_core.models.receptive_fields import centre_token, share_in_centre, unit_fields
from rdfia_core.models.vit.network import VisionTransformer
from rdfia_core.models.vit.spec import VitSpec


def rng() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_a_field_is_the_absolute_gradient() -> None:
    conv = nn.Conv2d(1, 1, 3, padding=1, bias=False)
    conv.weight.data = torch.arange(-4.0, 5.0).reshape(1, 1, 3, 3)
    images = torch.rand(4, 1, 5, 5)
    network = nn.Sequential(conv, nn.Flatten())
    found = unit_fields(network, {"conv": (conv, lambda maps: maps[:, :, 2, 2])}, images, rng())
    weight = torch.randn(1, generator=rng()).abs()  # of the one output
    torch.testing.assert_close(found["conv"][1:4, 1:4], weight * conv.weight[0, 0].abs().detach())
    assert found["conv"].count_nonzero() == 8  # the middle weight is 0


def test_images_are_averaged_and_the_network_is_left_as_it_was() -> None:
    conv = nn.Conv2d(1, 2, 1)
    network = nn.Sequential(conv, nn.ReLU(), nn.Flatten())
    images = torch.rand(3, 1, 4, 4)
    unit = {"relu": (network[1], lambda maps: maps[:, :, 0, 0])}
    whole = unit_fields(network, unit, images, rng())["relu"]
    single = [unit_fields(network, unit, images[k : k + 1], rng())["relu"] for k in range(3)]
    torch.testing.assert_close(whole, torch.stack(single).mean(dim=0))
    assert not conv._forward_hooks
    assert all(parameter.grad is None for parameter in network.parameters())


@pytest.mark.parametrize("pool", ["class_token", "mean"])
def test_a_token_sees_its_patch_and_after_a_block_the_whole_image(pool: str) -> None:
    spec = VitSpec(
        image_size=12, in_channels=1, num_classes=3, patch_size=4, embed_dim=8, depth=2,
        num_heads=2, pool=pool,
    )  # fmt: skip
    network = VisionTransformer(spec).eval()
    pick = centre_token(3)
    units = {"patches": (network.patch_embed, pick), "block": (network.blocks[0], pick)}
    found = unit_fields(network, units, torch.rand(2, 1, 12, 12), rng())
    own = torch.zeros(12, 12, dtype=torch.bool)
    own[4:8, 4:8] = True
    assert torch.equal(found["patches"] > 0, own)
    assert (found["block"] > 0).all()


def test_the_centre_is_a_quarter_of_the_area() -> None:
    assert share_in_centre(torch.ones(8, 8)) == pytest.approx(0.25)
    middle = torch.zeros(8, 8)
    middle[3:5, 3:5] = 1
    assert share_in_centre(middle) == 1
    assert share_in_centre(torch.zeros(8, 8)) == 0
