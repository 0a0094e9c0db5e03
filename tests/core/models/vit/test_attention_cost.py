"""What attention costs: memory as it must be by counting, fits that find known polynomials."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from rdfia_core.models.vit.attention_cost import Fit, fit_polynomial, measure
from rdfia_core.models.vit.parts import Attention

TOKENS = (16, 32, 64, 128, 256, 512)
PARTS = st.floats(1e-3, 1e3)


@given(a=PARTS, b=PARTS, c=PARTS)
def test_the_fit_finds_a_polynomial(a: float, b: float, c: float) -> None:
    values = [a + b * n + c * n**2 for n in TOKENS]
    fit = fit_polynomial(TOKENS, values)
    np.testing.assert_allclose(fit.at(np.array(TOKENS)), values, rtol=1e-6)
    assert fit.quadratic == pytest.approx(c, rel=1e-3)


def test_no_part_of_a_fit_is_negative() -> None:
    fit = fit_polynomial(TOKENS, [1.0 / n for n in TOKENS])
    assert min(fit) >= 0
    flat = fit_polynomial(TOKENS, [3.0] * len(TOKENS))
    assert flat == pytest.approx((3.0, 0.0, 0.0), abs=1e-9)


@given(a=PARTS, b=PARTS, c=PARTS)
def test_from_there_on_the_square_is_more_than_half(a: float, b: float, c: float) -> None:
    start = Fit(a, b, c).quadratic_from
    assert start is not None
    assert c * start**2 == pytest.approx(a + b * start, rel=1e-6)
    assert Fit(a, b, 0.0).quadratic_from is None


@pytest.mark.parametrize("num_heads", [1, 4])
def test_memory_grows_by_one_matrix_of_pairs_a_head(num_heads: int) -> None:
    layer = Attention(32, num_heads)
    num_bytes = [measure(layer, n, 32, "cpu").num_bytes for n in TOKENS]
    fit = fit_polynomial(TOKENS, num_bytes)
    assert fit.quadratic == pytest.approx(4 * num_heads, rel=0.02)  # float32: 4 bytes a pair
    assert np.diff(num_bytes).min() > 0


def test_memory_counts_what_a_layer_keeps_once_and_its_weights_never() -> None:
    linear = nn.Linear(8, 8)
    assert measure(linear, 10, 8, "cpu").num_bytes == 10 * 8 * 4  # the output; the input is given

    class Squares(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            y = x * 2
            return (y * y).view(10, 8)  # keeps y, seen twice

    assert measure(Squares(), 10, 8, "cpu").num_bytes == 2 * 10 * 8 * 4


def test_time_is_measured_several_times() -> None:
    cost = measure(nn.Linear(8, 8), 10, 8, "cpu")
    assert cost.seconds > 0
    assert cost.num_repeats >= 5


def test_the_number_of_threads_is_left_as_it_was() -> None:
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        seen: list[int] = []
        layer = nn.Linear(8, 8)
        layer.register_forward_hook(lambda *_: seen.append(torch.get_num_threads()))
        measure(layer, 10, 8, "cpu")
        assert set(seen) == {1}
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
