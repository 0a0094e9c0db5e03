"""Short codes can be guessed, so wrong ones are counted."""

import threading
from collections import deque

from rdfia_core.errors import LimitError

WINDOW_SECONDS = 60.0


class GuessLimit:
    """Refuses further tries after too many wrong ones within a minute.

    A visitor costs nothing to make up, so all visitors together have a limit, too.

    Args:
        per_visitor: Wrong tries of one visitor in a minute.
        overall: Wrong tries of all of them.
    """

    def __init__(self, per_visitor: int = 10, overall: int = 300) -> None:
        self._per_visitor = per_visitor
        self._overall = overall
        self._wrong: deque[tuple[float, str]] = deque()
        self._lock = threading.Lock()

    def check(self, visitor: str, now: float) -> None:
        """Raise if this visitor has to wait.

        Raises:
            LimitError: If there were too many wrong tries.
        """
        with self._lock:
            while self._wrong and now - self._wrong[0][0] > WINDOW_SECONDS:
                self._wrong.popleft()
            mine = sum(who == visitor for _, who in self._wrong)
            if mine >= self._per_visitor or len(self._wrong) >= self._overall:
                raise LimitError("Too many wrong codes. Wait a minute, then try again.")

    def note(self, visitor: str, now: float) -> None:
        """Count a wrong try."""
        with self._lock:
            self._wrong.append((now, visitor))
