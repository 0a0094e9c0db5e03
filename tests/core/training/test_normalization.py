"""Normalisations against NumPy in double precision."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode

from rdfia_core.errors import ConfigError, ShapeError
from rdfia_core.seeding import torch_rng
from rdfia_core.training import normalization
from rdfia_core.training.framing import memory_format
from rdfia_core.training.normalization import (
    EPSILON,
    NORMALIZATIONS,
    ZCA_EPSILON,
    Normalizer,
    zca_matrix,
)

Array = np.ndarray
FORMATS = [torch.contiguous_format, torch.channels_last]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def training_part(count: int = 90, channels: int = 3, height: int = 6, width: int = 5) -> Tensor:
    """Images whose neighbouring pixels are alike, and whose channels differ."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(count, channels, height, width)).cumsum(2).cumsum(3)
    x = 100 + 12 * x + 30 * np.arange(channels)[:, None, None]
    return torch.from_numpy(x.clip(0, 255).astype(np.uint8))


def per_channel(x: Array, fitted_on: Array) -> Array:
    mean = fitted_on.mean((0, 2, 3), keepdims=True)
    return (x - mean) / fitted_on.std((0, 2, 3), keepdims=True)


def per_image(x: Array, _: Array) -> Array:
    return (x - x.mean((1, 2, 3), keepdims=True)) / x.std((1, 2, 3), keepdims=True)


def by_l1(x: Array, _: Array) -> Array:
    return x / np.abs(x).sum((1, 2, 3), keepdims=True)


def by_l2(x: Array, _: Array) -> Array:
    return x / np.sqrt((x**2).sum((1, 2, 3), keepdims=True))


def zca(x: Array, fitted_on: Array) -> Array:
    """By singular values of the data, not by eigenvalues of its covariance."""
    rows = fitted_on.reshape(len(fitted_on), -1)
    mean = rows.mean(0)
    _, singular, axes = np.linalg.svd(rows - mean, full_matrices=True)
    variances = np.zeros(rows.shape[1])
    variances[: len(singular)] = singular**2 / len(rows)
    matrix = axes.T @ np.diag((variances + ZCA_EPSILON) ** -0.5) @ axes
    return ((x.reshape(len(x), -1) - mean) @ matrix).reshape(x.shape)


REFERENCES: dict[str, Callable[[Array, Array], Array]] = {
    "none": lambda x, _: x,
    "per_channel": per_channel,
    "per_image": per_image,
    "l1": by_l1,
    "l2": by_l2,
    "zca": zca,
}


@pytest.mark.parametrize("layout", FORMATS)
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("kind", NORMALIZATIONS)
def test_every_kind_is_what_numpy_computes(
    kind: str, channels: int, layout: torch.memory_format
) -> None:
    images = training_part(channels=channels)
    x = (images[:7].float() / 255).contiguous(memory_format=layout)
    kept = x.clone()

    normalised = Normalizer.fit(kind, images)(x)

    fitted_on = images.double().numpy() / 255
    expected = REFERENCES[kind](fitted_on[:7], fitted_on)
    np.testing.assert_allclose(normalised.numpy(), expected, atol=2e-5, rtol=1e-5)
    assert normalised.dtype is x.dtype
    assert memory_format(normalised) is memory_format(x)
    assert torch.equal(x, kept)


@pytest.mark.parametrize("kind", NORMALIZATIONS)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_the_dtype_is_kept(kind: str, dtype: torch.dtype) -> None:
    images = training_part()
    normalised = Normalizer.fit(kind, images)((images[:3] / 255).to(dtype))
    assert normalised.dtype is dtype
    assert torch.isfinite(normalised).all()


@pytest.mark.parametrize("kind", NORMALIZATIONS)
def test_one_image_is_a_batch_and_a_view_is_as_good_as_a_copy(kind: str) -> None:
    images = training_part()
    normalizer = Normalizer.fit(kind, images)
    x = images.float() / 255
    wide = torch.zeros(1, 3, 6, 9)
    wide[..., 2:7] = x[:1]
    torch.testing.assert_close(normalizer(wide[..., 2:7]), normalizer(x)[:1], atol=1e-5, rtol=0)


