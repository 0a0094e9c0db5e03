"""What a network sees, asked of networks of which it is known."""

import pytest
import timm
import torch
from torch import Tensor, nn

from rdfia_core.models.seen import change_under, sensitivity


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def transformer(size: int, patch_size: int) -> nn.Module:
    network = timm.create_model("vit_tiny_patch16_224", img_size=size, patch_size=patch_size)
    return network.eval()


@pytest.mark.parametrize(("size", "patch_size"), [(28, 16), (28, 7), (28, 8), (32, 16), (20, 16)])
def test_a_transformer_sees_the_patches_that_fit_from_the_top_left(
    size: int, patch_size: int
) -> None:
    image = torch.rand(1, 3, size, size, generator=rng())
    seen_SS = sensitivity(transformer(size, patch_size), image, rng()) > 0
    side = size // patch_size * patch_size
    expected_SS = torch.zeros(size, size, dtype=torch.bool)
    expected_SS[:side, :side] = True
    assert torch.equal(seen_SS, expected_SS)


def test_of_28_pixels_timm_reads_the_top_left_16_alone() -> None:
    """The fact behind the report's equal accuracies, without any of our code."""
    network, image = transformer(28, 16), torch.rand(1, 3, 28, 28, generator=rng())
    outside, inside = torch.rand(1, 3, 28, 28), image.clone()
    outside[:, :, :16, :16] = image[:, :, :16, :16]
    inside[:, :, 15, 15] += 1
    with torch.no_grad():
        assert torch.equal(network(outside), network(image))
        assert not torch.equal(network(inside), network(image))


def test_changing_what_is_not_seen_changes_nothing() -> None:
    network, image = transformer(28, 16), torch.rand(1, 3, 28, 28, generator=rng())
    seen_SS = sensitivity(network, image, rng()) > 0
    assert change_under(network, image, ~seen_SS, rng(1)) == 0
    assert change_under(network, image, seen_SS, rng(1)) > 0


def test_one_pixel_is_found() -> None:
    def answer(x_1CSS: Tensor) -> Tensor:
        return torch.stack([x_1CSS[:, 1, 2, 3], 1 - x_1CSS[:, 1, 2, 3]], dim=1)

    seen_SS = sensitivity(answer, torch.rand(1, 2, 5, 5), rng()) > 0
    assert seen_SS.nonzero().tolist() == [[2, 3]]
