import math

import numpy as np
import pytest
import torch

from rdfia_core.errors import ConfigError
from rdfia_core.models.init import INITS, init_weights
from rdfia_core.seeding import torch_rng

WIDE = [300, 200, 100]


def draw(init, sizes=WIDE, activation="tanh", seed=0, dtype=torch.float64, **more):
    return init_weights(sizes, init, activation, torch_rng(seed, "init"), dtype, **more)


@pytest.mark.parametrize("init", INITS)
@pytest.mark.parametrize("sizes", [[5, 3], [5, 4, 3], [5, 4, 6, 2, 3]])
def test_weights_are_out_by_in_and_biases_out(init, sizes):
    shapes = [tuple(w.shape) for w in draw(init, sizes)]

    assert shapes[::2] == list(zip(sizes[1:], sizes[:-1], strict=True))
    assert shapes[1::2] == [(out,) for out in sizes[1:]]


@pytest.mark.parametrize("init", INITS)
def test_every_dtype_gets_the_same_numbers(init):
    double, single = draw(init), draw(init, dtype=torch.float32)

    assert all(s.dtype == torch.float32 for s in single)
    assert all(torch.equal(d.float(), s) for d, s in zip(double, single, strict=True))


@pytest.mark.parametrize("init", ["normal", "pytorch", "xavier"])
def test_the_seed_decides(init):
    first, same, other = draw(init), draw(init), draw(init, seed=1)

    assert all(torch.equal(a, b) for a, b in zip(first, same, strict=True))
    assert not torch.equal(first[0], other[0])


def test_normal_has_standard_deviation_0_3_for_weights_and_biases():
    W, b, *_ = draw("normal")

    assert W.std().item() == pytest.approx(0.3, rel=0.02)
    assert W.mean().item() == pytest.approx(0.0, abs=0.005)
    assert b.std().item() == pytest.approx(0.3, rel=0.15)
    assert W.abs().max() > 0.9  # a uniform law would end before


def test_pytorch_is_the_law_of_nn_linear():
    bound = 1 / math.sqrt(300)
    W, b, *_ = draw("pytorch")
    linear = torch.nn.Linear(300, 200)

    assert W.abs().max().item() == pytest.approx(bound, rel=0.01)
    assert b.abs().max().item() == pytest.approx(bound, rel=0.05)
    assert W.std().item() == pytest.approx(linear.weight.std().item(), rel=0.02)
    assert b.std().item() == pytest.approx(linear.bias.std().item(), rel=0.25)


@pytest.mark.parametrize(
    ("activation", "gains"), [("tanh", (1, 1)), ("none", (1, 1)), ("relu", (math.sqrt(2), 1))]
)
def test_xavier_is_uniform_up_to_glorots_bound_with_zero_biases(activation, gains):
    weights = draw("xavier", activation=activation)

    for W, b, gain in zip(weights[::2], weights[1::2], gains, strict=True):
        bound = gain * math.sqrt(6 / sum(W.shape))
        assert W.abs().max().item() == pytest.approx(bound, rel=0.01)
        assert W.std().item() == pytest.approx(bound / math.sqrt(3), rel=0.02)
        assert not b.any()


def test_zeros_are_zeros():
    assert not any(w.any() for w in draw("zeros"))


def test_constant_weights_are_equal_and_their_biases_zero():
    W, b, *_ = draw("constant", constant=0.25)

    assert np.unique(W.numpy()).tolist() == [0.25]
    assert not b.any()


def test_an_unknown_law_is_refused():
    with pytest.raises(ConfigError, match="normal, pytorch, xavier, zeros, constant") as caught:
        draw("he")

    assert caught.value.field == "init"
