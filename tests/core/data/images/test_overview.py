import numpy as np
import pytest

from rdfia_core.data.images.image_set import ImageSet
from rdfia_core.data.images.overview import fitting_counts, overview, sample_rows
from rdfia_core.errors import ConfigError

LABELS = np.array([0, 1] * 10)


@pytest.fixture
def image_set() -> ImageSet:
    x = np.random.default_rng(0).integers(0, 256, (26, 4, 4, 3), np.uint8)
    return ImageSet("own", "Two", x[:20], LABELS, x[20:], np.array([0, 0, 0, 0, 1, 1]), ("a", "b"))


def test_every_class_is_counted_in_every_part(image_set: ImageSet) -> None:
    found = overview(image_set, num_train=10, num_val=6, seed=1)

    assert found.num_train.tolist() == [5, 5]
    assert found.num_val.tolist() == [3, 3]
    assert found.num_test.tolist() == [4, 2]


def test_only_the_training_rows_are_measured(image_set: ImageSet) -> None:
    found = overview(image_set, num_train=10, num_val=6, seed=1)
    trained = image_set.x_train[found.train_rows] / 255

    np.testing.assert_allclose(found.mean, trained.mean(axis=(0, 1, 2)), rtol=1e-12)
    np.testing.assert_allclose(found.std, trained.std(axis=(0, 1, 2)), rtol=1e-12)


def test_too_many_images_are_refused(image_set: ImageSet) -> None:
    with pytest.raises(ConfigError, match="num_train"):
        overview(image_set, num_train=18, num_val=6, seed=1)


def test_a_sample_is_of_one_class_and_of_the_given_rows() -> None:
    rows = np.arange(4, 20)
    drawn = sample_rows(LABELS, rows, 1, 5, seed=3)

    assert len(set(drawn.tolist())) == 5
    assert set(drawn.tolist()) <= set(rows.tolist())
    assert set(LABELS[drawn].tolist()) == {1}


def test_another_seed_draws_another_sample_and_a_small_class_gives_all_it_has() -> None:
    rows = np.arange(20)
    first, second = (sample_rows(LABELS, rows, 0, 5, seed=seed).tolist() for seed in (0, 1))

    assert first != second
    assert sorted(sample_rows(LABELS, rows, 0, 50, seed=0).tolist()) == list(range(0, 20, 2))


@pytest.mark.parametrize(
    ("wanted", "found"),
    [((0, 5), (0, 5)), ((15, 5), (15, 5)), ((0, 500), (0, 4)), ((18, 5), (0, 4))],
)
def test_counts_that_do_not_fit_become_a_fifth_held_out(
    wanted: tuple[int, int], found: tuple[int, int]
) -> None:
    assert tuple(fitting_counts(LABELS, *wanted).values()) == found
