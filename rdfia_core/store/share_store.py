"""Links that let others see something: runs, or a lesson. A link's id is its secret."""

import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from rdfia_core.errors import LimitError, ShareNotFoundError
from rdfia_core.store import schema
from rdfia_core.store.run_store import RunStore

shares = schema.share_table

WATCH = "watch"
LESSON = "lesson"
ID_BYTES = 16
MAX_SHARES_PER_OWNER = 200
DEAD_LINK = (
    "This link shows nothing any more: it was revoked, what it showed was deleted, or a part of "
    "the address is missing. Ask whoever gave it to you for a new one."
)
_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class ShareRecord:
    """One link that works.

    Args:
        id: Unguessable; 32 hexadecimal digits, 128 random bits.
        owner: Who made it and may revoke it.
        kind: WATCH or LESSON.
        content: What it shows.
        created: Seconds since 1970.
    """

    id: str
    owner: str
    kind: str
    content: Mapping[str, Any]
    created: float


class ShareStore:
    """The links of a deployment.

    Args:
        store: The run store; links lie in the same database.
        clock: Seconds since 1970; tests replace it.
    """

    def __init__(self, store: RunStore, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock

    def create(self, owner: str, kind: str, content: Mapping[str, Any]) -> str:
        """Make a link and return its id.

        Raises:
            LimitError: If the owner has too many that work.
        """
        share_id = secrets.token_hex(ID_BYTES)
        mine = (shares.c.owner == owner) & shares.c.revoked.is_(None)
        values = {"id": share_id, "owner": owner, "kind": kind, "content": dict(content)}
        with self._store.writing() as connection:
            count = connection.execute(select(func.count()).where(mine)).scalar_one()
            if count >= MAX_SHARES_PER_OWNER:
                raise LimitError(
                    f"You have {count} links that work, and {MAX_SHARES_PER_OWNER} are allowed. "
                    "Revoke one that you no longer need."
                )
            connection.execute(shares.insert().values(values | {"created": self._clock()}))
        return share_id

    def share(self, share_id: str, kind: str) -> ShareRecord:
        """Return a link that works.

        Raises:
            ShareNotFoundError: If there is none of that id and kind, or it was revoked: all look
                alike.
        """
        row = None
        if _ID.fullmatch(share_id):
            query = select(shares).where(shares.c.id == share_id, shares.c.kind == kind)
            with self._store.reading() as connection:
                row = connection.execute(query.where(shares.c.revoked.is_(None))).first()
        if row is None:
            raise ShareNotFoundError(DEAD_LINK)
        return ShareRecord(row.id, row.owner, row.kind, row.content, row.created)

    def of_owner(self, owner: str, kind: str) -> list[ShareRecord]:
        """Return an owner's links that work, newest first."""
        query = select(shares).where(
            shares.c.owner == owner, shares.c.kind == kind, shares.c.revoked.is_(None)
        )
        with self._store.reading() as connection:
            rows = connection.execute(query.order_by(shares.c.created.desc())).all()
        return [ShareRecord(row.id, row.owner, row.kind, row.content, row.created) for row in rows]

    def revoke(self, share_id: str, owner: str) -> bool:
        """Make a link of this owner show nothing from now on; return whether it was one."""
        condition = (shares.c.id == share_id) & (shares.c.owner == owner)
        values = {"revoked": self._clock(), "content": {}}
        with self._store.writing() as connection:
            statement = shares.update().where(condition & shares.c.revoked.is_(None)).values(values)
            return connection.execute(statement).rowcount == 1
