"""Who comes next: owners with the fewest runs at work first, then the oldest run.

Runs of a sweep come behind all others.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from rdfia_core.experiments import experiments
from rdfia_core.jobs.sweep_runs import is_compiled
from rdfia_core.store import RunRecord, RunState

AT_WORK = (RunState.STARTING, RunState.RUNNING)


def slot_share(run: RunRecord, slots: float) -> float:
    """Return the slots that a run takes of those there are, at most all of them."""
    return min(_share(run), slots)


def startable(
    at_work: Iterable[RunRecord], waiting: Sequence[RunRecord], slots: float, max_per_owner: int
) -> list[RunRecord]:
    """Return the waiting runs that there is room for now, in the order of their start.

    Light and heavy runs each have all the slots to themselves: a change of C must not wait for
    the minutes of somebody's training, and costs it little. For single runs those of sweeps take
    no room: they have a lower priority on the processor.

    Args:
        at_work: Runs that take a slot.
        waiting: Runs that want one.
        slots: How many there are.
        max_per_owner: How many runs of one owner may be at work at once.
    """
    at_work = list(at_work)
    apart = [run for run in at_work if not run.sweep]
    singles = [run for run in waiting if not run.sweep]
    chosen = _in_turn(apart, singles, slots, max_per_owner)
    of_sweeps = _one_worker_each([run for run in waiting if run.sweep], at_work)
    return chosen + _in_turn([*at_work, *chosen], of_sweeps, slots, max_per_owner)


def _one_worker_each(waiting: list[RunRecord], at_work: list[RunRecord]) -> list[RunRecord]:
    """Leave one run of each sweep whose worker then takes the others of it, one by one."""
    served = {run.sweep for run in at_work if is_compiled(run)}
    left: list[RunRecord] = []
    for run in waiting:
        if is_compiled(run):
            if run.sweep in served:
                continue
            served.add(run.sweep)
        left.append(run)
    return left


def _in_turn(
    at_work: Iterable[RunRecord], waiting: Sequence[RunRecord], slots: float, max_per_owner: int
) -> list[RunRecord]:
    used = {True: 0.0, False: 0.0}
    per_owner: Counter[str] = Counter()
    for run in at_work:
        used[is_light(run)] += slot_share(run, slots)
        per_owner[run.owner] += 1
    chosen: list[RunRecord] = []
    left = list(waiting)
    while left:
        run = min(left, key=lambda item: (per_owner[item.owner], item.created))
        pool = is_light(run)
        if used[pool] + slot_share(run, slots) > slots:
            left = [item for item in left if is_light(item) != pool]  # nobody may overtake
            continue
        left.remove(run)
        if per_owner[run.owner] >= max_per_owner:
            left = [item for item in left if item.owner != run.owner]
            continue
        chosen.append(run)
        used[pool] += slot_share(run, slots)
        per_owner[run.owner] += 1
    return chosen


def _share(run: RunRecord) -> float:
    experiment = experiments().get(run.experiment)
    return experiment.share_of(run.task) if experiment else 1.0


def is_light(run: RunRecord) -> bool:
    """Whether a run takes only a part of a slot."""
    return _share(run) < 1
