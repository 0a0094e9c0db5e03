import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import correlate2d
from torch import nn

from rdfia_core.errors import ConfigError, ShapeError
from rdfia_core.models.cnn.arithmetic import (
    LAB_STACK,
    MAX_KERNEL,
    Window,
    conv_weights,
    fit_windows,
    fully_connected_weights,
    parse_stack,
    pooling_window,
    receptive_fields,
    weight_counts,
)
from rdfia_core.models.cnn.filters import FILTERS, SIZES

sizes = st.integers(1, 40)
kernels = st.integers(1, 9)
strides = st.integers(1, 12)


@given(sizes, kernels, strides, st.data())
def test_output_sizes_are_those_of_torch(n: int, k: int, s: int, data: st.DataObject) -> None:
    p = data.draw(st.integers(0, k - 1))
    x_11n = torch.zeros(1, 1, n)
    if n + 2 * p < k:
        with pytest.raises(ShapeError, match=f"Got k = {k}"):
            fit_windows(n, Window(k, s, p))
    else:
        expected = F.conv1d(x_11n, torch.zeros(1, 1, k), stride=s, padding=p).shape[-1]
        assert fit_windows(n, Window(k, s, p)).output_size == expected


@given(sizes, kernels, strides, st.booleans(), st.data())
def test_pooling_sizes_are_those_of_torch(
    n: int, k: int, s: int, rounds_up: bool, data: st.DataObject
) -> None:
    p = data.draw(st.integers(0, k // 2))
    if n + 2 * p < k:
        return
    x_1nn = torch.zeros(1, n, n)
    expected = F.max_pool2d(x_1nn, k, s, p, ceil_mode=rounds_up).shape[-1]
    window = pooling_window(k, s, p, rounds_up=rounds_up)
    assert fit_windows(n, window).output_size == expected


@given(sizes, kernels, strides, st.data())
def test_unread_pixels_are_those_without_gradient(
    n: int, k: int, s: int, data: st.DataObject
) -> None:
    p = data.draw(st.integers(0, k - 1))
    if n + 2 * p < k:
        return
    x_11n = torch.zeros(1, 1, n, requires_grad=True)
    F.conv1d(x_11n, torch.ones(1, 1, k), stride=s, padding=p).sum().backward()
    assert x_11n.grad is not None
    unread = np.flatnonzero(x_11n.grad.numpy().ravel() == 0)
    fit = fit_windows(n, Window(k, s, p))
    assert fit.unread_border + fit.unread_between == len(unread)
    assert set(range(n - fit.unread_border, n)) <= set(unread)
    assert n - fit.unread_border - 1 not in unread


@pytest.mark.parametrize(("rounds_up", "size", "overhang"), [(False, 3, 0), (True, 4, 1)])
def test_the_labs_last_pooling_rounds_up_on_crops(
    rounds_up: bool, size: int, overhang: int
) -> None:
    fit = fit_windows(7, pooling_window(2, 2, rounds_up=rounds_up))
    assert (fit.output_size, fit.overhang) == (size, overhang)
    assert fit.unread_border == 1 - overhang


@pytest.mark.parametrize("bias", [True, False])
def test_weights_are_those_of_torch(bias: bool) -> None:
    conv, dense = nn.Conv2d(3, 7, 5, bias=bias), nn.Linear(12, 5, bias=bias)
    assert conv_weights(3, 7, 5, bias=bias) == sum(p.numel() for p in conv.parameters())
    assert fully_connected_weights(12, 5, bias=bias) == sum(p.numel() for p in dense.parameters())


def test_the_labs_counts() -> None:
    counts = weight_counts()
    assert list(counts.lab_layers.values()) == [2_432, 51_264, 102_464, 1_025_000, 10_010]
    assert counts.lab == 1_191_170
    assert counts.convolutional_share == pytest.approx(0.131, abs=5e-4)
    # 3,072 inputs, 32 maps of 32 x 32 outputs, in place of 2,432 weights.
    assert counts.dense_first == 1_191_170 - 2_432 + 3_073 * 32_768
    assert counts.raw_pixels == 30_730
    assert counts.bag_of_words == 10_010


def test_the_labs_receptive_fields() -> None:
    rows = receptive_fields(parse_stack(LAB_STACK), 32)
    assert [row.receptive_field for row in rows] == [5, 6, 14, 16, 32, 36]
    assert [row.size for row in rows] == [32, 16, 16, 8, 8, 4]
    assert [row.jump for row in rows] == [1, 2, 2, 4, 4, 8]


def test_a_larger_image_gives_a_map_of_answers() -> None:
    assert receptive_fields(parse_stack(f"{LAB_STACK}, k4"), 48)[-1].size == 3


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 3)), min_size=1, max_size=4))
def test_receptive_fields_are_those_of_the_gradient(layers: list[tuple[int, int]]) -> None:
    stack = [Window(k, s) for k, s in layers]
    x_11n = torch.zeros(1, 1, 1_000, dtype=torch.float64, requires_grad=True)
    y_11m = x_11n
    for k, s in layers:
        y_11m = F.conv1d(y_11m, torch.ones(1, 1, k, dtype=torch.float64), stride=s)
    first, second = (
        torch.autograd.grad(y_11m[0, 0, i], x_11n, retain_graph=True)[0].numpy().ravel()
        for i in (0, 1)
    )
    row = receptive_fields(stack, 1_000)[-1]
    # Strides beyond the kernel leave holes, so the field is counted from end to end.
    assert np.flatnonzero(first)[-1] + 1 == row.receptive_field
    assert np.flatnonzero(second)[0] == row.jump
    assert row.size == y_11m.shape[-1]


