"""The picture of what is seen: the image stays itself where it is, and nothing else does."""

import numpy as np
import pytest

from rdfia_core.figures.seen import LINE_COLOR, seen_picture

IMAGE = np.arange(64, dtype=np.uint8).reshape(8, 8, 1)


def test_seen_pixels_stay_as_they_are_and_unseen_ones_do_not() -> None:
    seen = np.zeros((8, 8), np.uint8)
    seen[:4, :4] = 1
    picture = seen_picture(IMAGE, seen, 0, scale=3)
    assert picture.shape == (24, 24, 3)
    plain = seen_picture(IMAGE, None, 0, scale=3)
    np.testing.assert_array_equal(plain[::3, ::3, 1], IMAGE[..., 0])
    same = (picture == plain).all(axis=2)
    assert same[:12, :12].all()
    assert not same[12:].any()
    assert not same[:, 12:].any()


@pytest.mark.parametrize(
    ("patch_pixels", "lines"), [(4.0, [19, 39]), (0.5, []), (8 / 3, [12, 26, 39])]
)
def test_lines_end_each_patch_where_they_leave_the_image_to_be_seen(
    patch_pixels: float, lines: list[int]
) -> None:
    picture = seen_picture(IMAGE, np.ones((8, 8)), patch_pixels, scale=5)
    is_line = (picture == LINE_COLOR).all(axis=2)
    assert np.flatnonzero(is_line.all(axis=1)).tolist() == lines
    assert np.flatnonzero(is_line.all(axis=0)).tolist() == lines


def test_colours_stay_colours() -> None:
    image = np.zeros((2, 2, 3), np.uint8)
    image[..., 0] = 200
    picture = seen_picture(image, np.ones((2, 2)), 0, scale=2)
    np.testing.assert_array_equal(picture[0, 0], [200, 0, 0])
