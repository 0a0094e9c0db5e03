import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from rdfia_core.data.images import download
from rdfia_core.data.images.download import DownloadCancelledError, fetch_set
from rdfia_core.data.images.library import ImageLibrary
from rdfia_core.data.images.sources import SOURCES
from rdfia_core.errors import DataUnavailableError, StoreError
from tests.core.data.images.mirror import (
    FILES,
    IMAGES,
    LABELS,
    LARGE,
    NAME,
    NUM_TEST,
    NUM_TRAIN,
    TOTAL,
    Site,
    serving,
    set_source,
)


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with serving(monkeypatch) as site:
        yield site


def check_fetched(library: ImageLibrary) -> None:
    image_set = library.open(NAME)
    np.testing.assert_array_equal(image_set.x_train[..., 0], IMAGES[:NUM_TRAIN])
    np.testing.assert_array_equal(image_set.x_test[..., 0], IMAGES[NUM_TRAIN:])
    np.testing.assert_array_equal(image_set.y_train, LABELS[:NUM_TRAIN])


def test_a_set_is_fetched_and_can_be_opened(library: ImageLibrary, site: Site) -> None:
    fetch_set(library, NAME)

    check_fetched(library)
    status = library.status(NAME)
    assert (status.state, status.sentence) == ("ready", "Fetched.")
    assert (status.num_train, status.num_test) == (NUM_TRAIN, NUM_TEST)
    assert not library.download_folder(SOURCES[NAME]).exists()


def test_what_is_here_is_not_fetched_again(library: ImageLibrary, site: Site) -> None:
    fetch_set(library, NAME)
    site.asked.clear()
    fetch_set(library, NAME)

    assert site.asked == []


def test_embedded_sets_are_not_fetched(library: ImageLibrary, site: Site) -> None:
    fetch_set(library, "digits")

    assert site.asked == []


def test_progress_rises_from_nothing_to_all(library: ImageLibrary, site: Site) -> None:
    told: list[tuple[int, int]] = []
    fetch_set(library, NAME, progress=lambda done, total: told.append((done, total)))

    done = [number for number, _ in told]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0, TOTAL)
    assert {total for _, total in told} == {TOTAL}


def test_a_broken_connection_is_resumed(library: ImageLibrary, site: Site) -> None:
    site.cuts = {f"/a/{LARGE}": [1000, 2000]}
    fetch_set(library, NAME)

    assert site.asked_for_large == [None, "bytes=1000-", "bytes=3000-"]
    check_fetched(library)


def test_a_later_call_goes_on_where_the_first_ended(library: ImageLibrary, site: Site) -> None:
    site.cuts = {f"/{mirror}/{LARGE}": [1000, 0, 0, 0, 0] for mirror in "ab"}
    with pytest.raises(DataUnavailableError, match="received are kept"):
        fetch_set(library, NAME)
    site.cuts.clear()
    site.asked.clear()
    fetch_set(library, NAME)

    # Of the files before and after it, only those are fetched that were not.
    assert site.asked_for_large == ["bytes=2000-"]
    assert len(site.asked) == 4
    check_fetched(library)


def test_a_server_that_cannot_resume_sends_all_again(library: ImageLibrary, site: Site) -> None:
    site.has_ranges = False
    site.cuts = {f"/a/{LARGE}": [1000]}
    fetch_set(library, NAME)

    assert site.asked_for_large == [None, "bytes=1000-"]
    check_fetched(library)


def test_a_complete_part_is_not_fetched_again(library: ImageLibrary, site: Site) -> None:
    folder = library.download_folder(SOURCES[NAME])
    folder.mkdir(parents=True)
    (folder / f"{LARGE}.part").write_bytes(FILES[LARGE])
    fetch_set(library, NAME)

    assert site.asked_for_large == [f"bytes={len(FILES[LARGE])}-"]
    check_fetched(library)


def test_a_file_that_somebody_put_there_is_taken(library: ImageLibrary, site: Site) -> None:
    folder = library.download_folder(SOURCES[NAME])
    folder.mkdir(parents=True)
    (folder / LARGE).write_bytes(FILES[LARGE])
    fetch_set(library, NAME)

    assert site.asked_for_large == []
    check_fetched(library)


def test_a_damaged_part_is_fetched_anew_from_the_same_mirror(
    library: ImageLibrary, site: Site
) -> None:
    folder = library.download_folder(SOURCES[NAME])
    folder.mkdir(parents=True)
    (folder / f"{LARGE}.part").write_bytes(bytes(1000))
    fetch_set(library, NAME)

    assert site.asked_for_large == ["bytes=1000-", None]
    assert all(path.startswith("/a/") for path, _ in site.asked)
    check_fetched(library)


