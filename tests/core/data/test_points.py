import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import make_circles, make_moons

from rdfia_core.data.point_laws import DATASETS
from rdfia_core.data.points import PointSet, format_points, make_points, parse_points, split_points
from rdfia_core.errors import ConfigError, DataUnavailableError

PARTS = ("train", "val", "test")
few_examples = settings(max_examples=40, deadline=None)


def draw(dataset: str = "circles", **changes: object) -> PointSet:
    values = {
        "num_points": 400,
        "noise": 0.2,
        "class_balance": 1.0,
        "num_classes": 2,
        "val_fraction": 0.0,
        "test_fraction": 0.5,
        "seed": 0,
    }
    return make_points(dataset, **(values | changes))


def sorted_rows(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    rows = np.round(np.column_stack([y, x]), 9) + 0.0
    return rows[np.lexsort(rows.T)]


def distinct_rows(x: np.ndarray) -> int:
    return len(np.unique(np.round(x, 9), axis=0))


settings_of_a_draw = st.fixed_dictionaries(
    {
        "num_points": st.integers(40, 600),
        "noise": st.floats(0, 1),
        "class_balance": st.floats(0.1, 1),
        "num_classes": st.integers(2, 5),
        "val_fraction": st.sampled_from([0.0, 0.01, 0.2, 0.4]),
        "test_fraction": st.sampled_from([0.0, 0.01, 0.3, 0.5]),
        "seed": st.integers(0, 2**31),
    }
)


# --- drawn points ---------------------------------------------------------------------------


@few_examples
@given(st.sampled_from(DATASETS), settings_of_a_draw)
def test_the_parts_add_up_to_the_number_of_points_asked_for(dataset, values):
    points = draw(dataset, **values)

    assert sum(len(getattr(points, f"y_{part}")) for part in PARTS) == values["num_points"]
    assert (len(points.y_val) > 0) == (values["val_fraction"] > 0)
    assert (len(points.y_test) > 0) == (values["test_fraction"] > 0)


@few_examples
@given(st.sampled_from(DATASETS), settings_of_a_draw)
def test_every_class_is_in_every_part_that_is_not_empty(dataset, values):
    points = draw(dataset, **values)

    for part in PARTS:
        labels = getattr(points, f"y_{part}")
        assert len(labels) == 0 or set(labels.tolist()) == set(range(points.num_classes))


@few_examples
@given(st.sampled_from(DATASETS), settings_of_a_draw)
def test_points_are_finite_and_lie_inside_a_square_extent(dataset, values):
    points = draw(dataset, **values)

    x = np.concatenate([points.x_train, points.x_val, points.x_test])
    x_min, x_max, y_min, y_max = points.extent
    assert x.dtype == np.float64
    assert points.y_train.dtype == np.int64
    assert np.isfinite(x).all()
    assert x_max - x_min == y_max - y_min >= 4
    assert x[:, 0].min() >= x_min
    assert x[:, 0].max() <= x_max
    assert x[:, 1].min() >= y_min
    assert x[:, 1].max() <= y_max


@few_examples
@given(st.sampled_from(DATASETS), settings_of_a_draw)
def test_the_same_seed_gives_the_same_points(dataset, values):
    first, second = draw(dataset, **values), draw(dataset, **values)

    for part in PARTS:
        np.testing.assert_array_equal(getattr(first, f"x_{part}"), getattr(second, f"x_{part}"))
        np.testing.assert_array_equal(getattr(first, f"y_{part}"), getattr(second, f"y_{part}"))


@pytest.mark.parametrize("dataset", DATASETS)
def test_another_seed_gives_other_points(dataset):
    assert not np.array_equal(draw(dataset, seed=0).x_train, draw(dataset, seed=1).x_train)


@pytest.mark.parametrize("dataset", DATASETS)
def test_train_and_test_points_are_drawn_independently(dataset):
    points = draw(dataset)

    together = np.concatenate([points.x_train, points.x_test])
    assert distinct_rows(together) == len(together)


@pytest.mark.parametrize("dataset", DATASETS)
def test_a_validation_part_leaves_the_test_points_where_they_were(dataset):
    without = draw(dataset, num_points=400, test_fraction=0.5)
    with_val = draw(dataset, num_points=400, test_fraction=0.5, val_fraction=0.25)

    np.testing.assert_array_equal(without.x_test, with_val.x_test)


@pytest.mark.parametrize("dataset", DATASETS)
def test_points_without_noise_stay_in_the_plane_that_the_lab_shows(dataset):
    points = draw(dataset, noise=0.0, num_classes=5)

    assert points.extent == (-2.0, 2.0, -2.0, 2.0)


@pytest.mark.parametrize("dataset", DATASETS)
def test_the_order_of_the_rows_carries_no_class(dataset):
    labels = draw(dataset).y_train

    changes = np.count_nonzero(np.diff(labels))
    assert changes > 60  # sorted by class there would be one or two; at random about 100 of 199


@pytest.mark.parametrize("num_points", [400, 402, 38])
def test_circles_without_noise_are_those_of_scikit_learn(num_points):
    points = draw("circles", num_points=num_points, noise=0.0)
    x, y = make_circles(num_points // 2, factor=0.3, shuffle=False)

    np.testing.assert_allclose(
        sorted_rows(points.x_train, points.y_train), sorted_rows(x, y), atol=1e-9
    )


def test_moons_without_noise_are_those_of_scikit_learn_centred():
    points = draw("moons", noise=0.0)
    x, y = make_moons(200, shuffle=False)

    np.testing.assert_allclose(
        sorted_rows(points.x_train, points.y_train), sorted_rows(x - [0.5, 0.25], y), atol=1e-9
    )


def test_the_labs_circles_have_100_points_a_class_at_its_radii():
    points = draw("circles")

    radius = np.hypot(*points.x_train.T)
    assert np.bincount(points.y_train).tolist() == [100, 100]
    assert np.bincount(points.y_test).tolist() == [100, 100]
    assert radius[points.y_train == 0].mean() == pytest.approx(1.02, abs=0.06)
    assert radius[points.y_train == 1].mean() == pytest.approx(0.38, abs=0.06)


def test_noise_is_the_standard_deviation_of_each_coordinate():
    quiet, noisy = draw("blobs", noise=0.0, num_points=8000), draw("blobs", num_points=8000)

    spread = noisy.x_train[noisy.y_train == 0] - quiet.x_train[quiet.y_train == 0]
    np.testing.assert_allclose(spread.std(axis=0), [0.2, 0.2], rtol=0.05)
    np.testing.assert_allclose(spread.mean(axis=0), [0, 0], atol=0.02)


@pytest.mark.parametrize(("balance", "sizes"), [(1.0, [100, 100]), (0.5, [50, 150])])
def test_class_balance_is_the_size_of_class_0_relative_to_an_equal_share(balance, sizes):
    points = draw("xor", class_balance=balance)

    assert np.bincount(points.y_train).tolist() == sizes


def test_the_other_classes_share_the_rest_equally():
    points = draw("blobs", num_classes=5, class_balance=0.1)

    assert np.bincount(points.y_train).tolist() == [4, 49, 49, 49, 49]


def test_xor_classes_are_told_apart_by_the_sign_of_the_product():
    points = draw("xor", noise=0.0)

    np.testing.assert_array_equal(points.x_train.prod(axis=1) < 0, points.y_train == 1)
    assert np.count_nonzero(points.x_train[points.y_train == 0][:, 0] > 0) == 50


@pytest.mark.parametrize(("dataset", "num_arms"), [("spirals2", 2), ("spirals3", 3)])
def test_spiral_arms_are_turned_copies_of_each_other(dataset, num_arms):
    points = draw(dataset, noise=0.0, num_points=600)
    turn = 2 * np.pi / num_arms
    rotation = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])

    first, second = (points.x_train[points.y_train == k] for k in (0, 1))
    np.testing.assert_allclose(
        sorted_rows(first @ rotation, np.zeros(len(first))),
        sorted_rows(second, np.zeros(len(second))),
        atol=1e-8,
    )


