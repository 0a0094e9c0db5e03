"""Scripts of the transformer lab end with the final values of the run, bit for bit."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import safetensors.numpy

from rdfia_core.events import End
from rdfia_core.experiments import Trained, experiment_named
from rdfia_core.experiments.vit import VitConfig
from rdfia_core.scripts.recipe import Ran
from rdfia_core.scripts.writing import script_text
from tests.exported_scripts import context_in, differences, run_scripts, trained

FAST: dict[str, Any] = {
    "dataset": "digits",
    "num_train": 100,
    "num_val": 40,
    "epochs": 1,
    "embed_dim": 16,
    "depth": 1,
    "num_heads": 2,
}


def test_a_fresh_interpreter_ends_as_the_run(tmp_path: Path) -> None:
    values = {"num_train": 200, "num_val": 100, "epochs": 2, "dropout": 0.1, "drop_path": 0.2}
    assert differences("vit", [values], tmp_path) == []


def test_every_variant_ends_as_the_run(tmp_path: Path) -> None:
    several = [
        {"pool": "mean", "pos_embedding": "none", "optimizer": "adamw", "weight_decay": 0.05},
        {"pos_embedding": "sinusoidal", "schedule": "cosine", "warmup_epochs": 0.5},
        {"pool": "mean", "mlp_ratio": 1.0, "augmentation": "crop,mixup", "patch_size": 7},
        {"input_size": 16, "input_channels": "colour", "patch_size": 4},
        {"dataset": "shapes10", "input_channels": "grey", "patch_size": 8},
        {"backbone": "resnet18", "input_size": 32, "batch_size": 32},
        {"backbone": "vit_tiny_patch16_224", "input_size": 32, "batch_size": 32},
    ]
    assert differences("vit", [{**FAST, **v} for v in several], tmp_path) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"freeze": "first:1", "layer_decay": 0.7},
        {"dataset": "shapes10", "freeze": "backbone", "num_val": 20},
    ],
)
def test_a_run_that_starts_from_another_reads_its_weights(
    changes: dict[str, Any], tmp_path: Path
) -> None:
    context = context_in(tmp_path)
    before = VitConfig.build({**FAST, "depth": 2})
    context.live = {"learning_rate": before.learning_rate, "shown_image": 0}
    events = list(experiment_named("vit").load_task("train")(before, context))
    assert isinstance(events[-1], End)
    weights = events[-1].weights
    context = replace(
        context, trained=lambda _: Trained("vit", before.model_dump(), lambda: weights)
    )
    values = {"num_train": 80, "epochs": 1, "init_from": "run:abcd1234", **changes}
    expected, recipe = trained("vit", values, context)
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    safetensors.numpy.save_file(dict(weights), folder / "abcd1234.safetensors")
    text = script_text(recipe, "A run", ())
    assert "abcd1234.safetensors" in text.split('"""')[1]
    assert run_scripts([text], folder) == [expected]


def test_weights_of_timm_are_left_to_timm(tmp_path: Path) -> None:
    context = context_in(tmp_path)
    experiment = experiment_named("vit")
    values = {**FAST, "init_from": "timm:resnet18", "freeze": "backbone"}
    config = VitConfig.build(experiment.completed(values, context))
    text = script_text(experiment.recipe(config, context, Ran("cpu", 1)), "A run", ())
    assert "pretrained=True" in text
    # Where the run could not have them, its script does not ask for them either.
    lacked = Ran("cpu", 1, {"weights": {"pretrained": False}})
    text = script_text(experiment.recipe(config, context, lacked), "A run", ())
    assert "pretrained=True" not in text
