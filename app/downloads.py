"""Downloads of image sets: threads of the server's process, shared by all its visitors."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from rdfia_core.data.images.download import DownloadCancelledError, fetch_set
from rdfia_core.data.images.library import ImageLibrary
from rdfia_core.errors import RdfiaError

logger = logging.getLogger(__name__)

WINDOW_S = 3.0
"""The rate is that of the last seconds."""
_SAMPLE_S = 0.1
BUG = "The download broke off, and it is our fault: the server's log says more. Try again."

Fetch = Callable[..., None]


@dataclass(frozen=True)
class Download:
    """How far a download is.

    Args:
        name: The set.
        state: "failed" and "cancelled" downloads can be started again and go on.
        done: Bytes that are here.
        total: Bytes of the whole set, 0 until they are known.
        rate: Bytes a second, 0 if not known yet.
        is_cancelling: Somebody pressed Cancel, and it has not stopped yet.
        error: Why it failed, a sentence.
    """

    name: str
    state: Literal["running", "done", "cancelled", "failed"] = "running"
    done: int = 0
    total: int = 0
    rate: float = 0.0
    is_cancelling: bool = False
    error: str = ""

    @property
    def is_running(self) -> bool:
        """Whether its thread works."""
        return self.state == "running"


class Downloads:
    """At most one download for each set. All methods may be called from any thread.

    Args:
        fetch: As `fetch_set`.
    """

    def __init__(self, fetch: Fetch = fetch_set) -> None:
        self._fetch = fetch
        self._lock = threading.Lock()
        self._downloads: dict[str, Download] = {}
        self._cancels: dict[str, threading.Event] = {}

    def start(self, library: ImageLibrary, name: str) -> None:
        """Start or resume a download, unless it runs already."""
        with self._lock:
            known = self._downloads.get(name)
            if known is not None and known.is_running:
                return
            self._downloads[name] = Download(name)
            cancel = self._cancels[name] = threading.Event()
        # A daemon: the server may end at any time, and the next download goes on from there.
        threading.Thread(
            target=self._work, args=(library, name, cancel), name=f"fetch {name}", daemon=True
        ).start()

    def cancel(self, name: str) -> None:
        """Ask a download to stop; what it received is kept."""
        with self._lock:
            if name in self._cancels and self._downloads[name].is_running:
                self._cancels[name].set()
                self._downloads[name] = replace(self._downloads[name], is_cancelling=True)

    def of(self, name: str) -> Download | None:
        """Return the present or last download of a set in this process."""
        with self._lock:
            return self._downloads.get(name)

    def any_running(self) -> bool:
        """Whether there is anything to follow."""
        with self._lock:
            return any(download.is_running for download in self._downloads.values())

    def _work(self, library: ImageLibrary, name: str, cancel: threading.Event) -> None:
        rate = _Rate()

        def tell(done: int, total: int) -> None:
            self._change(name, done=done, total=total, rate=rate.after(done))

        state, error = "failed", BUG  # unless something better is known at the end
        try:
            self._fetch(library, name, progress=tell, is_cancelled=cancel.is_set)
            state, error = "done", ""
        except DownloadCancelledError:
            state, error = "cancelled", ""
        except RdfiaError as problem:
            logger.warning("fetching %s failed: %s", name, problem)
            error = str(problem)
        finally:
            self._change(name, state=state, error=error, rate=0.0, is_cancelling=False)

    def _change(self, name: str, **changes: object) -> None:
        with self._lock:
            self._downloads[name] = replace(self._downloads[name], **changes)  # type: ignore[arg-type]


class _Rate:
    """Bytes a second over the last seconds."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def after(self, done: int) -> float:
        now = time.monotonic()
        if not self._seen or now - self._seen[-1][0] >= _SAMPLE_S:
            self._seen.append((now, done))
        while len(self._seen) > 2 and now - self._seen[0][0] > WINDOW_S:
            self._seen.popleft()
        since, before = self._seen[0]
        return max(0.0, (done - before) / (now - since)) if now - since >= _SAMPLE_S else 0.0


@cache
def downloads() -> Downloads:
    """Return the downloads of this process."""
    return Downloads()
