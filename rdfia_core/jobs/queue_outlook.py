"""When waiting runs will start and those at work will end, from what runs have taken so far.

The dispatcher's own rule is played through on the expected durations. What cannot be known yet is
None: nothing here is a guess without a measurement behind it.
"""

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rdfia_core.jobs.fair_order import AT_WORK, is_light, slot_share, startable
from rdfia_core.store import RunRecord, RunState, RunStore
from rdfia_core.store.live import seconds_left

MEASURED_RUNS = 5
PAST_RUNS = 100

Expected = Callable[[RunRecord], float | None]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What lies ahead of one run.

    Args:
        run: The run.
        place: 1 for the next run to start; None for a run that is at work.
        starts_s: Seconds until its start, 0 at work; None if that is not known.
        ends_s: Seconds until its end; None if that is not known.
    """

    run: RunRecord
    place: int | None
    starts_s: float | None
    ends_s: float | None


@dataclass(frozen=True, slots=True)
class SlotUse:
    """How the slots are shared out now among light runs, or among the others.

    Args:
        is_light: Which of the two; each has all the slots to itself.
        mine: Slots that one owner's runs take.
        others: Slots that all other runs take.
    """

    is_light: bool
    mine: float
    others: float


def slot_uses(runs: Sequence[RunRecord], owner: str, slots: float) -> list[SlotUse]:
    """Return what an owner's runs and those of others take; only where somebody takes any."""
    uses = []
    for light in (True, False):
        at_work = [run for run in runs if run.state in AT_WORK and is_light(run) == light]
        mine = sum(slot_share(run, slots) for run in at_work if run.owner == owner)
        all_used = sum(slot_share(run, slots) for run in at_work)
        if all_used:
            uses.append(SlotUse(light, mine, all_used - mine))
    return uses


def outlooks(
    runs: Sequence[RunRecord], expected: Expected, slots: float, max_per_owner: int
) -> list[Outlook]:
    """Play the queue through; runs at work come first, then the waiting ones as they will start.

    Args:
        runs: All unfinished runs, of every owner; paused ones take no part.
        expected: Returns the seconds that a run still needs at work, None if not known.
        slots: How many there are.
        max_per_owner: How many runs of one owner may be at work at once.
    """
    at_work = {run.id: run for run in runs if run.state in AT_WORK}
    waiting = [run for run in runs if run.state == RunState.QUEUED and run.command != "stop"]
    ends: dict[str, float] = {}
    found: list[Outlook] = []

    def enter(run: RunRecord, now: float, place: int | None) -> None:
        needed = expected(run)
        ends[run.id] = math.inf if needed is None else now + needed
        found.append(Outlook(run, place, _known(now), _known(ends[run.id])))

    for run in at_work.values():
        enter(run, 0.0, None)
    now, place = 0.0, 0
    while waiting:
        for run in startable(at_work.values(), waiting, slots, max_per_owner):
            place += 1
            enter(run, now, place)
            at_work[run.id] = replace(run, state=RunState.RUNNING)
            waiting.remove(run)
        if not at_work:
            break
        first = min(at_work, key=lambda run_id: ends[run_id])
        # Who ends after an unknown time frees a slot at an unknown time, too.
        now = max(now, ends.pop(first))
        del at_work[first]
    return found


def _known(seconds: float) -> float | None:
    return seconds if math.isfinite(seconds) else None


def measured_expectation(store: RunStore, owner: str) -> Expected:
    """Return what estimates the seconds that a run still needs.

    A run at work tells it by its own rate. A waiting one is given the median time of an epoch of
    the owner's last runs of the same lab; a chosen pace makes it no shorter than that.
    """
    past = store.runs(owner=owner, states=[RunState.COMPLETED], newest_first=True, limit=PAST_RUNS)
    times: dict[tuple[str, str], list[float]] = {}
    for run in past:
        known = times.setdefault((run.experiment, run.task), [])
        if run.speed is None and run.epoch >= 1 and len(known) < MEASURED_RUNS:
            known.append(run.seconds / run.epoch)

    def expected(run: RunRecord) -> float | None:
        if (left_by_rate := seconds_left(run)) is not None:
            return left_by_rate
        epochs = run.config.get("epochs")
        known = times.get((run.experiment, run.task))
        if epochs is None:
            return None
        left = max(0.0, float(epochs) - run.epoch)
        if known:
            pace = 1 / run.speed if run.speed else 0.0
            return left * max(statistics.median(known), pace)
        # A pace slower than full speed says how long it takes even without a measurement.
        return left / run.speed if run.speed else None

    return expected
