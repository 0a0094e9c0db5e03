"""Kernels that people designed before networks learned theirs. Exact: fractions, no rounding."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

Weights = list[list[Fraction]]

SIZES = (1, 3, 5)
"""Pixels a side for which there are kernels."""
_SMOOTH = {3: (1, 2, 1), 5: (1, 4, 6, 4, 1)}
_SLOPE = {3: (-1, 0, 1), 5: (-1, -2, 0, 2, 1)}
_LAPLACIAN = {
    3: ((0, 1, 0), (1, -4, 1), (0, 1, 0)),
    5: (
        (0, 0, 1, 0, 0),
        (0, 1, 2, 1, 0),
        (1, 2, -16, 2, 1),
        (0, 1, 2, 1, 0),
        (0, 0, 1, 0, 0),
    ),
}


@dataclass(frozen=True)
class Filter:
    """A kernel by name.

    Args:
        name: What it is called.
        sentence: What it does to an image.
        weights: Of a kernel of so many pixels a side, rows from the top.
        sizes: For which it exists.
    """

    name: str
    sentence: str
    weights: Callable[[int], Weights]
    sizes: tuple[int, ...] = (3, 5)


def _identity(size: int) -> Weights:
    middle = size // 2
    return _exact([[int(r == c == middle) for c in range(size)] for r in range(size)])


def _blur(size: int) -> Weights:
    return [[Fraction(1, size**2)] * size for _ in range(size)]


def _sharpen(size: int) -> Weights:
    # The identity plus the difference from the neighbours in the same row and column; sums to 1.
    middle = size // 2
    weights = [[-int(middle in (r, c)) for c in range(size)] for r in range(size)]
    weights[middle][middle] = 2 * (size - 1) + 1
    return _exact(weights)


def _sobel_x(size: int) -> Weights:
    return _exact([[smooth * slope for slope in _SLOPE[size]] for smooth in _SMOOTH[size]])


def _sobel_y(size: int) -> Weights:
    return [list(column) for column in zip(*_sobel_x(size), strict=True)]


def _laplacian(size: int) -> Weights:
    return _exact(_LAPLACIAN[size])


def _exact(rows: "list[list[int]] | tuple[tuple[int, ...], ...]") -> Weights:
    return [[Fraction(value) for value in row] for row in rows]


FILTERS = (
    Filter("Identity", "One weight of 1: every pixel stays as it is.", _identity, SIZES),
    Filter("Blur", "Equal weights that sum to 1: every pixel becomes its neighbours' mean.", _blur),
    Filter(
        "Sharpen", "Adds each pixel's difference from its neighbours: edges stand out.", _sharpen
    ),
    Filter(
        "Sobel x",
        "Right minus left: large at vertical edges, zero where nothing changes sideways.",
        _sobel_x,
    ),
    Filter(
        "Sobel y",
        "Bottom minus top: large at horizontal edges, zero where nothing changes downwards.",
        _sobel_y,
    ),
    Filter(
        "Laplacian",
        "Neighbours minus the middle: answers to edges of any direction, with a change of sign.",
        _laplacian,
    ),
)
"""R. Gonzalez and R. Woods, Digital Image Processing, 4th edition, 2018, sections 3.5 and 3.6."""
