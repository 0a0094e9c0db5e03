"""Each alteration, image by image, is torchvision's with the same parameters."""

import math
from collections.abc import Callable, Iterator

import pytest
import torch
from torch import Tensor
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional as reference

from rdfia_core.errors import ShapeError
from rdfia_core.seeding import torch_rng
from rdfia_core.training import alterations
from rdfia_core.training.alterations import Boxes
from rdfia_core.training.framing import memory_format

FORMATS = [torch.contiguous_format, torch.channels_last]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def images(
    count: int = 6,
    channels: int = 3,
    size: int = 17,
    layout: torch.memory_format = torch.contiguous_format,
) -> Tensor:
    x = torch.rand((count, channels, size, size), generator=torch_rng(0, "images"))
    return x.contiguous(memory_format=layout)


def one_by_one(x: Tensor, apply: Callable[[Tensor, int], Tensor]) -> Tensor:
    return torch.stack([apply(image, row) for row, image in enumerate(x)])


@pytest.mark.parametrize("layout", FORMATS)
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [16, 17])
def test_rotation_is_torchvisions(size: int, channels: int, layout: torch.memory_format) -> None:
    x = images(6, channels, size, layout)
    angles = torch.tensor([-10.0, -3.3, 0.0, 0.1, 7.7, 90.0])

    turned = alterations.rotate(x, angles)

    def expected(image: Tensor, row: int) -> Tensor:
        return reference.rotate(image, float(angles[row]), InterpolationMode.BILINEAR)

    torch.testing.assert_close(turned, one_by_one(x, expected), atol=2e-5, rtol=0)
    assert memory_format(turned) is memory_format(x)


@pytest.mark.parametrize("layout", FORMATS)
@pytest.mark.parametrize("channels", [1, 3])
def test_blur_is_torchvisions(channels: int, layout: torch.memory_format) -> None:
    x = images(6, channels, layout=layout)
    sigmas = torch.tensor([0.1, 0.3, 0.5, 1.0, 1.7, 2.0])

    blurred = alterations.blur(x, sigmas)

    def expected(image: Tensor, row: int) -> Tensor:
        return reference.gaussian_blur(image, [3, 3], [float(sigmas[row])] * 2)

    torch.testing.assert_close(blurred, one_by_one(x, expected), atol=1e-6, rtol=0)
    assert memory_format(blurred) is memory_format(x)


@pytest.mark.parametrize("layout", FORMATS)
@pytest.mark.parametrize("channels", [1, 3])
def test_color_is_torchvisions(channels: int, layout: torch.memory_format) -> None:
    x = images(6, channels, layout=layout)
    factors = alterations.draw_color_factors(6, torch_rng(2, "color"))
    factors[0] = 1.0

    changed = alterations.jitter_color(x, factors)

    def expected(image: Tensor, row: int) -> Tensor:
        brightness, contrast, saturation = factors[row].tolist()
        image = reference.adjust_brightness(image, brightness)
        image = reference.adjust_contrast(image, contrast)
        return reference.adjust_saturation(image, saturation)

    torch.testing.assert_close(changed, one_by_one(x, expected), atol=1e-6, rtol=0)
    assert torch.equal(changed[0], x[0])
    assert memory_format(changed) is memory_format(x)


def test_saturation_leaves_one_channel_alone() -> None:
    x = images(2, 1)
    assert torch.equal(alterations.jitter_color(x, torch.tensor([[1.0, 1.0, 0.8]] * 2)), x)


def test_color_of_two_channels_is_refused_with_a_sentence() -> None:
    with pytest.raises(ShapeError, match=r"1 or 3 channels. Got 2. Leave color out"):
        alterations.jitter_color(images(2, 2), torch.ones(2, 3))


@pytest.mark.parametrize("layout", FORMATS)
@pytest.mark.parametrize("channels", [1, 3])
def test_erasing_is_torchvisions(channels: int, layout: torch.memory_format) -> None:
    x = images(4, channels, layout=layout)
    rows = [(0, 0, 3, 5), (2, 9, 15, 8), (7, 1, 0, 4), (0, 0, 17, 17)]
    boxes = Boxes(*torch.tensor(rows).unbind(1))

    erased = alterations.erase(x, boxes)

    def expected(image: Tensor, row: int) -> Tensor:
        value = image.mean((1, 2), keepdim=True)
        return reference.erase(image, *rows[row], value)

    torch.testing.assert_close(erased, one_by_one(x, expected), atol=1e-6, rtol=0)
    assert memory_format(erased) is memory_format(x)


