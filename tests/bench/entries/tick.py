"""Server time of one live update, as the browser's poll causes it.

Ours: GET /api/runs/ID/live, asked of the routes behind the identity middleware as an ASGI
application, with the owner's cookie and with what a browser knows (its rows, its notes, its
picture): routing, authorising, a thread of the pool, the reads of the store, a packet. No sockets.

The run is a real one, trained before and played back into the store between the calls, through
connections of its own, as its worker would: 50 rows before the first call, 250 after the last;
each time one row more, a new picture of the default network and now and then a kept one. One
value is the median over 200 calls, in milliseconds; "by CPU" is the same in processor time.

Baseline: an update that sends the whole state each time, as an ordinary Streamlit fragment does:
authorise, then all rows, all notes and the picture, packed and turned into text. It is what this
page falls back to where its routes cannot be reached. Fair, even generous: neither Streamlit's
rerun of the fragment nor its message to the browser is counted.
"""

import asyncio
import base64
import gc
import itertools
import json
import secrets
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette

from rdfia_core.events import Metrics, Snapshot, Step
from rdfia_core.figures.packing import decode_frame, decode_packet
from rdfia_core.jobs.recorder import Recorder
from rdfia_core.settings import Settings
from rdfia_core.store import RunState, RunStore
from rdfia_core.store.live import live_packet
from tests.bench.harness import Entry, Sample, Sides
from tests.bench.home import ROOT, temporary_home

FIRST_ROWS = 50
WARM_UP_CALLS = 10
CALLS = 200
TICKS_PER_CHECKPOINT = 100

Update = Callable[["Viewer"], Awaitable[bytes]]


