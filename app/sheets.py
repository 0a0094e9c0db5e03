"""Small images side by side, enlarged so that each pixel stays a square."""

import numpy as np

Array = np.ndarray


def sheet(images_NHWC: Array, *, columns: int, scale: int = 3, gap: int = 1) -> Array:
    """Lay images out in rows and enlarge them.

    Args:
        images_NHWC: N images of one size, uint8, C 1 or 3.
        columns: Images a row.
        scale: Screen pixels for a pixel.
        gap: White pixels between images, before enlarging.

    Returns:
        One picture (height, width, 3), uint8.
    """
    count, height, width = images_NHWC.shape[:3]
    rows = -(-count // columns)
    # The gaps are transparent to the eye on a white as on a dark page: a middle grey.
    canvas = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap, 3), 128, np.uint8)
    for place, image in enumerate(images_NHWC):
        top, left = place // columns * (height + gap), place % columns * (width + gap)
        canvas[top : top + height, left : left + width] = image  # one channel fills all three
    return canvas.repeat(scale, axis=0).repeat(scale, axis=1)
