"""Streams of one seed are independent of one another and the same everywhere."""

import numpy as np
import torch

from rdfia_core.seeding import numpy_rng, seed_default_generators, stream_seed, torch_rng


def test_streams_of_one_seed_differ() -> None:
    assert len({stream_seed(seed, name) for seed in range(50) for name in ("data", "init")}) == 100


def test_a_stream_is_the_same_in_every_process() -> None:
    assert stream_seed(0, "data") == stream_seed(0, "data")
    assert 0 <= stream_seed(2**31 - 1, "order") < 2**63


def test_generators_of_one_stream_repeat() -> None:
    first, second = (numpy_rng(3, "data").normal(size=4) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    draws = [torch.rand(4, generator=torch_rng(3, "init")) for _ in range(2)]
    assert torch.equal(draws[0], draws[1])


def test_the_default_generator_is_seeded() -> None:
    draws = []
    for _ in range(2):
        seed_default_generators(5)
        draws.append(torch.rand(3))
    assert torch.equal(draws[0], draws[1])
