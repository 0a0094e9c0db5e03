"""Scripts of the CNN lab end with the final values of the run, bit for bit."""

from pathlib import Path
from typing import Any

import pytest
import torch

from rdfia_core.models.cnn.as_code import network_code
from rdfia_core.models.cnn.blocks import parse_blocks
from rdfia_core.models.cnn.build import ResidualBlock, build_network
from rdfia_core.models.cnn.fast_linear import FastLinear
from rdfia_core.seeding import seed_default_generators
from tests.exported_scripts import differences

FAST: dict[str, Any] = {
    "dataset": "digits",
    "num_train": 150,
    "num_val": 40,
    "epochs": 2,
    "architecture": "conv 4 k3, relu, pool 2, fc 12, relu",
}


def test_a_fresh_interpreter_ends_as_the_run(tmp_path: Path) -> None:
    small = {"num_train": 200, "num_val": 100, "epochs": 1, "augmentation": "crop,flip"}
    assert differences("cifar_cnn", [small], tmp_path) == []


def test_every_normalisation_ends_as_the_run(tmp_path: Path) -> None:
    kinds = ("none", "per_image", "l1", "l2", "zca")
    several = [{**FAST, "normalization": kind} for kind in kinds]
    several.append({**FAST, "normalization": "zca", "augmentation": "crop", "num_val": 0})
    assert differences("cifar_cnn", several, tmp_path) == []


def test_every_augmentation_ends_as_the_run(tmp_path: Path) -> None:
    names = ("rotation", "blur", "noise", "erasing", "mixup", "cutmix", "flip,mixup,cutmix")
    several: list[dict[str, Any]] = [{**FAST, "augmentation": name} for name in names]
    several.append({**FAST, "dataset": "shapes10", "augmentation": "crop,color,erasing"})
    several.append({**FAST, "augmentation": "mixup", "label_smoothing": 0.1})
    assert differences("cifar_cnn", several, tmp_path) == []


def test_every_optimiser_and_schedule_ends_as_the_run(tmp_path: Path) -> None:
    several = [
        {"optimizer": "momentum", "schedule": "exponential", "weight_decay": 0.001},
        {"optimizer": "nesterov", "schedule": "step", "warmup_epochs": 0.5},
        {"optimizer": "rmsprop", "schedule": "cosine", "learning_rate": 0.001},
        {"optimizer": "adam", "schedule": "one_cycle", "learning_rate": 0.001},
        {"optimizer": "adamw", "learning_rate": 0.001, "weight_decay": 0.01},
        {"dropout": 0.3, "batch_norm": True, "warmup_epochs": 1.0},
        {"precision": "bfloat16"},
    ]
    assert differences("cifar_cnn", [{**FAST, **v} for v in several], tmp_path) == []


def test_a_run_that_stops_early_ends_with_its_best_epoch(tmp_path: Path) -> None:
    values = {**FAST, "epochs": 12, "patience": 2, "learning_rate": 0.5, "num_train": 30}
    assert differences("cifar_cnn", [{**values, "batch_size": 10}, FAST], tmp_path) == []


def test_known_architectures_end_as_the_run(tmp_path: Path) -> None:
    several = [{**FAST, "dataset": "shapes10", "architecture": a} for a in ("lenet5", "resnet")]
    assert differences("cifar_cnn", [{**v, "epochs": 1} for v in several], tmp_path) == []


@pytest.mark.parametrize(
    "text",
    [
        "lab",
        "resnet",
        "conv 4 k3 s2 p1, bn, leaky, pool 3 s2 p1 up, avgpool 2 up, gelu, gap",
        "fc 7, bn, tanh, dropout 0.25, fc 5, sigmoid",
    ],
)
def test_the_network_as_code_is_the_network(text: str) -> None:
    shape = {"num_channels": 3, "image_size": 32, "num_classes": 10}
    blocks = parse_blocks(text)
    seed_default_generators(1)
    built = build_network(blocks, **shape).eval()
    seed_default_generators(1)
    written = eval(
        network_code(blocks, **shape),
        {"nn": torch.nn, "FastLinear": FastLinear, "ResidualBlock": ResidualBlock},
    ).eval()
    x_BCHW = torch.rand(2, 3, 32, 32)
    assert torch.equal(built(x_BCHW), written(x_BCHW))
