"""A lab whose networks are numbers: what it learns is known, and takes no time."""

from collections.abc import Iterator
from typing import Any

from rdfia_core.config import hyperparameter
from rdfia_core.events import Checkpoint, End, EndReason, Event, Metrics, Pulse, Step
from rdfia_core.experiments import Context, Experiment
from rdfia_core.seeding import numpy_rng
from rdfia_core.training.run_series import CURVES
from rdfia_core.training.small_data import small_data_events
from rdfia_core.training.small_data_config import SmallDataConfig

SCRATCH = {"init_from": "scratch", "freeze": "none"}


class LabConfig(SmallDataConfig):
    init_from: str = hyperparameter(
        "scratch", label="Weights", help="", section="Network", editor="line"
    )
    freeze: str = hyperparameter("none", label="Frozen", help="", section="Network", editor="line")


def accuracy(config: LabConfig) -> float:
    """Rises with the images; what is carried over helps where they are few."""
    head_start = 0.0 if config.init_from == "scratch" else 3.0 / config.num_train
    chance, effect = numpy_rng(config.seed, "fake").random(2) / 50
    return float(1 - 2 / config.num_train**0.5 + head_start * (1 + effect) + chance)


def trained(config: LabConfig) -> Iterator[Event]:
    """Two steps, one evaluation at the end; a rate of 9 diverges."""
    for done in (0.0, 0.5):
        yield Step(round(2 * done), done * config.epochs)
        yield Pulse()
    if config.learning_rate == 9:
        yield End(EndReason.DIVERGED, "", {})
        return
    scalars = dict.fromkeys(CURVES, accuracy(config))
    yield Metrics(2, float(config.epochs), scalars)
    yield End(EndReason.COMPLETED, "", scalars)


def begun(
    config: LabConfig, resume: Checkpoint | None = None, num_available: int = 1_437
) -> Iterator[Event]:
    return small_data_events(
        config, num_available=num_available, scratch=SCRATCH, device="cpu", resume=resume,
        train_one=trained,
    )  # fmt: skip


def small_data(config: Any, context: Context) -> Iterator[Event]:
    return begun(config, context.resume, context.images.open(config.dataset).num_train)


LAB = Experiment(
    name="small_data_lab",
    title="A lab of numbers",
    summary="For tests.",
    config_class=LabConfig,
    tasks={"small_data": "tests.small_data_lab:small_data"},
)
