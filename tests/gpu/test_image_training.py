"""Image training on a GPU: data resident there, the same learning as on a processor, its limits."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from rdfia_core.data.images.library import ImageLibrary
from rdfia_core.errors import LimitError
from rdfia_core.events import Checkpoint, End, Event, Metrics, Step
from rdfia_core.experiments import Context, experiment_named
from rdfia_core.experiments.cifar_cnn import CifarCnnConfig
from rdfia_core.experiments.cifar_cnn.train import initial_network
from rdfia_core.training.augmentation import Augmentation
from rdfia_core.training.image_config import AUGMENTATION_LABELS
from rdfia_core.training.image_evaluation import predict
from rdfia_core.training.image_setup import build_problem

CNN = experiment_named("cifar_cnn")
SMALL: dict[str, Any] = {
    "dataset": "shapes10",
    "num_train": 2_000,
    "num_val": 500,
    "epochs": 3,
    "batch_size": 64,
    "optimizer": "adam",
    "learning_rate": 0.001,
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ImageLibrary:
    return ImageLibrary(tmp_path_factory.mktemp("home"), None)


@pytest.fixture
def context(tmp_path: Path, library: ImageLibrary, device: str) -> Context:
    return Context(device, tmp_path, library=library)


def begun(context: Context, **values: Any) -> Iterator[Event]:
    config = CifarCnnConfig.build({**SMALL, **values, "device": context.device})
    live = {"learning_rate": config.learning_rate, "shown_image": config.shown_image}
    return CNN.load_task("train")(config, dataclasses.replace(context, live=live))


def end_of(events: list[Event]) -> End:
    assert isinstance(events[-1], End)
    return events[-1]


def test_the_data_lie_on_the_gpu_as_bytes(library: ImageLibrary, device: str) -> None:
    problem = build_problem(CifarCnnConfig.build(SMALL), library.open("shapes10"), device)
    for part in (problem.train, problem.test):
        assert part.images_NHWC.is_cuda
        assert part.images_NHWC.dtype == torch.uint8
        assert part.rows_N.is_cuda
    batch = problem.train.images(torch.arange(8, device=device))
    inputs, targets = problem.pipeline.training(
        batch, problem.train.targets(torch.arange(8, device=device))
    )
    assert inputs.is_cuda
    assert isinstance(targets, torch.Tensor)
    assert targets.is_cuda


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"precision": "bfloat16"},
        {"augmentation": "rotation,noise", "batch_norm": True, "dropout": 0.3},
        {"optimizer": "momentum", "learning_rate": 0.05, "schedule": "one_cycle"},
    ],
    ids=["float32", "bfloat16", "regularised", "one_cycle"],
)
def test_it_learns(values: dict[str, Any], context: Context) -> None:
    events = list(begun(context, dataset="digits", num_train=0, epochs=8, **values))
    rows = [e.scalars for e in events if isinstance(e, Metrics) and e.epoch == int(e.epoch)]
    assert rows[-1]["train_now_loss"] < rows[0]["train_now_loss"] - 0.2
    assert all(isinstance(a, np.ndarray) for a in end_of(events).weights.values())


def test_a_network_answers_as_on_a_processor(library: ImageLibrary, device: str) -> None:
    config = CifarCnnConfig.build({**SMALL, "normalization": "per_channel"})
    answers = []
    for place in ("cpu", device):
        problem = build_problem(config, library.open("shapes10"), place)
        network = initial_network(config, problem.image_set, problem.input_size).to(place)
        images = problem.test.images(torch.arange(64, device=place))
        answers.append(predict(network, problem.pipeline.at_test(images), place, "float32").cpu())
    # TF32, if it is on, rounds products to ten bits.
    torch.testing.assert_close(answers[0], answers[1], atol=2e-3, rtol=1e-2)


@pytest.mark.parametrize("name", AUGMENTATION_LABELS)
def test_every_augmentation_is_drawn_on_the_gpu(name: str, device: str) -> None:
    rng = torch.Generator(device=device).manual_seed(0)
    augmentation = Augmentation((name,), 32)
    x_BCHW = torch.randint(0, 256, (16, 3, 32, 32), dtype=torch.uint8, device=device)
    target_B = torch.arange(16, device=device) % 10
    framed = augmentation.reframe(x_BCHW, rng)
    altered, _ = augmentation.alter(framed.float() / 255, target_B, rng)
    assert altered.is_cuda
    assert altered.shape[-1] == augmentation.output_size
    assert torch.isfinite(altered).all()


def test_a_compiled_network_learns_and_keeps_the_names_of_its_weights(context: Context) -> None:
    plain, compiled = (end_of(list(begun(context, compile=c, epochs=1))) for c in (False, True))
    assert set(compiled.weights) == set(plain.weights)
    assert compiled.metrics["train_loss"] == pytest.approx(plain.metrics["train_loss"], abs=0.1)


def test_a_resumed_run_goes_on_where_it_was(context: Context) -> None:
    whole = end_of(list(begun(context, dropout=0.5, augmentation="crop,flip")))
    kept: Checkpoint | None = None
    for event in begun(context, dropout=0.5, augmentation="crop,flip"):
        if isinstance(event, Step) and event.step == 40:
            assert event.checkpoint is not None
            kept = event.checkpoint()
            break
    resumed = dataclasses.replace(context, resume=kept)
    end = end_of(list(begun(resumed, dropout=0.5, augmentation="crop,flip")))
    # Sums of a GPU's kernels may come in another order, so not bit for bit.
    assert end.metrics["train_loss"] == pytest.approx(whole.metrics["train_loss"], abs=0.05)


def test_a_batch_that_does_not_fit_is_answered_with_one_that_does(context: Context) -> None:
    free, total = torch.cuda.mem_get_info()
    torch.cuda.set_per_process_memory_fraction(min(1.0, 1.5 * 2**30 / total))
    try:
        wide = "conv 1024 k3 p1, relu, conv 1024 k3 p1, relu, gap"
        with pytest.raises(LimitError, match=r"A batch of [\d,]+ fits"):
            list(begun(context, architecture=wide, batch_size=1024, epochs=1, num_val=0))
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
        torch.cuda.empty_cache()
    assert free > 0