def test_layers_after_one_that_does_not_fit_have_no_size() -> None:
    rows = receptive_fields(parse_stack("k3, k5 s2, k3"), 6)
    assert [row.size for row in rows] == [4, 0, 0]
    assert [row.receptive_field for row in rows] == [3, 7, 11]


def test_a_stack_is_read_and_written_alike() -> None:
    text = "k5 s1 p2, k2 s2 up, k3 s1"
    assert ", ".join(map(str, parse_stack(" K5 p2 s1 , k2 s2 UP,k3,"))) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "1 to 40 layers.*Got 0"),
        (", ".join(["k1"] * 41), "1 to 40 layers.*Got 41"),
        ("k5, conv", "Layer 2 must be a kernel size k.*Got 'conv'"),
        ("k5 k3", "Layer 1 must be.*Got 'k3' in 'k5 k3'"),
        ("s2", "Layer 1 must have a kernel size, k1 to k99. Got 's2'"),
        ("k0", "Layer 1, k0: The kernel size k must lie between 1 and 99. Got 0"),
        ("k3 s0", "The stride s must lie between 1 and 99. Got 0"),
        ("k3 p3", "The padding p of a kernel of 3 must lie between 0 and 2. Got 3"),
        ("k1 p1", "The padding p of a kernel of 1 must be 0. Got 1"),
        ("k-3", "Got 'k-3'"),
        ("k٣", "Got 'k٣'"),
    ],
)
def test_a_bad_stack_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        parse_stack(text)


def test_numbers_out_of_range_are_refused_in_words() -> None:
    with pytest.raises(ConfigError, match=r"The input size n must lie between 1 and 4,096. Got 0"):
        fit_windows(0, Window(1))
    with pytest.raises(ConfigError, match=r"pooling over 2 pixels must lie between 0 and 1. Got 2"):
        pooling_window(2, 2, 2)
    with pytest.raises(ConfigError, match="number of filters must lie between 1 and 100,000"):
        conv_weights(3, 0, MAX_KERNEL)
    with pytest.raises(ConfigError, match="image size must lie between"):
        receptive_fields([Window(3)], -1)


@pytest.mark.parametrize("size", SIZES)
def test_filters_do_what_their_sentences_say(size: int) -> None:
    weights = {f.name: np.array(f.weights(size), dtype=float) for f in FILTERS if size in f.sizes}
    sums = {name: round(kernel.sum(), 12) for name, kernel in weights.items()}
    averaging = {"Identity", "Blur", "Sharpen"}
    assert sums == {name: float(name in averaging) for name in weights}
    image = np.random.default_rng(0).integers(0, 17, (8, 8))
    assert (correlate2d(image, weights["Identity"], "same") == image).all()


@pytest.mark.parametrize("size", [3, 5])
def test_sobel_answers_to_edges_of_its_direction(size: int) -> None:
    kernels = {f.name: np.array(f.weights(size), dtype=float) for f in FILTERS}
    edge = np.repeat([[0.0] * 5 + [1.0] * 5], 10, axis=0)
    for kernel, image, other in (("Sobel x", edge, edge.T), ("Sobel y", edge.T, edge)):
        assert correlate2d(image, kernels[kernel], "valid").max() > 0
        assert not correlate2d(other, kernels[kernel], "valid").any()
