"""What a waiting visitor is told: the place by the dispatcher's own rule, and how long it takes."""

from typing import Any

import pytest

from app import waiting
from rdfia_core.figures.packing import decode_packet
from rdfia_core.jobs.queue_outlook import outlooks
from rdfia_core.store import RunRecord, RunState, RunStore


@pytest.fixture
def queue(shell: RunStore, monkeypatch: pytest.MonkeyPatch) -> RunStore:
    monkeypatch.setattr(waiting, "num_slots", lambda: 1.0)
    return shell


def add(store: RunStore, owner: str, **progress: Any) -> RunRecord:
    run_id = store.add_run("cifar_cnn", {"epochs": 10}, owner=owner)
    if progress:
        store.append(run_id, progress={"state": RunState.RUNNING, **progress})
    return store.run(run_id)


def test_who_has_nothing_at_work_is_told_the_first_place(
    queue: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "num_slots", lambda: 4.0)  # two of them for each run
    add(queue, "bob", epoch=4.0, rate=0.1, seconds=40.0)
    add(queue, "bob", epoch=2.0, rate=0.1, seconds=40.0)
    older = add(queue, "bob")
    younger = add(queue, "ada")
    assert waiting.waiting_words(younger) == "Place 1 in the queue, starts in about 60 s"
    assert waiting.waiting_words(older) == "Place 2 in the queue, starts in about 3 min"


def test_a_run_of_known_pace_tells_those_behind_it_when_they_start(queue: RunStore) -> None:
    ended = add(queue, "ada", epoch=10.0, rate=1.0, seconds=300.0)
    queue.append(ended.id, progress={"state": RunState.COMPLETED})
    add(queue, "bob", epoch=4.0, rate=0.1, seconds=40.0)
    add(queue, "ada")
    last = add(queue, "bob")
    assert waiting.waiting_words(last) == "Place 2 in the queue, starts in about 6 min"


def test_nothing_is_said_of_what_comes_after_a_run_of_unknown_length(queue: RunStore) -> None:
    add(queue, "bob", epoch=4.0, rate=0.1, seconds=40.0)
    add(queue, "ada")
    assert waiting.waiting_words(add(queue, "bob")) == "Place 2 in the queue"


def test_the_packet_of_a_waiting_run_says_when_it_starts(queue: RunStore) -> None:
    at_work = add(queue, "bob", epoch=4.0, rate=0.1, seconds=40.0)
    header, _ = decode_packet(waiting.packet_of(add(queue, "ada")))
    assert header["run"]["queue_place"] == 1
    assert header["run"]["starts_s"] == pytest.approx(60.0)
    header, _ = decode_packet(waiting.packet_of(at_work))
    assert header["run"]["queue_place"] is None
    assert header["run"]["starts_s"] is None


def test_a_run_that_has_just_come_waits_without_a_number(queue: RunStore) -> None:
    add(queue, "bob", epoch=4.0, rate=0.1, seconds=40.0)
    waiting.queue()
    assert waiting.waiting_words(add(queue, "ada")) == "Waiting in line"


def test_the_queue_is_looked_at_once_however_many_ask(
    queue: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []

    def look(*args: Any) -> Any:
        looks.append(args)
        return outlooks(*args)

    monkeypatch.setattr(waiting, "outlooks", look)
    runs = [add(queue, f"student {place}") for place in range(30)]
    assert len({waiting.waiting_words(run) for run in runs}) == 30
    assert len(looks) <= 2  # a second may end meanwhile
