"""Every kind of training on a pretended GPU (pretended_device.py)."""

import dataclasses
from typing import Any

import pytest
import torch

from rdfia_core.config import field_specs
from rdfia_core.errors import ConfigError
from rdfia_core.events import Checkpoint, End, EndReason, Event, Metrics, Step
from rdfia_core.experiments import Context, experiment_named
from tests.core.pretended_device import is_resident, pretended_device

IMAGES: dict[str, Any] = {
    "dataset": "shapes10",
    "num_train": 80,
    "num_val": 40,
    "batch_size": 40,
    "epochs": 1,
}
DIGITS = {**IMAGES, "dataset": "digits"}


def ran(
    context: Context, experiment: str, values: dict[str, Any], task: str = "train",
    resume: Checkpoint | None = None, device: str = "",
) -> list[Event]:  # fmt: skip
    """Run a task on the pretended device, or another one; take every picture and checkpoint."""
    found = experiment_named(experiment)
    config = found.config_class.build(values)
    live = {s.name: getattr(config, s.name) for s in field_specs(found.config_class) if s.live}
    events = []
    with pretended_device() as pretended:
        given = dataclasses.replace(context, device=device or pretended, live=live, resume=resume)
        for event in found.load_task(task)(config, given):
            if isinstance(event, Step):
                snapshot = event.snapshot and event.snapshot()
                checkpoint = event.checkpoint and event.checkpoint()
                event = dataclasses.replace(
                    event, snapshot=lambda s=snapshot: s, checkpoint=lambda c=checkpoint: c
                )
            events.append(event)
    end = events[-1]
    assert isinstance(end, End)
    assert end.reason is EndReason.COMPLETED
    return events


def checkpoint_of(events: list[Event]) -> Checkpoint:
    steps = [event for event in events if isinstance(event, Step)]
    assert steps[-1].checkpoint is not None
    return steps[-1].checkpoint()


@pytest.mark.parametrize(
    "values",
    [
        {"normalization": "per_channel", "augmentation": "crop,flip", "batch_norm": True},
        {"normalization": "zca", "augmentation": "rotation,color", "optimizer": "momentum"},
        {"normalization": "none", "augmentation": "blur,noise", "optimizer": "rmsprop"},
        {"normalization": "per_image", "augmentation": "erasing,mixup,cutmix", "dropout": 0.5},
        {"normalization": "l1", "augmentation": "cutmix", "optimizer": "nesterov"},
        {"normalization": "l2", "augmentation": "mixup", "label_smoothing": 0.1},
        {"architecture": "resnet", "patience": 1, "epochs": 2, "optimizer": "adamw"},
    ],
    ids=lambda values: " ".join(str(v) for v in values.values()),
)
def test_the_cnn_trains(context: Context, values: dict[str, Any]) -> None:
    ran(context, "cifar_cnn", {**IMAGES, **values})


@pytest.mark.parametrize("stage", ["manual", "autograd", "nn", "optim"])
@pytest.mark.parametrize(
    ("experiment", "values"),
    [("mnist_mlp", DIGITS), ("circle_mlp", {"epochs": 2, "dropout": 0.2, "weight_decay": 0.01})],
)
def test_every_stage_trains(
    context: Context, experiment: str, values: dict[str, Any], stage: str
) -> None:
    ran(context, experiment, {**values, "stage": stage})


@pytest.mark.parametrize(
    ("experiment", "task", "values"),
    [
        ("cifar_cnn", "preview", {**IMAGES, "augmentation": "crop"}),
        ("cifar_cnn", "study", {**IMAGES, "num_seeds": 1}),
        ("vit", "train", IMAGES),
        ("vit", "probe", IMAGES),
        ("vit", "cost", IMAGES),
        ("mnist_mlp", "scaling", DIGITS),
        ("mnist_mlp", "compare_stages", DIGITS),
        ("circle_mlp", "compare_stages", {"epochs": 2}),
        ("circle_mlp", "check_gradients", {"epochs": 2}),
    ],
)
def test_every_task_runs(
    context: Context, experiment: str, task: str, values: dict[str, Any]
) -> None:
    ran(context, experiment, values, task)


@pytest.mark.parametrize(
    ("experiment", "values"),
    [("cifar_cnn", IMAGES), ("vit", IMAGES), ("mnist_mlp", DIGITS)],
)
def test_a_run_is_resumed_and_asked(
    context: Context, experiment: str, values: dict[str, Any]
) -> None:
    checkpoint = checkpoint_of(ran(context, experiment, values))
    ran(context, experiment, {**values, "epochs": 2}, resume=checkpoint)
    ran(context, experiment, values, "predict", resume=checkpoint)


def test_a_circle_run_is_resumed_and_checked(context: Context) -> None:
    checkpoint = checkpoint_of(ran(context, "circle_mlp", {"epochs": 2}))
    ran(context, "circle_mlp", {"epochs": 3}, resume=checkpoint)
    ran(context, "circle_mlp", {"epochs": 2}, "check_gradients", resume=checkpoint)


def test_the_numbers_are_those_of_the_processor(context: Context) -> None:
    """Nothing is computed otherwise for the device's sake, but for sums in float32."""
    there, here = (ran(context, "cifar_cnn", IMAGES, device=d) for d in ("", "cpu"))
    rows = [[e.scalars for e in events if isinstance(e, Metrics)][-1] for events in (there, here)]
    assert rows[0] == pytest.approx(rows[1], rel=1e-4)


@pytest.mark.parametrize("experiment", ["circle_mlp", "mnist_mlp"])
def test_float64_is_refused_with_what_to_do(context: Context, experiment: str) -> None:
    with pytest.raises(ConfigError, match="Choose float32 as number format, or cpu as device"):
        ran(context, experiment, {"dtype": "float64", "epochs": 1})


def test_the_pretended_device_keeps_its_rules() -> None:
    with pretended_device() as device:
        there = torch.ones(3, device=device)
        assert is_resident(there * 2)
        assert not is_resident(there.cpu())
        assert is_resident(torch.nn.Linear(3, 2).to(device)(there))
        assert there.device.type == device
        with pytest.raises(RuntimeError, match="two devices"):
            there + torch.ones(3)
        with pytest.raises(TypeError, match="float64"):
            there.double()
        with pytest.raises(TypeError, match="NumPy"):
            there.numpy()
        assert there.cpu().double().sum().item() == 3
