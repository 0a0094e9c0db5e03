"""A web server with two mirrors of a small Fashion-MNIST, which misbehaves when it is told to."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from rdfia_core.data.images import download
from rdfia_core.data.images.sources import SOURCES, RemoteFile
from tests.core.data.images.material import idx_files

NAME = "fashion_mnist"
NUM_TRAIN, NUM_TEST = 400, 100
FILES, IMAGES, LABELS = idx_files(NUM_TRAIN, NUM_TEST)
TOTAL = sum(map(len, FILES.values()))
LARGE = "train-images-idx3-ubyte.gz"


@dataclass
class Site:
    """What the server has, how it misbehaves, and what it was asked.

    Args:
        files: Content by path.
        cuts: Paths whose next answers end after so many bytes, as if the connection had broken.
        has_ranges: Whether it can resume.
        asked: Path and Range header of each request so far.
    """

    files: dict[str, bytes]
    cuts: dict[str, list[int]] = field(default_factory=dict)
    has_ranges: bool = True
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    @property
    def asked_for_large(self) -> list[str | None]:
        """Range headers of the requests for the largest file."""
        return [asked_range for path, asked_range in self.asked if path.endswith(LARGE)]


class Handler(BaseHTTPRequestHandler):
    site: Site

    def do_GET(self) -> None:
        asked_range = self.headers["Range"]
        self.site.asked.append((self.path, asked_range))
        content = self.site.files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        start = 0
        if asked_range and self.site.has_ranges:
            start = int(asked_range.removeprefix("bytes=").removesuffix("-"))
            if start >= len(content):
                self.send_error(416)
                return
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        cuts = self.site.cuts.get(self.path, [])
        self.wfile.write(content[start:][: cuts.pop(0) if cuts else None])

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Serve the mirrors a/ and b/, and let the library fetch Fashion-MNIST from them."""
    site = Site({f"/{mirror}/{name}": FILES[name] for mirror in "ab" for name in FILES})
    handler = type("SiteHandler", (Handler,), {"site": site})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    set_source(monkeypatch, f"http://127.0.0.1:{server.server_port}")
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def set_source(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """Let the library fetch the small Fashion-MNIST from this address, without a proxy."""
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(download, "_SPARE_BYTES", 0)
    files = tuple(
        RemoteFile(
            name,
            (f"{address}/a/{name}", f"{address}/b/{name}"),
            hashlib.md5(content).hexdigest(),
            len(content),
        )
        for name, content in FILES.items()
    )
    small = replace(SOURCES[NAME], num_train=NUM_TRAIN, num_test=NUM_TEST, files=files)
    monkeypatch.setitem(SOURCES, NAME, small)
