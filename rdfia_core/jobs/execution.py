"""The life of one run.

Pulls events from the training generator and decides when a picture is taken, when to save, when to
wait. The training loop knows nothing of all this. Long because all of it turns on the moment after
a step; what can be told apart is in `transport` (what the owner wants) and `recorder` (what is
stored).
"""

import time
import traceback
from collections.abc import Callable, Generator, Mapping
from dataclasses import replace
from enum import Enum
from typing import Any, cast

from rdfia_core.config import field_specs
from rdfia_core.errors import DataUnavailableError, RdfiaError, StoreError
from rdfia_core.events import (
    Checkpoint,
    End,
    EndReason,
    Event,
    File,
    Metrics,
    Note,
    Pulse,
    Result,
    Started,
    Step,
)
from rdfia_core.experiments import experiment_named
from rdfia_core.jobs.devices import resolve_device
from rdfia_core.jobs.pictures import KEEP_RATIO
from rdfia_core.jobs.recorder import Recorder, finite
from rdfia_core.jobs.trained import owners_context
from rdfia_core.jobs.transport import Transport
from rdfia_core.settings import Settings
from rdfia_core.store import RunRecord, RunState, RunStore
from rdfia_core.training.checkpoints import (
    WEIGHTS_FILE,
    load_checkpoint,
    save_arrays,
    save_checkpoint,
    save_file,
)

FLUSH_SECONDS = 0.1
CHECKPOINT_SECONDS = 2.0
WAIT_SECONDS = 0.012
LEAST_SLEEP_SECONDS = 0.01
MAX_PICTURE_GAP_SECONDS = 1.0

END_STATES = {
    EndReason.COMPLETED: RunState.COMPLETED,
    EndReason.STOPPED: RunState.STOPPED,
    EndReason.DIVERGED: RunState.DIVERGED,
}


class Verdict(Enum):
    """What happens after a step."""

    GO = "go"
    STOP = "stop"
    PARK = "park"


