"""One picture file of a student to one small square of pixels, trusting nothing.

S pixels a side.
"""

import struct
import zlib
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from rdfia_core.data.point_formats import BadFileError

if TYPE_CHECKING:
    from PIL import Image

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")
ENDINGS = frozenset({".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".bmp", ".gif"})
MAX_PIXELS = 50_000_000
"""A phone's largest photograph; unpacked it takes 150 MB."""

Array = np.ndarray


def read_picture(content: bytes, size: int) -> Array:
    """Decode a picture, cut the middle square out of it, and resize that.

    Of an animation the first picture counts. What a camera noted about its turn is applied;
    transparent pixels become white, grey ones stay grey in three equal channels.

    Args:
        content: A file in one of `FORMATS`.
        size: S.

    Returns:
        (S, S, 3), uint8.

    Raises:
        BadFileError: If it is no such file, damaged, or has more than `MAX_PIXELS` pixels; the
            words follow a file's name.
    """
    from PIL import Image, ImageOps  # noqa: PLC0415  only an import needs it

    try:
        # Only the header is read here: a picture of a million pixels a side is never unpacked.
        with Image.open(BytesIO(content), formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise BadFileError(
                    f"has {image.width} x {image.height} pixels, more than {MAX_PIXELS // 10**6} "
                    "million"
                )
            image.verify()
        with Image.open(BytesIO(content), formats=FORMATS) as image:
            image.draft("RGB", (2 * size, 2 * size))  # a JPEG is unpacked no larger than needed
            square = ImageOps.fit(
                _in_colour(ImageOps.exif_transpose(image)), (size, size), Image.Resampling.BICUBIC
            )
            return np.array(square, np.uint8)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadFileError(f"has more than {MAX_PIXELS // 10**6} million pixels") from error
    except _UNREADABLE as error:
        raise BadFileError("is damaged, or no PNG, JPEG, WebP, BMP or GIF picture") from error


# What Pillow raises on bytes that are not what they claim to be.
_UNREADABLE = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    EOFError,
    MemoryError,
    struct.error,
    zlib.error,
)


def _in_colour(image: "Image.Image") -> "Image.Image":
    """Return it in red, green and blue, over white where it is transparent."""
    from PIL import Image  # noqa: PLC0415  only an import needs it

    if image.mode.startswith("I"):  # 16 bits of grey, which convert() would cut off at 255
        grey = np.clip(np.asarray(image, np.int64) >> 8, 0, 255).astype(np.uint8)
        return Image.fromarray(grey).convert("RGB")
    if not image.has_transparency_data:
        return image.convert("RGB")
    layer = image.convert("RGBA")
    white = Image.new("RGBA", layer.size, "white")
    return Image.alpha_composite(white, layer).convert("RGB")
