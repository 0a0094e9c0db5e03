"""Learning rates against PyTorch's schedulers, and what every schedule must keep to."""

import math
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.optim import SGD, Optimizer, lr_scheduler
from torch.optim.lr_scheduler import LRScheduler

from rdfia_core.errors import ConfigError
from rdfia_core.training.schedules import (
    MAX_POINTS,
    SCHEDULES,
    learning_rate_at,
    schedule_points,
)

BASE = 0.1

SCHEDULERS: dict[str, Callable[[Optimizer, int, int], LRScheduler]] = {
    "constant": lambda optimizer, _, __: lr_scheduler.ConstantLR(optimizer, factor=1.0),
    "exponential": lambda optimizer, _, epoch: lr_scheduler.StepLR(optimizer, epoch, gamma=0.95),
    "step": lambda optimizer, steps, _: lr_scheduler.MultiStepLR(
        optimizer, [math.ceil(steps / 2), math.ceil(3 * steps / 4)]
    ),
    "cosine": lambda optimizer, steps, _: lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps),
    "one_cycle": lambda optimizer, steps, _: lr_scheduler.OneCycleLR(
        optimizer, max_lr=BASE, total_steps=steps, cycle_momentum=False
    ),
}


def rates(schedule: str, num_steps: int, steps_per_epoch: int, warmup_epochs: float = 0):
    return [
        learning_rate_at(
            step,
            schedule=schedule,
            base=BASE,
            num_steps=num_steps,
            steps_per_epoch=steps_per_epoch,
            warmup_epochs=warmup_epochs,
        )
        for step in range(num_steps)
    ]


def pytorchs(make: Callable[[Optimizer], LRScheduler], num_steps: int) -> list[float]:
    optimizer = SGD([torch.zeros(1, requires_grad=True)], lr=BASE)
    scheduler = make(optimizer)
    seen = []
    for step in range(num_steps):
        seen.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        if step < num_steps - 1:
            scheduler.step()
    return seen


@pytest.mark.parametrize(("num_steps", "steps_per_epoch"), [(60, 10), (61, 7), (4, 1), (300, 300)])
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_rates_are_pytorchs(schedule: str, num_steps: int, steps_per_epoch: int) -> None:
    expected = pytorchs(
        lambda optimizer: SCHEDULERS[schedule](optimizer, num_steps, steps_per_epoch), num_steps
    )
    assert rates(schedule, num_steps, steps_per_epoch) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_after_the_warm_up_the_schedule_has_the_steps_that_are_left(schedule: str) -> None:
    warmed = rates(schedule, 100, 10, warmup_epochs=2.5)
    assert warmed[25:] == rates(schedule, 75, 10)


@pytest.mark.parametrize("schedule", [name for name in SCHEDULES if name != "one_cycle"])
def test_the_warm_up_is_pytorchs_linear_one(schedule: str) -> None:
    expected = pytorchs(
        lambda optimizer: lr_scheduler.LinearLR(optimizer, start_factor=0.01, total_iters=20), 20
    )
    assert rates(schedule, 100, 10, warmup_epochs=2)[:20] == pytest.approx(expected, abs=1e-12)


def test_before_one_cycle_the_warm_up_ends_where_the_cycle_begins() -> None:
    warmed = rates("one_cycle", 100, 10, warmup_epochs=2)
    assert warmed[0] == pytest.approx(BASE / 100)
    assert warmed[20] == pytest.approx(BASE / 25)
    assert [b > a for a, b in pairwise(warmed[:21])] == [True] * 20


def test_the_exponential_falls_once_an_epoch() -> None:
    seen = rates("exponential", 30, 10)
    assert seen == pytest.approx([BASE] * 10 + [BASE * 0.95] * 10 + [BASE * 0.95**2] * 10)


def test_the_cosine_ends_just_before_zero() -> None:
    seen = rates("cosine", 1000, 100)
    assert seen[500] == pytest.approx(BASE / 2)
    assert 0 < seen[-1] < 3e-6 * BASE


def test_one_cycle_runs_from_a_25th_over_the_base_to_almost_nothing() -> None:
    seen = rates("one_cycle", 1000, 100)
    assert seen[0] == pytest.approx(BASE / 25)
    assert seen[299] == max(seen) == pytest.approx(BASE)
    assert seen[-1] == pytest.approx(BASE / 250_000)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_beyond_the_end_the_last_rate_stays(schedule: str) -> None:
    last = rates(schedule, 50, 10)[-1]
    for step in (50, 51, 10_000):
        rate = learning_rate_at(
            step, schedule=schedule, base=BASE, num_steps=50, steps_per_epoch=10
        )
        assert rate == last


