"""The picture of a field: brighter where it is larger, with a frame where theory says."""

import numpy as np
import pytest

from rdfia_core.figures.fields import FRAME_COLOR, field_picture


def frame(window: tuple[float, float], size: int = 8, scale: int = 6) -> np.ndarray:
    picture = field_picture(np.zeros((size, size)), window, scale=scale)
    return (picture == FRAME_COLOR).all(axis=2)


@pytest.mark.parametrize(
    ("window", "first", "last"), [((2, 4), 12, 29), ((-3, 4), 0, 29), ((-9, 20), 0, 47)]
)
def test_the_frame_is_around_the_window_and_within_the_image(
    window: tuple[float, float], first: int, last: int
) -> None:
    is_frame = frame(window)
    rows = np.flatnonzero(is_frame.any(axis=1))
    assert (rows[0], rows[-1]) == (first, last)
    assert is_frame[first, first : last + 1].all()
    assert is_frame[first : last + 1, last].all()
    assert not is_frame[first + 2 : last - 1, first + 2 : last - 1].any()


def test_larger_is_brighter() -> None:
    field = np.linspace(0, 1, 16).reshape(4, 4)
    picture = field_picture(field, (0, 3), scale=12)
    middles = picture[6::12, 6::12].astype(int).sum(axis=2).flatten()
    assert (np.diff(middles) > 0).all()
