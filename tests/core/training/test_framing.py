"""Crops and flips copy the right pixels, at places drawn evenly and one by one."""

from collections.abc import Iterator

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torchvision.transforms.v2 import functional as reference

from rdfia_core.errors import ShapeError
from rdfia_core.seeding import torch_rng
from rdfia_core.training.framing import (
    Frames,
    apply_frames,
    centre_crop,
    crop_and_flip,
    draw_frames,
    memory_format,
)
from rdfia_core.training.input_shape import cropped_size

FORMATS = [torch.contiguous_format, torch.channels_last]
# 99.9 % quantiles of chi-square: an even draw passes 999 seeds of 1000, and the seed is fixed.
CHI2_24, CHI2_1 = 51.18, 10.83


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def images(count: int = 16, channels: int = 3, size: int = 32) -> Tensor:
    shape = (count, channels, size, size)
    return torch.randint(0, 256, shape, dtype=torch.uint8, generator=torch_rng(0, "images"))


def chi_square(counts: Tensor) -> float:
    expected = counts.sum() / counts.numel()
    return float(((counts - expected).square() / expected).sum())


@pytest.mark.parametrize("do_flip", [True, False])
@pytest.mark.parametrize("do_crop", [True, False])
@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
@pytest.mark.parametrize("channels", [1, 2, 3])
@pytest.mark.parametrize("layout", FORMATS)
def test_each_image_is_cut_and_mirrored_as_torchvision_does(
    layout: torch.memory_format, channels: int, dtype: torch.dtype, do_crop: bool, do_flip: bool
) -> None:
    x = images(channels=channels).to(dtype).contiguous(memory_format=layout)
    frames = draw_frames(x, 28, do_crop, do_flip, torch_rng(1, "frames"))
    size = 28 if do_crop else 32

    framed = apply_frames(x, frames, size)

    expected = []
    for row, image in enumerate(x):
        top = 0 if frames.top_B is None else int(frames.top_B[row])
        left = 0 if frames.left_B is None else int(frames.left_B[row])
        cut = reference.crop(image, top, left, size, size)
        is_flipped = frames.flip_B is not None and bool(frames.flip_B[row])
        expected.append(reference.horizontal_flip(cut) if is_flipped else cut)
    assert torch.equal(framed, torch.stack(expected))
    assert framed.dtype is dtype
    assert memory_format(framed) is memory_format(x)


@given(side=st.integers(1, 12), data=st.data())
@settings(max_examples=60, deadline=None)
def test_every_place_of_every_size_is_cut(side: int, data: st.DataObject) -> None:
    size = data.draw(st.integers(1, side))
    top, left = (data.draw(st.integers(0, side - size)) for _ in range(2))
    flip = data.draw(st.booleans())
    layout = data.draw(st.sampled_from(FORMATS))
    x = images(3, 2, side).contiguous(memory_format=layout)
    frames = Frames(
        torch.tensor([top, 0, side - size]),
        torch.tensor([left, side - size, 0]),
        torch.tensor([flip, not flip, flip]),
    )

    framed = apply_frames(x, frames, size)

    cut = x[0, :, top : top + size, left : left + size]
    assert torch.equal(framed[0], cut.flip(2) if flip else cut)
    cut = x[1, :, :size, side - size :]
    assert torch.equal(framed[1], cut if flip else cut.flip(2))
    cut = x[2, :, side - size :, :size]
    assert torch.equal(framed[2], cut.flip(2) if flip else cut)


def test_images_that_are_a_view_of_others_are_cut_alike() -> None:
    wide = images(8, 3, 40)
    view = wide[::2, :, 4:36, 4:36]
    frames = draw_frames(view, 28, True, True, torch_rng(0, "frames"))
    assert torch.equal(apply_frames(view, frames, 28), apply_frames(view.clone(), frames, 28))


def test_the_given_images_are_left_alone() -> None:
    x = images()
    before = x.clone()
    crop_and_flip(x, 28, True, True, torch_rng(0, "frames"))
    assert torch.equal(x, before)