@given(
    schedule=st.sampled_from(SCHEDULES),
    base=st.floats(1e-6, 10),
    num_steps=st.integers(1, 500),
    steps_per_epoch=st.integers(1, 200),
    warmup_epochs=st.floats(0, 20),
    max_points=st.integers(2, 60),
)
@settings(max_examples=150, deadline=None)
def test_any_run_has_rates_within_bounds(
    schedule: str,
    base: float,
    num_steps: int,
    steps_per_epoch: int,
    warmup_epochs: float,
    max_points: int,
) -> None:
    law = {
        "schedule": schedule,
        "base": base,
        "num_steps": num_steps,
        "steps_per_epoch": steps_per_epoch,
        "warmup_epochs": warmup_epochs,
    }
    all_rates = [learning_rate_at(step, **law) for step in range(num_steps)]
    assert all(0 < rate <= base * (1 + 1e-12) for rate in all_rates)

    epochs, points = schedule_points(**law, max_points=max_points)
    assert len(epochs) == len(points) <= max_points
    assert epochs[0] == 0
    assert epochs[-1] == (num_steps - 1) / steps_per_epoch
    assert all(a < b for a, b in pairwise(epochs))
    for epoch, rate in zip(epochs, points, strict=True):
        assert rate == all_rates[round(epoch * steps_per_epoch)]


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_short_run_is_drawn_step_by_step(schedule: str) -> None:
    epochs, points = schedule_points(
        schedule=schedule, base=BASE, num_steps=90, steps_per_epoch=30, warmup_epochs=1
    )
    assert points == rates(schedule, 90, 30, warmup_epochs=1)
    assert epochs == [step / 30 for step in range(90)]


@pytest.mark.parametrize("schedule", ["step", "exponential"])
def test_a_long_run_is_drawn_with_its_jumps(schedule: str) -> None:
    # 30 epochs of CIFAR-10 in batches of 128.
    law = {"base": BASE, "num_steps": 11_730, "steps_per_epoch": 391}
    epochs, points = schedule_points(schedule=schedule, **law)
    assert len(points) <= MAX_POINTS
    jumps = [k for k in range(1, len(points)) if points[k] < 0.99 * points[k - 1]]
    assert len(jumps) == {"step": 2, "exponential": 29}[schedule]
    assert all(epochs[k] - epochs[k - 1] == pytest.approx(1 / 391) for k in jumps)


def test_many_jumps_do_not_crowd_out_the_curve() -> None:
    epochs, _ = schedule_points(
        schedule="exponential", base=BASE, num_steps=10_000, steps_per_epoch=10
    )
    assert len(epochs) == MAX_POINTS
    gaps = [b - a for a, b in pairwise(epochs)]
    assert max(gaps) - min(gaps) <= 0.1 + 1e-9


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"schedule": "linear"}, "one of constant, exponential, step, cosine, one_cycle. Got 'lin"),
        ({"num_steps": 0}, "num_steps must be at least 1. Got 0"),
        ({"steps_per_epoch": 0}, "steps_per_epoch must be at least 1. Got 0"),
        ({"warmup_epochs": -1}, "warmup_epochs must be at least 0. Got -1"),
        ({"warmup_epochs": math.inf}, "warmup_epochs"),
        ({"base": 0.0}, "learning rate must be above 0. Got 0"),
        ({"base": math.nan}, "learning rate must be above 0. Got nan"),
    ],
)
def test_impossible_values_are_refused_with_a_sentence(changes, sentence: str) -> None:
    law = {"schedule": "cosine", "base": BASE, "num_steps": 10, "steps_per_epoch": 5} | changes
    with pytest.raises(ConfigError, match=sentence):
        learning_rate_at(0, **law)
    with pytest.raises(ConfigError, match=sentence):
        schedule_points(**law)


def test_a_negative_step_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"step must be at least 0\. Got -1"):
        learning_rate_at(-1, schedule="cosine", base=BASE, num_steps=10, steps_per_epoch=5)


def test_the_page_can_draw_schedules_without_torch() -> None:
    script = "import sys, rdfia_core.training.schedules; print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