def test_the_training_part_comes_out_standardised() -> None:
    images = training_part()
    x = Normalizer.fit("per_channel", images)(images.double() / 255)
    torch.testing.assert_close(x.mean((0, 2, 3)), torch.zeros(3).double(), atol=1e-6, rtol=0)
    torch.testing.assert_close(
        x.std((0, 2, 3), correction=0), torch.ones(3).double(), atol=1e-6, rtol=0
    )


def test_only_the_images_of_the_fit_count() -> None:
    images = training_part()
    normalizer = Normalizer.fit("per_channel", images[:45])
    x = images[45:].float() / 255
    alone, together = normalizer(x[:1]), normalizer(x)
    torch.testing.assert_close(alone, together[:1])
    assert together.mean((0, 2, 3)).abs().max() > 1e-3


@pytest.mark.parametrize("level", [0, 128, 255])
@pytest.mark.parametrize("kind", NORMALIZATIONS)
def test_uniform_images_give_finite_numbers(kind: str, level: int) -> None:
    images = torch.full((20, 3, 4, 4), level, dtype=torch.uint8)
    normalised = Normalizer.fit(kind, images)(images.float() / 255)
    assert torch.isfinite(normalised).all()
    if kind in ("per_channel", "per_image", "zca") or level == 0:
        # Nothing but rounding, which the smallest divisor magnifies at most 1e5 times.
        assert normalised.abs().max() < 1e-7 / EPSILON


def test_the_faintest_pixel_of_a_black_image_is_not_damped() -> None:
    images = torch.zeros((1, 3, 32, 32), dtype=torch.uint8)
    images[0, 1, 5, 7] = 1
    x = images.double() / 255
    for kind in ("per_image", "l1", "l2"):
        expected = REFERENCES[kind](x.numpy(), x.numpy())
        np.testing.assert_allclose(Normalizer.fit(kind, images)(x).numpy(), expected, rtol=1e-9)


def test_norms_are_one_over_all_pixels_and_channels() -> None:
    images = training_part()
    x = images.double() / 255
    l1, l2 = (Normalizer.fit(kind, images)(x) for kind in ("l1", "l2"))
    ones = torch.ones(len(x), dtype=torch.float64)
    torch.testing.assert_close(l1.abs().sum((1, 2, 3)), ones)
    torch.testing.assert_close(l2.square().sum((1, 2, 3)), ones)
    assert l1.max() < 0.1  # and that is why they make inputs small


def test_whitening_gives_the_identity_covariance() -> None:
    rng = torch_rng(0, "zca")
    mixed = torch.randn((400, 12), generator=rng, dtype=torch.float64) @ torch.randn(
        (12, 12), generator=rng, dtype=torch.float64
    )
    mixed -= mixed.mean(0)
    matrix = zca_matrix(mixed, epsilon=0.0)
    white = mixed @ matrix
    identity = torch.eye(12, dtype=torch.float64)
    torch.testing.assert_close(white.T @ white / 400, identity, atol=1e-10, rtol=0)
    torch.testing.assert_close(matrix, matrix.T)
    assert (torch.linalg.eigvalsh(matrix) > 0).all()  # the square root that turns nothing


def test_epsilon_takes_each_variance_to_its_share() -> None:
    images = training_part(400)
    white = Normalizer.fit("zca", images)(images.double() / 255).flatten(1)
    rows = images.flatten(1).double() / 255
    variances = torch.linalg.eigvalsh(torch.cov(rows.T, correction=0))
    whitened = torch.linalg.eigvalsh(torch.cov(white.T, correction=0))
    expected = variances / (variances + ZCA_EPSILON)
    torch.testing.assert_close(whitened, expected, atol=1e-5, rtol=0)
    torch.testing.assert_close(
        white.mean(0), torch.zeros(90, dtype=torch.float64), atol=1e-5, rtol=0
    )


