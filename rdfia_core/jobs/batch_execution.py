"""Many small runs of a sweep in one worker, one after the other, by compiled code.

Each becomes a run like any other: every metric row, diagnosis, last picture, weights, checkpoint.
What `Execution` does ten times a second (pictures, pauses, single steps, pace) makes no sense for a
run that is over in milliseconds, and would take longer than the run.
"""

import logging
import os
import time
from collections.abc import Callable, Iterator
from typing import Any

from rdfia_core.config import field_specs
from rdfia_core.errors import RunNotFoundError
from rdfia_core.events import End, EndReason, Event, Metrics, Note, Started, Step
from rdfia_core.experiments import experiment_named
from rdfia_core.jobs.execution import END_STATES, Execution
from rdfia_core.jobs.recorder import Recorder
from rdfia_core.jobs.sweep_runs import has_budget, is_compiled, may_start, take_next, top_up
from rdfia_core.jobs.trained import owners_context
from rdfia_core.settings import Settings
from rdfia_core.store import RunRecord, RunState, RunStore
from rdfia_core.store.sweep_store import FILLED, SweepStore
from rdfia_core.training.checkpoints import WEIGHTS_FILE, save_arrays, save_checkpoint

FLUSH_SECONDS = 0.25
LOOK_SECONDS = 0.05
WAIT_SECONDS = 0.6
"""How long a worker waits for the dispatcher to queue more."""

logger = logging.getLogger(__name__)


class BatchExecution:
    """Executes runs of one sweep in this process.

    Args:
        store: The run store, opened in this process.
        settings: Of the deployment.
        on_run: Called with every run that has ended, for a command line that shows progress.
    """

    def __init__(
        self,
        store: RunStore,
        settings: Settings,
        on_run: Callable[[RunRecord], None] | None = None,
    ) -> None:
        self._store = store
        self._settings = settings
        self._on_run = on_run
        self._single: Execution | None = None
        self.is_interrupted = False
        # Numba reads it when it is imported. What it compiles lies with all else that is written.
        os.environ.setdefault("NUMBA_CACHE_DIR", str(settings.home / "compiled"))

    def interrupt(self, *_signal: object) -> None:
        """Ask the run at work to stop and take no other; safe inside a signal handler."""
        self.is_interrupted = True
        if self._single is not None:
            self._single.interrupt()

    def work(self, run: RunRecord) -> None:
        """Execute a run that this process has taken, and then others of its sweep that wait."""
        taken: RunRecord | None = run
        while taken is not None:
            self.execute(taken)
            taken = self._next(run.sweep)

    def work_here(self, sweep_id: str) -> None:
        """Execute the missing runs of a paused sweep, one after the other, in this process.

        The sweep stays paused for the dispatcher, so it is paused too if this process dies. It is
        left when it is asked for anything, or its budget is used up.
        """
        sweeps = SweepStore(self._store)
        while not self.is_interrupted:
            sweep = sweeps.sweep(sweep_id)
            if sweep.command != "pause" or sweep.deleted or not has_budget(self._store, sweep):
                return
            run = take_next(self._store, sweep_id)
            if run is not None:
                self.execute(run)
            elif not top_up(self._store, sweep, 0):
                sweeps.command(sweep_id, FILLED)

    def _next(self, sweep_id: str) -> RunRecord | None:
        """Take the next run, waiting a moment for one while the sweep goes on."""
        end = time.perf_counter() + WAIT_SECONDS
        while not self.is_interrupted and may_start(self._store, sweep_id):
            run = take_next(self._store, sweep_id)
            if run is not None or time.perf_counter() > end:
                return run
            time.sleep(LOOK_SECONDS)
        return None

    def execute(self, run: RunRecord) -> None:
        """Execute one run: by compiled code where that is possible, else step by step."""
        if run.command == "stop" or not is_compiled(run):
            self._execute_singly(run)
        else:
            try:
                self._execute(run)
            except RunNotFoundError:
                return  # deleted while it was at work
            except Exception:  # the readable way gives the same result, or says what is wrong
                logger.exception("the compiled code failed on run %s", run.id)
                self._execute_singly(run)
        if self._on_run is not None:
            self._on_run(self._store.run(run.id))

    def _execute_singly(self, run: RunRecord) -> None:
        self._single = Execution(self._store, run, self._settings)
        if self.is_interrupted:
            self._single.interrupt()
        self._single.run()
        self._single = None

    def _execute(self, run: RunRecord) -> None:
        begun = time.perf_counter()
        if run.step:  # of an earlier attempt; the same comes out again
            self._store.rewind(run.id, -1)
        recorder = Recorder(self._store, run.id)
        last_step: Step | None = None
        progress: dict[str, Any] = {"rate": None}
        next_flush = begun + FLUSH_SECONDS
        for event in self._events(run):
            now = time.perf_counter()
            if isinstance(event, Metrics):
                recorder.add_metrics(event)
                progress |= {"step": event.step, "epoch": event.epoch, "seconds": now - begun}
            elif isinstance(event, Note):
                recorder.add_note(event)
            elif isinstance(event, Started):
                progress |= {"num_parameters": event.num_parameters, "device": event.device}
            elif isinstance(event, Step):
                last_step = event
                if not (self.is_interrupted or now >= next_flush):
                    continue
                next_flush = now + FLUSH_SECONDS
                asked = recorder.flush(progress)["command"]
                overtime = now - begun > self._settings.max_run_seconds
                if asked == "stop" or self.is_interrupted or overtime:
                    event = End(EndReason.STOPPED, self._reason(overtime), {})
            if isinstance(event, End):
                self._finish(run, event, last_step, recorder, progress, begun)
                return

    def _events(self, run: RunRecord) -> Iterator[Event]:
        experiment = experiment_named(run.experiment)
        config = experiment.config_class.build({**run.config, **run.live})
        context = owners_context(self._store, self._settings, run.owner)
        specs = field_specs(experiment.config_class)
        context.live = {s.name: getattr(config, s.name) for s in specs if s.live}
        context.attentive = False
        return experiment.load_many()(config, context)

    def _reason(self, is_overtime: bool) -> str:
        limit = self._settings.max_run_seconds
        return (
            f"Stopped: a run may work for {limit:g} seconds on this server." if is_overtime else ""
        )

    def _finish(
        self,
        run: RunRecord,
        end: End,
        step: Step | None,
        recorder: Recorder,
        progress: dict[str, Any],
        begun: float,
    ) -> None:
        """Write the files, then the record in one transaction with the run's end."""
        folder = self._settings.run_dir(run.id)
        sentence = end.sentence
        if step is not None:
            recorder.take_picture(step)
            try:
                if step.checkpoint is not None:
                    save_checkpoint(folder, step.checkpoint(), is_durable=False)
                if end.weights:
                    weights = {"run": run.id}
                    save_arrays(folder / WEIGHTS_FILE, end.weights, weights, is_durable=False)
            except OSError as error:
                hint = f"Its weights could not be written ({error.strerror}): free disk space."
                sentence = " ".join(filter(None, [sentence, hint]))
        now = self._store.now()
        recorder.flush(
            {
                **progress,
                "seconds": time.perf_counter() - begun,
                "sentence": sentence,
                "state": END_STATES.get(end.reason, RunState.STOPPED),
                "ended": now,
                "handle": "",
            }
        )
