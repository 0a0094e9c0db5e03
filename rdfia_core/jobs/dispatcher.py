"""The dispatcher: the only loop that starts runs, notices dead workers and enforces stops.

It keeps no state of its own that matters: all of it is in the store, so a new dispatcher takes
over where a killed one left off, and adopts the workers that went on without it.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable

from rdfia_core.jobs.engines import Engine
from rdfia_core.jobs.fair_order import AT_WORK, startable
from rdfia_core.jobs.submission import delete_run, discard
from rdfia_core.jobs.sweep_runs import clear_away, tend_sweeps
from rdfia_core.settings import Settings
from rdfia_core.store import TERMINAL_STATES, RunRecord, RunState, RunStore
from rdfia_core.store.live import ENGINE_SERVICE
from rdfia_core.store.run_lists import RunLists
from rdfia_core.store.schema import run_table

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 2
START_GRACE_SECONDS = 30.0
TERMINATE_AFTER_SECONDS = 2.0
KILL_AFTER_SECONDS = 5.0
HEARTBEAT_SECONDS = 1.0
HOUSEKEEPING_SECONDS = 10.0
SERVICE = ENGINE_SERVICE

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
        sweeps = tend_sweeps(self._store, runs)
        if runs or sweeps:
            self.last_busy = self._clock()
            living = self._engine.alive([run.handle for run in runs if run.handle])
            changed = [run for run in runs if self._settle(run, living)]
            if changed or sweeps:
                runs = self._store.runs(states=UNFINISHED)
            self._start_queued(runs, sweeps)
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

    def _start_queued(self, runs: list[RunRecord], sweeps: set[str]) -> None:
        """Start the queued runs that there is room for.

        Args:
            runs: All unfinished runs.
            sweeps: Sweeps whose runs may be started.
        """
        at_work = [run for run in runs if run.state in AT_WORK]
        waiting = [
            run
            for run in runs
            if run.state == RunState.QUEUED
            and run.command != "stop"
            and (not run.sweep or run.sweep in sweeps)
        ]
        most = self._settings.max_running_per_owner
        for run in startable(at_work, waiting, self._engine.slots(), most):
            self._start(run)

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
        for run_id in self._lists.expired():
            discard(self._store, self._settings, run_id)
        clear_away(self._store, self._settings)
        single = run_table.c.sweep == ""
        ended = self._store.runs(states=TERMINAL_STATES, newest_first=True, where=single)
        ended.sort(key=lambda run: not run.pinned)  # pinned ones are the last to go
        seen: Counter[str] = Counter()
        for run in ended:
            if run.deleted is not None:
                continue
            seen[run.owner] += 1
            if seen[run.owner] > self._settings.keep_runs_per_owner:
                delete_run(self._store, self._settings, run.id)