@pytest.mark.parametrize("layout", FORMATS)
def test_bytes_and_floats_are_framed_alike(layout: torch.memory_format) -> None:
    x = images().contiguous(memory_format=layout)
    of_bytes = crop_and_flip(x, 28, True, True, torch_rng(3, "frames"))
    of_floats = crop_and_flip(x.float() / 255, 28, True, True, torch_rng(3, "frames"))
    assert torch.equal(of_bytes.float() / 255, of_floats)


def test_all_places_are_equally_likely() -> None:
    frames = draw_frames(images(1).expand(10_000, -1, -1, -1), 28, True, True, torch_rng(0, "f"))
    assert frames.top_B is not None
    assert frames.left_B is not None
    assert frames.flip_B is not None
    counts = torch.bincount(frames.top_B * 5 + frames.left_B, minlength=25)
    assert counts.numel() == 25
    assert chi_square(counts.double()) < CHI2_24
    flips = torch.bincount(frames.flip_B.long(), minlength=2)
    assert chi_square(flips.double()) < CHI2_1
    # Places and flips know nothing of each other: 50 cells, 49 degrees of freedom, 99.9 %.
    both = torch.bincount((frames.top_B * 5 + frames.left_B) * 2 + frames.flip_B, minlength=50)
    assert chi_square(both.double()) < 85.35


def test_every_image_of_a_batch_has_its_own_draw() -> None:
    same = images(1).expand(64, -1, -1, -1)
    framed = crop_and_flip(same, 28, True, True, torch_rng(0, "frames"))
    # 64 draws of 50: the chance of fewer than 25 different ones is below 10⁻⁵.
    assert len(framed.flatten(1).unique(dim=0)) >= 25


def test_a_seed_repeats_and_goes_on_differently() -> None:
    x, rng = images(), torch_rng(5, "frames")
    first = crop_and_flip(x, 28, True, True, rng)
    assert torch.equal(first, crop_and_flip(x, 28, True, True, torch_rng(5, "frames")))
    assert not torch.equal(first, crop_and_flip(x, 28, True, True, rng))


def test_nothing_to_do_draws_nothing() -> None:
    x, rng = images(), torch_rng(0, "frames")
    before = rng.get_state()
    assert crop_and_flip(x, 28, False, False, rng) is x
    assert torch.equal(rng.get_state(), before)


@pytest.mark.parametrize("layout", FORMATS)
def test_one_image_is_a_batch(layout: torch.memory_format) -> None:
    x = images(1).contiguous(memory_format=layout)
    assert crop_and_flip(x, 28, True, True, torch_rng(0, "frames")).shape == (1, 3, 28, 28)


@pytest.mark.parametrize(("side", "size"), [(32, 28), (28, 25), (8, 7), (7, 7), (1, 1), (224, 196)])
def test_a_crop_takes_an_eighth_away(side: int, size: int) -> None:
    assert cropped_size(side) == size


@pytest.mark.parametrize(("side", "size"), [(32, 28), (28, 25), (9, 8), (9, 9), (11, 10), (6, 1)])
@pytest.mark.parametrize("layout", FORMATS)
def test_the_centre_is_torchvisions(side: int, size: int, layout: torch.memory_format) -> None:
    x = images(4, 3, side).contiguous(memory_format=layout)
    centre = centre_crop(x, size)
    assert torch.equal(centre, reference.center_crop(x, [size, size]))
    assert centre.is_contiguous(memory_format=layout)


@pytest.mark.parametrize("shape", [(2, 3, 32, 28), (3, 32, 32), (2, 3, 28, 32)])
def test_images_that_are_not_square_are_refused_with_a_sentence(shape: tuple[int, ...]) -> None:
    x = torch.zeros(shape)
    with pytest.raises(ShapeError, match=r"must be square.*Got \(.*Crop or resize"):
        crop_and_flip(x, 28, True, True, torch_rng(0, "frames"))
    with pytest.raises(ShapeError, match="must be square"):
        centre_crop(x, 28)


@pytest.mark.parametrize("size", [0, -1, 33])
def test_a_crop_that_does_not_fit_is_refused_with_a_sentence(size: int) -> None:
    with pytest.raises(ShapeError, match=f"1 to 32 pixels. Got {size}. Choose"):
        crop_and_flip(images(), size, True, True, torch_rng(0, "frames"))
    with pytest.raises(ShapeError, match=f"Got {size}"):
        centre_crop(images(), size)
