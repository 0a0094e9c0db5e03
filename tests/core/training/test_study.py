"""The study without a network: what it trains in which order, what it sums up, how it goes on."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from scipy import stats

from rdfia_core.errors import ConfigError
from rdfia_core.events import Checkpoint, End, EndReason, Event, Metrics, Pulse, Result, Step
from rdfia_core.seeding import numpy_rng
from rdfia_core.training.run_series import CURVES
from rdfia_core.training.study import study_events
from rdfia_core.training.study_config import StudiedImageConfig, variant_of

VALUES = {"epochs": 2, "num_seeds": 3, "seed": 5}


def accuracy(config: StudiedImageConfig) -> float:
    """What a run ends with: chance by the seed, and what weight decay brings with that seed."""
    chance, effect = numpy_rng(config.seed, "fake").random(2)
    return float(chance / 2 + config.weight_decay * (10 + effect))


def trained(config: StudiedImageConfig) -> Iterator[Event]:
    """Two epochs whose curves are known; a rate of 9 diverges."""
    for epoch in range(config.epochs + 1):
        yield Step(epoch, float(epoch))
        yield Pulse()
        yield Metrics(epoch, float(epoch), dict.fromkeys(CURVES, accuracy(config) * epoch))
    reason = EndReason.DIVERGED if config.learning_rate == 9 else EndReason.COMPLETED
    yield End(reason, "", dict.fromkeys(CURVES, accuracy(config)))


def configured(**values: Any) -> StudiedImageConfig:
    return StudiedImageConfig.build({**VALUES, **values})


def begun(resume: Checkpoint | None = None, **values: Any) -> Iterator[Event]:
    return study_events(configured(**values), device="cpu", resume=resume, train_one=trained)


def study(resume: Checkpoint | None = None, **values: Any) -> list[Event]:
    return list(begun(resume, **values))


def last_result(events: list[Event]) -> Any:
    return [event for event in events if isinstance(event, Result)][-1].data


def test_every_arm_is_trained_with_every_seed_and_summed_up() -> None:
    result = last_result(study(variants="weight_decay=0.01|weight_decay=0.02"))
    order = [(run["arm"], run["seed"]) for run in result["runs"]]
    assert order == [(arm, seed) for seed in (5, 6, 7) for arm in (0, 1, 2)]
    assert result["runs"][0]["epoch"] == [0, 1, 2]
    finals = [
        [accuracy(configured(seed=seed, weight_decay=decay)) for seed in (5, 6, 7)]
        for decay in (0, 0.02)
    ]
    summed = result["summary"][2]
    assert summed["finals"]["test_accuracy"]["mean"] == pytest.approx(np.mean(finals[1]), abs=1e-5)
    difference = summed["differences"]["test_accuracy"]
    assert difference["mean"] == pytest.approx(np.subtract(finals[1], finals[0]).mean(), abs=1e-5)
    reference = stats.ttest_rel(finals[1], finals[0]).confidence_interval(0.95)
    assert difference["low"] == pytest.approx(reference.low, abs=1e-4)


def test_a_run_that_diverged_leaves_its_pair_out() -> None:
    summary = last_result(study(variants="learning_rate=9"))["summary"]
    assert summary[1] == {"num_ended": 3, "num_diverged": 3, "finals": {}, "differences": {}}
    assert summary[0]["num_diverged"] == 0


@pytest.mark.parametrize("done", [0, 2, 5])
def test_it_goes_on_after_the_runs_that_are_done(done: int) -> None:
    kept = next(
        event.checkpoint()
        for event in begun()
        if isinstance(event, Step) and event.step == done and event.checkpoint
    )
    events, resumed = study(), study(kept)
    assert last_result(resumed) == last_result(events)
    num_results = [sum(isinstance(e, Result) for e in many) for many in (events, resumed)]
    assert num_results[1] == num_results[0] - 4 * done + (done > 0)


def test_it_can_be_broken_off_inside_a_run_and_tells_how_far_it_is() -> None:
    events = study(num_seeds=1)
    assert sum(isinstance(event, Pulse) for event in events) == 2 * 3
    epochs = [event.epoch for event in events if isinstance(event, Step)]
    assert epochs == [0, 0, 0.5, 1, 1, 1, 1.5, 2, 2]  # of two epochs, in two runs


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("weight_decay", "field=value"),
        ("weight_decay=2", "weight_decay"),
        ("seed=3", "other fields than"),
        ("|".join(["weight_decay=0.1"] * 6), "at most 5"),
        ("augmentation=upside", "augmentation"),
        ("dropout=0.5", "dropout"),
    ],
)
def test_variants_that_are_no_configs_are_refused(text: str, part: str) -> None:
    with pytest.raises(ConfigError, match=part):
        StudiedImageConfig.build({"variants": text})


def test_a_variant_differs_in_the_fields_it_names() -> None:
    config = StudiedImageConfig.build({"seed": 4})
    changed = variant_of(config, {"weight_decay": "0.5", "patience": "3"})
    assert changed.model_dump() == {
        **config.model_dump(), "weight_decay": 0.5, "patience": 3, "variants": "",
    }  # fmt: skip
