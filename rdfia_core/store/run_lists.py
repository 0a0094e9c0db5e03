"""Lists of an owner's runs: which are in them, names and tags, and deleting with a way back.

A deleted run is only marked, and looks as if it were gone; the dispatcher clears it away for good
once `UNDO_SECONDS` have passed (jobs/dispatcher.py).
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select

from rdfia_core.errors import LimitError
from rdfia_core.experiments import experiments
from rdfia_core.store import schema
from rdfia_core.store.records import LIVE_STATES, RunRecord, RunState
from rdfia_core.store.run_store import RunStore, run_record

UNDO_SECONDS = 3600.0
MAX_NAME = 80
MAX_TAG = 24
MAX_TAGS = 8

runs = schema.run_table


@dataclass(frozen=True, slots=True)
class RunQuery:
    """Which runs a list shows. What is deleted is in none.

    Args:
        owner: Whose; None for everybody's.
        experiment: Of this lab alone, or "".
        states: In one of these states; none for any.
        tag: With this tag, or "".
        text: With these words in name, tags, lab, id or changed settings, or "".
        sweeps: Also the runs of sweeps, which come by the hundred.
        side: Also tasks beside the training, and runs that answered a form at once.
    """

    owner: str | None = None
    experiment: str = ""
    states: tuple[RunState, ...] = ()
    tag: str = ""
    text: str = ""
    sweeps: bool = False
    side: bool = False

    def condition(self) -> ColumnElement[bool]:
        """Return what the database can decide; tag and text are left to `accepts`."""
        condition: ColumnElement[bool] = runs.c.deleted.is_(None)
        if self.owner is not None:
            condition &= runs.c.owner == self.owner
        if self.experiment:
            condition &= runs.c.experiment == self.experiment
        if self.states:
            condition &= runs.c.state.in_([str(state) for state in self.states])
        if not self.sweeps:
            condition &= runs.c.sweep == ""
        if not self.side:
            instant = [e.name for e in experiments().values() if e.is_instant]
            # A sweep over an instant lab is wanted, where sweeps are.
            is_instant = runs.c.experiment.in_(instant) & (runs.c.sweep == "")
            condition &= (runs.c.task == "train") & ~is_instant
        return condition

    def accepts(self, run: RunRecord) -> bool:
        """Whether a run has the tag and every word of the text."""
        if self.tag and self.tag not in run.tags:
            return False
        known = searched_text(run)
        return all(word in known for word in self.text.lower().split())


class RunLists:
    """Lists, names, tags, pins and deletion of runs; whoever asks has authorised before.

    Args:
        store: Where the runs lie.
        clock: Seconds since 1970; tests replace it.
    """

    def __init__(self, store: RunStore, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock

    def listed(self, query: RunQuery) -> list[RunRecord]:
        """Return the runs of a query: pinned ones first, then the newest."""
        found = self._select(query.condition(), runs.c.pinned.desc(), runs.c.created.desc())
        return [run for run in found if query.accepts(run)]

    def has_any(self, owner: str) -> bool:
        """Whether an owner has any run at all that is not deleted."""
        return self._store.count((runs.c.owner == owner) & runs.c.deleted.is_(None)) > 0

    def tags_of(self, owner: str) -> list[str]:
        """Return all tags that an owner has put on runs, in alphabetical order."""
        query = select(runs.c.tags).where((runs.c.owner == owner) & runs.c.deleted.is_(None))
        with self._store.reading() as connection:
            lists = connection.execute(query).scalars().all()
        return sorted({tag for tags in lists for tag in tags})

    def rename(self, run_id: str, name: str) -> None:
        """Call a run something; an empty name gives it its automatic one back.

        Raises:
            LimitError: If the name is too long.
        """
        self._store.update_run(run_id, name=checked_name(name))

    def tag(self, run_ids: Iterable[str], tags: Sequence[str]) -> None:
        """Replace the tags of runs.

        Raises:
            LimitError: If there are too many, or one is too long.
        """
        self._update(run_ids, {"tags": checked_tags(tags)})

    def pin(self, run_ids: Iterable[str], pinned: bool) -> None:
        """Put runs first in lists, or among the others again."""
        self._update(run_ids, {"pinned": pinned})

    def delete(self, run_ids: Iterable[str]) -> None:
        """Take runs out of sight; those that still live are stopped."""
        now = self._clock()
        ids = list(run_ids)
        is_live = runs.c.state.in_([str(state) for state in LIVE_STATES])
        stop = {"command": "stop", "command_time": now}
        with self._store.writing() as connection:
            chosen = runs.c.id.in_(ids) & runs.c.deleted.is_(None)
            to_stop = chosen & is_live & (runs.c.command != "stop")
            connection.execute(runs.update().where(to_stop).values(stop))
            connection.execute(runs.update().where(chosen).values({"deleted": now}))

    def restore(self, run_ids: Iterable[str]) -> None:
        """Have deleted runs back; one that was stopped stays stopped."""
        self._update(run_ids, {"deleted": None})

    def deleted(self, owner: str) -> list[RunRecord]:
        """Return an owner's runs that can still be had back, the last deleted first."""
        since = self._clock() - UNDO_SECONDS
        return self._select(
            (runs.c.owner == owner) & (runs.c.deleted > since), runs.c.deleted.desc()
        )

    def expired(self) -> list[str]:
        """Return the ids of deleted runs that nobody can have back any more."""
        query = select(runs.c.id).where(runs.c.deleted <= self._clock() - UNDO_SECONDS)
        with self._store.reading() as connection:
            return list(connection.execute(query).scalars().all())

    def _select(
        self, condition: ColumnElement[bool], *order: ColumnElement[Any]
    ) -> list[RunRecord]:
        with self._store.reading() as connection:
            rows = connection.execute(select(runs).where(condition).order_by(*order)).mappings()
            return [run_record(row) for row in rows]

    def _update(self, run_ids: Iterable[str], values: Mapping[str, Any]) -> None:
        with self._store.writing() as connection:
            connection.execute(runs.update().where(runs.c.id.in_(list(run_ids))).values(values))


