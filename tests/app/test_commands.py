"""What components send: every command once, in the order of the presses, and nothing else."""

import random
from typing import Any

import pytest

from app.live import unheard


def command(nonce: float, kind: str = "batch") -> dict[str, Any]:
    return {"type": kind, "nonce": nonce}


def test_what_was_heard_before_is_left_out() -> None:
    sent = {"commands": [command(3), command(5, "play"), command(8)]}
    assert unheard(sent, 3) == [command(5, "play"), command(8)]
    assert unheard(sent, 8) == []


def test_a_command_that_comes_twice_in_one_message_is_heard_once() -> None:
    assert unheard({"commands": [command(5), command(5), command(4)]}, 0) == [command(5)]


@pytest.mark.parametrize("seed", range(20))
def test_whatever_messages_are_lost_each_command_is_obeyed_once_in_order(seed: int) -> None:
    """The browser sends all that it was not told was heard; messages and answers get lost."""
    chance = random.Random(seed)
    waiting: list[dict[str, Any]] = []
    obeyed: list[float] = []
    heard = 0.0
    for nonce in range(1, 40):
        waiting.append(command(nonce))
        if chance.random() < 0.5:
            for each in unheard({"commands": waiting}, heard):
                obeyed.append(each["nonce"])
                heard = each["nonce"]
            if chance.random() < 0.5:
                waiting = [each for each in waiting if each["nonce"] > heard]
    obeyed += [each["nonce"] for each in unheard({"commands": waiting}, heard)]
    assert obeyed == list(range(1, 40))


@pytest.mark.parametrize(
    "sent",
    [None, "play", [], {}, {"commands": None}, {"commands": "play"}, {"commands": [None, 3, {}]},
     {"commands": [{"type": "play"}, {"type": "play", "nonce": "7"}]}],
)  # fmt: skip
def test_what_is_no_command_is_ignored(sent: object) -> None:
    assert unheard(sent, 0) == []
