"""What a watch-only link allows: to look, at what it shows, while it works."""

import time

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app import routes
from app.identity import (
    COOKIE,
    authorised_run,
    lessons,
    owner_of,
    shared_runs,
    watchable_run,
)
from rdfia_core.errors import RunNotFoundError, ShareNotFoundError
from rdfia_core.store import RunStore
from rdfia_core.store.lessons import Draft
from rdfia_core.store.share_store import DEAD_LINK, LESSON, WATCH, ShareStore

ADA, BOB = "a" * 43, "b" * 43


@pytest.fixture
def run_id(shell: RunStore) -> str:
    return shell.add_run("circle_mlp", {"epochs": 10}, owner=owner_of(ADA))


@pytest.fixture
def share_id(shell: RunStore, run_id: str) -> str:
    return ShareStore(shell).create(owner_of(ADA), WATCH, {"runs": [run_id], "view": "live"})


@pytest.fixture
def bob(shell: RunStore, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    monkeypatch.setattr(routes, "store", lambda: shell)
    return TestClient(Starlette(routes=routes.ROUTES), cookies={COOKIE: BOB})


def test_a_link_shows_its_run_to_anybody(run_id: str, share_id: str) -> None:
    for owner in (owner_of(BOB), owner_of(ADA), ""):
        assert watchable_run(run_id, owner, share_id).id == run_id


def test_without_the_link_it_is_the_owners_alone(run_id: str, share_id: str) -> None:
    assert watchable_run(run_id, owner_of(ADA), "").id == run_id
    with pytest.raises(RunNotFoundError):
        watchable_run(run_id, owner_of(BOB), "")


def test_a_link_gives_no_right_to_act(run_id: str, share_id: str) -> None:
    assert watchable_run(run_id, owner_of(BOB), share_id)
    with pytest.raises(RunNotFoundError):
        authorised_run(run_id, owner_of(BOB))


def test_a_link_shows_no_other_run(shell: RunStore, share_id: str) -> None:
    other = shell.add_run("circle_mlp", {}, owner=owner_of(ADA))
    with pytest.raises(RunNotFoundError):
        watchable_run(other, owner_of(BOB), share_id)


def test_one_cannot_share_what_is_anothers(shell: RunStore, run_id: str) -> None:
    forged = ShareStore(shell).create(owner_of(BOB), WATCH, {"runs": [run_id], "view": "live"})
    with pytest.raises(ShareNotFoundError):
        shared_runs(forged)


def test_a_lesson_is_no_watch_link(shell: RunStore, run_id: str) -> None:
    lesson = ShareStore(shell).create(owner_of(ADA), LESSON, {"runs": [run_id]})
    with pytest.raises(ShareNotFoundError):
        watchable_run(run_id, owner_of(BOB), lesson)


def test_a_comparison_goes_on_without_a_run_that_is_deleted(shell: RunStore, run_id: str) -> None:
    other = shell.add_run("circle_mlp", {}, owner=owner_of(ADA))
    content = {"runs": [run_id, other], "view": "live"}
    share_id = ShareStore(shell).create(owner_of(ADA), WATCH, content)
    assert [run.id for run in shared_runs(share_id)] == [run_id, other]
    shell.delete_run(run_id)
    assert [run.id for run in shared_runs(share_id)] == [other]


def test_deleted_and_revoked_say_the_same(shell: RunStore, run_id: str, share_id: str) -> None:
    shell.update_run(run_id, deleted=time.time())
    with pytest.raises(ShareNotFoundError) as deleted:
        watchable_run(run_id, owner_of(BOB), share_id)
    shell.update_run(run_id, deleted=None)
    assert watchable_run(run_id, owner_of(BOB), share_id)
    ShareStore(shell).revoke(share_id, owner_of(ADA))
    with pytest.raises(ShareNotFoundError) as revoked:
        watchable_run(run_id, owner_of(BOB), share_id)
    assert str(deleted.value) == str(revoked.value) == DEAD_LINK


@pytest.mark.parametrize("route", ["live", "history"])
def test_the_routes_answer_under_a_link_that_works(
    shell: RunStore, bob: TestClient, run_id: str, share_id: str, route: str
) -> None:
    address = f"/api/runs/{run_id}/{route}"
    assert bob.get(address).status_code == 404
    assert bob.get(f"{address}?share={share_id}").status_code == 200
    assert bob.get(f"{address}?share={share_id[::-1]}").status_code == 404
    bob.cookies = {}  # type: ignore[assignment]
    assert bob.get(f"{address}?share={share_id}").status_code == 200
    ShareStore(shell).revoke(share_id, owner_of(ADA))
    assert bob.get(f"{address}?share={share_id}").status_code == 404


def test_under_a_link_the_routes_only_read(bob: TestClient, run_id: str, share_id: str) -> None:
    for method in ("post", "put", "delete", "patch"):
        address = f"/api/runs/{run_id}/live?share={share_id}"
        assert getattr(bob, method)(address).status_code == 405


def test_a_lessons_recording_is_for_whoever_has_its_link(
    shell: RunStore, bob: TestClient, run_id: str
) -> None:
    draft = Draft("circle_mlp", "Title", "", "", {}, [], [], {})
    lesson_id = lessons().create(owner_of(ADA), draft, b"packet")
    address = f"/api/lessons/{lesson_id}/recording"
    assert bob.get(address).content == b"packet"
    assert bob.get(address).headers["cache-control"] == "no-store"
    assert bob.post(address).status_code == 405
    for bad in (lesson_id[:-1], "0" * 32, "..%2f..%2fsecret", run_id):
        assert bob.get(f"/api/lessons/{bad}/recording").status_code == 404
    lessons().revoke(lesson_id, owner_of(ADA))
    assert bob.get(address).status_code == 404
