"""Who is asking, and what they may do. The one place that authorises.

A browser is known by a random cookie that scripts cannot read. The store holds only its keyed
digest, so reading the store does not let anybody pose as an owner. Where the server is started
without our middleware (`streamlit run app/router.py`), a script sets the cookie instead.
"""

import contextlib
import hashlib
import hmac
import os
import secrets
import tempfile
import time
from functools import cache
from pathlib import Path

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.guess_limit import GuessLimit
from app.resources import settings, store
from rdfia_core.errors import BoardNotFoundError, RunNotFoundError, ShareNotFoundError
from rdfia_core.store import RunRecord
from rdfia_core.store.board_store import NO_BOARD, Board, BoardStore
from rdfia_core.store.lessons import Lessons
from rdfia_core.store.share_store import DEAD_LINK, WATCH, ShareStore
from rdfia_core.store.sweep_store import SweepRecord, SweepStore

COOKIE = "rdfia_browser"
MAX_AGE_SECONDS = 365 * 24 * 3600
MIN_COOKIE_LENGTH = 32

_guesses = GuessLimit()


INTRODUCTION = """
export default function ({ data, parentElement }) {
  if (document.cookie.includes(data.name + "=")) {
    parentElement.textContent = "Reload the page to go on.";
  } else {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    const rest = `Path=/; Max-Age=${data.age}; SameSite=Lax${secure}`;
    document.cookie = `${data.name}=${data.value}; ${rest}`;
    if (document.cookie.includes(data.name + "=")) location.reload();
    else parentElement.textContent = "This site needs a cookie. Allow it, then reload.";
  }
}
"""
_introduction = st.components.v2.component("rdfia_introduction", js=INTRODUCTION)


def introduce() -> None:
    """Give a browser without a cookie one by script, and draw nothing else until it has it."""
    if not current_owner():
        value = secrets.token_urlsafe(MIN_COOKIE_LENGTH)
        _introduction(data={"name": COOKIE, "value": value, "age": MAX_AGE_SECONDS})
        st.stop()


def owner_of(cookie: str) -> str:
    """Return the owner that a browser's cookie stands for, "" if it is not one of ours."""
    if not MIN_COOKIE_LENGTH <= len(cookie) <= 2 * MIN_COOKIE_LENGTH:
        return ""
    return hmac.new(_secret(), cookie.encode(), hashlib.sha256).hexdigest()[:32]


def current_owner() -> str:
    """Return the owner of the session whose script is running."""
    return owner_of(st.context.cookies.get(COOKIE, ""))


def authorised_run(run_id: str, owner: str) -> RunRecord:
    """Return a run if this owner may see and control it.

    Raises:
        RunNotFoundError: If there is no such run, or it is another's, or deleted: they look alike.
    """
    run = store().run(run_id)
    is_owners = bool(owner) and hmac.compare_digest(run.owner, owner)
    if not is_owners or run.deleted is not None:
        raise RunNotFoundError("This run does not exist, or it belongs to somebody else.")
    return run


def watchable_run(run_id: str, owner: str, share_id: str) -> RunRecord:
    """Return a run if this owner may look at it: it is theirs, or a link that works shows it.

    To look is all that a link allows: whatever acts on a run asks `authorised_run`.

    Raises:
        RunNotFoundError: As `authorised_run`.
        ShareNotFoundError: If the link does not show it.
    """
    if not share_id:
        return authorised_run(run_id, owner)
    for run in shared_runs(share_id):
        if run.id == run_id:
            return run
    raise RunNotFoundError("This run does not exist, or it belongs to somebody else.")


def shared_runs(share_id: str) -> list[RunRecord]:
    """Return the runs that a watch-only link shows, in its order; deleted ones are left out.

    Raises:
        ShareNotFoundError: If the link does not work, or none of its runs is left.
    """
    share = ShareStore(store()).share(share_id, WATCH)
    runs: list[RunRecord] = []
    for run_id in share.content["runs"]:
        with contextlib.suppress(RunNotFoundError):
            run = authorised_run(run_id, share.owner)
            if run.deleted is None:
                runs.append(run)
    if not runs:
        raise ShareNotFoundError(DEAD_LINK)
    return runs


def lessons() -> Lessons:
    """Return the lessons of this deployment; each is for whoever has its id."""
    return Lessons(ShareStore(store()), settings().lessons_dir)


def authorised_board(code: str, owner: str) -> Board:
    """Return a class board if this owner opened or joined it.

    Raises:
        BoardNotFoundError: If not, or if there is none: the two look alike.
    """
    boards = BoardStore(store())
    board = boards.board(code)
    if not owner or not (
        hmac.compare_digest(board.owner, owner) or boards.alias(board.code, owner)
    ):
        raise BoardNotFoundError(NO_BOARD)
    return board


def board_if_authorised(code: str, owner: str) -> Board | None:
    """Return a class board as `authorised_board`, or None."""
    try:
        return authorised_board(code, owner)
    except BoardNotFoundError:
        return None


def join_board(code: str, owner: str) -> str:
    """Make this owner a member of the board of a code and return the board's code.

    Raises:
        BoardNotFoundError: If there is no such board.
        LimitError: If they have tried too many wrong codes, or the board is full.
    """
    _guesses.check(owner, time.monotonic())
    boards = BoardStore(store())
    try:
        board = boards.board(code)
    except BoardNotFoundError:
        _guesses.note(owner, time.monotonic())
        raise
    boards.join(board.code, owner)
    return board.code


def authorised_sweep(sweep_id: str, owner: str) -> SweepRecord:
    """Return a sweep if this owner may see and control it.

    Raises:
        RunNotFoundError: If there is no such sweep, or it is another's: the two look alike.
    """
    missing = "This sweep does not exist, or it belongs to somebody else."
    try:
        sweep = SweepStore(store()).sweep(sweep_id)
    except RunNotFoundError as error:
        raise RunNotFoundError(missing) from error
    if not owner or not hmac.compare_digest(sweep.owner, owner):
        raise RunNotFoundError(missing)
    return sweep


@cache
def _secret() -> bytes:
    """Return the key of the digests, made once for each home folder."""
    path: Path = settings().home / "secret"
    if not path.exists():
        # Written whole under another name first: a reader never finds half a key.
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(32))
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        Path(draft).unlink()
    return path.read_bytes()


class _IdentityMiddleware:
    """Gives a browser its cookie with the first page it loads."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or COOKIE in _cookies(scope):
            await self._app(scope, receive, send)
            return

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.append("set-cookie", _new_cookie(scope))
            await send(message)

        await self._app(scope, receive, send_with_cookie)


def _cookies(scope: Scope) -> dict[str, str]:
    return cookie_parser(Headers(scope=scope).get("cookie", ""))


def _new_cookie(scope: Scope) -> str:
    forwarded = Headers(scope=scope).get("x-forwarded-proto", scope.get("scheme", "http"))
    secure = "; Secure" if forwarded == "https" else ""
    value = secrets.token_urlsafe(MIN_COOKIE_LENGTH)
    return f"{COOKIE}={value}; Path=/; Max-Age={MAX_AGE_SECONDS}; HttpOnly; SameSite=Lax{secure}"


def identity_middleware() -> Middleware:
    """Return the middleware that hands out the cookie."""
    return Middleware(_IdentityMiddleware)
