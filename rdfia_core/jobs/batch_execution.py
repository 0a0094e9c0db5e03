"""Many small runs of a sweep in one worker, one after the other, by compiled code.

Each becomes a run like any other: every metric row, diagnosis, last picture, weights, checkpoint.
What `Execution` does ten times a second (pictures, pauses, single steps, pace) makes no sense for a
run that is over in milliseconds, and would take longer than the run.
"""

import logging
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
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
from rdfia_core.store import RunRecord, RunStore
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
        self._is_warm = False
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
        if not self._is_warm:
            # Compiling, or loading what was compiled, is no part of any run's working time.
            self._is_warm = True
            for _ in self._events(replace(run, config={**run.config, "epochs": 1})):
                pass
        if run.step:  # of an earlier attempt; the same comes out again
            self._store.rewind(run.id, -1)
        record = _Record(self._store, self._settings, run)
        next_flush = time.perf_counter() + FLUSH_SECONDS
        for event in self._events(run):
            if isinstance(event, End):
                record.finish(event)
                return
            record.take(event)
            if not isinstance(event, Step):
                continue
            if self.is_interrupted or time.perf_counter() >= next_flush:
                sentence = record.overtime()
                if record.flush() == "stop" or self.is_interrupted or sentence:
                    record.finish(End(EndReason.STOPPED, sentence, {}))
                    return
                next_flush = time.perf_counter() + FLUSH_SECONDS

    def _events(self, run: RunRecord) -> Iterator[Event]:
        experiment = experiment_named(run.experiment)
        config = experiment.config_class.build({**run.config, **run.live})
        context = owners_context(self._store, self._settings, run.owner)
        specs = field_specs(experiment.config_class)
        context.live = {s.name: getattr(config, s.name) for s in specs if s.live}
        context.attentive = False
        return experiment.load_many()(config, context)


class _Record:
    """What one run yields, on its way into the store."""

    def __init__(self, store: RunStore, settings: Settings, run: RunRecord) -> None:
        self._store = store
        self._settings = settings
        self._run = run
        self._begun = time.perf_counter()
        self._recorder = Recorder(store, run.id)
        self._step: Step | None = None
        self._progress: dict[str, Any] = {"rate": None}

    def take(self, event: Event) -> None:
        """Note one event."""
        if isinstance(event, Metrics):
            self._recorder.add_metrics(event)
            self._progress |= {"step": event.step, "epoch": event.epoch}
        elif isinstance(event, Note):
            self._recorder.add_note(event)
        elif isinstance(event, Step):
            self._step = event
        elif isinstance(event, Started):
            started = {"num_parameters": event.num_parameters, "device": event.device}
            self._progress |= started

    def overtime(self) -> str:
        """Say that the run has worked too long, or nothing."""
        limit = self._settings.max_run_seconds
        is_over = time.perf_counter() - self._begun > limit
        return f"Stopped: a run may work for {limit:g} seconds on this server." if is_over else ""

    def flush(self, **more: Any) -> str:
        """Store what is new; return what the owner asks for."""
        seconds = time.perf_counter() - self._begun
        asked = self._recorder.flush({**self._progress, "seconds": seconds, **more})
        return str(asked["command"])

    def finish(self, end: End) -> None:
        """Write the files, then the rest of the record in one transaction with the run's end."""
        sentences = [end.sentence]
        if self._step is not None:
            self._recorder.take_picture(self._step)
            try:
                self._save(self._step, end)
            except OSError as error:
                hint = f"Its weights could not be written ({error.strerror}): free disk space."
                sentences.append(hint)
        self.flush(
            sentence=" ".join(filter(None, sentences)),
            state=END_STATES[end.reason],
            ended=self._store.now(),
            handle="",
        )

    def _save(self, step: Step, end: End) -> None:
        folder = self._settings.run_dir(self._run.id)
        if step.checkpoint is not None:
            save_checkpoint(folder, step.checkpoint(), is_durable=False)
        if end.weights:
            of_run = {"run": self._run.id}
            save_arrays(folder / WEIGHTS_FILE, end.weights, of_run, is_durable=False)
