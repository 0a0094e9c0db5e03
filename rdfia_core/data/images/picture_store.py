"""Single pictures that students upload or draw, kept by their digest so that a config can name one.

S pixels a side.
"""

import hashlib
import re
import tempfile
from contextlib import suppress
from pathlib import Path

import numpy as np

from rdfia_core.data.images.pictures import read_picture
from rdfia_core.data.point_formats import BadFileError
from rdfia_core.errors import DataUnavailableError, StoreError

SIDE = 128
"""S of a kept picture; no network here sees more."""
MAX_BYTES = 20 * 2**20
PICTURE_ID = re.compile("[0-9a-f]{16}")

Array = np.ndarray


class PictureStore:
    """The kept pictures of a deployment.

    Args:
        uploads_dir: The settings' folder of uploads.
    """

    def __init__(self, uploads_dir: Path) -> None:
        self._folder = uploads_dir / "pictures"

    def add(self, content: bytes) -> str:
        """Read a picture file, keep its middle square, and return the name that a config gives it.

        Raises:
            DataUnavailableError: If it is no readable picture or too large; says what is allowed.
            StoreError: If it cannot be written.
        """
        if len(content) > MAX_BYTES:
            received = f"Got {len(content) / 2**20:.1f} MB: save it smaller."
            raise DataUnavailableError(
                f"A picture must have at most {MAX_BYTES // 2**20} MB. {received}"
            )
        try:
            pixels = read_picture(content, SIDE)
        except BadFileError as error:
            raise DataUnavailableError(f"The picture {error}. Choose another file.") from error
        name = hashlib.sha256(pixels.tobytes()).hexdigest()[:16]
        target = self._folder / f"{name}.npy"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._folder, suffix=".new") as file:
                np.save(file, pixels, allow_pickle=False)
                file.flush()
                with suppress(FileExistsError):  # the name tells the content: it is the same
                    target.hardlink_to(file.name)  # whole or not at all
        except OSError as error:
            raise StoreError(f"The picture could not be kept: {error}. Free some space.") from error
        return name

    def load(self, name: str) -> Array:
        """Return a kept picture: (S, S, 3), uint8.

        Raises:
            DataUnavailableError: If there is none of that name.
        """
        path = self._folder / f"{name}.npy"
        if not PICTURE_ID.fullmatch(name) or not path.is_file():
            message = f"There is no kept picture {name[:20]!r}. Upload or draw it again."
            raise DataUnavailableError(message)
        pixels: Array = np.load(path, allow_pickle=False)
        return pixels
