"""A few images of the embedded sets, small enough to show every pixel as a number."""

from functools import cache

import numpy as np

from rdfia_core.data.images.digits import make_digits
from rdfia_core.data.images.shapes import draw_images
from rdfia_core.errors import DataUnavailableError
from rdfia_core.seeding import numpy_rng

MOST = 16
"""The whitest pixel: the digits were scanned in 17 levels."""
_DIGITS = {"Digit 3": 0, "Digit 0": 30, "Digit 7": 9}
_SHAPES = {"Square": (2, 8), "Ring": (1, 9)}
_GREY = (0.299, 0.587, 0.114)


@cache
def small_images() -> list[dict[str, object]]:
    """Return images as the kernel view takes them: test digits, and shapes made small."""
    return [*_digits(), *_shapes()]


def _digits() -> list[dict[str, object]]:
    try:
        images_N881 = make_digits().x_test
    except DataUnavailableError:
        return []  # the shapes are enough to show what a kernel does
    levels = np.rint(images_N881[..., 0] * (MOST / 255)).astype(int)
    return [{"name": name, "pixels": levels[row].tolist()} for name, row in _DIGITS.items()]


def _shapes() -> list[dict[str, object]]:
    made: list[dict[str, object]] = []
    for name, (label, seed) in _SHAPES.items():
        grey = draw_images(label, 1, numpy_rng(seed, "pick"))[0] @ np.array(_GREY)
        small = grey[1:-1, 1:-1].reshape(10, 3, 10, 3).mean(axis=(1, 3))
        stretched = (small - small.min()) / (small.max() - small.min())
        made.append({"name": name, "pixels": np.rint(MOST * stretched).astype(int).tolist()})
    return made
