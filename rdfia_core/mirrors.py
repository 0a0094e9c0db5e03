"""One HTTP answer at a time: open, resume, read; all that can go wrong becomes `MirrorError`."""

import http.client
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

BLOCK_BYTES = 2**18
_RANGE_NOT_SATISFIABLE = 416
_PARTIAL_CONTENT = 206


class MirrorError(Exception):
    """Why one mirror did not deliver, in words; the next is tried."""


class Answer:
    """What a server sends for one file, from some byte on.

    Args:
        response: The open connection.
        begun: Bytes that were asked to be left out.
    """

    def __init__(self, response: http.client.HTTPResponse, begun: int) -> None:
        self._response = response
        self.start = begun if self._resumes(begun) else 0
        length = response.headers.get("Content-Length", "")
        self.end = self.start + int(length) if length.isdigit() else None

    def _resumes(self, begun: int) -> bool:
        """Whether the server left out what is here; many send the whole file again."""
        wanted = f"bytes {begun}-"
        sent = self._response.headers.get("Content-Range", "")
        return begun > 0 and self._response.status == _PARTIAL_CONTENT and sent.startswith(wanted)

    def read(self) -> bytes:
        """Return what has come, at most 256 KB; nothing at the end.

        Raises:
            MirrorError: If the connection broke.
        """
        try:
            return self._response.read1(BLOCK_BYTES)
        except (OSError, http.client.HTTPException) as error:
            raise MirrorError(f"the connection broke off ({_reason(error)})") from error


@contextmanager
def answer(url: str, begun: int, timeout_s: float) -> Iterator[Answer | None]:
    """Ask for a file from byte `begun` on.

    Args:
        url: http or https.
        begun: Bytes that are here already.
        timeout_s: Seconds that the server may be silent, now and later.

    Yields:
        The answer, or None if the server says that there is nothing after byte `begun`.

    Raises:
        MirrorError: If the server cannot be reached or does not have the file.
    """
    headers = {"User-Agent": "rdfia-playground", "Accept-Encoding": "identity"}
    if begun:
        headers["Range"] = f"bytes={begun}-"
    try:
        # The addresses are constants of the program, none of them a file or from a user.
        response = urllib.request.urlopen(
            urllib.request.Request(url, headers=headers), timeout=timeout_s
        )
    except urllib.error.HTTPError as error:
        error.close()
        if begun and error.code == _RANGE_NOT_SATISFIABLE:
            yield None
            return
        raise MirrorError(f"it answered {error.code} {error.reason}") from error
    except (OSError, http.client.HTTPException) as error:
        raise MirrorError(f"it cannot be reached ({_reason(error)})") from error
    with response:
        yield Answer(response, begun)


def _reason(error: Exception) -> str:
    """Return the innermost words: URLError wraps what the system said."""
    inner = getattr(error, "reason", error)
    return str(getattr(inner, "strerror", None) or inner) or type(inner).__name__