class Playback:
    """Plays a finished run into a new one, as its worker would write it at 10 Hz.

    Args:
        store: Connections of the writing side alone.
        owner: Of the new run.
        finished: The run to play.
    """

    def __init__(self, store: RunStore, owner: str, finished: str) -> None:
        self._store = store
        run = store.run(finished)
        columns = store.metrics(finished).columns
        self._rows = [
            dict(zip(columns, values, strict=True))
            for values in zip(*(column.tolist() for column in columns.values()), strict=True)
        ]
        pictures = [decode_frame(frame.blob)[2] for frame in store.kept_frames(finished)]
        # The pictures of the first steps are smoother, so they pack smaller.
        self._pictures: Iterator[Snapshot] = itertools.cycle(pictures[len(pictures) // 2 :])
        self.run_id = store.add_run(
            "circle_mlp", run.config, owner=owner, state=RunState.RUNNING, speed=15.0
        )
        store.update_run(self.run_id, num_parameters=run.num_parameters, device=run.device)
        self._recorder = Recorder(store, self.run_id)
        self._num_ticks = 0
        for _ in range(FIRST_ROWS):
            self.tick()

    def tick(self) -> None:
        """One flush of the worker: a row, a picture, where the run stands."""
        row = dict(self._rows[self._num_ticks])
        step, epoch = int(row.pop("step")), row.pop("epoch")
        picture = next(self._pictures)
        self._recorder.add_metrics(Metrics(step, epoch, row))
        self._recorder.take_picture(Step(step, epoch, lambda: picture))
        self._recorder.flush({"step": step, "epoch": epoch, "rate": 15.0, "seconds": epoch / 15})
        self._num_ticks += 1
        if self._num_ticks % TICKS_PER_CHECKPOINT == 0:
            self._store.checkpoint_wal()


class Viewer:
    """A browser: a cookie, and what it has received so far."""

    def __init__(self, cookie: str, run_id: str) -> None:
        self.cookie = cookie
        self.run_id = run_id
        self.known = {"metrics": 0, "notes": 0, "step": -1, "attempt": 1}

    def receive(self, answer: bytes) -> None:
        """Take in a packet, perhaps as text; every one must bring a row and a picture."""
        is_text = answer.startswith(b"{")
        packet = base64.b64decode(json.loads(answer)["packet"]) if is_text else answer
        header, _ = decode_packet(packet)
        rows, (frame,) = header["metrics"], header["frames"]
        self.known["metrics"] = rows["first"] + len(rows["columns"]["step"])
        self.known["notes"] += len(header["notes"])
        self.known["step"] = frame["step"]


async def measured(update: Update, playback: Playback, viewer: Viewer) -> tuple[Sample, int]:
    """Return the median time of an update in milliseconds, and the median of its bytes."""
    taken = []
    for _ in range(WARM_UP_CALLS + CALLS):
        playback.tick()
        cpu_begun, begun = time.process_time(), time.perf_counter()
        answer = await update(viewer)
        seconds, cpu_seconds = time.perf_counter() - begun, time.process_time() - cpu_begun
        viewer.receive(answer)
        taken.append((seconds, cpu_seconds, len(answer)))
    seconds, cpu_seconds, size = (
        statistics.median(column) for column in zip(*taken[WARM_UP_CALLS:], strict=True)
    )
    return Sample(1000 * seconds, 1000 * cpu_seconds), round(size)


class Server:
    """The interface process, without its sockets."""

    def __init__(self, settings: Settings) -> None:
        # The application reads RDFIA_HOME when it is imported, so not before it is set.
        from app import identity, resources, routes  # noqa: PLC0415

        for remembered in (resources.settings, resources.store, identity._secret):
            remembered.cache_clear()
        self._identity = identity
        self._store = resources.store()
        self._app = Starlette(routes=routes.ROUTES, middleware=[identity.identity_middleware()])
        self._writing = RunStore(settings.store_url)
        self._finished = self._trained()
        self.sizes: dict[str, int] = {}
        gc.freeze()  # as the application does at its start

    def close(self) -> None:
        """Close all connections."""
        self._writing.close()
        self._store.close()

    def _trained(self) -> str:
        epochs = FIRST_ROWS + WARM_UP_CALLS + CALLS
        command = [sys.executable, "-m", "rdfia_core", "train", "circle_mlp", "--json"]
        done = subprocess.run(
            [*command, f"epochs={epochs}"], cwd=ROOT, check=True, stdout=subprocess.PIPE
        )
        return str(json.loads(done.stdout.splitlines()[-1])["run_id"])

    def measure(self, name: str, update: Update) -> Sample:
        """Play a run to one viewer, who is kept up to date by `update`."""
        cookie = secrets.token_urlsafe(32)
        playback = Playback(self._writing, self._identity.owner_of(cookie), self._finished)
        viewer = Viewer(cookie, playback.run_id)
        sample, self.sizes[name] = asyncio.run(measured(update, playback, viewer))
        return sample

    async def poll(self, viewer: Viewer) -> bytes:
        """Ask the route, as the live view's script does."""
        answer: list[dict[str, Any]] = []
        incoming = [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive() -> dict[str, Any]:
            return incoming.pop() if incoming else await asyncio.Future()

        async def send(message: dict[str, Any]) -> None:
            answer.append(message)

        await self._app(self._scope(viewer), receive, send)
        if answer[0]["status"] != 200:
            raise RuntimeError(f"the route answered {answer[0]['status']}")
        return b"".join(message.get("body", b"") for message in answer[1:])

    def _scope(self, viewer: Viewer) -> dict[str, Any]:
        path = f"/api/runs/{viewer.run_id}/live"
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": urlencode(viewer.known).encode(),
            "headers": [
                (b"host", b"localhost"),
                (b"cookie", f"{self._identity.COOKIE}={viewer.cookie}".encode()),
            ],
            "client": ("127.0.0.1", 50000),
            "server": ("127.0.0.1", 8501),
        }

    async def send_everything(self, viewer: Viewer) -> bytes:
        """Authorise and pack the whole state as text, as a fragment does."""
        owner = self._identity.owner_of(viewer.cookie)
        run = self._identity.authorised_run(viewer.run_id, owner)
        packet = live_packet(self._store, run, metrics=0, notes=0, step=-1, attempt=run.attempt)
        return json.dumps({"packet": base64.b64encode(packet).decode()}).encode()

    def remarks(self) -> list[str]:
        """Say how much is sent."""
        return [f"bytes an update: ours {self.sizes['ours']}, baseline {self.sizes['baseline']}"]


@contextmanager
def prepare() -> Iterator[Sides]:
    with temporary_home() as settings:
        server = Server(settings)
        try:
            yield Sides(
                lambda: server.measure("ours", server.poll),
                lambda: server.measure("baseline", server.send_everything),
                server.remarks,
            )
        finally:
            server.close()


ENTRY = Entry(
    prepare=prepare,
    unit="ms",
    higher_is_better=False,
    baseline="the whole state as text each time, as a Streamlit fragment sends it",
    target="ours <= 6 ms",
)
