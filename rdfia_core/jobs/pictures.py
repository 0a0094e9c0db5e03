"""Which pictures of a run are taken at full speed, and which of those taken are kept."""

import itertools
import math

MAX_KEPT_FRAMES = 72
MAX_KEPT_BYTES = 1_000_000
KEEP_RATIO = 1.06
"""A picture is kept when the step has grown by at least this factor since the last kept one."""


WORKING_SHARE = 0.002
"""Part of the working time that pictures may take at full speed."""
FIRST_SECONDS = 0.01
"""May be spent on top of it, so that a short run has a history too."""


class FrameHistory:
    """Chooses which pictures to keep: log-spaced in steps, bounded in number and in bytes."""

    def __init__(self) -> None:
        self._sizes: dict[int, int] = {}
        self.next_step = 0
        self.ratio = KEEP_RATIO

    def admit(self, step: int, size: int) -> list[int]:
        """Keep a picture and return the steps of those that it displaces."""
        self._sizes[step] = size
        self.next_step = max(step + 1, math.ceil(step * self.ratio))
        displaced: list[int] = []
        while len(self._sizes) > 3 and self._is_full():
            least = self._least_missed()
            del self._sizes[least]
            displaced.append(least)
        return displaced

    def forget_after(self, step: int) -> None:
        """Start again from a step: the run is resumed there."""
        self._sizes = {kept: size for kept, size in self._sizes.items() if kept <= step}
        self.next_step = step + 1

    def _is_full(self) -> bool:
        return len(self._sizes) > MAX_KEPT_FRAMES or sum(self._sizes.values()) > MAX_KEPT_BYTES

    def _least_missed(self) -> int:
        """Return the inner step whose neighbours are nearest on a log scale."""
        steps = sorted(self._sizes)
        triples = zip(steps, itertools.islice(steps, 1, None), steps[2:], strict=False)
        return min(triples, key=lambda t: math.log((t[2] + 1) / (t[0] + 1)))[1]


class PictureBudget:
    """What pictures may cost a run that works at full speed."""

    def __init__(self) -> None:
        self._spent = 0.0
        self._num_taken = 0

    def charge(self, seconds: float) -> None:
        """Note what one picture took."""
        self._spent += seconds
        self._num_taken += 1

    def affords(self, worked_s: float) -> bool:
        """Whether there is time for one more picture after so many seconds of work."""
        return self._spent < FIRST_SECONDS + WORKING_SHARE * worked_s

    def keep_ratio(self, last_step: float, whole_s: float) -> float:
        """Return by what factor the step must grow between two pictures, to have some to the end.

        Without it the first moments would use up what a short run can afford.

        Args:
            last_step: Where the run will end.
            whole_s: How long it will have worked then, in seconds.
        """
        if not self._num_taken or last_step <= 1:
            return KEEP_RATIO
        seconds_each = self._spent / self._num_taken
        num_affordable = (FIRST_SECONDS + WORKING_SHARE * whole_s) / seconds_each
        growth: float = last_step ** (1 / max(1.0, num_affordable))
        return max(KEEP_RATIO, growth)
