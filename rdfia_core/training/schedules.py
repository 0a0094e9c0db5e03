"""The learning rate of every step, in closed form. Free of torch: the page draws it beforehand."""

import math

from rdfia_core.errors import ConfigError

SCHEDULES = ("constant", "exponential", "step", "cosine", "one_cycle")
EXPONENTIAL_FACTOR = 0.95  # an epoch; the lab's
STEP_FACTOR = 0.1
ONE_CYCLE_RISE = 0.3  # share of the steps; this and the next two are PyTorch's defaults
ONE_CYCLE_START = 1 / 25  # of the base
ONE_CYCLE_END = 1e-4  # of the start
WARMUP_START = 0.01  # of the base
MAX_POINTS = 400


def learning_rate_at(
    step: int,
    *,
    schedule: str,
    base: float,
    num_steps: int,
    steps_per_epoch: int,
    warmup_epochs: float = 0,
) -> float:
    """Return the learning rate of one optimiser update.

    With a warm-up of W = round(warmup_epochs · steps_per_epoch) steps, update k < W has
    s + (r − s) k / W, where s = base / 100 and r is the first rate of the schedule: base, but
    base / 25 for one_cycle. The schedule has the T = num_steps − W updates that are left, and
    counts its own steps k and epochs from the end of the warm-up:

    - constant: base.
    - exponential: base · 0.95^e, with e = ⌊k / steps_per_epoch⌋ the epochs gone by.
    - step: base, a tenth of it from k ≥ T/2, a hundredth from k ≥ 3T/4.
    - cosine: base (1 + cos(π k/T)) / 2. It would be 0 at k = T, just after the last update.
    - one_cycle: half a cosine from base / 25 up to base at k = 0.3 T − 1, another one down to
      base / 250,000 at the last update, k = T − 1. Momentum is left alone.

    Args:
        step: Updates made before this one: 0 for the first. From num_steps on, the rate stays
            that of the last update.
        schedule: One of `SCHEDULES`.
        base: Learning rate chosen by the user, positive.
        num_steps: Updates of the whole run, warm-up included.
        steps_per_epoch: Updates of one epoch.
        warmup_epochs: Epochs of linear warm-up, 0 for none; a longer one than the run is cut.

    Returns:
        The rate, positive.

    Raises:
        ConfigError: If there is no such schedule, or a number is out of its range.

    References:
        L. Smith and N. Topin, Super-convergence: very fast training of neural networks using
        large learning rates, 2018 (one_cycle, here in two phases as fastai and PyTorch do).
        I. Loshchilov and F. Hutter, SGDR, ICLR 2017, equation 5 (cosine). P. Goyal et al.,
        Accurate, large minibatch SGD, 2017, section 2.2 (warm-up).
    """
    _check(step, schedule, base, num_steps, steps_per_epoch, warmup_epochs)
    step = min(step, num_steps - 1)
    num_warmup = _warmup_steps(num_steps, steps_per_epoch, warmup_epochs)
    if step < num_warmup:
        first = base * (ONE_CYCLE_START if schedule == "one_cycle" else 1.0)
        start = base * WARMUP_START
        return start + (first - start) * step / num_warmup
    return base * _factor(schedule, step - num_warmup, num_steps - num_warmup, steps_per_epoch)


