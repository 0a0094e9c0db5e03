"""The queue as all visitors see it: looked at once a second, however many of them wait."""

import base64
from threading import Lock

from cachetools import TTLCache, cached

from app.resources import settings, store
from app.run_words import duration_words
from app.status import num_slots
from rdfia_core.jobs.queue_outlook import Expected, Outlook, measured_expectation, outlooks
from rdfia_core.store import RunRecord, RunState, RunStore
from rdfia_core.store.live import live_packet

IN_QUEUE = (RunState.QUEUED, RunState.STARTING, RunState.RUNNING)
LOOK_SECONDS = 1.0
PACE_SECONDS = 20.0
"""How long an owner's measured pace is believed: what has ended since changes it little."""


def queue() -> list[Outlook]:
    """Return what lies ahead of every unfinished run, in the order of their starts."""
    return _queue(store(), num_slots(), settings().max_running_per_owner)


def outlook_of(run: RunRecord) -> Outlook | None:
    """Return what lies ahead of a waiting run, None if it does not wait or came this second."""
    if run.state != RunState.QUEUED:
        return None
    return next((look for look in queue() if look.run.id == run.id), None)


def waiting_words(run: RunRecord) -> str:
    """Say "Place 3 in the queue, starts in about 2 min", "" of a run that does not wait."""
    look = outlook_of(run)
    if look is None:
        return "Waiting in line" if run.state == RunState.QUEUED else ""
    starts = "" if not look.starts_s else f", starts in {duration_words(look.starts_s)}"
    return f"Place {look.place} in the queue{starts}"


def packet_of(
    run: RunRecord,
    *,
    metrics: int = 0,
    notes: int = 0,
    step: int = -1,
    attempt: int = 0,
    poll_ms: int = 100,
    pictures: bool = True,
) -> bytes:
    """Pack what a reader does not have yet (`live_packet`), with the run's place in the queue."""
    look = outlook_of(run)
    return live_packet(
        store(),
        run,
        metrics=metrics,
        notes=notes,
        step=step,
        attempt=attempt,
        poll_ms=poll_ms,
        pictures=pictures,
        wait=(None, None) if look is None else (look.place, look.starts_s),
    )


def packet_text(run: RunRecord, *, pictures: bool = True) -> str:
    """Pack a whole run for a component that does not reach the routes: base64."""
    return base64.b64encode(packet_of(run, pictures=pictures)).decode()


@cached(TTLCache(maxsize=4, ttl=LOOK_SECONDS), lock=Lock())
def _queue(run_store: RunStore, slots: float, most: int) -> list[Outlook]:
    def expected(run: RunRecord) -> float | None:
        return _expectation(run_store, run.owner)(run)

    return outlooks(run_store.runs(states=IN_QUEUE), expected, slots, most)


@cached(TTLCache(maxsize=500, ttl=PACE_SECONDS), lock=Lock())
def _expectation(run_store: RunStore, owner: str) -> Expected:
    return measured_expectation(run_store, owner)