@pytest.mark.parametrize("num_classes", [2, 3, 4, 5])
def test_blobs_have_as_many_centres_as_classes_on_one_circle(num_classes):
    points = draw("blobs", noise=0.0, num_classes=num_classes)

    assert points.num_classes == num_classes
    assert distinct_rows(points.x_train) == num_classes
    np.testing.assert_allclose(np.hypot(*points.x_train.T), 1.2)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"dataset": "rings"}, "dataset"),
        ({"noise": -0.1}, "noise"),
        ({"noise": float("nan")}, "noise"),
        ({"class_balance": 0.0}, "class_balance"),
        ({"class_balance": 1.1}, "class_balance"),
        ({"dataset": "blobs", "num_classes": 6}, "num_classes"),
        ({"dataset": "blobs", "num_classes": 1}, "num_classes"),
        ({"test_fraction": 1.0}, "test_fraction"),
        ({"val_fraction": -0.1}, "val_fraction"),
        ({"val_fraction": 0.5, "test_fraction": 0.5}, "val_fraction"),
        ({"num_points": 3}, "num_points"),
    ],
)
def test_a_value_that_is_not_allowed_is_named(changes, field):
    with pytest.raises(ConfigError) as caught:
        draw(**changes)

    assert caught.value.field == field


# --- a student's own points -----------------------------------------------------------------


