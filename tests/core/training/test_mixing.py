"""What the targets say is what the pixels show."""

import math
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from rdfia_core.seeding import torch_rng
from rdfia_core.training import mixing
from rdfia_core.training.framing import memory_format
from rdfia_core.training.mixing import MixedTargets, soft_cross_entropy

FORMATS = [torch.contiguous_format, torch.channels_last]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def numbered(count: int, size: int = 28) -> Tensor:
    """Images of which every pixel is the image's own number."""
    return torch.arange(count).float().view(-1, 1, 1, 1).expand(-1, 3, size, size).contiguous()


@pytest.mark.parametrize("size", [28, 32, 5])
def test_the_weight_of_cutmix_is_the_share_of_pixels(size: int) -> None:
    count = 300
    mixture = mixing.draw_cutmix(count, size, torch_rng(0, "mix"))
    x = numbered(count, size)

    mixed, targets = mixing.mix(x, torch.arange(count), mixture)

    own = (mixed[:, 0] == x[:, 0]).float().mean((1, 2))
    other = (mixed[:, 0] == x[mixture.partner_B, 0]).float().mean((1, 2))
    is_alone = mixture.partner_B == torch.arange(count)
    torch.testing.assert_close(own[~is_alone], targets.weight_B[~is_alone], atol=1e-7, rtol=0)
    torch.testing.assert_close((own + other)[~is_alone], torch.ones(count)[~is_alone])
    assert torch.equal(targets.second_B, mixture.partner_B)


def test_the_box_of_cutmix_is_a_square_cut_at_the_border() -> None:
    size, count = 28, 400
    mixture = mixing.draw_cutmix(count, size, torch_rng(0, "mix"))
    inside = mixture.share_B1SS[:, 0] == 0
    rows, columns = inside.any(2), inside.any(1)
    # A rectangle: as many pixels as rows times columns.
    assert torch.equal(inside.sum((1, 2)), rows.sum(1) * columns.sum(1))
    for lines, others in ((rows, columns), (columns, rows)):
        is_free = lines.any(1) & ~lines[:, 0] & ~lines[:, -1] & ~others[:, 0] & ~others[:, -1]
        assert is_free.sum() > 20
        assert torch.equal(lines.sum(1)[is_free], others.sum(1)[is_free])


def test_cutmix_draws_the_area_before_clipping_uniformly() -> None:
    # Centres are uniform, so a box of relative side r keeps E[side]² with
    # E[side] = r − r²/4 for r in [0, 1]; over r² uniform the mean area is
    # ∫ (√u − u/4)² du = 1/2 − 1/5 + 1/48.
    mixture = mixing.draw_cutmix(20_000, 64, torch_rng(0, "mix"))
    expected = 1 - (1 / 2 - 1 / 5 + 1 / 48)
    assert abs(mixture.weight_B.mean() - expected) < 0.01


def test_mixup_is_a_weighted_sum_of_two_images() -> None:
    x = torch.rand((40, 3, 8, 8), generator=torch_rng(0, "images"))
    mixture = mixing.draw_mixup(40, torch_rng(1, "mix"))

    mixed, targets = mixing.mix(x, torch.arange(40), mixture)

    weight = mixture.weight_B.double().numpy()[:, None, None, None]
    pixels, partners = x.double().numpy(), mixture.partner_B.numpy()
    expected = weight * pixels + (1 - weight) * pixels[partners]
    np.testing.assert_allclose(mixed.numpy(), expected, atol=1e-6)
    assert torch.equal(targets.weight_B, mixture.weight_B)
    assert sorted(partners) == list(range(40))


