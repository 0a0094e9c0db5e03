import numpy as np
import pytest

from rdfia_core.data.images.statistics import channel_statistics, class_counts


@pytest.mark.parametrize("channels", [1, 3])
def test_statistics_are_those_of_numpy(channels):
    x = np.random.default_rng(0).integers(0, 256, (37, 5, 5, channels), np.uint8)
    mean, std = channel_statistics(x)

    np.testing.assert_allclose(mean, (x / 255).mean(axis=(0, 1, 2)), rtol=1e-13)
    np.testing.assert_allclose(std, (x / 255).std(axis=(0, 1, 2)), rtol=1e-13)
    assert mean.dtype == std.dtype == np.float64


def test_statistics_are_the_same_in_chunks(monkeypatch):
    x = np.random.default_rng(0).integers(0, 256, (37, 5, 5, 3), np.uint8)
    whole = channel_statistics(x)
    monkeypatch.setattr("rdfia_core.data.images.statistics._CHUNK_BYTES", 200)

    np.testing.assert_array_equal(channel_statistics(x), whole)


def test_statistics_of_chosen_rows_are_those_of_these_rows(monkeypatch):
    x = np.random.default_rng(0).integers(0, 256, (37, 5, 5, 3), np.uint8)
    rows = np.array([1, 4, 5, 30, 36])
    monkeypatch.setattr("rdfia_core.data.images.statistics._CHUNK_BYTES", 200)

    np.testing.assert_array_equal(channel_statistics(x, rows), channel_statistics(x[rows]))


def test_one_colour_has_no_deviation():
    mean, std = channel_statistics(np.full((3, 4, 4, 3), 255, np.uint8))

    assert mean.tolist() == [1, 1, 1]
    assert std.tolist() == [0, 0, 0]


def test_classes_are_counted_up_to_the_last():
    assert class_counts(np.array([0, 2, 2]), 4).tolist() == [1, 0, 2, 0]