own_points = st.integers(4, 120).flatmap(
    lambda n: st.tuples(
        st.lists(st.tuples(st.floats(-3, 3), st.floats(-3, 3)), min_size=n, max_size=n),
        st.lists(st.integers(0, 4), min_size=n - 2, max_size=n - 2).map(lambda y: [0, 1, *y]),
    )
)
fractions = st.sampled_from([0.0, 0.1, 0.25, 0.45])


@few_examples
@given(own_points, fractions, fractions, st.integers(0, 1000))
def test_a_split_keeps_every_point_exactly_once(points, val_fraction, test_fraction, seed):
    x, y = np.array(points[0]), np.array(points[1])
    fractions = {"val_fraction": val_fraction, "test_fraction": test_fraction}
    split = split_points(x, y, **fractions, seed=seed)

    together = np.concatenate([getattr(split, f"x_{part}") for part in PARTS])
    labels = np.concatenate([getattr(split, f"y_{part}") for part in PARTS])
    np.testing.assert_array_equal(sorted_rows(together, labels), sorted_rows(x, y))


@few_examples
@given(own_points, fractions, fractions, st.integers(0, 1000))
def test_the_training_part_of_a_split_keeps_every_class(points, val_fraction, test_fraction, seed):
    x, y = np.array(points[0]), np.array(points[1])
    fractions = {"val_fraction": val_fraction, "test_fraction": test_fraction}
    split = split_points(x, y, **fractions, seed=seed)

    assert set(split.y_train.tolist()) == set(y.tolist())
    assert split.num_classes == y.max() + 1


def test_classes_of_one_point_stay_in_the_training_part():
    x, y = np.zeros((6, 2)), np.array([0, 1, 2, 3, 4, 4])
    split = split_points(x, y, val_fraction=0.45, test_fraction=0.45, seed=0)

    assert sorted(set(split.y_train.tolist())) == [0, 1, 2, 3, 4]


def test_a_split_keeps_the_proportions_of_the_classes():
    x, y = np.zeros((100, 2)), np.repeat([0, 1, 2], [60, 30, 10])
    split = split_points(x, y, val_fraction=0.2, test_fraction=0.3, seed=0)

    assert np.bincount(split.y_test).tolist() == [18, 9, 3]
    assert np.bincount(split.y_val).tolist() == [12, 6, 2]
    assert np.bincount(split.y_train).tolist() == [30, 15, 5]


def test_a_split_follows_the_seed():
    x, y = np.arange(80.0).reshape(40, 2) / 50, np.repeat([0, 1], 20)
    first, same, other = (
        split_points(x, y, val_fraction=0, test_fraction=0.5, seed=seed) for seed in (0, 0, 1)
    )

    np.testing.assert_array_equal(first.x_train, same.x_train)
    assert not np.array_equal(np.sort(first.x_train[:, 0]), np.sort(other.x_train[:, 0]))


