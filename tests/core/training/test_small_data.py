"""The small-data study without networks: what it trains, what it keeps equal, what it sums up."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from rdfia_core.data.images.library import ImageLibrary
from rdfia_core.errors import ConfigError
from rdfia_core.events import Event, Result, Step
from rdfia_core.training.image_setup import build_problem
from rdfia_core.training.small_data_config import (
    MAX_SIZE,
    MAX_SIZES,
    MAX_STEPS,
    SmallDataConfig,
    planned_changes,
    size_plans,
)
from rdfia_core.training.study_config import variant_of
from tests.small_data_lab import SCRATCH, LabConfig, accuracy, begun

VALUES = {
    "dataset": "digits", "sizes": "10,40,1000", "num_seeds": 3, "seed": 4, "epochs": 20,
    "batch_size": 64, "init_from": "run:abc", "freeze": "backbone", "patience": 2,
}  # fmt: skip


def configured(**values: Any) -> LabConfig:
    return LabConfig.build({**VALUES, **values})


def last_result(events: list[Event]) -> Any:
    return [event for event in events if isinstance(event, Result)][-1].data


def arms_of(config: LabConfig, size: int, seed: int) -> list[LabConfig]:
    plan = next(plan for plan in size_plans(config) if plan.size == size)
    shared = {**planned_changes(config, plan), "seed": seed}
    return [variant_of(config, {**shared, **changes}) for changes in (SCRATCH, {})]


def test_for_each_seed_every_size_is_trained_from_both_starts() -> None:
    runs = last_result(list(begun(configured())))["runs"]
    order = [(run["seed"], run["size"], run["arm"]) for run in runs]
    assert order == [(s, n, arm) for s in (4, 5, 6) for n in (10, 40, 1000) for arm in (0, 1)]
    ends = {(run["seed"], run["size"], run["arm"]): run["final"]["test_accuracy"] for run in runs}
    for seed in (4, 5, 6):
        expected = [accuracy(config) for config in arms_of(configured(), 40, seed)]
        assert [ends[seed, 40, arm] for arm in (0, 1)] == pytest.approx(expected, abs=1e-5)


def test_the_arms_of_a_pair_differ_in_their_start_alone() -> None:
    scratch, transfer = (config.model_dump() for config in arms_of(configured(), 40, 5))
    differing = {name for name in scratch if scratch[name] != transfer[name]}
    assert differing == {"init_from", "freeze"}
    assert (scratch["num_train"], scratch["num_val"], scratch["patience"]) == (40, 0, 0)


def test_differences_are_those_of_pairs_with_students_interval() -> None:
    summary = last_result(list(begun(configured())))["summary"]
    for size, arms in zip((10, 40, 1000), summary, strict=True):
        pairs = [arms_of(configured(), size, seed) for seed in (4, 5, 6)]
        scratch, transfer = ([accuracy(pair[arm]) for pair in pairs] for arm in (0, 1))
        told = arms[1]["differences"]["test_accuracy"]
        assert told["mean"] == pytest.approx(np.mean(transfer) - np.mean(scratch), abs=1e-5)
        reference = stats.ttest_rel(transfer, scratch).confidence_interval(0.95)
        assert told["low"] == pytest.approx(reference.low, abs=1e-4)
        assert arms[0]["finals"]["test_accuracy"]["std"] == pytest.approx(
            np.std(scratch, ddof=1), abs=1e-5
        )
        assert arms[0]["differences"] == {}


@pytest.mark.parametrize("done", [0, 1, 6, 17])
def test_it_goes_on_after_the_runs_that_are_done(done: int) -> None:
    kept = next(
        event.checkpoint()
        for event in begun(configured())
        if isinstance(event, Step) and event.step == done and event.checkpoint
    )
    assert kept.values["step"] == done
    whole, resumed = list(begun(configured())), list(begun(configured(), kept))
    assert last_result(resumed) == last_result(whole)
    assert len(resumed) < len(whole) or not done


def test_progress_rises_evenly_to_the_end() -> None:
    epochs = [event.epoch for event in begun(configured()) if isinstance(event, Step)]
    assert epochs == sorted(epochs)
    assert max(np.diff(epochs)) <= VALUES["epochs"] / 18 / 2 + 1e-9
    assert epochs[-1] == pytest.approx(VALUES["epochs"])


def test_runs_that_diverge_are_counted_and_compared_with_nothing() -> None:
    summary = last_result(list(begun(configured(learning_rate=9.0))))["summary"]
    for arms in summary:
        assert arms[1] == {"num_ended": 3, "num_diverged": 3, "finals": {}, "differences": {}}


@given(
    sizes=st.lists(st.integers(10, MAX_SIZE), min_size=1, max_size=MAX_SIZES),
    batch_size=st.integers(1, 4_096),
    steps=st.integers(10, MAX_STEPS),
    epochs=st.integers(1, 100),
    warmup=st.floats(0, 100),
)
def test_updates_are_as_many_as_asked_in_whole_epochs(
    sizes: list[int], batch_size: int, steps: int, epochs: int, warmup: float
) -> None:
    config = SmallDataConfig.build(
        {"sizes": ",".join(map(str, sizes)), "batch_size": batch_size, "study_steps": steps,
         "epochs": epochs, "warmup_epochs": warmup}
    )  # fmt: skip
    plans = size_plans(config)
    assert [plan.size for plan in plans] == sorted(set(sizes))
    for plan in plans:
        of_an_epoch = math.ceil(plan.size / plan.batch_size)
        assert plan.steps == plan.epochs * of_an_epoch
        assert 0 <= plan.steps - steps < of_an_epoch
        assert plan.batch_size == min(batch_size, plan.size)
        changed = variant_of(config, planned_changes(config, plan))
        assert changed.warmup_epochs / changed.epochs <= warmup / epochs + 1e-9


def test_the_larger_sets_contain_the_smaller(tmp_path: Path) -> None:
    library, rows = ImageLibrary(tmp_path, None), []
    for plan in size_plans(configured()):
        config = variant_of(configured(), planned_changes(configured(), plan))
        problem = build_problem(config, library.open("digits"), "cpu")
        assert problem.val is None
        rows.append(set(problem.train.set_rows_N.tolist()))
    assert [len(each) for each in rows] == [10, 40, 1000]
    assert rows[0] < rows[1] < rows[2]


@pytest.mark.parametrize(
    "text", ["", "ten", "9", "10,50001", "10,,x", "10,20,30,40,50,60,70,80,90", "1e3"]
)
def test_sizes_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="'sizes' parameter must be a comma list") as caught:
        configured(sizes=text)
    assert caught.value.field == "sizes"


def test_sizes_have_one_form() -> None:
    assert configured(sizes=" 1000, 10,50 ,10").sizes == "10,50,1000"


def test_what_would_fail_halfway_is_refused_before_anything_trains() -> None:
    with pytest.raises(ConfigError, match="at most 1,437"):
        next(begun(configured(sizes="10,5000")))
    with pytest.raises(ConfigError, match="'schedule' parameter must be another"):
        next(begun(configured(schedule="exponential")))
