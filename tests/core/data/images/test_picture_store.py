from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rdfia_core.data.images import picture_store
from rdfia_core.data.images.picture_store import PICTURE_ID, SIDE, PictureStore
from rdfia_core.data.images.pictures import read_picture
from rdfia_core.errors import DataUnavailableError, StoreError
from tests.core.data.images.material import BLUE, RED, encoded, picture


def test_a_picture_is_found_by_its_name(tmp_path: Path) -> None:
    store = PictureStore(tmp_path)
    red, blue = (store.add(picture(colour)) for colour in (RED, BLUE))

    assert PICTURE_ID.fullmatch(red)
    np.testing.assert_array_equal(store.load(red), read_picture(picture(RED), SIDE))
    assert (store.load(blue) == BLUE).all()


def test_the_same_pixels_have_the_same_name(tmp_path: Path) -> None:
    store = PictureStore(tmp_path)
    image = Image.new("RGB", (SIDE, SIDE), RED)

    assert store.add(encoded(image, "PNG")) == store.add(encoded(image, "BMP"))
    assert len(list((tmp_path / "pictures").iterdir())) == 1


def test_a_kept_picture_is_never_away(tmp_path: Path) -> None:
    # Whoever adds it again must not take it from those who are reading it.
    store = PictureStore(tmp_path)
    path = tmp_path / "pictures" / f"{store.add(picture())}.npy"
    before = path.stat().st_ino
    store.add(picture())

    assert path.stat().st_ino == before


@pytest.mark.parametrize("name", ["", "0123456789abcdef", "../../secret", "0123456789ABCDEF"])
def test_a_picture_that_is_not_here_is_a_sentence(tmp_path: Path, name: str) -> None:
    np.save(tmp_path / "secret.npy", np.zeros(3))
    with pytest.raises(DataUnavailableError, match="Upload or draw it again"):
        PictureStore(tmp_path / "uploads").load(name)


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataUnavailableError, match="The picture is damaged, or no PNG"):
        PictureStore(tmp_path).add(b"hello")


def test_a_file_that_is_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_store, "MAX_BYTES", 2**20)
    with pytest.raises(DataUnavailableError, match=r"at most 1 MB. Got 2\.0 MB"):
        PictureStore(tmp_path).add(bytes(2 * 2**20))


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "pictures").write_text("")
    with pytest.raises(StoreError, match="could not be kept"):
        PictureStore(tmp_path).add(picture())
