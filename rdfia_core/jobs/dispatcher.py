"""The dispatcher: the only loop that starts runs, notices dead workers and enforces stops.

It keeps no state of its own that matters: all of it is in the store, so a new dispatcher takes
over where a killed one left off, and adopts the workers that went on without it.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable

from rdfia_core.jobs.engines import Engine
from rdfia_core.jobs.submission import delete_run
from rdfia_core.jobs.sweep_runs import clear_away, is_compiled, tend_sweeps
from rdfia_core.settings import Settings
from rdfia_core.store import TERMINAL_STATES, RunRecord, RunState, RunStore
from rdfia_core.store.schema import run_table

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 2
START_GRACE_SECONDS = 30.0
TERMINATE_AFTER_SECONDS = 2.0
KILL_AFTER_SECONDS = 5.0
HEARTBEAT_SECONDS = 1.0
HOUSEKEEPING_SECONDS = 10.0
SERVICE = "dispatcher"

WITH_WORKER = (*AT_WORK, RunState.PAUSED)
UNFINISHED = (RunState.QUEUED, *WITH_WORKER)


class Dispatcher:
    """Moves runs through their states; `tick` does once what there is to do.

    Args:
        store: The run store.
        engine: Starts the workers.
        settings: Of the deployment.
        clock: Seconds since 1970; tests replace it.
    """

    def __init__(
        self,
        store: RunStore,
        engine: Engine,
        settings: Settings,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._engine = engine
        self._settings = settings
        self._clock = clock
        self._lists = RunLists(store, clock)
        self._last_housekeeping = 0.0
        self.last_busy = clock()

    def tick(self) -> None:
        """Notice the dead, enforce the stops, start what may start."""
        runs = self._store.runs(states=UNFINISHED)
        startable = tend_sweeps(self._store, runs)
        if runs or startable:
            self.last_busy = self._clock()
            living = self._engine.alive([run.handle for run in runs if run.handle])
            changed = [run for run in runs if self._settle(run, living)]
            if changed or startable:
                runs = self._store.runs(states=UNFINISHED)
            self._start_queued(runs, startable)
        if self._clock() - self._last_housekeeping > HOUSEKEEPING_SECONDS:
            self._last_housekeeping = self._clock()
            self._keep_house()

    def _settle(self, run: RunRecord, living: set[str]) -> bool:
        """Bring one run's state in line with the facts; True if it changed."""
        if run.state == RunState.QUEUED:
            return run.command == "stop" and self._store.change_state(
                run.id, [RunState.QUEUED], RunState.STOPPED
            )
        if run.handle in living:
            self._enforce_stop(run)
            return False
        if run.state == RunState.PAUSED and not run.handle:
            return self._unpark(run)
        just_started = self._clock() - run.updated < START_GRACE_SECONDS
        if run.state == RunState.STARTING and not run.handle and just_started:
            return False
        return self._recover(run)

    def _enforce_stop(self, run: RunRecord) -> None:
        waited = self._clock() - run.command_time
        if run.command != "stop" or waited < TERMINATE_AFTER_SECONDS:
            return
        self._engine.kill(run.handle, force=waited >= KILL_AFTER_SECONDS)

    def _unpark(self, run: RunRecord) -> bool:
        """Queue a paused run without a worker again when its owner wants something of it."""
        if run.command == "stop":
            return self._store.change_state(run.id, [RunState.PAUSED], RunState.STOPPED)
        has_requests = (run.step_requests, run.epoch_requests) != (
            run.steps_served,
            run.epochs_served,
        )
        if run.command == "pause" and not has_requests:
            return False
        return self._store.change_state(run.id, [RunState.PAUSED], RunState.QUEUED)

    def _recover(self, run: RunRecord) -> bool:
        """Resume a run whose worker died, once; after that it is lost."""
        if run.command == "stop":
            return self._store.change_state(run.id, [run.state], RunState.STOPPED)
        if run.attempt >= MAX_ATTEMPTS:
            sentence = (
                "The worker of this run died twice, the second time after it had been resumed from "
                "its checkpoint. Start it again; if it dies again, try a smaller network."
            )
            logger.warning("run %s is lost", run.id)
            return self._store.change_state(run.id, [run.state], RunState.LOST, sentence=sentence)
        logger.warning("the worker of run %s died; it is resumed", run.id)
        return self._store.change_state(
            run.id, [run.state], RunState.QUEUED, attempt=run.attempt + 1, handle=""
        )

    def _start_queued(self, runs: list[RunRecord], startable: set[str]) -> None:
        """Start queued runs, and those of sweeps where room is left.

        For others a sweep's runs take no room: they have a lower priority on the processor.
        """
        at_work = [run for run in runs if run.state in AT_WORK]
        waiting = [run for run in runs if run.state == RunState.QUEUED and run.command != "stop"]
        apart = [run for run in at_work if not run.sweep]
        started = self._start_in_turn([run for run in waiting if not run.sweep], apart)
        of_sweeps = [run for run in waiting if run.sweep in startable]
        self._start_in_turn(_one_worker_each(of_sweeps, at_work), at_work + started)

    def _start_in_turn(self, waiting: list[RunRecord], at_work: list[RunRecord]) -> list[RunRecord]:
        """Start what there is room for: owners with the fewest at work first, then the oldest.

        Light and heavy runs each have all the slots to themselves: a change of C must not wait for
        the minutes of somebody's training, and costs it little.
        """
        started: list[RunRecord] = []
        used = {True: 0.0, False: 0.0}
        for run in at_work:
            used[_is_light(run)] += self._share(run)
        full: set[bool] = set()
        per_owner = Counter(run.owner for run in at_work)
        while waiting:
            run = min(waiting, key=lambda item: (per_owner[item.owner], item.created))
            waiting.remove(run)
            pool = _is_light(run)
            if pool in full or used[pool] + self._share(run) > self._engine.slots():
                full.add(pool)  # nobody behind it may overtake
                continue
            if per_owner[run.owner] >= self._settings.max_running_per_owner:
                continue
            if self._start(run):
                started.append(run)
                used[pool] += self._share(run)
                per_owner[run.owner] += 1
        return started

    def _start(self, run: RunRecord) -> None:
        if not self._store.change_state(run.id, [RunState.QUEUED], RunState.STARTING, handle=""):
            return
        try:
            self._engine.start(run.id)
        except OSError as error:
            sentence = f"No worker could be started ({error}). Free memory, then start it again."
            self._store.change_state(
                run.id, [RunState.STARTING], RunState.FAILED, sentence=sentence
            )

    def _keep_house(self) -> None:
        """Fold the write-ahead log in; clear deleted runs and the oldest ended ones away."""
        self._store.checkpoint_wal()
        clear_away(self._store, self._settings)
        single = run_table.c.sweep == ""
        ended = self._store.runs(states=TERMINAL_STATES, newest_first=True, where=single)
        seen: Counter[str] = Counter()
        for run in ended:
            if run.deleted is not None:
                continue
            seen[run.owner] += 1
            if seen[run.owner] > self._settings.keep_runs_per_owner:
                delete_run(self._store, self._settings, run.id)


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


def _share(run: RunRecord) -> float:
    experiment = experiments().get(run.experiment)
    return experiment.share_of(run.task) if experiment else 1.0


def _is_light(run: RunRecord) -> bool:
    return _share(run) < 1