class Execution:
    """Executes one run in this process.

    Args:
        store: The run store, opened in this process.
        run: The run, claimed by this process.
        settings: Of the deployment.
        on_metrics: Called with every metric row, for a command line that shows progress.
    """

    def __init__(
        self,
        store: RunStore,
        run: RunRecord,
        settings: Settings,
        on_metrics: Callable[[Metrics], None] | None = None,
    ) -> None:
        self._store = store
        self._run = run
        self._settings = settings
        self._on_metrics = on_metrics
        self._folder = settings.run_dir(run.id)
        self._context = owners_context(store, settings, run.owner)
        self._recorder = Recorder(store, run.id)
        self._transport = Transport(run)
        self._last_step: Step | None = None
        self._num_epochs = 0
        self._asked: Mapping[str, Any] = {}
        self._interrupted = False
        self._sentence = ""
        now = time.perf_counter()
        self._begun = now - run.seconds
        self._next_flush = now
        self._next_save = now + CHECKPOINT_SECONDS
        self._last_picture = 0.0
        self._rate_mark = (now, run.epoch)
        self._rate: float | None = None

    def interrupt(self, *_signal: object) -> None:
        """Ask the run to stop; safe inside a signal handler."""
        self._interrupted = True

    def run(self) -> RunState:
        """Execute the run to its end and return the state it is left in.

        This holds the one broad `except` of the project: whatever goes wrong in a training
        function becomes the run's sentence, and never takes anything else down.
        """
        state = RunState.FAILED
        values: dict[str, Any] = {}
        try:
            state, values = self._execute()
        except RdfiaError as error:
            values = {"sentence": str(error)}
        except Exception as error:  # noqa: BLE001  see the docstring
            values = {"sentence": _sentence_of(error), "traceback": traceback.format_exc()}
        live_states = (RunState.STARTING, RunState.RUNNING, RunState.PAUSED)
        self._store.change_state(self._run.id, live_states, state, **values)
        return state

    def _execute(self) -> tuple[RunState, dict[str, Any]]:
        events = self._open()
        try:
            for event in events:
                if isinstance(event, Step):
                    self._last_step = event
                    verdict = self._after_step(event)
                    if verdict is not Verdict.GO:
                        return self._broken_off(verdict)
                elif isinstance(event, Metrics):
                    self._recorder.add_metrics(event)
                    if self._on_metrics:
                        self._on_metrics(event)
                elif isinstance(event, Pulse):
                    if self._must_stop_between_steps():
                        return self._broken_off(Verdict.STOP)
                elif isinstance(event, End):
                    return self._ended(event)
                else:
                    self._record(event)
        finally:
            events.close()
        raise RuntimeError("the training generator stopped without an End event")

    def _open(self) -> Generator[Event, None, None]:
        """Build the generator, resuming from a checkpoint where there is one."""
        run = self._run
        experiment = experiment_named(run.experiment)
        config = experiment.config_class.build(run.config)
        specs = field_specs(experiment.config_class)
        self._context.live = {s.name: getattr(config, s.name) for s in specs if s.live}
        self._context.live.update(run.live)
        self._num_epochs = int(config.epochs)
        self._context.device = resolve_device(config.device)
        self._context.resume = self._restore()
        self._context.attentive = self._transport.is_watched
        events = experiment.load_task(run.task)(config, self._context)
        return cast("Generator[Event, None, None]", events)

    def _restore(self) -> Checkpoint | None:
        """Load the state to go on from, and forget what was stored after it."""
        source = self._run.parent or self._run.id
        try:
            checkpoint = load_checkpoint(self._settings.run_dir(source))
        except DataUnavailableError as error:
            self._sentence = str(error)
            checkpoint = None
        if self._run.parent:
            return checkpoint
        step = -1 if checkpoint is None else int(checkpoint.values["step"])
        self._store.rewind(self._run.id, step)
        num_rows = len(self._store.metrics(self._run.id))
        num_notes = len(self._store.notes(self._run.id))
        self._recorder = Recorder(self._store, self._run.id, num_rows, num_notes)
        for frame in self._store.kept_frames(self._run.id):
            self._recorder.history.admit(frame.step, len(frame.blob))
        return checkpoint

    def _record(self, event: Note | Result | File | Started) -> None:
        if isinstance(event, File):
            self._keep(event)
        elif isinstance(event, Note):
            self._recorder.add_note(event)
        elif isinstance(event, Result):
            result = {**self._store.run(self._run.id).result, event.name: dict(event.data)}
            self._store.update_run(self._run.id, result=result)
        else:
            self._store.update_run(
                self._run.id, num_parameters=event.num_parameters, device=event.device
            )

    def _keep(self, file: File) -> None:
        try:
            save_file(self._folder / file.name, file.content)
        except OSError as error:
            raise StoreError(
                f"{file.name} could not be written ({error.strerror}). Free disk space, then ask "
                "again; nothing else is lost."
            ) from error

    # Between two steps

    def _after_step(self, event: Step) -> Verdict:
        """Do what is due after a step; a fast loop passes here 20,000 times a second."""
        now = time.perf_counter()
        transport = self._transport
        pauses = transport.is_paused and transport.wants_pause(event.epoch)
        if not (pauses or self._interrupted or now >= self._next_flush):
            if event.step >= self._recorder.history.next_step and self._affords_picture(now):
                self._recorder.take_picture(event)
                self._space_pictures(event, now)
            return self._keep_pace(event) if transport.is_paced else Verdict.GO
        self._flush(event, now)
        if self._must_stop():
            return Verdict.STOP
        if transport.wants_pause(event.epoch):
            return self._wait_for_command(event)
        return self._keep_pace(event)

    def _must_stop_between_steps(self) -> bool:
        """Hear the owner in the middle of a long evaluation."""
        now = time.perf_counter()
        if self._last_step is not None:  # what is measured is the pace of training
            self._rate_mark = (now, self._last_step.epoch)
        if self._last_step is not None and now >= self._next_flush:
            self._flush(self._last_step, now)
        return self._must_stop()

    def _flush(self, event: Step, now: float) -> None:
        """Store what is new and read what the owner asks."""
        gap = now - self._last_picture
        if (
            self._transport.is_watched
            or gap > MAX_PICTURE_GAP_SECONDS
            or self._affords_picture(now)
        ):
            self._recorder.take_picture(event)
            self._last_picture = now
        self._measure_rate(event, now)
        asked = self._recorder.flush(self._progress(event))
        if asked != self._asked:
            self._asked = asked
            self._run = replace(self._run, **asked)
        self._listen(self._run, event)
        gap = 0.0 if self._transport.is_watched else self._recorder.affordable_gap
        self._next_flush = now + max(FLUSH_SECONDS, gap)
        if now >= self._next_save:
            self._save(event)

    def _affords_picture(self, now: float) -> bool:
        return self._recorder.budget.affords(now - self._begun)

    def _space_pictures(self, event: Step, now: float) -> None:
        """Make the history's pictures last to the end of the run, at its present speed."""
        if event.epoch > 0:
            whole = self._num_epochs / event.epoch
            ratio = self._recorder.budget.keep_ratio(
                event.step * whole, (now - self._begun) * whole
            )
            self._recorder.history.ratio = KEEP_RATIO if self._transport.is_watched else ratio

    def _progress(self, event: Step) -> dict[str, Any]:
        return {
            "step": event.step,
            "epoch": event.epoch,
            "rate": self._rate,
            "seconds": time.perf_counter() - self._begun,
            "steps_served": self._transport.steps_served,
            "epochs_served": self._transport.epochs_served,
        }

    def _measure_rate(self, event: Step, now: float) -> None:
        then, epoch = self._rate_mark
        if now - then >= 0.5 and event.epoch != epoch:
            self._rate = (event.epoch - epoch) / (now - then)
            self._rate_mark = (now, event.epoch)

    def _save(self, event: Step) -> None:
        """Write a checkpoint; a full disk costs the checkpoint, not the run."""
        if event.checkpoint is None or event.step == 0:
            return
        try:
            save_checkpoint(self._folder, event.checkpoint())
        except OSError as error:
            self._sentence = f"No checkpoint could be written ({error.strerror}): free disk space."
            self._store.update_run(self._run.id, sentence=self._sentence)
        self._next_save = time.perf_counter() + CHECKPOINT_SECONDS

    def _listen(self, run: RunRecord, event: Step) -> None:
        self._run = run
        self._context.live.update(self._run.live)
        self._transport.hear(self._run, event.epoch)
        self._context.attentive = self._transport.is_watched

    def _must_stop(self) -> bool:
        limit = self._settings.max_run_seconds
        if time.perf_counter() - self._begun > limit:
            self._sentence = f"Stopped: a run may work for {limit:g} seconds on this server."
            return True
        return self._interrupted or self._transport.wants_stop

    def _keep_pace(self, event: Step) -> Verdict:
        """Sleep until the next step is due, listening meanwhile.

        Steps that come within a few milliseconds of one another are done in one go: waking up for
        each would cost more than the steps.
        """
        while (remaining := self._transport.seconds_until_due(event.epoch)) > LEAST_SLEEP_SECONDS:
            time.sleep(min(remaining, FLUSH_SECONDS / 2))
            now = time.perf_counter()
            if now < self._next_flush:
                continue
            self._flush(event, now)
            if self._must_stop():
                return Verdict.STOP
            if self._transport.wants_pause(event.epoch):
                return self._wait_for_command(event)
        return Verdict.GO

    def _wait_for_command(self, event: Step) -> Verdict:
        """Hold the run at this step until its owner wants something, or for too long."""
        begun = time.perf_counter()
        self._rate = None
        self._recorder.take_picture(event)
        self._recorder.flush({**self._progress(event), "state": RunState.PAUSED})
        self._save(event)
        while not self._transport.take_request(event.epoch):
            if self._must_stop():
                return Verdict.STOP
            if not self._transport.wants_pause(event.epoch):
                self._store.update_run(self._run.id, state=RunState.RUNNING)
                break
            if time.perf_counter() - begun > self._settings.pause_idle_seconds:
                return Verdict.PARK
            time.sleep(WAIT_SECONDS)
            self._listen(self._store.run(self._run.id), event)
        self._asked = {}
        now = time.perf_counter()
        self._begun += now - begun
        self._transport.restart_clock(event.epoch)
        self._rate_mark = (now, event.epoch)
        return Verdict.GO

    # The end

    def _last_moment(self) -> dict[str, Any]:
        """Store the last moment and return what the run's row says of it."""
        event = self._last_step
        if event is not None:
            self._recorder.history.next_step = 0
            self._recorder.take_picture(event)
            self._recorder.flush(self._progress(event))
        return {"rate": None, "sentence": self._sentence}

    def _broken_off(self, verdict: Verdict) -> tuple[RunState, dict[str, Any]]:
        """End early; a parked run gives its process up and comes back from its checkpoint."""
        if self._last_step is not None:
            self._save(self._last_step)
        values = self._last_moment()
        if verdict is Verdict.PARK:
            return RunState.PAUSED, {**values, "handle": ""}
        return RunState.STOPPED, values

    def _ended(self, event: End) -> tuple[RunState, dict[str, Any]]:
        values = self._last_moment()
        if self._last_step is not None:
            self._save(self._last_step)  # for the tasks that start from this run
        if event.weights:
            save_arrays(self._folder / WEIGHTS_FILE, event.weights, {"run": self._run.id})
        values["metrics"] = finite(event.metrics)
        values["sentence"] = " ".join(filter(None, [event.sentence, self._sentence]))
        return END_STATES[event.reason], values


def _sentence_of(error: Exception) -> str:
    """Say in words why a run failed that nobody expected to fail."""
    # PyTorch reports a refused allocation as a RuntimeError.
    if isinstance(error, MemoryError) or "can't allocate memory" in str(error):
        return (
            "The memory that one run may use on this server is used up. Try fewer points, a "
            "smaller batch or a smaller network."
        )
    return f"The run failed with {type(error).__name__}: {error}"[:500]
