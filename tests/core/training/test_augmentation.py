"""A set of augmentations acts on each image of a batch alone, repeatably, on any device."""

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode
from torchvision.transforms.v2 import functional as reference

from rdfia_core.errors import ConfigError, ShapeError
from rdfia_core.seeding import torch_rng
from rdfia_core.training.augmentation import (
    AUGMENTATIONS,
    Augmentation,
    MixedTargets,
    Targets,
    soft_cross_entropy,
)
from rdfia_core.training.framing import memory_format

FORMATS = [torch.contiguous_format, torch.channels_last]
MIXING = ("mixup", "cutmix")
SETS = [(name,) for name in AUGMENTATIONS] + [MIXING, AUGMENTATIONS]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def images(count: int = 8, channels: int = 3, size: int = 32) -> Tensor:
    return torch.rand((count, channels, size, size), generator=torch_rng(0, "images"))


def classes(count: int = 8) -> Tensor:
    return torch.arange(count) % 10


def same_targets(one: Targets, other: Targets) -> bool:
    if isinstance(one, MixedTargets) and isinstance(other, MixedTargets):
        return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))
    return isinstance(one, Tensor) and isinstance(other, Tensor) and torch.equal(one, other)


def test_no_names_are_the_identity() -> None:
    none, rng = Augmentation((), 32), torch_rng(0, "augment")
    x, target, before = images(), classes(), rng.get_state()
    augmented, targets = none.augment(x, target, rng)
    assert augmented is x
    assert targets is target
    assert none.at_test(x) is x
    assert none.output_size == 32
    assert torch.equal(rng.get_state(), before)


@pytest.mark.parametrize("layout", FORMATS)
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("names", SETS, ids="+".join)
def test_what_comes_out_is_like_what_went_in(
    names: tuple[str, ...], channels: int, layout: torch.memory_format
) -> None:
    augmentation = Augmentation(names, 32)
    x = images(channels=channels).contiguous(memory_format=layout)
    kept = x.clone()

    augmented, targets = augmentation.augment(x, classes(), torch_rng(0, "augment"))

    assert augmented.shape == (8, channels, augmentation.output_size, augmentation.output_size)
    assert augmented.dtype is x.dtype
    assert memory_format(augmented) is memory_format(x)
    assert torch.isfinite(augmented).all()
    assert augmented.min() >= -1e-6
    assert augmented.max() <= 1 + 1e-6
    assert isinstance(targets, MixedTargets) is bool(set(names) & set(MIXING))
    assert torch.equal(x, kept)


@pytest.mark.parametrize("names", SETS, ids="+".join)
def test_a_seed_repeats_exactly(names: tuple[str, ...]) -> None:
    augmentation, rng = Augmentation(names, 32), torch_rng(7, "augment")
    one, one_targets = augmentation.augment(images(), classes(), rng)
    two, two_targets = augmentation.augment(images(), classes(), torch_rng(7, "augment"))
    assert torch.equal(one, two)
    assert same_targets(one_targets, two_targets)
    later, _ = augmentation.augment(images(), classes(), rng)
    assert not torch.equal(one, later)


