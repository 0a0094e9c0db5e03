"""What the owner asks of a run: go on, wait, one batch, one epoch, this fast, or stop."""

import math
import time
from collections.abc import Callable

from rdfia_core.store import RunRecord

CATCH_UP_SECONDS = 1.0


class Transport:
    """Reads the control columns of a run's record against where the run stands.

    Args:
        run: The run as last read from the store.
        clock: Seconds that never go back; tests replace it.
    """

    def __init__(self, run: RunRecord, clock: Callable[[], float] = time.perf_counter) -> None:
        self._run = run
        # Read after every step, so attributes and no properties.
        self.is_paused = run.command == "pause"
        self.is_paced = run.speed is not None
        self._clock = clock
        self._run_until_epoch = 0.0
        self._pace_from = (clock(), run.epoch)
        self.steps_served = run.steps_served
        self.epochs_served = run.epochs_served

    def hear(self, run: RunRecord, epoch: float) -> None:
        """Take in what the store says now."""
        before, self._run = self._run, run
        self.is_paused = run.command == "pause"
        self.is_paced = run.speed is not None
        if (run.speed, run.command) != (before.speed, before.command):
            self.restart_clock(epoch)

    @property
    def is_watched(self) -> bool:
        """Whether the owner follows single steps: paused, or at a pace for the eye."""
        return self.is_paused or self.is_paced

    @property
    def wants_stop(self) -> bool:
        """Whether the owner asked to stop."""
        return self._run.command == "stop"

    def wants_pause(self, epoch: float) -> bool:
        """Whether to wait at this point: paused, and no single epoch is under way."""
        return self._run.command == "pause" and epoch >= self._run_until_epoch - 1e-9

    def take_request(self, epoch: float) -> bool:
        """Serve one pending request for a single batch or epoch, if there is one."""
        if self._run.epoch_requests > self.epochs_served:
            self.epochs_served += 1
            self._run_until_epoch = math.floor(epoch + 1e-9) + 1.0
            return True
        if self._run.step_requests > self.steps_served:
            self.steps_served += 1
            return True
        return False

    def restart_clock(self, epoch: float) -> None:
        """Count the pace from here: after a pause, or when the pace changed."""
        self._pace_from = (self._clock(), epoch)

    def seconds_until_due(self, epoch: float) -> float:
        """Return how long to wait before going on, 0 or less for not at all.

        A run that cannot keep its pace does not make up for it in a burst later.
        """
        if self._run.speed is None or self._run.command == "pause":
            return 0.0
        begun, from_epoch = self._pace_from
        remaining = begun + (epoch - from_epoch) / self._run.speed - self._clock()
        if remaining < -CATCH_UP_SECONDS:
            self.restart_clock(epoch)
        return remaining
