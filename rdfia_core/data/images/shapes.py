"""The generated set shapes10: ten shapes in colour over textured backgrounds.

N images of S x S pixels, P = S * S. The same bits on every machine: only operations that IEEE 754
rounds exactly are used (+ - * / sqrt, comparisons), elementwise, so neither the processor's vector
width nor its sine can change a pixel.
"""

import numpy as np
from numpy.typing import NDArray

from rdfia_core.data.images.image_set import ImageSet
from rdfia_core.data.images.sources import SOURCES
from rdfia_core.seeding import numpy_rng

VERSION = 1
"""Part of the name of the kept copy: raise it when what `make_shapes` returns changes."""
SIZE = 32
_CHUNK = 250
_NUM_DISTRACTORS = 2

Array = NDArray[np.float32]
Bytes = NDArray[np.uint8]


def make_shapes() -> ImageSet:
    """Draw the set: 500 training and 100 test images a class, in about two seconds.

    Colour, size, place, rotation, proportions, textures, distractors and noise are drawn for each
    image; the two parts come from one law.

    Returns:
        The set, always the same.
    """
    source = SOURCES["shapes10"]
    x_train, y_train = draw_part("train", source.num_train)
    x_test, y_test = draw_part("test", source.num_test)
    return ImageSet(source.name, source.title, x_train, y_train, x_test, y_test, source.class_names)


def draw_part(part: str, num_images: int) -> tuple[Bytes, NDArray[np.int64]]:
    """Draw one part of the set: train or test."""
    rng = numpy_rng(0, f"shapes10 {part}")
    y_N = rng.permutation(np.arange(num_images) % len(_SHAPES)).astype(np.int64)
    x_N = np.empty((num_images, SIZE, SIZE, 3), np.uint8)
    for label in range(len(_SHAPES)):
        rows = np.flatnonzero(y_N == label)
        for start in range(0, len(rows), _CHUNK):
            chunk = rows[start : start + _CHUNK]
            x_N[chunk] = draw_images(label, len(chunk), rng)
    return x_N, y_N


def draw_images(label: int, num_images: int, rng: np.random.Generator) -> Bytes:
    """Draw images of one class.

    Args:
        label: Class, 0 to 9.
        num_images: N.
        rng: What chance is drawn from.

    Returns:
        (N, 32, 32, 3), uint8.
    """
    ground = _colours(rng, num_images)
    image = ground + _texture(rng, num_images, strength=0.35)
    for _ in range(_NUM_DISTRACTORS):
        image = _over(image, _distractor(rng, num_images), _colours(rng, num_images))
    # Each channel moves towards its farther end, so that a shape is seldom lost in its ground.
    shift = np.where(ground < 0.5, 1, -1) * _uniform(rng, 0.1, 0.6, (num_images, 1, 3))
    ink = ground + shift.astype(np.float32) + _texture(rng, num_images, strength=0.25)
    image = _over(image, _shape(label, rng, num_images), ink)
    noise = rng.random(image.shape, np.float32) - rng.random(image.shape, np.float32)
    image = image + noise * _uniform(rng, 0.02, 0.15, (num_images, 1, 1))
    pixels: Bytes = (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)
    return pixels.reshape(num_images, SIZE, SIZE, 3)


def _uniform(rng: np.random.Generator, low: float, high: float, shape: tuple[int, ...]) -> Array:
    return low + (high - low) * rng.random(shape, np.float32)


def _colours(rng: np.random.Generator, num_images: int) -> Array:
    return _uniform(rng, 0.1, 0.9, (num_images, 1, 3))


def _over(below_NP3: Array, coverage_NP: Array, ink_N13: Array) -> Array:
    """Paint where the coverage is 1, mix where it is between 0 and 1."""
    return below_NP3 + coverage_NP[..., np.newaxis] * (ink_N13 - below_NP3)


def _texture(rng: np.random.Generator, num_images: int, *, strength: float) -> Array:
    """Value noise: random lattices of two widths, interpolated linearly; (N, P, 3) around zero."""
    total = np.zeros((num_images, SIZE, SIZE, 3), np.float32)
    for cells, weight in ((4, 0.6), (11, 0.4)):
        lattice = rng.random((num_images, cells + 1, cells + 1, 3), np.float32) - 0.5
        at = np.arange(SIZE, dtype=np.float32) * (cells / SIZE)
        low = at.astype(np.int64)
        part = (at - low.astype(np.float32)).astype(np.float32)
        rows = lattice[:, low] + part[:, None, None] * (lattice[:, low + 1] - lattice[:, low])
        value = rows[:, :, low] + part[:, None] * (rows[:, :, low + 1] - rows[:, :, low])
        total += weight * value
    amount = _uniform(rng, 0.2, 1.0, (num_images, 1, 1)) * (2 * strength)
    return total.reshape(num_images, SIZE * SIZE, 3) * amount