def test_mixup_draws_from_its_beta_law() -> None:
    # Beta(0.2, 0.2) has the mean 1/2 and the variance 1 / (4 (2·0.2 + 1)) = 1/5.6.
    drawn = mixing.draw_mixup(50_000, torch_rng(0, "mix")).weight_B.double()
    others = np.random.default_rng(0).beta(0.2, 0.2, 50_000)
    assert abs(drawn.mean() - 0.5) < 4 * math.sqrt(1 / 5.6 / 50_000)
    assert abs(drawn.var() - 1 / 5.6) < 0.003
    assert drawn.min() >= 0
    assert drawn.max() <= 1
    # Kolmogorov and Smirnov's distance of two samples of 50,000; 99.9 % quantile 0.0123.
    # Looked at between 0 and 1: near 1 single precision rounds to 1.
    grid = np.linspace(0, 1, 2001)[1:-1]
    below = [np.searchsorted(np.sort(sample), grid) for sample in (drawn.numpy(), others)]
    assert np.abs(below[0] - below[1]).max() / 50_000 < 0.0123


def test_with_both_each_image_gets_one_of_the_two() -> None:
    mixture = mixing.draw_either(1000, 28, torch_rng(0, "mix"))
    share = mixture.share_B1SS[:, 0].flatten(1)
    is_even = (share == share[:, :1]).all(1)
    is_cut = ((share == 0) | (share == 1)).all(1)
    assert (is_even | is_cut).all()
    # A coin for each of 1000: four standard errors. Boxes of no or all pixels count as both.
    assert abs((is_even & ~is_cut).double().mean() - 0.5) < 0.09
    torch.testing.assert_close(share.mean(1), mixture.weight_B, atol=1e-5, rtol=0)


@pytest.mark.parametrize("layout", FORMATS)
def test_the_layout_is_kept(layout: torch.memory_format) -> None:
    x = torch.rand(6, 3, 28, 28).contiguous(memory_format=layout)
    for mixture in (
        mixing.draw_mixup(6, torch_rng(0, "mix")),
        mixing.draw_cutmix(6, 28, torch_rng(0, "mix")),
    ):
        mixed, _ = mixing.mix(x, torch.arange(6), mixture)
        assert memory_format(mixed) is memory_format(x)
        plain, _ = mixing.mix(x.contiguous(), torch.arange(6), mixture)
        assert torch.equal(mixed, plain)


def test_an_image_alone_is_mixed_with_itself() -> None:
    x = torch.rand(1, 3, 28, 28)
    mixed, targets = mixing.mix(x, torch.tensor([3]), mixing.draw_either(1, 28, torch_rng(0, "m")))
    torch.testing.assert_close(mixed, x)
    assert (targets.first_B, targets.second_B) == (3, 3)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_loss_is_that_of_the_mixed_distribution(smoothing: float) -> None:
    rng = torch_rng(0, "loss")
    logits = torch.randn((7, 5), generator=rng, dtype=torch.float64)
    first, second = (torch.randint(0, 5, (7,), generator=rng) for _ in range(2))
    weight = torch.rand(7, generator=rng)
    mixed = MixedTargets(first, second, weight)

    loss = soft_cross_entropy(logits, mixed, smoothing)

    share = weight[:, None].double()
    target = share * F.one_hot(first, 5) + (1 - share) * F.one_hot(second, 5)
    target = (1 - smoothing) * target + smoothing / 5
    expected = -(target * logits.log_softmax(1)).sum(1).mean()
    torch.testing.assert_close(loss, expected, atol=1e-12, rtol=0)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_plain_targets_give_the_plain_loss(smoothing: float) -> None:
    logits, target = torch.randn((7, 5), generator=torch_rng(0, "loss")), torch.arange(7) % 5
    plain = F.cross_entropy(logits, target, label_smoothing=smoothing)
    assert torch.equal(soft_cross_entropy(logits, target, smoothing), plain)
    whole = MixedTargets(target, target.flip(0), torch.ones(7))
    torch.testing.assert_close(soft_cross_entropy(logits, whole, smoothing), plain)


def test_the_main_class_has_the_larger_share() -> None:
    mixed = MixedTargets(torch.tensor([1, 1]), torch.tensor([2, 2]), torch.tensor([0.7, 0.3]))
    assert mixed.main.tolist() == [1, 2]
