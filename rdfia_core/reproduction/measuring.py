"""Running one piece of an entry: the lab's own training generator, with nobody looking on."""

import datetime
import importlib
import math
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import torch

from rdfia_core.config import ExperimentConfig, field_specs
from rdfia_core.errors import DataUnavailableError
from rdfia_core.events import End, EndReason, Event, Metrics, Step
from rdfia_core.experiments import Context, Experiment, context_of, experiment_named
from rdfia_core.jobs.devices import resolve_device
from rdfia_core.reproduction.derived import derived, thinned
from rdfia_core.reproduction.entries import Planned
from rdfia_core.reproduction.measured import Made, Measured
from rdfia_core.settings import Settings
from rdfia_core.training.memory import keep_freed_memory

TORCH = torch.__version__
CURVES = tuple(
    f"{part}_{what}" for part in ("train", "train_now", "test") for what in ("loss", "accuracy")
)
_DIGITS = 6

Progress = Callable[[float], None]


def device_name(device: str) -> str:
    """Return kind and name of a device, for the record."""
    if device == "cuda":
        return f"cuda ({torch.cuda.get_device_name()})"
    return f"{device} ({platform.machine()})"


def measure(
    planned: Planned, settings: Settings, device: str = "auto", progress: Progress = lambda _: None
) -> Measured:
    """Run one planned run to its end.

    Args:
        planned: What to run.
        settings: Of the deployment: data, weights, threads.
        device: Where to compute; a lab that is fixed to the processor stays there.
        progress: Called with the finished share of the run.

    Raises:
        DataUnavailableError: If its images or weights are not here; says what to do.
    """
    experiment = experiment_named(planned.entry.experiment)
    config = _config(experiment, planned)
    if planned.arm.weights:
        _need_weights(planned.arm.weights, settings)
    context = replace(context_of(settings), device=chosen_device(planned, device), attentive=False)
    experiment.check_config(config, context)
    config = type(config).build(dict(experiment.completed(config.model_dump(), context)))
    context.live.update(
        {spec.name: getattr(config, spec.name) for spec in field_specs(type(config)) if spec.live}
    )
    _make_room(experiment, settings)
    begun = time.perf_counter()
    curves, end = _followed(_events(planned, config, context), config.epochs, progress)
    return _measured(planned, context.device, curves, end, time.perf_counter() - begun)


def chosen_device(planned: Planned, device: str) -> str:
    """Return where a run computes: what is asked, or what the lab is fixed to."""
    fixed = experiment_named(planned.entry.experiment).config_class.model_fields["device"].default
    return resolve_device(device if fixed == "auto" else fixed)


def _config(experiment: Experiment, planned: Planned) -> ExperimentConfig:
    return experiment.config_class.build(planned.config)


def _need_weights(name: str, settings: Settings) -> None:
    from rdfia_core.models.timm_weights import weights_file  # noqa: PLC0415  imports timm

    path = weights_file(name, settings.weights_dir)
    if not path.is_file():
        raise DataUnavailableError(
            f"The weights of {name} that were trained elsewhere are not on this machine "
            f"(weights/{path.name} below RDFIA_HOME). "
            "With a network, fetch them: python -m rdfia_core train vit "
            f"init_from=timm:{name} epochs=1 num_train=100."
        )


def _make_room(experiment: Experiment, settings: Settings) -> None:
    share = experiment.slot_share
    torch.set_num_threads(settings.threads_for(share))
    if share >= 1:
        keep_freed_memory()


def _events(planned: Planned, config: ExperimentConfig, context: Context) -> Iterator[Event]:
    if planned.entry.task == "train":
        return experiment_named(planned.entry.experiment).load_task("train")(config, context)
    module, name = planned.entry.task.split(":")
    events: Iterator[Event] = getattr(importlib.import_module(module), name)(
        config, context, planned.arm.option
    )
    return events


def _followed(
    events: Iterator[Event], epochs: int, progress: Progress
) -> tuple[dict[str, list[float]], End]:
    """Collect the curves at whole epochs, and the end."""
    curves: dict[str, list[float]] = {}
    for event in events:
        if isinstance(event, Metrics) and event.epoch.is_integer() and "test_loss" in event.scalars:
            row = {name: event.scalars.get(name, math.nan) for name in CURVES}
            for name, value in {"epoch": event.epoch, **row}.items():
                curves.setdefault(name, []).append(value)
        elif isinstance(event, Step):
            progress(min(1.0, event.epoch / epochs))
        elif isinstance(event, End):
            return curves, event
    raise AssertionError("a training generator ends with an End")


def _measured(
    planned: Planned, device: str, curves: dict[str, list[float]], end: End, seconds: float
) -> Measured:
    told = {name: values for name, values in curves.items() if not _is_empty(values)}
    metrics = {**end.metrics, **derived(told, int(planned.config["epochs"]))}
    metrics["diverged"] = float(end.reason is EndReason.DIVERGED)
    return Measured(
        asked=planned.asked,
        config=planned.config,
        metrics={name: _number(value) for name, value in metrics.items() if _is_kept(name)},
        curves=thinned(told, [planned.entry.metric]),
        ends=end.reason.value,
        seconds=round(seconds, 2),
        made=Made(
            device_name(device), TORCH, datetime.datetime.now(datetime.UTC).date().isoformat()
        ),
    )


def _is_empty(values: Sequence[float]) -> bool:
    return not any(math.isfinite(value) for value in values)


def _is_kept(name: str) -> bool:
    return not name.startswith(("grad_norm", "learning_rate", "batch_size"))


def _number(value: float) -> float | None:
    return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None