@pytest.mark.parametrize("names", SETS, ids="+".join)
def test_the_layout_changes_no_pixel(names: tuple[str, ...]) -> None:
    augmentation = Augmentation(names, 32)
    one, other = (
        augmentation.augment(
            images().contiguous(memory_format=layout), classes(), torch_rng(0, "augment")
        )[0]
        for layout in FORMATS
    )
    torch.testing.assert_close(one, other, atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", [name for name in AUGMENTATIONS if name not in MIXING])
def test_every_image_of_a_batch_has_its_own_draw(name: str) -> None:
    same = images(1).expand(64, -1, -1, -1).contiguous()
    augmented, _ = Augmentation((name,), 32).augment(same, classes(64), torch_rng(0, "augment"))
    # A flip has two outcomes, a crop 25; about half of the images are not erased; all the others
    # are drawn from a continuum.
    least = {"flip": 2, "crop": 18, "erasing": 20}.get(name, 64)
    assert len(augmented.flatten(1).unique(dim=0)) >= least


@pytest.mark.parametrize("names", [("mixup",), ("cutmix",)])
def test_every_image_is_mixed_by_its_own_share(names: tuple[str, ...]) -> None:
    _, targets = Augmentation(names, 32).augment(images(64), classes(64), torch_rng(0, "augment"))
    assert isinstance(targets, MixedTargets)
    assert len(targets.weight_B.unique()) > 25


@pytest.mark.parametrize("layout", FORMATS)
@pytest.mark.parametrize("names", [("crop", "flip"), AUGMENTATIONS])
def test_reframing_bytes_first_gives_the_same(
    names: tuple[str, ...], layout: torch.memory_format
) -> None:
    augmentation = Augmentation(names, 32)
    of_bytes = (images() * 255).byte().contiguous(memory_format=layout)

    whole, targets = augmentation.augment(of_bytes / 255, classes(), torch_rng(0, "augment"))
    rng = torch_rng(0, "augment")
    reframed = augmentation.reframe(of_bytes, rng)
    parts, part_targets = augmentation.alter(reframed / 255, classes(), rng)

    assert reframed.dtype is torch.uint8
    assert torch.equal(whole, parts)
    assert same_targets(targets, part_targets)


@pytest.mark.parametrize("names", SETS, ids="+".join)
def test_one_image_is_a_batch(names: tuple[str, ...]) -> None:
    augmentation = Augmentation(names, 28)
    augmented, targets = augmentation.augment(images(1, 1, 28), classes(1), torch_rng(0, "augment"))
    assert augmented.shape == (1, 1, augmentation.output_size, augmentation.output_size)
    assert torch.isfinite(soft_cross_entropy(torch.zeros(1, 10), targets))


@pytest.mark.parametrize("names", [("crop",), ("flip", "crop", "mixup")])
@pytest.mark.parametrize(("side", "size"), [(32, 28), (28, 25)])
def test_tests_see_the_centre_where_training_crops(
    names: tuple[str, ...], side: int, size: int
) -> None:
    augmentation, x = Augmentation(names, side), images(size=side)
    assert augmentation.output_size == size
    assert torch.equal(augmentation.at_test(x), reference.center_crop(x, [size, size]))


def test_tests_see_whole_images_where_training_does_not_crop() -> None:
    x = images()
    names = tuple(name for name in AUGMENTATIONS if name != "crop")
    assert Augmentation(names, 32).at_test(x) is x


def test_the_order_and_repetition_of_names_have_no_effect() -> None:
    forth, back = Augmentation(AUGMENTATIONS, 32), Augmentation((*AUGMENTATIONS[::-1], "crop"), 32)
    assert forth.names == back.names == AUGMENTATIONS
    one, other = (a.augment(images(), classes(), torch_rng(0, "a"))[0] for a in (forth, back))
    assert torch.equal(one, other)


def test_an_unknown_name_is_refused_with_a_sentence() -> None:
    with pytest.raises(ConfigError, match=r"one of crop, flip.*Got 'zoom'") as caught:
        Augmentation(("crop", "zoom"), 32)
    assert caught.value.field == "augmentation"


@pytest.mark.parametrize("names", [(), ("flip",), AUGMENTATIONS])
def test_images_that_are_not_square_are_refused_with_a_sentence(names: tuple[str, ...]) -> None:
    augmentation, x = Augmentation(names, 32), torch.zeros(2, 3, 32, 30)
    with pytest.raises(ShapeError, match=r"must be square.*\(2, 3, 32, 30\).*Crop or resize"):
        augmentation.augment(x, classes(2), torch_rng(0, "augment"))
    with pytest.raises(ShapeError, match="must be square"):
        augmentation.at_test(x)


def test_images_of_another_size_are_refused_with_a_sentence() -> None:
    augmentation = Augmentation(("crop",), 32)
    with pytest.raises(ShapeError, match=r"side of 32 pixels. Got 28. Make"):
        augmentation.augment(images(size=28), classes(), torch_rng(0, "augment"))
    with pytest.raises(ShapeError, match=r"side of 28 pixels. Got 32"):
        augmentation.alter(images(), classes(), torch_rng(0, "augment"))


@pytest.mark.parametrize("layout", FORMATS)
@pytest.mark.parametrize("names", SETS, ids="+".join)
def test_nothing_is_left_behind_on_the_cpu(
    names: tuple[str, ...], layout: torch.memory_format
) -> None:
    """Shapes and devices only, on a GPU that PyTorch pretends to have; devices must not mix."""
    augmentation = Augmentation(names, 32)
    with FakeTensorMode():
        x = torch.empty((4, 3, 32, 32), dtype=torch.uint8, device="cuda")
        reframed = augmentation.reframe(x.contiguous(memory_format=layout), torch.Generator())
        target = torch.zeros(4, dtype=torch.int64, device="cuda")
        augmented, targets = augmentation.alter(reframed.float(), target, torch.Generator())
        loss = soft_cross_entropy(torch.empty((4, 10), device="cuda"), targets, 0.1)
    assert {tensor.device.type for tensor in (reframed, augmented, loss)} == {"cuda"}