def checked_name(name: str) -> str:
    """Return a name on one line.

    Raises:
        LimitError: If it is too long.
    """
    name = " ".join(name.split())
    if len(name) > MAX_NAME:
        raise LimitError(
            f"A run's name may have {MAX_NAME} characters. Got {len(name)}. Shorten it; the name "
            "is as it was."
        )
    return name


def checked_tags(tags: Iterable[str]) -> list[str]:
    """Return tags as they are stored: lower case, each once, in the order given.

    Raises:
        LimitError: If there are too many, or one is too long.
    """
    words = [" ".join(tag.lower().replace(",", " ").split()) for tag in tags]
    words = list(dict.fromkeys(word for word in words if word))
    if too_long := next((word for word in words if len(word) > MAX_TAG), ""):
        raise LimitError(
            f"A tag may have {MAX_TAG} characters. Got {len(too_long)}: {too_long[:40]!r}. "
            "Shorten it; the tags are as they were."
        )
    if len(words) > MAX_TAGS:
        raise LimitError(
            f"A run may have {MAX_TAGS} tags. Got {len(words)}. Leave some out; the tags are as "
            "they were."
        )
    return words


def searched_text(run: RunRecord) -> str:
    """Return all that a text filter looks at, in lower case."""
    experiment = experiments().get(run.experiment)
    title = experiment.title if experiment else ""
    fields = experiment.config_class.model_fields if experiment else {}
    changed = [
        f"{name}={value}"
        for name, value in run.config.items()
        if name in fields and value != fields[name].default
    ]
    words = [run.id, run.name, run.experiment, title, run.state, *run.tags, *changed]
    return "\n".join(words).lower()
