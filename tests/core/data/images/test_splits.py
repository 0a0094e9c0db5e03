import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rdfia_core.data.images.splits import choose_rows
from rdfia_core.errors import ConfigError

BALANCED = np.tile(np.arange(10), 100)


@st.composite
def requests(draw):
    sizes = draw(st.lists(st.integers(1, 40), min_size=1, max_size=6))
    y = np.random.default_rng(draw(st.integers(0, 9))).permutation(
        np.repeat(np.arange(len(sizes)), sizes)
    )
    num_val = draw(st.integers(0, len(y) - 1))
    num_train = draw(st.integers(1, len(y) - num_val))
    return y.astype(np.int64), num_train, num_val, draw(st.integers(0, 2**31))


@settings(max_examples=60, deadline=None)
@given(requests())
def test_rows_are_ascending_and_in_one_part_alone(request_):
    y, num_train, num_val, seed = request_
    train, val = choose_rows(y, num_train=num_train, num_val=num_val, seed=seed)

    assert train.dtype == val.dtype == np.int64
    assert (len(train), len(val)) == (num_train, num_val)
    assert (np.diff(train) > 0).all()
    assert (np.diff(val) > 0).all()
    assert not set(train.tolist()) & set(val.tolist())
    assert set(train.tolist()) | set(val.tolist()) <= set(range(len(y)))


@settings(max_examples=60, deadline=None)
@given(requests(), st.data())
def test_smaller_parts_lie_in_larger_ones_and_neither_moves_the_other(request_, data):
    y, num_train, num_val, seed = request_
    train, val = choose_rows(y, num_train=num_train, num_val=num_val, seed=seed)
    fewer = data.draw(st.integers(1, num_train))
    fewer_held_out = data.draw(st.integers(0, num_val))

    small_train, same_val = choose_rows(y, num_train=fewer, num_val=num_val, seed=seed)
    same_train, small_val = choose_rows(y, num_train=num_train, num_val=fewer_held_out, seed=seed)

    assert set(small_train.tolist()) <= set(train.tolist())
    assert set(small_val.tolist()) <= set(val.tolist())
    np.testing.assert_array_equal(same_val, val)
    np.testing.assert_array_equal(same_train, train)


@settings(max_examples=60, deadline=None)
@given(requests())
def test_classes_keep_their_proportions(request_):
    y, num_train, num_val, seed = request_
    parts = choose_rows(y, num_train=num_train, num_val=num_val, seed=seed)
    share = np.bincount(y) / len(y)

    for rows in parts:
        counts = np.bincount(y[rows], minlength=len(share))
        assert np.abs(counts - len(rows) * share).max() <= max(1.0, len(share) / 2)


def test_equal_classes_stay_equal():
    train, val = choose_rows(BALANCED, num_train=200, num_val=100, seed=3)

    assert np.bincount(BALANCED[train]).tolist() == [20] * 10
    assert np.bincount(BALANCED[val]).tolist() == [10] * 10


def test_zero_takes_all_that_validation_leaves():
    train, val = choose_rows(BALANCED, num_train=0, num_val=300, seed=0)

    assert sorted([*train.tolist(), *val.tolist()]) == list(range(1000))
    assert len(val) == 300


def test_the_seed_decides():
    first, again, other = (
        choose_rows(BALANCED, num_train=50, num_val=0, seed=seed)[0].tolist() for seed in (1, 1, 2)
    )

    assert first == again
    assert first != other


@pytest.mark.parametrize(
    ("num_train", "num_val", "field", "words"),
    [
        (901, 100, "num_train", "at most 900 (1,000 training images minus 100 held out"),
        (1001, 0, "num_train", "at most 1,000 (1,000 training images), or 0 for all"),
        (-1, 0, "num_train", "Got -1"),
        (0, 1000, "num_val", "leave one of the 1,000 training images"),
        (0, -5, "num_val", "Got -5"),
    ],
)
def test_impossible_requests_name_the_field(num_train, num_val, field, words):
    with pytest.raises(ConfigError) as caught:
        choose_rows(BALANCED, num_train=num_train, num_val=num_val, seed=0)

    assert caught.value.field == field
    assert words in str(caught.value)
    assert f"'{field}'" in str(caught.value)
