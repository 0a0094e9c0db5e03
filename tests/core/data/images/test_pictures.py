import struct
import zlib
from contextlib import suppress

import numpy as np
import pytest
from PIL import Image

from rdfia_core.data.images.pictures import MAX_PIXELS, read_picture
from rdfia_core.data.point_formats import BadFileError
from tests.core.data.images.material import BLUE, RED, encoded, picture


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "BMP", "GIF"])
def test_every_format_is_read(form: str) -> None:
    pixels = read_picture(encoded(Image.new("RGB", (20, 20), RED), form), 8)

    assert pixels.shape == (8, 8, 3)
    assert pixels.dtype == np.uint8
    np.testing.assert_allclose(pixels.reshape(-1, 3), [RED] * 64, atol=4)


def test_a_picture_of_that_size_is_kept_as_it_is() -> None:
    x = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)

    np.testing.assert_array_equal(read_picture(encoded(Image.fromarray(x)), 16), x)


def test_the_middle_square_is_cut_out() -> None:
    image = Image.new("RGB", (30, 10), BLUE)
    image.paste(RED, (10, 0, 20, 10))

    assert (read_picture(encoded(image), 10) == RED).all()


def test_grey_stays_grey() -> None:
    x = np.arange(256, dtype=np.uint8).reshape(16, 16)

    np.testing.assert_array_equal(
        read_picture(encoded(Image.fromarray(x)), 16), np.stack([x] * 3, -1)
    )


def test_sixteen_bits_become_eight() -> None:
    x = (np.arange(256, dtype=np.uint16) * 257).reshape(16, 16)
    pixels = read_picture(encoded(Image.fromarray(x)), 16)

    np.testing.assert_array_equal(pixels[..., 0].ravel(), np.arange(256))


@pytest.mark.parametrize(
    ("alpha", "expected"), [(0, (255, 255, 255)), (255, RED), (51, (248, 210, 210))]
)
def test_transparency_shows_white(alpha: int, expected: tuple[int, ...]) -> None:
    pixels = read_picture(encoded(Image.new("RGBA", (8, 8), (*RED, alpha))), 8)

    assert (pixels == expected).all()


def test_a_transparent_colour_of_a_palette_shows_white() -> None:
    image = Image.new("P", (8, 8), 1)
    image.putpalette([*RED, *BLUE])

    assert (read_picture(encoded(image, "GIF", transparency=1), 8) == 255).all()
    assert (read_picture(encoded(image, "GIF"), 8) == BLUE).all()


def test_the_turn_that_a_camera_noted_is_applied() -> None:
    image = Image.new("RGB", (64, 64), BLUE)
    image.paste(RED, (0, 0, 64, 32))  # the upper half
    exif = Image.Exif()
    exif[0x0112] = 6  # shown after a quarter turn to the right
    pixels = read_picture(encoded(image, "JPEG", exif=exif, quality=95), 8).astype(int)

    assert (pixels[:, 5:, 0] > pixels[:, 5:, 2]).all()  # the upper half is now the right one
    assert (pixels[:, :3, 2] > pixels[:, :3, 0]).all()


def test_the_first_picture_of_an_animation_counts() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in (RED, BLUE)]
    content = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])

    assert (read_picture(content, 8) == RED).all()


def test_a_large_photograph_is_read() -> None:
    pixels = read_picture(encoded(Image.new("RGB", (2000, 1500), RED), "JPEG"), 32)

    np.testing.assert_allclose(pixels.reshape(-1, 3), [RED] * 1024, atol=4)


def png_of(width: int, height: int) -> bytes:
    """A PNG that promises so many pixels and holds hardly any."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content).to_bytes(4, "big")
        return len(content).to_bytes(4, "big") + kind + content + check

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(100))), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, content) for kind, content in parts)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("size", [(8000, 7000), (10_000, 10_000), (60_000, 60_000)])
def test_a_bomb_is_refused_before_it_is_unpacked(size: tuple[int, int]) -> None:
    assert size[0] * size[1] > MAX_PIXELS
    with pytest.raises(BadFileError, match="more than 50 million"):
        read_picture(png_of(*size), 32)


def test_a_picture_that_is_cut_short_is_refused() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    for form in ("PNG", "JPEG", "WEBP", "BMP", "GIF"):
        content = encoded(Image.fromarray(noise), form)
        with pytest.raises(BadFileError, match="damaged"):
            read_picture(content[: len(content) // 2], 8)


def test_a_wrong_checksum_is_noticed() -> None:
    content = bytearray(picture())
    content[-13] ^= 1  # the last byte before the end mark: the checksum of the pixels
    with pytest.raises(BadFileError, match="damaged"):
        read_picture(bytes(content), 8)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b"not a picture",
        picture()[:40],
        encoded(Image.new("RGB", (8, 8)), "TIFF"),
        encoded(Image.new("RGB", (8, 8)), "PPM"),
        png_of(0, 5),
        png_of(20, 20),
    ],
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(BadFileError, match="is damaged, or no PNG, JPEG"):
        read_picture(content, 8)


def test_a_damaged_picture_never_raises_anything_else() -> None:
    rng = np.random.default_rng(0)
    noise = Image.fromarray(rng.integers(0, 256, (16, 16, 3), np.uint8))
    for form in ("PNG", "JPEG", "WEBP", "BMP", "GIF"):
        whole = np.frombuffer(encoded(noise, form), np.uint8)
        for _ in range(100):
            damaged = whole.copy()
            at = rng.integers(0, len(whole), 3)
            damaged[at] = rng.integers(0, 256, 3)
            read_or_refused(damaged.tobytes())


def read_or_refused(content: bytes) -> None:
    with suppress(BadFileError):
        assert read_picture(content, 8).shape == (8, 8, 3)