def test_erased_boxes_obey_their_law() -> None:
    size, count = 224, 20_000
    boxes = alterations.draw_erased_boxes(count, size, torch_rng(0, "boxes"))

    is_erased = boxes.height_B > 0
    # Standard error of the share of 20,000 coins: 0.0035; four of them.
    assert abs(is_erased.double().mean() - 0.5) < 0.014
    top, left, height, width = (value[is_erased].double() for value in boxes)
    assert (top >= 0).all()
    assert (left >= 0).all()
    assert (top + height <= size).all()
    assert (left + width <= size).all()
    assert ((top + height == size) & (top > 0)).any()  # the last place is one of the places
    assert ((left + width == size) & (left > 0)).any()
    # Half a pixel of rounding on sides of 17 pixels and more; boxes cut to the image fall short.
    is_whole = (height < size) & (width < size)
    area, aspect = (height * width / size**2)[is_whole], (height / width)[is_whole]
    assert area.min() > 0.02 * 0.94
    assert area.max() < 0.33 * 1.02
    assert aspect.min() > 0.3 * 0.94
    assert aspect.max() < 3.3 * 1.06
    # Means of the uniform laws, with four standard errors of 10,000 draws.
    assert abs(area.mean() - 0.175) < 4 * 0.31 / math.sqrt(12 * 10_000) + 0.001
    middle = math.log(0.3 * 3.3) / 2
    assert abs(aspect.log().mean() - middle) < 4 * math.log(11) / math.sqrt(12 * 10_000)
    place = (top / (size - height).clamp(min=1))[height < size]
    assert abs(place.mean() - 0.5) < 4 / math.sqrt(12 * 10_000)


def test_fewer_than_one_box_in_a_hundred_is_cut_to_the_image() -> None:
    boxes = alterations.draw_erased_boxes(20_000, 32, torch_rng(0, "boxes"))
    is_full = (boxes.height_B == 32) | (boxes.width_B == 32)
    assert is_full.double().mean() < 0.01


@pytest.mark.parametrize("size", [1, 2, 3])
def test_boxes_fit_into_tiny_images(size: int) -> None:
    boxes = alterations.draw_erased_boxes(500, size, torch_rng(0, "boxes"))
    assert (boxes.top_B + boxes.height_B <= size).all()
    assert (boxes.left_B + boxes.width_B <= size).all()
    assert (boxes.width_B >= 1).all()


@pytest.mark.parametrize("layout", FORMATS)
def test_noise_has_its_standard_deviation_and_stays_in_range(layout: torch.memory_format) -> None:
    grey = torch.full((50, 3, 32, 32), 0.5).contiguous(memory_format=layout)
    noisy = alterations.add_noise(grey, alterations.draw_noise(grey, torch_rng(0, "noise")))
    # 153,600 draws: a standard error of 0.05 / √307,200 ≈ 0.0001 of the deviation.
    assert abs(noisy.std() - 0.05) < 0.0005
    assert abs(noisy.mean() - 0.5) < 0.0006
    assert memory_format(noisy) is memory_format(grey)
    for level in (0.0, 1.0):
        even = torch.full_like(grey, level)
        edge = alterations.add_noise(even, alterations.draw_noise(even, torch_rng(0, "noise")))
        assert edge.min() >= 0
        assert edge.max() <= 1


def test_noise_does_not_depend_on_the_layout() -> None:
    drawn = [alterations.draw_noise(images(layout=f), torch_rng(0, "noise")) for f in FORMATS]
    assert torch.equal(*drawn)


@pytest.mark.parametrize(
    ("draw", "low", "high"),
    [
        (alterations.draw_angles, -10, 10),
        (alterations.draw_sigmas, 0.1, 2),
        (alterations.draw_color_factors, 0.8, 1.2),
    ],
)
def test_parameters_are_uniform_between_their_bounds(
    draw: Callable[[int, torch.Generator], Tensor], low: float, high: float
) -> None:
    drawn = draw(10_000, torch_rng(0, "draws"))
    assert low <= drawn.min()
    assert drawn.max() <= high + 1e-6
    counts = torch.histc(drawn.float(), 20, low, high).double()
    expected = drawn.numel() / 20
    # 19 degrees of freedom, 99.9 %.
    assert ((counts - expected).square() / expected).sum() < 43.82
    assert len(drawn.unique(dim=0)) > 9000
