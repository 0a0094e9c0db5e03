"""Who is who, and who may see what."""

import stat
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app import identity
from app.identity import COOKIE, authorised_run, authorised_sweep, owner_of
from rdfia_core.errors import RunNotFoundError
from rdfia_core.store import RunStore
from rdfia_core.store.sweep_store import SweepStore

ADA, BOB = "a" * 43, "b" * 43


def test_a_cookie_stands_for_one_owner(shell: RunStore) -> None:
    assert owner_of(ADA) == owner_of(ADA)
    assert owner_of(ADA) != owner_of(BOB)


def test_the_store_never_sees_the_cookie(shell: RunStore) -> None:
    assert ADA not in owner_of(ADA)
    assert len(owner_of(ADA)) == 32


def test_a_sweep_is_its_owners_alone_and_none_looks_like_anothers(shell: RunStore) -> None:
    sweep_id = SweepStore(shell).add("circle_mlp", {}, {"seed": [0, 1]}, owner=owner_of(ADA))
    assert authorised_sweep(sweep_id, owner_of(ADA)).id == sweep_id
    said = set()
    for asked, owner in ((sweep_id, owner_of(BOB)), (sweep_id, ""), ("0" * 20, owner_of(ADA))):
        with pytest.raises(RunNotFoundError) as caught:
            authorised_sweep(asked, owner)
        said.add(str(caught.value))
    assert said == {"This sweep does not exist, or it belongs to somebody else."}


@pytest.mark.parametrize("cookie", ["", "short", "x" * 1000])
def test_what_is_not_our_cookie_is_nobody(shell: RunStore, cookie: str) -> None:
    assert owner_of(cookie) == ""


def test_the_secret_is_readable_by_the_server_alone(shell: RunStore) -> None:
    owner_of(ADA)
    path: Path = identity.settings().home / "secret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(path.read_bytes()) == 32


def test_another_owners_run_looks_like_none(shell: RunStore) -> None:
    run_id = shell.add_run("circle_mlp", {}, owner=owner_of(ADA))
    assert authorised_run(run_id, owner_of(ADA)).id == run_id
    with pytest.raises(RunNotFoundError) as caught:
        authorised_run(run_id, owner_of(BOB))
    assert "belongs to somebody else" in str(caught.value)


def test_nobody_owns_nothing(shell: RunStore) -> None:
    run_id = shell.add_run("circle_mlp", {}, owner="")
    with pytest.raises(RunNotFoundError):
        authorised_run(run_id, "")


def test_the_first_page_brings_the_cookie(client: TestClient) -> None:
    header = client.get("/").headers["set-cookie"]
    assert header.startswith(f"{COOKIE}=")
    for word in ("HttpOnly", "SameSite=Lax", "Path=/"):
        assert word in header
    assert "Secure" not in header


def test_behind_https_the_cookie_is_secure(client: TestClient) -> None:
    response = client.get("/", headers={"x-forwarded-proto": "https"})
    assert "; Secure" in response.headers["set-cookie"]


def test_the_second_page_brings_none(client: TestClient) -> None:
    client.get("/")
    assert "set-cookie" not in client.get("/").headers


def test_only_pages_bring_it(client: TestClient) -> None:
    assert "set-cookie" not in client.get("/data").headers


def test_every_browser_gets_its_own(client: TestClient) -> None:
    first = client.get("/").headers["set-cookie"]
    client.cookies.clear()
    assert client.get("/").headers["set-cookie"] != first