def schedule_points(
    *,
    schedule: str,
    base: float,
    num_steps: int,
    steps_per_epoch: int,
    warmup_epochs: float = 0,
    max_points: int = MAX_POINTS,
) -> tuple[list[float], list[float]]:
    """Return the curve of the learning rate over a run.

    The steps are spread evenly, first and last included. Where the rate jumps, the steps before
    and after are added, so that the curve falls steeply there, unless they would take more than
    half of the points.

    Args:
        schedule: As in `learning_rate_at`, as all that follow but the last.
        base: Learning rate.
        num_steps: Updates.
        steps_per_epoch: Updates an epoch.
        warmup_epochs: Epochs.
        max_points: Length of the curve at most, at least 2.

    Returns:
        Epochs gone by and learning rate, one entry a point.

    Raises:
        ConfigError: As `learning_rate_at`.
    """
    _check(0, schedule, base, num_steps, steps_per_epoch, warmup_epochs)
    num_warmup = _warmup_steps(num_steps, steps_per_epoch, warmup_epochs)
    corners = _corners(schedule, num_warmup, num_steps, steps_per_epoch)
    chosen = {k for corner in corners for k in (corner - 1, corner) if 0 <= k < num_steps}
    if 2 * len(chosen) > max_points - 2:  # the ends are always drawn
        chosen = set()
    num_even = min(max_points - len(chosen), num_steps)
    chosen |= {round(k * (num_steps - 1) / max(num_even - 1, 1)) for k in range(num_even)}
    steps = sorted(chosen)
    rates = [
        learning_rate_at(
            step,
            schedule=schedule,
            base=base,
            num_steps=num_steps,
            steps_per_epoch=steps_per_epoch,
            warmup_epochs=warmup_epochs,
        )
        for step in steps
    ]
    return [step / steps_per_epoch for step in steps], rates


def _factor(schedule: str, step: int, num_steps: int, steps_per_epoch: int) -> float:
    """Share of the base at one of the schedule's own steps."""
    if schedule == "exponential":
        return float(EXPONENTIAL_FACTOR ** (step // steps_per_epoch))
    if schedule == "step":
        return float(STEP_FACTOR ** ((2 * step >= num_steps) + (4 * step >= 3 * num_steps)))
    if schedule == "cosine":
        return (1 + math.cos(math.pi * step / num_steps)) / 2
    if schedule == "one_cycle":
        return _one_cycle_factor(step, num_steps)
    return 1.0


def _one_cycle_factor(step: int, num_steps: int) -> float:
    peak, last = ONE_CYCLE_RISE * num_steps - 1, num_steps - 1
    low, lowest = ONE_CYCLE_START, ONE_CYCLE_START * ONE_CYCLE_END
    if step <= peak:
        return _anneal(low, 1.0, step / peak if peak > 0 else 1.0)
    return _anneal(1.0, lowest, (step - peak) / (last - peak))


def _anneal(begin: float, end: float, share: float) -> float:
    """Go from one value to another along half a cosine."""
    return end + (begin - end) / 2 * (1 + math.cos(math.pi * share))


def _corners(schedule: str, num_warmup: int, num_steps: int, steps_per_epoch: int) -> list[int]:
    """Return the first steps after a jump or a kink."""
    num_left = num_steps - num_warmup
    if schedule == "step":
        drops = [math.ceil(num_left / 2), math.ceil(3 * num_left / 4)]
        return [num_warmup, *(num_warmup + drop for drop in drops)]
    if schedule == "exponential":
        return list(range(num_warmup, num_steps, steps_per_epoch))
    return [num_warmup]


def _warmup_steps(num_steps: int, steps_per_epoch: int, warmup_epochs: float) -> int:
    return min(round(warmup_epochs * steps_per_epoch), num_steps)


def _check(
    step: int,
    schedule: str,
    base: float,
    num_steps: int,
    steps_per_epoch: int,
    warmup_epochs: float,
) -> None:
    if schedule not in SCHEDULES:
        raise ConfigError(
            f"The schedule must be one of {', '.join(SCHEDULES)}. Got {schedule!r}.", "schedule"
        )
    for name, value, least in (
        ("step", step, 0),
        ("num_steps", num_steps, 1),
        ("steps_per_epoch", steps_per_epoch, 1),
        ("warmup_epochs", warmup_epochs, 0),
    ):
        if not least <= value < math.inf:
            raise ConfigError(f"The {name} must be at least {least}. Got {value}.", name)
    if not 0 < base < math.inf:
        raise ConfigError(f"The learning rate must be above 0. Got {base}.", "learning_rate")
