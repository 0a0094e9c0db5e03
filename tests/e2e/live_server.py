"""The live view's routes, played by a plain web server. K planes, G grid, P points."""

import itertools
import json
import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import plotly
from playwright.sync_api import Browser, BrowserContext, Page

ROOT = Path(__file__).parents[2]
PAGE = Path(__file__).with_name("live_page.html")
PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
EXTENT = [-1.0, 1.0, -1.0, 1.0]
TYPES = {".js": "text/javascript", ".html": "text/html"}


def encode_frame(
    step: int, epoch: float, info: dict[str, Any], arrays: dict[str, np.ndarray]
) -> bytes:
    """Compressed bytes of one frame (docs/live.md)."""
    entries: list[dict[str, Any]] = []
    body = b""
    for name, array in arrays.items():
        raw = np.ascontiguousarray(array).tobytes()
        entries.append(
            {
                "name": name,
                "dtype": str(array.dtype),
                "shape": list(array.shape),
                "offset": len(body),
                "length": len(raw),
            }
        )
        body += raw + b"\0" * (-len(raw) % 4)
    header = json.dumps({"step": step, "epoch": epoch, "info": info, "arrays": entries}).encode()
    return zlib.compress(struct.pack("<I", len(header)) + header + body)


def encode_packet(header: dict[str, Any], frames: list[tuple[int, float, bytes]]) -> bytes:
    """Bytes of one packet; `frames` holds (step, epoch, bytes)."""
    offset = 0
    entries = []
    for step, epoch, blob in frames:
        entries.append({"step": step, "epoch": epoch, "offset": offset, "length": len(blob)})
        offset += len(blob)
    raw = json.dumps({**header, "frames": entries}).encode()
    return b"RDF1" + struct.pack("<I", len(raw)) + raw + b"".join(blob for *_, blob in frames)


def flat(values: list[int], grid: int = 12) -> np.ndarray:
    """`probs` with the same value all over the plane, one plane for each of `values`."""
    return np.stack([np.full((grid, grid), value, dtype=np.uint8) for value in values])


def make_frame(step: int, probs: np.ndarray, layers: tuple[int, ...] = (2, 3, 2)) -> bytes:
    """A frame at ten steps an epoch, with a picture of every hidden unit."""
    num_units = sum(layers[1:-1])
    num_weights = sum(o * (i + 1) for i, o in itertools.pairwise(layers))
    ramp = np.linspace(0, 254, 8).astype(np.uint8)
    return encode_frame(
        step,
        step / 10,
        {"extent": EXTENT, "layers": list(layers), "inputs": ["x", "y"]},
        {
            "probs": probs,
            "units": np.broadcast_to(ramp, (num_units, 8, 8)).copy(),
            "unit_scale": np.ones(num_units, dtype=np.float32),
            "weights": np.linspace(-1, 1, num_weights, dtype=np.float32),
            "batch": np.array([0, 1], dtype=np.int32),
        },
    )


