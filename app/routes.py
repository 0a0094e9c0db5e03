"""The read-only routes that the live view polls (docs/live.md). They bypass the script runner."""

import re
import threading
import time
from collections import deque
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.identity import COOKIE, lessons, owner_of, watchable_run
from app.resources import image_library, keep_dispatcher, settings, store
from app.waiting import packet_of
from rdfia_core.errors import DataUnavailableError, StoreError
from rdfia_core.figures.packing import encode_packet
from rdfia_core.store import RunRecord
from rdfia_core.store.live import history_packet

PacketMaker = Callable[[RunRecord, Request], bytes]

MAX_IMAGES = 64
RUN_ID = re.compile(r"[0-9a-f]{20}")
MEDIA_TYPE = "application/octet-stream"
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
TARGET_LOAD = 0.35
"""Part of one core that live updates may take before each viewer gets fewer of them."""


class Budget:
    """Spreads a fixed load over the viewers: the more there are, the fewer updates for each.

    Args:
        min_interval_s: Time between a viewer's updates when there is room.
    """

    def __init__(self, min_interval_s: float) -> None:
        self._min_interval_s = min_interval_s
        self._recent: deque[tuple[float, str, float]] = deque()
        self._lock = threading.Lock()

    def account(self, viewer: str, seconds: float, now: float) -> None:
        """Note an answer and what it cost."""
        with self._lock:
            self._recent.append((now, viewer, seconds))
            while self._recent and now - self._recent[0][0] > 3.0:
                self._recent.popleft()

    def interval_ms(self) -> int:
        """Return how long a viewer should wait until it asks again."""
        with self._lock:
            viewers = len({viewer for _, viewer, _ in self._recent})
            cost = sum(seconds for _, _, seconds in self._recent) / max(1, len(self._recent))
        interval = max(self._min_interval_s, viewers * cost / TARGET_LOAD)
        return round(1000 * min(interval, 1.0))


_budget = Budget(min_interval_s=1.0 / settings().live_hz)
# Two at a time: more would only queue for the interpreter and starve the websockets.
_turnstile = threading.Semaphore(2)


async def ping(_request: Request) -> Response:
    """Answer that the routes exist."""
    return Response(status_code=204, headers=HEADERS)


async def live(request: Request) -> Response:
    """Answer with what is new in a run."""
    return await run_in_threadpool(_answer, request, _live_packet)


async def history(request: Request) -> Response:
    """Answer with the whole history of a run."""
    return await run_in_threadpool(_answer, request, _history_packet)


async def images(request: Request) -> Response:
    """Answer with images of a run's data set."""
    return await run_in_threadpool(_answer, request, _images_packet)


async def recording(request: Request) -> Response:
    """Answer with the recorded run of a lesson."""
    lesson_id = request.path_params["lesson_id"]
    try:
        packet = await run_in_threadpool(lessons().recording, lesson_id)
    except StoreError:
        return Response(status_code=404, headers=HEADERS)
    return Response(packet, media_type=MEDIA_TYPE, headers=HEADERS)


def _answer(request: Request, make_packet: PacketMaker) -> Response:
    run_id = request.path_params["run_id"]
    owner = owner_of(request.cookies.get(COOKIE, ""))
    share_id = request.query_params.get("share", "")
    with _turnstile:
        begun = time.perf_counter()
        try:
            if not RUN_ID.fullmatch(run_id):
                return Response(status_code=404, headers=HEADERS)
            packet = make_packet(watchable_run(run_id, owner, share_id), request)
        except (StoreError, DataUnavailableError, KeyError):
            return Response(status_code=404, headers=HEADERS)
        _budget.account(owner, time.perf_counter() - begun, time.monotonic())
    return Response(packet, media_type=MEDIA_TYPE, headers=HEADERS)


def _live_packet(run: RunRecord, request: Request) -> bytes:
    if not run.is_over:
        keep_dispatcher()  # a page that waits for a run asks nothing else of the server
    numbers = {
        name: _number(request, name, default)
        for name, default in (("metrics", 0), ("notes", 0), ("step", -1), ("attempt", 0))
    }
    pictures = request.query_params.get("pictures") != "0"
    interval = _budget.interval_ms()
    return packet_of(run, **numbers, poll_ms=interval, pictures=pictures)


def _history_packet(run: RunRecord, _request: Request) -> bytes:
    return history_packet(store(), run)


def _images_packet(run: RunRecord, request: Request) -> bytes:
    """Return some images of the run's data set, those of the rows that exist."""
    found = image_library().open(str(run.config["dataset"]))
    part = found.x_test if request.query_params.get("part") == "test" else found.x_train
    words = request.query_params.get("rows", "").split(",")[:MAX_IMAGES]
    rows = [int(word) for word in words if re.fullmatch(r"\d{1,9}", word)]
    rows = [row for row in rows if row < len(part)]
    header = {"size": found.image_size, "channels": found.num_channels, "rows": rows}
    return encode_packet(header, [part[rows].tobytes()])


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    return int(text) if re.fullmatch(r"-?\d{1,12}", text) else default


ROUTES = [
    Route("/api/ping", ping, methods=["GET"]),
    Route("/api/runs/{run_id}/live", live, methods=["GET"]),
    Route("/api/runs/{run_id}/history", history, methods=["GET"]),
    Route("/api/runs/{run_id}/images", images, methods=["GET"]),
    Route("/api/lessons/{lesson_id}/recording", recording, methods=["GET"]),
]
