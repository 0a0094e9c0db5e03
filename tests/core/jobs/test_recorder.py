"""The recorder: which pictures are kept, and that nothing is stored twice or lost."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdfia_core.events import Metrics, Note, Snapshot, Step, Suggestion
from rdfia_core.figures.packing import decode_frame
from rdfia_core.jobs import recorder as recorder_module
from rdfia_core.jobs.pictures import (
    FIRST_SECONDS,
    KEEP_RATIO,
    MAX_KEPT_BYTES,
    MAX_KEPT_FRAMES,
    FrameHistory,
    PictureBudget,
)
from rdfia_core.jobs.recorder import MAX_GAP_SECONDS, Recorder
from rdfia_core.store import RunStore


def step(number: int) -> Step:
    picture = Snapshot({"probs": np.full((1, 4, 4), number % 255, dtype=np.uint8)}, {})
    return Step(number, number / 10, lambda: picture, None)


@given(st.lists(st.integers(1, 400), min_size=1, max_size=400), st.integers(10, 60_000))
def test_the_history_stays_within_its_bounds(gaps: list[int], size: int) -> None:
    history = FrameHistory()
    kept: set[int] = set()
    position = 0
    for gap in gaps:
        position += gap
        kept.add(position)
        kept -= set(history.admit(position, size))
    assert len(kept) <= MAX_KEPT_FRAMES
    assert len(kept) * size <= max(MAX_KEPT_BYTES, 3 * size)
    assert position in kept


def test_the_history_keeps_its_first_picture_and_spreads_over_the_run() -> None:
    history = FrameHistory()
    kept = {0}
    history.admit(0, 1000)
    for position in range(1, 30_000):
        if position >= history.next_step:
            kept.add(position)
            kept -= set(history.admit(position, 1000))
    assert 0 in kept
    assert 60 <= len(kept) <= MAX_KEPT_FRAMES
    ratios = np.diff(np.log1p(sorted(kept)))
    assert ratios.max() < 0.75


def test_the_first_allowance_lasts_to_the_end_of_a_short_run() -> None:
    budget = PictureBudget()
    history = FrameHistory()
    kept = []
    for position in range(3000):
        if position >= history.next_step and budget.affords(0.0):
            budget.charge(FIRST_SECONDS / 20)
            history.admit(position, 1000)
            history.ratio = budget.keep_ratio(3000, 0.0)
            kept.append(position)
    assert 15 <= len(kept) <= 21
    assert kept[-1] > 1500


def test_a_long_run_keeps_pictures_as_close_together_as_any() -> None:
    budget = PictureBudget()
    assert budget.keep_ratio(1000, 1.0) == KEEP_RATIO
    budget.charge(0.001)
    assert budget.keep_ratio(10_000, 120.0) == KEEP_RATIO


def test_a_flush_stores_what_was_noted_once(store: RunStore) -> None:
    run_id = store.add_run("circle_mlp", {}, owner="ada")
    recorder = Recorder(store, run_id)
    recorder.add_metrics(Metrics(0, 0.0, {"train_loss": 0.7}))
    recorder.add_note(Note(0, 0.0, "kind", "text", {}, Suggestion("Try", {"seed": 1})))
    recorder.take_picture(step(0))
    recorder.flush({"step": 0})
    recorder.add_metrics(Metrics(1, 0.1, {"train_loss": 0.6}))
    recorder.flush({"step": 1})
    assert store.metrics(run_id).columns["train_loss"].tolist() == [0.7, 0.6]
    assert len(store.notes(run_id)) == 1
    assert [frame.step for frame in store.kept_frames(run_id)] == [0]
    assert store.run(run_id).metrics == {"train_loss": 0.6}


def test_the_stored_picture_is_the_one_taken(store: RunStore) -> None:
    run_id = store.add_run("circle_mlp", {}, owner="ada")
    recorder = Recorder(store, run_id)
    recorder.take_picture(step(7))
    recorder.flush({"step": 7})
    frame = store.live_frame(run_id)
    assert frame is not None
    number, epoch, snapshot = decode_frame(frame.blob)
    assert (number, epoch) == (7, 0.7)
    assert (snapshot.arrays["probs"] == 7).all()


def test_a_metric_that_is_not_a_number_is_stored_as_none_in_the_summary(store: RunStore) -> None:
    run_id = store.add_run("circle_mlp", {}, owner="ada")
    recorder = Recorder(store, run_id)
    recorder.add_metrics(Metrics(0, 0.0, {"train_loss": float("nan")}))
    recorder.flush({"step": 0})
    assert store.run(run_id).metrics == {"train_loss": None}
    assert np.isnan(store.metrics(run_id).columns["train_loss"][0])


@pytest.mark.parametrize(
    ("took", "gap"),
    [(0.0, 0.0), (0.0008, 0.1), (0.0016, 0.2), (1.0, MAX_GAP_SECONDS)],
)
def test_the_next_flush_comes_when_the_last_one_is_worked_off(
    store: RunStore, monkeypatch: pytest.MonkeyPatch, took: float, gap: float
) -> None:
    clock = iter([5.0, 5.0 + took])
    monkeypatch.setattr(recorder_module.time, "perf_counter", lambda: next(clock))
    monkeypatch.setattr(RunStore, "append", lambda *_given, **_named: {})
    recorder = Recorder(store, "some run")
    assert recorder.affordable_gap == 0.0
    recorder.flush({})
    assert recorder.affordable_gap == pytest.approx(gap, abs=1e-9)