class FakeRun:
    """One run whose packets a test writes by hand. Ten steps an epoch."""

    def __init__(self, run_id: str) -> None:
        self.id = run_id
        self.state = "running"
        self.attempt = 1
        self.sentence = ""
        self.place: int | None = None
        self.starts: float | None = None
        self.layers: tuple[int, ...] = (2, 3, 2)
        self.clear()

    def clear(self) -> None:
        self.columns: dict[str, list[float | None]] = {}
        self.frames: list[tuple[int, float, bytes]] = []
        self.notes: list[dict[str, Any]] = []

    def advance(self, probs: np.ndarray | None = None, **values: float) -> None:
        """One more row of metrics and one more frame, an epoch on."""
        step = 10 * (len(self.frames) + 1)
        row = {
            "step": step,
            "epoch": step / 10,
            "train_loss": 1 / step,
            "val_loss": 1.2 / step,
            "train_accuracy": 0.9,
            "val_accuracy": 0.8,
            "learning_rate": 0.03,
            "grad_norm_1": 0.5,
            **values,
        }
        for name, value in row.items():
            self.columns.setdefault(name, []).append(value)
        blob = make_frame(step, flat([240]) if probs is None else probs, self.layers)
        self.frames.append((step, step / 10, blob))

    def packet(self, first: int, notes: int, frames: list[tuple[int, float, bytes]]) -> bytes:
        step, epoch = self.frames[-1][:2] if self.frames else (0, 0.0)
        run = {
            "id": self.id,
            "experiment": "test",
            "state": self.state,
            "sentence": self.sentence,
            "config": {},
            "device": "cpu",
            "step": step,
            "epoch": epoch,
            "epochs": 50,
            "rate": 20.0,
            "eta_s": 9.0,
            "queue_place": self.place,
            "starts_s": self.starts,
            "attempt": self.attempt,
            "num_parameters": 17,
            "live": {"learning_rate": 0.03},
            "speed": 15,
            "seconds": 1.0,
        }
        columns = {name: values[first:] for name, values in self.columns.items()}
        metrics = {"first": first, "columns": columns}
        return encode_packet({"run": run, "metrics": metrics, "notes": self.notes[notes:]}, frames)

    def live(self, query: dict[str, str]) -> bytes:
        again = int(query["attempt"]) != self.attempt
        first, notes = (0, 0) if again else (int(query["metrics"]), int(query["notes"]))
        newest = self.frames[-1:]
        if newest and not again and str(newest[0][0]) == query["step"]:
            newest = []
        return self.packet(first, notes, newest)

    def history(self) -> bytes:
        return self.packet(0, 0, self.frames)


class LiveServer:
    """Serves the component's files, the test page and the routes of `runs`."""

    def __init__(self) -> None:
        self.runs: dict[str, FakeRun] = {}
        self.has_routes = True
        self.is_down = False
        self.recording = b""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                status, kind, body = outer.answer(self.path)
                # A page that is being closed hangs up in the middle of an answer.
                with suppress(ConnectionError):
                    self.send_response(status)
                    self.send_header("Content-Type", kind)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                pass

        self.httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.httpd.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.httpd.server_port}/"
        threading.Thread(target=self.httpd.serve_forever, daemon=True).start()

    def answer(self, target: str) -> tuple[int, str, bytes]:
        parts = urlsplit(target)
        path = parts.path
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if path.startswith("/api/"):
            return self.answer_route(path, query)
        if path == "/app/static/vendor/plotly.min.js":
            return 200, TYPES[".js"], PLOTLY.read_bytes()
        if path == "/recording":
            return 200, "application/octet-stream", self.recording
        file = PAGE if path == "/" else ROOT / path.lstrip("/")
        if not file.is_file():
            return 404, "text/plain", b""
        return 200, TYPES.get(file.suffix, "text/plain"), file.read_bytes()

    def answer_route(self, path: str, query: dict[str, str]) -> tuple[int, str, bytes]:
        # Without the routes Streamlit answers any address with its own page.
        if not self.has_routes:
            return 200, "text/html", b"<!doctype html>"
        if self.is_down:
            return 503, "text/plain", b""
        if path == "/api/ping":
            return 204, "text/plain", b""
        _, _, _, run_id, what = path.split("/")
        run = self.runs.get(run_id)
        if run is None:
            return 404, "text/plain", b""
        body = run.live(query) if what == "live" else run.history()
        return 200, "application/octet-stream", body

    def close(self) -> None:
        self.httpd.shutdown()
        self.httpd.server_close()


def opened(
    context: BrowserContext, server: LiveServer, entry: str, data: Any, troubles: list[str]
) -> Page:
    """Open the test page on one component with its data; errors of its script become troubles."""
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.goto(f"{server.url}?entry={entry}")
    page.wait_for_function("window.ready")
    page.evaluate("(data) => window.show(data)", data)
    return page


@contextmanager
def mounted(
    browser: Browser, server: LiveServer, entry: str, data: Any, **visitor: Any
) -> Iterator[Page]:
    """Open one component for a visitor of its own; fails at the end if its script had errors."""
    context = browser.new_context(**visitor)
    troubles: list[str] = []
    page = opened(context, server, entry, data, troubles)
    page.on("console", lambda m: troubles.append(m.text) if m.type == "error" else None)
    yield page
    context.close()
    assert troubles == []