def test_a_split_shuffles_points_that_came_class_by_class():
    split = split_points(
        np.zeros((100, 2)), np.repeat([0, 1], 50), val_fraction=0, test_fraction=0, seed=0
    )

    assert np.count_nonzero(np.diff(split.y_train)) > 20


def test_a_far_point_widens_the_extent():
    x, y = np.array([[0, 0], [0, 1], [1, 0], [5.0, -1]]), np.array([0, 1, 0, 1])
    split = split_points(x, y, val_fraction=0, test_fraction=0, seed=0)

    assert split.extent == (-5.3, 5.3, -5.3, 5.3)


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        (np.zeros((3, 2)), [0, 1, 0], "at least 4 points. Got 3"),
        (np.zeros((0, 2)), [], "at least 4 points. Got 0"),
        (np.zeros((5, 2)), [1] * 5, "at least two classes"),
        (np.array([[0, 0], [0, 1], [1, np.nan], [1, 1]]), [0, 1, 0, 1], "Point 3"),
        (np.array([[0, 0], [0, np.inf], [1, 1], [1, 1]]), [0, 1, 0, 1], "Point 2"),
        (np.zeros((4, 3)), [0, 1, 0, 1], "two coordinates"),
        (np.zeros((4, 2)), [0, 1, 0], "one label each"),
        (np.zeros((4, 2)), [0, 1, -1, 1], "numbered from 0"),
    ],
)
def test_points_that_cannot_be_trained_on_are_refused(x, y, words):
    with pytest.raises(DataUnavailableError, match=words):
        split_points(x, np.array(y, int), val_fraction=0, test_fraction=0, seed=0)


# --- their text form ------------------------------------------------------------------------


@few_examples
@given(
    st.lists(
        st.tuples(st.integers(-1000, 1000), st.integers(-1000, 1000), st.integers(0, 4)),
        max_size=50,
    )
)
def test_points_survive_being_written_and_read(entries):
    x = np.array([entry[:2] for entry in entries], float).reshape(-1, 2) / 100
    y = np.array([entry[2] for entry in entries], int)
    read_x, read_y = parse_points(format_points(x, y))

    np.testing.assert_array_equal(read_x, x)
    np.testing.assert_array_equal(read_y, y)
    assert read_y.dtype == np.int64


def test_points_are_written_with_two_decimals_and_no_minus_zero():
    text = format_points(np.array([[0.5, -1.204], [-0.001, 2]]), np.array([0, 3]))

    assert text == "0.50,-1.20,0;0.00,2.00,3"


def test_empty_text_is_no_points():
    x, y = parse_points("")

    assert x.shape == (0, 2)
    assert y.shape == (0,)


BAD_ENTRIES = """|1,2|1,2,5|1,2,-1|1,2,0.0|a,2,0|nan,0,0|1e1,0,0|10.01,0,0|\
0,-11,0|1,2,0,0|1_0,0,0| 1,2,0|\
٣,2,0|0.11111111111111111111,0,0|1,2,0\n|+1,2,0"""


@pytest.mark.parametrize("bad", BAD_ENTRIES.split("|"))
def test_a_bad_entry_is_named_by_its_position(bad):
    with pytest.raises(ConfigError, match="Point 2 must be") as caught:
        parse_points(f"0,0,1;{bad};1,1,0")

    assert caught.value.field == "points"


def test_more_than_1000_points_are_refused():
    assert len(parse_points(";".join(["0,0,0"] * 1000))[1]) == 1000
    with pytest.raises(ConfigError, match="At most 1000"):
        parse_points(";".join(["0,0,0"] * 1001))


# --- the interface stays light --------------------------------------------------------------


def test_points_can_be_had_without_heavy_libraries():
    code = (
        "import sys; import rdfia_core.data.points, rdfia_core.data.point_files; "
        "import rdfia_core.models.features, rdfia_core.models.stage_sources as s; "
        "s.source_of('nn'); "
        "sys.exit(str({'torch', 'sklearn', 'scipy', 'pandas'} & set(sys.modules)))"
    )

    finished = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert finished.stderr.strip() == "set()"