def test_whitening_amplifies_ten_times_at_most() -> None:
    # Fewer images than pixels: most axes have no variance at all.
    matrix = Normalizer.fit("zca", training_part(10)).arrays()["matrix"]
    assert np.linalg.eigvalsh(matrix.astype(np.float64)).max() <= 10 * (1 + 1e-5)


def test_whitening_looks_at_images_spread_over_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(normalization, "MAX_ZCA_IMAGES", 30)
    images = training_part(90)
    few = Normalizer.fit("zca", images).arrays()
    every_third = Normalizer.fit("zca", images[::3]).arrays()
    np.testing.assert_array_equal(few["mean"], every_third["mean"])


@pytest.mark.parametrize("kind", NORMALIZATIONS)
def test_arrays_make_the_same_normalisation_again(kind: str) -> None:
    images = training_part()
    fitted = Normalizer.fit(kind, images)
    arrays = fitted.arrays()
    again = Normalizer.from_arrays(kind, arrays)
    x = images[:4].float() / 255
    assert again.kind == kind
    assert torch.equal(again(x), fitted(x))
    assert all(array.dtype == np.float32 for array in arrays.values())
    expected = {"per_channel": {"mean", "std"}, "zca": {"mean", "matrix"}}.get(kind, set())
    assert set(arrays) == expected
    for array in arrays.values():
        array += 1  # copies: the normalisation does not change
    assert torch.equal(again(x), fitted(x))


def test_a_missing_array_is_named() -> None:
    with pytest.raises(ConfigError, match=r"per_channel needs the arrays mean, std. Got mean"):
        Normalizer.from_arrays("per_channel", {"mean": np.zeros(3, np.float32)})


def test_an_unknown_kind_is_refused_with_a_sentence() -> None:
    sentence = "one of none, per_channel, per_image, l1, l2, zca. Got 'l3'"
    with pytest.raises(ConfigError, match=sentence) as caught:
        Normalizer.fit("l3", training_part())
    assert caught.value.field == "normalization"
    with pytest.raises(ConfigError, match=sentence):
        Normalizer.from_arrays("l3", {})


@pytest.mark.parametrize(
    "images",
    [torch.rand(4, 3, 5, 5), torch.zeros(0, 3, 5, 5).byte(), torch.zeros(3, 5, 5).byte()],
    ids=["floats", "no image", "no batch"],
)
def test_a_fit_wants_bytes_in_a_batch(images: Tensor) -> None:
    with pytest.raises(ShapeError, match=r"dtype uint8 and shape \(N, C, H, W\).*Got torch"):
        Normalizer.fit("none", images)


@pytest.mark.parametrize("kind", ["per_channel", "zca"])
def test_images_unlike_those_of_the_fit_are_refused_with_a_sentence(kind: str) -> None:
    normalizer = Normalizer.fit(kind, training_part())
    with pytest.raises(ShapeError, match=r"was fitted on images of.*Got .*Fit it on images"):
        normalizer(torch.rand(2, 1, 6, 5))


def test_whitening_of_cropped_images_wants_a_fit_on_cropped_ones() -> None:
    normalizer = Normalizer.fit("zca", training_part())
    with pytest.raises(ShapeError, match=r"\(3, 6, 5\). Got \(3, 5, 5\).*cropped"):
        normalizer(torch.rand(2, 3, 5, 5))


@pytest.mark.parametrize("kind", NORMALIZATIONS)
def test_nothing_is_left_behind_on_the_cpu(kind: str) -> None:
    """Shapes and devices only, on a GPU that PyTorch pretends to have; devices must not mix."""
    fitted = Normalizer.fit(kind, training_part())
    with FakeTensorMode(allow_non_fake_inputs=True):
        normalised = fitted.to("cuda")(torch.empty((4, 3, 6, 5), device="cuda"))
    assert normalised.device.type == "cuda"
