"""The read-only routes: what they answer, and to whom."""

import time

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app import routes
from app.identity import COOKIE, owner_of
from rdfia_core.figures.packing import decode_packet
from rdfia_core.settings import Settings
from rdfia_core.store import FrameRecord, NoteRecord, RunState, RunStore
from rdfia_core.store.live import ENGINE_SERVICE, STALE_SECONDS, is_engine_ready
from rdfia_core.store.metric_rows import MetricRows

ADA, BOB = "a" * 43, "b" * 43


@pytest.fixture
def client(shell: RunStore, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    monkeypatch.setattr(routes, "store", lambda: shell)
    return TestClient(Starlette(routes=routes.ROUTES), cookies={COOKIE: ADA})


@pytest.fixture
def run_id(shell: RunStore) -> str:
    run_id = shell.add_run("circle_mlp", {"epochs": 10, "learning_rate": 0.03}, owner=owner_of(ADA))
    shell.append(
        run_id,
        metrics=MetricRows(
            0,
            {
                "step": np.array([0, 20]),
                "epoch": np.array([0.0, 1.0]),
                "train_loss": np.array([0.7, np.nan]),
            },
        ),
        new_notes=[NoteRecord(0, 20, 1.0, "kind", "text", {}, None)],
        live_frame=FrameRecord(20, 1.0, b"live"),
        kept_frames=[FrameRecord(0, 0.0, b"kept")],
        progress={"state": RunState.RUNNING, "epoch": 1.0, "rate": 3.0, "seconds": 2.0},
    )
    return run_id


def test_ping_answers(client: TestClient) -> None:
    assert client.get("/api/ping").status_code == 204


def test_a_live_packet_holds_what_the_reader_lacks(client: TestClient, run_id: str) -> None:
    header, blobs = decode_packet(client.get(f"/api/runs/{run_id}/live").content)
    assert header["run"]["state"] == "running"
    # Nine epochs are left, and the first took two seconds with its evaluation.
    assert header["run"]["eta_s"] == pytest.approx(18.0)
    assert header["run"]["live"] == {"learning_rate": 0.03, "batch_size": 10}
    assert header["metrics"]["columns"]["train_loss"] == [0.7, None]
    assert header["frames"] == [{"step": 20, "epoch": 1.0, "offset": 0, "length": 4}]
    assert header["poll_ms"] >= 100
    assert blobs == b"live"


def test_a_reader_that_has_everything_gets_nothing_new(client: TestClient, run_id: str) -> None:
    query = "metrics=2&notes=1&step=20&attempt=1"
    header, blobs = decode_packet(client.get(f"/api/runs/{run_id}/live?{query}").content)
    assert header["metrics"]["columns"] == {}
    assert header["notes"] == []
    assert header["frames"] == []
    assert blobs == b""


def test_another_attempt_starts_from_nothing(client: TestClient, run_id: str) -> None:
    query = "metrics=2&notes=1&step=20&attempt=7"
    header, _ = decode_packet(client.get(f"/api/runs/{run_id}/live?{query}").content)
    assert header["metrics"]["first"] == 0
    assert len(header["notes"]) == 1
    assert len(header["frames"]) == 1


def test_the_history_holds_every_kept_picture(client: TestClient, run_id: str) -> None:
    header, blobs = decode_packet(client.get(f"/api/runs/{run_id}/history").content)
    assert [frame["step"] for frame in header["frames"]] == [0, 20]
    assert blobs == b"keptlive"


@pytest.mark.parametrize("route", ["live", "history"])
def test_others_get_404(client: TestClient, run_id: str, route: str) -> None:
    client.cookies = {COOKIE: BOB}  # type: ignore[assignment]
    assert client.get(f"/api/runs/{run_id}/{route}").status_code == 404
    client.cookies = {}  # type: ignore[assignment]
    assert client.get(f"/api/runs/{run_id}/{route}").status_code == 404


@pytest.mark.parametrize("bad", ["x", "0" * 20, "..%2f..%2fsecret", "A" * 20])
def test_what_is_no_run_is_404(client: TestClient, bad: str) -> None:
    assert client.get(f"/api/runs/{bad}/live").status_code == 404


@pytest.mark.parametrize("value", ["abc", "1e9", "9" * 40, "-", "1;drop"])
def test_numbers_that_are_none_are_ignored(client: TestClient, run_id: str, value: str) -> None:
    assert client.get(f"/api/runs/{run_id}/live?metrics={value}").status_code == 200


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_the_routes_only_read(client: TestClient, run_id: str, method: str) -> None:
    assert getattr(client, method)(f"/api/runs/{run_id}/live").status_code == 405


def test_nothing_is_cached(client: TestClient, run_id: str) -> None:
    assert client.get(f"/api/runs/{run_id}/live").headers["cache-control"] == "no-store"


def test_a_queued_run_tells_whether_an_engine_waits_for_it(
    client: TestClient, shell: RunStore
) -> None:
    run_id = shell.add_run("circle_mlp", {"epochs": 10}, owner=owner_of(ADA))

    def is_ready() -> object:
        header, _ = decode_packet(client.get(f"/api/runs/{run_id}/live").content)
        return header["run"]["engine_ready"]

    assert is_ready() is False
    shell.announce(ENGINE_SERVICE, {"ready": False})
    assert is_ready() is False
    shell.announce(ENGINE_SERVICE, {"ready": True})
    assert is_ready() is True
    shell.change_state(run_id, [RunState.QUEUED], RunState.STARTING)
    assert is_ready() is None


def test_an_engine_that_has_fallen_silent_is_not_ready(
    shell: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.announce(ENGINE_SERVICE, {"ready": True})
    assert is_engine_ready(shell)
    later = time.time() + STALE_SECONDS + 1
    monkeypatch.setattr(time, "time", lambda: later)
    assert not is_engine_ready(shell)


def test_whoever_waits_for_a_run_keeps_the_dispatcher(
    client: TestClient, dispatchers: list[Settings], shell: RunStore, run_id: str
) -> None:
    client.get(f"/api/runs/{run_id}/live")
    assert [settings.store_url for settings in dispatchers] == [shell.engine.url.render_as_string()]


def test_an_ended_run_needs_no_dispatcher(
    client: TestClient, dispatchers: list[Settings], shell: RunStore, run_id: str
) -> None:
    shell.change_state(run_id, [RunState.RUNNING], RunState.STOPPED)
    client.get(f"/api/runs/{run_id}/live")
    assert dispatchers == []


def test_the_interval_grows_with_the_viewers() -> None:
    budget = routes.Budget(min_interval_s=0.1)
    budget.account("ada", 0.001, now=1.0)
    assert budget.interval_ms() == 100
    for viewer in range(100):
        budget.account(f"viewer {viewer}", 0.005, now=1.5)
    assert budget.interval_ms() == 1000
    budget.account("ada", 0.001, now=9.0)
    assert budget.interval_ms() == 100


def test_a_paused_run_has_no_time_left(client: TestClient, shell: RunStore, run_id: str) -> None:
    shell.update_run(run_id, state=RunState.PAUSED)
    header, _ = decode_packet(client.get(f"/api/runs/{run_id}/live").content)
    assert header["run"]["eta_s"] is None
