"""The transport: pausing, stepping and pacing, on a clock that the test moves."""

import dataclasses

import pytest

from rdfia_core.jobs.transport import Transport
from rdfia_core.store import RunRecord, RunStore


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def run(store: RunStore) -> RunRecord:
    return store.run(store.add_run("circle_mlp", {}, owner="ada"))


def test_a_running_run_at_full_speed_never_waits(run: RunRecord) -> None:
    transport = Transport(run)
    assert not transport.wants_pause(3.0)
    assert transport.seconds_until_due(50.0) <= 0


def test_a_paused_run_serves_single_batches_one_by_one(run: RunRecord) -> None:
    transport = Transport(run)
    transport.hear(dataclasses.replace(run, command="pause", step_requests=2), 1.0)
    assert transport.wants_pause(1.0)
    served = [transport.take_request(1.0) for _ in range(3)]
    assert served == [True, True, False]


def test_a_single_epoch_ends_at_the_next_whole_epoch(run: RunRecord) -> None:
    transport = Transport(run)
    transport.hear(dataclasses.replace(run, command="pause", epoch_requests=1), 1.25)
    assert transport.take_request(1.25)
    assert not transport.wants_pause(1.95)
    assert transport.wants_pause(2.0)


def test_the_pace_is_kept(run: RunRecord) -> None:
    clock = Clock()
    transport = Transport(dataclasses.replace(run, speed=2.0), clock)
    assert transport.seconds_until_due(1.0) == pytest.approx(0.5)
    clock.now += 0.2
    assert transport.seconds_until_due(1.0) == pytest.approx(0.3)


def test_a_run_that_fell_behind_does_not_catch_up_in_a_burst(run: RunRecord) -> None:
    clock = Clock()
    transport = Transport(dataclasses.replace(run, speed=10.0), clock)
    clock.now += 60.0
    assert transport.seconds_until_due(1.0) < 0
    assert transport.seconds_until_due(2.0) == pytest.approx(0.1)


def test_a_new_speed_counts_from_where_the_run_stands(run: RunRecord) -> None:
    clock = Clock()
    transport = Transport(dataclasses.replace(run, speed=1.0), clock)
    transport.hear(dataclasses.replace(run, speed=4.0), 10.0)
    assert transport.seconds_until_due(11.0) == pytest.approx(0.25)


def test_requests_served_before_a_restart_are_not_served_again(run: RunRecord) -> None:
    paused = dataclasses.replace(run, command="pause", step_requests=5, steps_served=5)
    assert not Transport(paused).take_request(1.0)


def test_a_stop_is_heard(run: RunRecord) -> None:
    transport = Transport(run)
    transport.hear(dataclasses.replace(run, command="stop"), 0.0)
    assert transport.wants_stop
