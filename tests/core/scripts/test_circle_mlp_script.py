"""Scripts of the circle lab end with the final values of the run, bit for bit."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rdfia_core.data.point_files import UploadStore
from tests.exported_scripts import context_in, differences

POINTS = "0.5,0.5,0;-0.5,0.5,1;0.5,-0.5,1;-0.5,-0.5,0;0.6,0.6,0;-0.6,0.4,1;0.3,-0.5,2;1,1,2"
FAST: dict[str, Any] = {"epochs": 6, "num_points": 60}


def test_a_fresh_interpreter_ends_as_the_run(tmp_path: Path) -> None:
    assert differences("circle_mlp", [{"epochs": 20}], tmp_path) == []


@pytest.mark.parametrize("stage", ["manual", "autograd", "nn", "optim"])
def test_every_stage_ends_as_the_run(stage: str, tmp_path: Path) -> None:
    several = [
        {"activation": "relu", "init": "xavier", "dropout": 0.3, "hidden_layers": "8,6"},
        {"activation": "sigmoid", "init": "pytorch", "loss": "mse", "reduction": "mean"},
        {"activation": "none", "hidden_layers": "none", "weight_decay": 0.01},
        {"init": "zeros", "weight_decay": 0.01, "regularization": "l1", "batch_size": 0},
        {"init": "constant", "loss": "mse", "dropout": 0.2, "dtype": "float64"},
        {"learning_rate": 100.0, "activation": "relu", "init": "xavier", "batch_size": 1},
    ]
    assert (
        differences("circle_mlp", [{**FAST, "stage": stage, **v} for v in several], tmp_path) == []
    )


def test_every_optimiser_ends_as_the_run(tmp_path: Path) -> None:
    several = [
        {"optimizer": "momentum"},
        {"optimizer": "nesterov"},
        {"optimizer": "nesterov", "momentum": 0.0},
        {"optimizer": "rmsprop", "weight_decay": 0.001},
        {"optimizer": "adam", "dropout": 0.1},
    ]
    assert (
        differences("circle_mlp", [{**FAST, "stage": "optim", **v} for v in several], tmp_path)
        == []
    )


def test_every_law_of_points_ends_as_the_run(tmp_path: Path) -> None:
    several = [
        {"dataset": "moons", "val_fraction": 0.2, "features": "x2,sin_y"},
        {"dataset": "xor", "class_balance": 0.3, "features": "xy"},
        {"dataset": "spirals2", "test_fraction": 0.0},
        {"dataset": "spirals3", "noise": 0.0, "seed": 3},
        {"dataset": "blobs", "num_classes": 5},
    ]
    assert differences("circle_mlp", [{**FAST, **v} for v in several], tmp_path) == []


def test_points_and_files_are_carried_inside(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = [f"{x!r},{y!r},{k % 2}" for k, (x, y) in enumerate(rng.normal(size=(40, 2)).tolist())]
    context = context_in(tmp_path)
    upload = UploadStore(context.uploads_dir).add("\n".join(rows).encode(), "mine.csv")
    several = [
        {"dataset": "points", "points": POINTS, "epochs": 5, "test_fraction": 0.3},
        {"dataset": "file", "data_file": upload, "epochs": 5, "val_fraction": 0.2},
    ]
    assert differences("circle_mlp", several, tmp_path, context=context) == []
