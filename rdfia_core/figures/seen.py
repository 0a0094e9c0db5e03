"""An image with what a network sees of it. C channels, S pixels a side."""

import numpy as np

UNSEEN_COLOR = (214, 64, 122)
LINE_COLOR = (0, 190, 220)
_COVER = 0.55
_STRIPE = 0.9
_STRIPE_WIDTH = 6
_LEAST_SPACING = 5  # of lines, in screen pixels; closer ones would hide the image


def seen_picture(
    image_SSC: np.ndarray, seen_SS: np.ndarray | None, patch_pixels: float, *, scale: int
) -> np.ndarray:
    """Enlarge an image, cover with stripes what is not seen, and draw lines around the patches.

    Args:
        image_SSC: Bytes, one channel or three.
        seen_SS: Not 0 where a pixel is seen; None to cover nothing.
        patch_pixels: Pixels of the image a side of a patch; 0 for no lines.
        scale: Screen pixels for a pixel.

    Returns:
        A picture (S · scale, S · scale, 3), uint8.
    """
    size = len(image_SSC) * scale
    picture = np.broadcast_to(image_SSC, (*image_SSC.shape[:2], 3))
    picture = picture.repeat(scale, axis=0).repeat(scale, axis=1).astype(np.float32)
    if seen_SS is None:
        return picture.astype(np.uint8)
    unseen = (seen_SS == 0).repeat(scale, axis=0).repeat(scale, axis=1)
    place = np.arange(size)
    is_stripe = (place[:, None] + place) // _STRIPE_WIDTH % 2 == 0
    share = np.where(unseen, np.where(is_stripe, _STRIPE, _COVER), 0.0)[..., None]
    picture += share * (np.array(UNSEEN_COLOR, np.float32) - picture)
    if patch_pixels * scale >= _LEAST_SPACING:
        borders = np.arange(patch_pixels, len(image_SSC) + 1e-6, patch_pixels) * scale
        lines = np.clip(np.rint(borders).astype(int) - 1, 0, size - 1)
        picture[lines] = np.where(unseen[lines][..., None], picture[lines], LINE_COLOR)
        picture[:, lines] = np.where(unseen[:, lines][..., None], picture[:, lines], LINE_COLOR)
    return picture.round().astype(np.uint8)
