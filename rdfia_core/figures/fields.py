"""What a unit sees, as a picture: bright where a pixel counts, framed where it could. S pixels."""

from collections.abc import Sequence

import numpy as np

FRAME_COLOR = (230, 60, 120)
_SHADES = np.array([(13, 22, 50), (42, 92, 150), (98, 190, 200), (252, 250, 200)], np.float32)
_GAMMA = 0.5  # most of a field is far below its peak


def field_picture(field_SS: np.ndarray, window: Sequence[float], *, scale: int) -> np.ndarray:
    """Draw a field and a frame around the pixels that theory allows.

    Args:
        field_SS: In [0, 1].
        window: First and last pixel, per axis; what lies outside of the image is cut off.
        scale: Screen pixels for a pixel, at least 3.

    Returns:
        A picture (S · scale, S · scale, 3), uint8.
    """
    places = np.linspace(0, 1, len(_SHADES))
    bright_SS = np.clip(field_SS, 0, 1) ** _GAMMA
    channels = [np.interp(bright_SS, places, _SHADES[:, k]) for k in range(3)]
    picture = np.stack(channels, axis=-1).round().astype(np.uint8)
    picture = picture.repeat(scale, axis=0).repeat(scale, axis=1)
    size = len(picture)
    first = max(0, round(window[0] * scale))
    end = min(size, round((window[1] + 1) * scale))
    width = 2
    for begin in (first, end - width):
        picture[begin : begin + width, first:end] = FRAME_COLOR
        picture[first:end, begin : begin + width] = FRAME_COLOR
    return picture
