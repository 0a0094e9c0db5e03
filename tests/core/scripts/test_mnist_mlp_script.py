"""Scripts of the MNIST MLP end with the final values of the run, bit for bit."""

from pathlib import Path
from typing import Any

from tests.exported_scripts import differences

FAST: dict[str, Any] = {"epochs": 2, "num_train": 200, "num_val": 50}


def test_a_fresh_interpreter_ends_as_the_run(tmp_path: Path) -> None:
    assert differences("mnist_mlp", [{"epochs": 3}], tmp_path) == []


def test_every_scaling_stage_and_set_ends_as_the_run(tmp_path: Path) -> None:
    several = [
        {"pixel_scaling": "raw", "stage": "manual", "learning_rate": 0.01},
        {"pixel_scaling": "standard", "stage": "autograd", "activation": "sigmoid"},
        {"pixel_scaling": "standard", "stage": "nn", "activation": "relu", "dropout": 0.3},
        {"pixel_scaling": "unit", "stage": "optim", "optimizer": "adam", "dtype": "float64"},
        {"dataset": "shapes10", "pixel_scaling": "standard", "hidden_layers": "20,10"},
        {"hidden_layers": "none", "num_val": 0, "loss": "mse", "weight_decay": 0.01},
    ]
    assert differences("mnist_mlp", [{**FAST, **v} for v in several], tmp_path) == []
