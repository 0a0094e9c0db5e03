"""Lists of blocks: reading, spelling, refusing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdfia_core.errors import ConfigError
from rdfia_core.models.cnn.blocks import (
    ACTIVATIONS,
    ARCHITECTURES,
    Activation,
    BatchNorm,
    Block,
    Conv,
    Dropout,
    GlobalAverage,
    Linear,
    Pool,
    Residual,
    canonical,
    effective_blocks,
    parse_blocks,
)

_sizes = st.integers(1, 15)
_blocks: st.SearchStrategy[Block] = st.one_of(
    st.builds(Conv, st.integers(1, 1024), _sizes, st.integers(1, 8), st.integers(0, 15)),
    st.integers(1, 8).flatmap(
        lambda kernel: st.builds(
            Pool,
            st.sampled_from(["max", "average"]),
            st.just(kernel),
            st.integers(1, 8),
            st.integers(0, kernel // 2),
            st.booleans(),
        )
    ),
    st.builds(GlobalAverage),
    st.builds(BatchNorm),
    st.builds(Activation, st.sampled_from(ACTIVATIONS)),
    st.builds(Residual, st.integers(1, 1024), st.integers(1, 8)),
    st.builds(Linear, st.integers(1, 8192)),
    st.builds(Dropout, st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9])),
)


@given(st.lists(_blocks, min_size=1, max_size=20))
def test_what_is_spelled_is_read_again(blocks: list[Block]) -> None:
    text = ", ".join(map(str, blocks))
    assert list(parse_blocks(text)) == blocks
    assert canonical(text) == text


def test_a_tiny_probability_is_spelled_so_that_it_is_read_again() -> None:
    assert canonical("dropout 0.00001") == canonical(canonical("dropout 0.00001"))
    assert canonical("dropout 0.5") == "dropout 0.5"
    assert canonical("dropout 0") == "dropout 0"


def test_spelling_is_forgiving() -> None:
    assert canonical(" Conv 8 P1 K3 s1 ,RELU,pool 2 s2") == "conv 8 k3 p1, relu, pool 2"


def test_names_stand_for_lists() -> None:
    assert parse_blocks("LeNet5") == parse_blocks(ARCHITECTURES["lenet5"])


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("dense 10", "block 1"),
        ("relu, , relu", "block 2"),
        ("conv 8", "kernel size k1 to k15"),
        ("conv k3", "channels from 1 to 1024"),
        ("conv 0 k3", "from 1 to 1024"),
        ("conv 8 k16", "from 1 to 15"),
        ("conv 8 k3 s9", "a stride s from 1 to 8"),
        ("conv 8 k3 s-1", "a stride s from 1 to 8"),
        ("conv 8 k3 q1", "the form conv C kK"),
        ("pool 2 p2", "at most half the window"),
        ("fc 8193", "from 1 to 8192"),
        ("fc 1e3", "from 1 to 8192"),
        ("dropout 1", "from 0 to 0.95"),
        ("dropout nan", "from 0 to 0.95"),
        ("relu 3", "the form relu"),
        (", ".join(["relu"] * 61), "at most 60 blocks"),
    ],
)
def test_mistakes_are_told_with_what_is_allowed(text: str, part: str) -> None:
    with pytest.raises(ConfigError, match="architecture") as caught:
        parse_blocks(text)
    assert part in str(caught.value)
    assert "Got" in str(caught.value)


def test_switches_put_blocks_in() -> None:
    blocks = effective_blocks("conv 8 k3, relu, conv 8 k3, bn, relu", batch_norm=True, dropout=0.5)
    spelled = ", ".join(map(str, blocks))
    assert spelled == "conv 8 k3, bn, relu, conv 8 k3, bn, relu, dropout 0.5"


def test_switches_put_blocks_into_no_blocks() -> None:
    assert effective_blocks("", batch_norm=True, dropout=0.0) == ()
    spelled = ", ".join(map(str, effective_blocks("", batch_norm=True, dropout=0.5)))
    assert spelled == "dropout 0.5"