def _frame(
    rng: np.random.Generator, num_images: int, radius_N1: Array, stretch: float
) -> tuple[Array, Array]:
    """Pixel centres in the coordinates of a shape placed, turned and stretched at random.

    Returns:
        u and v, (N, P), in units of the shape's radius.
    """
    room_N1 = SIZE / 2 - 0.85 * radius_N1
    shape = (num_images, 1)
    x0, y0 = (SIZE / 2 + room_N1 * _uniform(rng, -1, 1, shape) for _ in range(2))
    # A turn by the angle whose half has tangent t, up to 40° either way, without a sine.
    t = _uniform(rng, -0.364, 0.364, shape)
    cos, sin = (1 - t * t) / (1 + t * t), 2 * t / (1 + t * t)
    along = _uniform(rng, 1 - stretch, 1 + stretch, shape)
    centres = np.arange(SIZE, dtype=np.float32) + 0.5
    x, y = (grid.reshape(1, -1) for grid in np.meshgrid(centres, centres))
    dx, dy = (x - x0) / radius_N1, (y - y0) / radius_N1
    return (cos * dx + sin * dy) * along, (cos * dy - sin * dx) / along


def _shape(label: int, rng: np.random.Generator, num_images: int) -> Array:
    """Coverage (N, P) in [0, 1] of each pixel by one shape; its edge is one pixel soft."""
    radius_N1 = _uniform(rng, 6.5, 12, (num_images, 1))
    u, v = _frame(rng, num_images, radius_N1, stretch=0.22)
    return _coverage(_SHAPES[label](u, v), radius_N1)


def _coverage(distance_NP: Array, radius_N1: Array) -> Array:
    coverage: Array = np.clip(0.5 - distance_NP * radius_N1, 0, 1)
    return coverage


def _distractor(rng: np.random.Generator, num_images: int) -> Array:
    """Coverage by something that is no shape: a line across the image, or a small blot."""
    is_line = rng.random((num_images, 1), np.float32) < 0.5
    radius_N1 = np.where(is_line, 16.0, _uniform(rng, 1, 2.5, (num_images, 1)))
    u, v = _frame(rng, num_images, radius_N1, stretch=0.1)
    width = _uniform(rng, 0.5, 1.5, (num_images, 1)) / radius_N1
    across = np.abs(np.where(rng.random((num_images, 1), np.float32) < 0.5, u, v))
    distance = np.where(is_line, across - width, _disc(u, v))
    is_there = rng.random((num_images, 1), np.float32) < 0.6
    return _coverage(distance, radius_N1) * is_there.astype(np.float32)


# Each shape is a function below zero inside it and, near its edge, about the distance to it, in
# units of its radius. Half-planes are given by the normals' coordinates, written out because a
# machine's cosine may differ from another's in the last bit.


def _box(u: Array, v: Array, width: float, height: float) -> Array:
    return np.maximum(np.abs(u) - width, np.abs(v) - height)


def _radius(u: Array, v: Array) -> Array:
    return np.sqrt(u * u + v * v)


def _disc(u: Array, v: Array) -> Array:
    return _radius(u, v) - 0.85


def _ring(u: Array, v: Array) -> Array:
    distance: Array = np.abs(_radius(u, v) - 0.7) - 0.2
    return distance


def _square(u: Array, v: Array) -> Array:
    return _box(u, v, 0.75, 0.75)


def _triangle(u: Array, v: Array) -> Array:
    slanted = 0.8660254 * np.abs(u) + 0.5 * v
    farthest: Array = np.maximum(slanted, -v)
    return farthest - 0.5


def _cross(u: Array, v: Array) -> Array:
    return np.minimum(_box(u, v, 0.95, 0.28), _box(u, v, 0.28, 0.95))


def _star(u: Array, v: Array) -> Array:
    """A pentagram: what lies inside at least four of the five lines."""
    lines = [
        a * u + b * v
        for a, b in (
            (0.0, -1.0),
            (0.95105652, -0.30901699),
            (0.58778525, 0.80901699),
            (-0.58778525, 0.80901699),
            (-0.95105652, -0.30901699),
        )
    ]
    distance: Array = np.sort(np.stack(lines), axis=0)[3] - 0.33
    return distance


def _bar(u: Array, v: Array) -> Array:
    return _box(u, v, 1.0, 0.26)


def _crescent(u: Array, v: Array) -> Array:
    bite = 0.75 - _radius(u - 0.48, v)
    distance: Array = np.maximum(_radius(u, v) - 0.95, bite)
    return distance


def _corner(u: Array, v: Array) -> Array:
    return np.minimum(_box(u, v + 0.6, 0.85, 0.26), _box(u + 0.6, v, 0.26, 0.85))


def _checker(u: Array, v: Array) -> Array:
    """Two of the four quarters of a square."""
    half = 0.42
    return np.minimum(_box(u - half, v - half, 0.42, 0.42), _box(u + half, v + half, 0.42, 0.42))


# In the order of the source's class names.
_SHAPES = (
    _disc,
    _ring,
    _square,
    _triangle,
    _cross,
    _star,
    _bar,
    _crescent,
    _corner,
    _checker,
)
