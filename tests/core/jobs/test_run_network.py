"""The ONNX file computes what the network of the run computes, read by an independent program."""

import json
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx.reference import ReferenceEvaluator

from rdfia_core.data.point_config import load_points
from rdfia_core.errors import DataUnavailableError
from rdfia_core.experiments import context_of, experiment_named
from rdfia_core.experiments.cifar_cnn import predict as cifar
from rdfia_core.experiments.mnist_mlp import predict as mnist
from rdfia_core.experiments.vit import predict as vit
from rdfia_core.jobs.execution import Execution
from rdfia_core.jobs.run_network import onnx_network
from rdfia_core.jobs.submission import submit
from rdfia_core.models.features import expand
from rdfia_core.models.onnx_file import OPSET
from rdfia_core.settings import Settings
from rdfia_core.store import RunRecord, RunState, RunStore
from rdfia_core.training.checkpoints import load_checkpoint
from tests.core.jobs.export_runs import SMALL, executed

# Sums are taken in another order: a few units in the last place of float32, relative to logits
# of about 1 to 10.
TOLERANCE = 2e-5
# PyTorch's exporter warns of its own use of what Python is about to drop.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


def answer(content: bytes, name: str, x: np.ndarray) -> np.ndarray:
    (logits,) = ReferenceEvaluator(onnx.load_from_string(content)).run(None, {name: x})
    return np.asarray(logits)


def circle_logits(run: RunRecord, settings: Settings, x_N2: np.ndarray) -> np.ndarray:
    """The forward pass in NumPy, from the weights that the run left."""
    checkpoint = load_checkpoint(settings.run_dir(run.id))
    assert checkpoint is not None
    names = sorted(k for k in checkpoint.arrays if k.startswith("stage.parameter."))
    weights = [checkpoint.arrays[name] for name in sorted(names, key=lambda k: int(k[16:]))]
    features = [] if run.config["features"] == "none" else run.config["features"].split(",")
    h = expand(torch.from_numpy(x_N2), features).numpy()
    activation = {
        "tanh": np.tanh,
        "sigmoid": lambda v: 1 / (1 + np.exp(-v)),
        "relu": lambda v: np.maximum(v, 0),
        "none": lambda v: v,
    }[run.config["activation"]]
    for W, b in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        h = activation(h @ W.T + b)
    return np.asarray(h @ weights[-2].T + weights[-1])


@pytest.mark.parametrize(
    "values",
    [
        *({"activation": name} for name in ("tanh", "sigmoid", "relu", "none")),
        *({"stage": name} for name in ("autograd", "nn", "optim")),
        {"features": "x2,sin_y", "dtype": "float64", "hidden_layers": "5,4", "dropout": 0.2},
    ],
    ids=str,
)
def test_the_circle_network_answers_alike(
    store: RunStore, settings: Settings, values: dict[str, Any]
) -> None:
    run = executed(store, settings, "circle_mlp", **values)
    content = onnx_network(store, settings, run)
    config = experiment_named("circle_mlp").config_class.build(run.config)
    points = load_points(config, settings.uploads_dir)  # type: ignore[arg-type]
    x_N2 = points.x_test.astype(run.config["dtype"])
    expected = circle_logits(run, settings, x_N2)
    for size in (1, 2, len(x_N2)):
        found = answer(content, "points", x_N2[:size])
        np.testing.assert_allclose(found, expected[:size], atol=TOLERANCE)
        assert found.dtype == x_N2.dtype


@pytest.mark.parametrize(
    ("lab", "values"),
    [
        ("cifar_cnn", {}),
        ("cifar_cnn", {"normalization": "per_image", "augmentation": "crop"}),
        ("vit", {}),
        ("vit", {"pool": "mean", "input_size": 12, "input_channels": "colour"}),
        ("mnist_mlp", {"pixel_scaling": "raw"}),
        ("mnist_mlp", {"pixel_scaling": "standard", "stage": "optim"}),
    ],
    ids=str,
)
def test_an_image_network_answers_alike_from_pixels(
    store: RunStore, settings: Settings, lab: str, values: dict[str, Any]
) -> None:
    run = executed(store, settings, lab, **values)
    content = onnx_network(store, settings, run)
    context = context_of(settings)
    context.resume = load_checkpoint(settings.run_dir(run.id))
    config: Any = experiment_named(lab).config_class.build(run.config)
    places = torch.arange(5)
    if lab == "mnist_mlp":
        problem, stage = mnist.restored(config, context)
        images = problem.images
        bytes_5CSS = images.test.images(places)
        expected = stage.logits(problem.flat(images.pipeline.at_test(bytes_5CSS)))
    else:
        restored = cifar.restored if lab == "cifar_cnn" else vit.restored
        images, network = restored(config, context)
        bytes_5CSS = images.pipeline.augmentation.at_test(images.test.images(places))
        with torch.no_grad():
            expected = network(images.pipeline.normalizer(bytes_5CSS.float() / 255))
    pixels = (bytes_5CSS.float() / 255).contiguous().numpy()
    for size in (1, 5):
        found = answer(content, "images", pixels[:size])
        np.testing.assert_allclose(found, expected.numpy()[:size], atol=TOLERANCE * 10)
    assert np.ptp(expected.numpy()) > 1e-3, "a network that answers nothing would pass"


def test_the_file_says_what_it_takes(store: RunStore, settings: Settings) -> None:
    run = executed(store, settings, "cifar_cnn")
    model = onnx.load_from_string(onnx_network(store, settings, run))
    onnx.checker.check_model(model, full_check=True)
    assert [item.version for item in model.opset_import if item.domain == ""] == [OPSET]
    assert model.graph.input[0].type.tensor_type.shape.dim[0].dim_param
    assert "bytes divided by 255" in model.doc_string
    assert "per_channel" in model.doc_string
    facts = {item.key: item.value for item in model.metadata_props}
    assert json.loads(facts["class_names"]) == [str(k) for k in range(10)]


def test_the_task_leaves_the_file_in_its_own_folder(store: RunStore, settings: Settings) -> None:
    run = executed(store, settings, "circle_mlp")
    task_id = submit(
        store, settings, "circle_mlp", run.config, owner="ada", task="export_onnx",
        parent=run.id, state=RunState.STARTING,
    )  # fmt: skip
    Execution(store, store.run(task_id), settings).run()
    assert store.run(task_id).state is RunState.COMPLETED, store.run(task_id).sentence
    onnx.load(settings.run_dir(task_id) / "network.onnx")
    assert store.kept_frames(task_id) == []


def test_a_run_that_never_began_has_no_network(store: RunStore, settings: Settings) -> None:
    run_id = submit(store, settings, "circle_mlp", SMALL["circle_mlp"], owner="ada")
    with pytest.raises(DataUnavailableError, match="were not kept: it is queued after 0 steps"):
        onnx_network(store, settings, store.run(run_id))
