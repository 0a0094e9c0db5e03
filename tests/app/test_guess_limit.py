"""Wrong codes are counted, and the right one does not help who has guessed too often."""

import pytest

from app.guess_limit import WINDOW_SECONDS, GuessLimit
from rdfia_core.errors import LimitError


def test_one_visitor_has_to_wait_and_others_do_not() -> None:
    limit = GuessLimit(per_visitor=2, overall=10)
    for _ in range(2):
        limit.check("ada", 0.0)
        limit.note("ada", 0.0)
    with pytest.raises(LimitError, match="Wait a minute"):
        limit.check("ada", 1.0)
    limit.check("bob", 1.0)
    limit.check("ada", WINDOW_SECONDS + 0.1)


def test_visitors_made_up_one_after_another_do_not_help() -> None:
    limit = GuessLimit(per_visitor=2, overall=5)
    for number in range(5):
        limit.note(f"visitor {number}", 0.0)
    with pytest.raises(LimitError):
        limit.check("visitor 6", 0.0)
