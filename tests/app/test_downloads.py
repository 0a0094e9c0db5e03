"""Downloads in the background, with a fetch that does as it is told."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from app.downloads import BUG, Downloads
from rdfia_core.data.images.download import DownloadCancelledError
from rdfia_core.data.images.library import ImageLibrary
from rdfia_core.errors import DataUnavailableError

PATIENCE_S = 10


class ScriptedFetch:
    """A fetch that reports half, then waits until the test lets it end."""

    def __init__(self, error: Exception | None = None) -> None:
        self.calls: list[str] = []
        self.half = threading.Event()
        self.go_on = threading.Event()
        self.error = error

    def __call__(
        self,
        library: ImageLibrary,
        name: str,
        *,
        progress: Callable[[int, int], None],
        is_cancelled: Callable[[], bool],
    ) -> None:
        self.calls.append(name)
        progress(50, 100)
        self.half.set()
        assert self.go_on.wait(PATIENCE_S), "the test never let the fetch go on"
        if is_cancelled():
            raise DownloadCancelledError("cancelled")
        if self.error is not None:
            raise self.error
        progress(100, 100)


@pytest.fixture
def library(tmp_path: Path) -> ImageLibrary:
    return ImageLibrary(tmp_path, None)


def ended(name: str) -> None:
    """Wait until the download's thread has ended."""
    for thread in threading.enumerate():
        if thread.name == f"fetch {name}":
            thread.join(PATIENCE_S)


def test_a_download_tells_how_far_it_is(library: ImageLibrary) -> None:
    fetch = ScriptedFetch()
    downloads = Downloads(fetch)
    assert downloads.of("mnist") is None
    downloads.start(library, "mnist")
    assert fetch.half.wait(PATIENCE_S)

    found = downloads.of("mnist")
    assert found is not None
    assert (found.state, found.done, found.total) == ("running", 50, 100)
    assert downloads.any_running()

    fetch.go_on.set()
    ended("mnist")
    found = downloads.of("mnist")
    assert found is not None
    assert (found.state, found.done, found.rate, found.error) == ("done", 100, 0.0, "")
    assert not downloads.any_running()


def test_a_set_is_fetched_once_however_many_ask(library: ImageLibrary) -> None:
    fetch = ScriptedFetch()
    downloads = Downloads(fetch)
    downloads.start(library, "mnist")
    downloads.start(library, "mnist")
    downloads.start(library, "cifar10")
    fetch.go_on.set()
    ended("mnist")
    ended("cifar10")
    assert sorted(fetch.calls) == ["cifar10", "mnist"]


def test_a_cancelled_download_can_be_started_again(library: ImageLibrary) -> None:
    fetch = ScriptedFetch()
    downloads = Downloads(fetch)
    downloads.start(library, "mnist")
    assert fetch.half.wait(PATIENCE_S)
    downloads.cancel("mnist")
    asked = downloads.of("mnist")
    assert asked is not None
    assert asked.is_cancelling
    fetch.go_on.set()
    ended("mnist")
    found = downloads.of("mnist")
    assert found is not None
    assert (found.state, found.error, found.is_cancelling) == ("cancelled", "", False)

    downloads.start(library, "mnist")
    ended("mnist")
    again = downloads.of("mnist")
    assert again is not None
    assert again.state == "done"


def test_what_was_never_started_can_be_cancelled_in_vain(library: ImageLibrary) -> None:
    downloads = Downloads(ScriptedFetch())
    downloads.cancel("mnist")
    assert downloads.of("mnist") is None


def test_an_error_is_kept_as_its_sentence(library: ImageLibrary) -> None:
    fetch = ScriptedFetch(DataUnavailableError("no server delivered it"))
    fetch.go_on.set()
    downloads = Downloads(fetch)
    downloads.start(library, "mnist")
    ended("mnist")
    found = downloads.of("mnist")
    assert found is not None
    assert (found.state, found.error) == ("failed", "no server delivered it")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_bug_does_not_leave_the_download_running(library: ImageLibrary) -> None:
    fetch = ScriptedFetch(ZeroDivisionError())
    fetch.go_on.set()
    downloads = Downloads(fetch)
    downloads.start(library, "mnist")
    ended("mnist")
    found = downloads.of("mnist")
    assert found is not None
    assert (found.state, found.error) == ("failed", BUG)