@pytest.mark.parametrize("content", [b"<html>please log in</html>", b"", bytes(3_000_000)])
def test_a_mirror_with_another_file_is_left(
    library: ImageLibrary, site: Site, content: bytes
) -> None:
    site.files[f"/a/{LARGE}"] = content
    fetch_set(library, NAME)

    assert [path for path, _ in site.asked if LARGE in path] == [f"/a/{LARGE}", f"/b/{LARGE}"]
    check_fetched(library)


def test_a_mirror_that_sends_without_end_is_left(library: ImageLibrary, site: Site) -> None:
    site.files[f"/a/{LARGE}"] = bytes(8_000_000)
    told: list[int] = []
    fetch_set(library, NAME, progress=lambda done, _: told.append(done))

    assert max(told) < 2 * TOTAL + 2_000_000
    check_fetched(library)


def test_a_mirror_without_the_file_is_left(library: ImageLibrary, site: Site) -> None:
    del site.files[f"/a/{LARGE}"]
    fetch_set(library, NAME)

    check_fetched(library)


def test_a_wrong_checksum_everywhere_says_so_and_keeps_nothing(
    library: ImageLibrary, site: Site
) -> None:
    for mirror in "ab":
        site.files[f"/{mirror}/{LARGE}"] = FILES[LARGE][::-1]
    with pytest.raises(DataUnavailableError) as caught:
        fetch_set(library, NAME)

    assert f"no server delivered {LARGE}" in str(caught.value)
    assert str(caught.value).count("another checksum") == 2
    assert not (library.download_folder(SOURCES[NAME]) / f"{LARGE}.part").exists()
    assert library.status(NAME).state == "missing"


def test_without_a_network_the_ways_out_are_named(
    library: ImageLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_source(monkeypatch, "http://127.0.0.1:9")  # nobody listens at the discard port
    with pytest.raises(DataUnavailableError) as caught:
        fetch_set(library, NAME)

    for words in ("cannot be reached", "HTTPS_PROXY", "$RDFIA_DATA_DIR", "shapes10"):
        assert words in str(caught.value)
    assert "127.0.0.1:9" in str(caught.value)


def test_cancelling_keeps_the_part(library: ImageLibrary, site: Site) -> None:
    enough = threading.Event()

    def progress(done: int, _: int) -> None:
        if done > 100_000:
            enough.set()

    with pytest.raises(DownloadCancelledError, match=r"cancelled; the .* MB received are kept"):
        fetch_set(library, NAME, progress=progress, is_cancelled=enough.is_set)
    part = library.download_folder(SOURCES[NAME]) / f"{LARGE}.part"
    received = part.stat().st_size
    assert FILES[LARGE].startswith(part.read_bytes())
    assert received > 100_000
    assert library.status(NAME).num_bytes == received
    assert library.status(NAME).state == "missing"

    site.asked.clear()
    fetch_set(library, NAME)
    assert site.asked_for_large == [f"bytes={received}-"]
    check_fetched(library)


def test_a_second_download_at_once_is_refused(library: ImageLibrary, site: Site) -> None:
    sentences: list[str] = []

    def progress(done: int, _: int) -> None:
        if not sentences:
            with pytest.raises(DataUnavailableError) as caught:
                fetch_set(library, NAME)
            sentences.append(str(caught.value))

    fetch_set(library, NAME, progress=progress)

    assert "Another process is fetching" in sentences[0]
    check_fetched(library)


def test_a_full_disk_is_noticed_before_anything_is_fetched(
    library: ImageLibrary, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "_SPARE_BYTES", 2**60)
    with pytest.raises(StoreError, match="RDFIA_HOME to a folder on another disk"):
        fetch_set(library, NAME)

    assert site.asked == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_disk_that_fills_up_is_a_sentence(library: ImageLibrary, site: Site) -> None:
    folder = library.download_folder(SOURCES[NAME])
    folder.mkdir(parents=True)
    (folder / f"{LARGE}.part").symlink_to("/dev/full")
    with pytest.raises(StoreError, match="No space left"):
        fetch_set(library, NAME)


def test_an_unknown_set_lists_the_known(library: ImageLibrary) -> None:
    with pytest.raises(DataUnavailableError, match="Known are cifar10"):
        fetch_set(library, "cifar100")
