"""The image loop against loops written out: updates, evaluation, optimisers, memory, stopping."""

import dataclasses
import math
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from sklearn.metrics import confusion_matrix
from torch import Tensor, nn

from rdfia_core.data.images.library import ImageLibrary
from rdfia_core.data.images.statistics import channel_statistics
from rdfia_core.errors import ConfigError, LimitError
from rdfia_core.events import End, Event, Metrics, Note
from rdfia_core.experiments import Context, experiment_named
from rdfia_core.experiments.cifar_cnn import CifarCnnConfig
from rdfia_core.experiments.cifar_cnn.train import initial_network, training_of
from rdfia_core.seeding import torch_rng
from rdfia_core.training.batches import BatchOrder
from rdfia_core.training.early_stopping import EarlyStopping
from rdfia_core.training.image_evaluation import Outcome, evaluate, predict
from rdfia_core.training.image_setup import ImageProblem, build_problem, build_task
from rdfia_core.training.image_training import ImageTraining
from rdfia_core.training.memory import is_out_of_memory, largest_that_fits
from rdfia_core.training.optimizers import OPTIMIZERS, build_optimizer
from rdfia_core.training.precision import emulation_note

SMALL: dict[str, Any] = {
    "dataset": "digits",
    "num_train": 300,
    "num_val": 100,
    "architecture": "conv 6 k3 p1, bn, relu, pool 2, dropout 0.3, fc 20, relu",
    "epochs": 2,
    "device": "cpu",
}
PLAIN = {"architecture": "conv 6 k3 p1, relu, pool 2, fc 20, relu"}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ImageLibrary:
    return ImageLibrary(tmp_path_factory.mktemp("home"), None)


@pytest.fixture
def context(tmp_path: Path, library: ImageLibrary) -> Context:
    return Context("cpu", tmp_path, library=library)


def configured(**values: Any) -> CifarCnnConfig:
    return CifarCnnConfig.build({**SMALL, **values})


def problem_of(config: CifarCnnConfig, library: ImageLibrary) -> ImageProblem:
    return build_problem(config, library.open(config.dataset), "cpu")


def begun(config: CifarCnnConfig, context: Context) -> Iterator[Event]:
    live = {"learning_rate": config.learning_rate, "shown_image": 0}
    train = experiment_named("cifar_cnn").load_task("train")
    return train(config, dataclasses.replace(context, live=live))


def returned(steps: Generator[Any, None, dict[str, Outcome]]) -> dict[str, Outcome]:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return dict(end.value)


def inputs(problem: ImageProblem, places: Tensor) -> Tensor:
    return problem.pipeline.at_test(problem.train.images(places))


# Updates


def test_a_run_takes_the_steps_of_a_loop_written_out(
    context: Context, library: ImageLibrary
) -> None:
    config = configured(**PLAIN, batch_size=64, learning_rate=0.05)
    events = list(begun(config, context))
    problem = problem_of(config, library)
    network = initial_network(config, problem.image_set, problem.input_size)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.05)
    rng = torch_rng(config.seed, "order")
    means = []
    for _ in range(config.epochs):
        losses = []
        for places in torch.randperm(300, generator=rng).split(64):
            optimizer.zero_grad()
            target_B = problem.train.targets(places)
            loss = F.cross_entropy(network(inputs(problem, places)), target_B)
            loss.backward()
            optimizer.step()
            losses += [loss.item()] * len(places)
        means.append(np.mean(losses))
    end = events[-1]
    assert isinstance(end, End)
    for name, weights in network.state_dict().items():
        np.testing.assert_allclose(end.weights[name], weights.numpy(), atol=1e-6)
    told = [
        e.scalars["train_loss"]
        for e in events
        if isinstance(e, Metrics) and "train_loss" in e.scalars
    ]
    np.testing.assert_allclose(told, means, rtol=1e-5)


def test_the_first_loss_is_that_of_a_guess(context: Context) -> None:
    first = next(e for e in begun(configured(), context) if isinstance(e, Metrics))
    for part in ("train_now", "val", "test"):
        assert first.scalars[f"{part}_loss"] == pytest.approx(math.log(10), abs=0.15)


def test_one_batch_can_be_learned_by_heart(context: Context) -> None:
    config = configured(
        **PLAIN, num_train=16, batch_size=16, epochs=150, optimizer="adam", learning_rate=0.01
    )
    end = list(begun(config, context))[-1]
    assert isinstance(end, End)
    assert end.metrics["train_now_accuracy"] == 1
    assert end.metrics["train_now_loss"] < 0.05


def test_evaluating_once_at_the_end_changes_what_is_told_and_nothing_else(
    context: Context, library: ImageLibrary
) -> None:
    config = configured()
    whole = list(begun(config, context))
    problem = problem_of(config, library)
    network = initial_network(config, problem.image_set, problem.input_size)
    order = BatchOrder(len(problem.train), torch_rng(config.seed, "order"))
    live = {"learning_rate": config.learning_rate}
    task = build_task(config, problem, network)
    events = list(ImageTraining(task, order, live=live, evaluates_epochs=False).events())
    told = [e for e in events if isinstance(e, Metrics) and "test_loss" in e.scalars]
    assert [row.epoch for row in told] == [config.epochs]
    end, end_of_whole = events[-1], whole[-1]
    assert isinstance(end, End)
    assert isinstance(end_of_whole, End)
    assert end.metrics == end_of_whole.metrics
    for name, weights in end.weights.items():
        np.testing.assert_array_equal(weights, end_of_whole.weights[name])


def test_normalisation_is_fitted_on_the_training_part_alone(library: ImageLibrary) -> None:
    config = configured(normalization="per_channel")
    problem = problem_of(config, library)
    rows = problem.train.set_rows_N
    mean, std = channel_statistics(problem.image_set.x_train, rows)
    x_NCHW = inputs(problem, torch.arange(len(problem.train)))
    assert float(x_NCHW.mean()) == pytest.approx(0, abs=1e-5)
    raw = torch.from_numpy(problem.image_set.x_train[rows]).float() / 255
    np.testing.assert_allclose(
        x_NCHW.permute(0, 2, 3, 1).numpy(), (raw.numpy() - mean) / std, atol=1e-4
    )
    assert problem.val is not None
    assert not set(rows) & set(problem.val.set_rows_N)


# Evaluation


def test_evaluation_agrees_with_one_pass_written_out(library: ImageLibrary) -> None:
    config = configured()
    problem = problem_of(config, library)
    network = initial_network(config, problem.image_set, problem.input_size).train()
    outcome = returned(
        evaluate(network, [problem.test], problem.pipeline, num_classes=10, device="cpu",
                 precision="float32")
    )["test"]  # fmt: skip
    assert network.training
    network.eval()
    places = torch.arange(len(problem.test))
    with torch.no_grad():
        logits_NK = network(problem.pipeline.at_test(problem.test.images(places)))
    target_N = problem.test.targets(places)
    assert outcome.count == len(places)
    assert outcome.loss == pytest.approx(float(F.cross_entropy(logits_NK, target_N)), rel=1e-5)
    preds_N = logits_NK.argmax(dim=1)
    assert outcome.accuracy == pytest.approx(float((preds_N == target_N).double().mean()))
    np.testing.assert_array_equal(
        outcome.confusion_KK, confusion_matrix(target_N, preds_N, labels=range(10))
    )
    surest = logits_NK.softmax(dim=1).max(dim=1).values[preds_N != target_N].sort(descending=True)
    np.testing.assert_allclose(outcome.mistake_probs_M, surest.values[:24].numpy(), rtol=1e-5)


def test_dropout_and_batch_norm_are_off_at_evaluation(library: ImageLibrary) -> None:
    config = configured()
    problem = problem_of(config, library)
    network = initial_network(config, problem.image_set, problem.input_size).train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    x_BCHW = inputs(problem, torch.arange(20))
    answers = [predict(network, x_BCHW, "cpu", "float32") for _ in range(2)]
    torch.testing.assert_close(answers[0], answers[1], rtol=0, atol=0)
    # Batch norm with the statistics of a batch would answer otherwise to a part of it.
    torch.testing.assert_close(answers[0][:3], predict(network, x_BCHW[:3], "cpu", "float32"))
    for name, value in network.state_dict().items():
        torch.testing.assert_close(value, before[name], rtol=0, atol=0)
    training = [network(x_BCHW) for _ in range(2)]
    assert not torch.equal(training[0], training[1])


# Optimisers


REFERENCES: dict[str, Any] = {
    "sgd": lambda groups: torch.optim.SGD(groups, lr=0.1),
    "momentum": lambda groups: torch.optim.SGD(groups, lr=0.1, momentum=0.8),
    "nesterov": lambda groups: torch.optim.SGD(groups, lr=0.1, momentum=0.8, nesterov=True),
    "rmsprop": lambda groups: torch.optim.RMSprop(groups, lr=0.1),
    "adam": lambda groups: torch.optim.Adam(groups, lr=0.1),
    "adamw": lambda groups: torch.optim.AdamW(groups, lr=0.1),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimiser_is_the_one_of_its_name(name: str) -> None:
    torch.random.default_generator.manual_seed(0)
    ours, theirs = nn.Linear(4, 3), nn.Linear(4, 3)
    theirs.load_state_dict(ours.state_dict())
    optimizer = build_optimizer(name, ours, learning_rate=0.1, momentum=0.8, weight_decay=0.02)
    decayed = {"params": [theirs.weight], "weight_decay": 0.02}
    reference = REFERENCES[name]([decayed, {"params": [theirs.bias], "weight_decay": 0.0}])
    x = torch.randn(5, 4)
    for _ in range(4):
        for network, steps in ((ours, optimizer), (theirs, reference)):
            steps.zero_grad()
            network(x).square().mean().backward()
            steps.step()
    torch.testing.assert_close(ours.weight, theirs.weight, atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(ours.bias, theirs.bias, atol=1e-6, rtol=1e-5)


def test_an_unknown_optimiser_is_refused() -> None:
    with pytest.raises(ConfigError, match="must be one of sgd, momentum"):
        build_optimizer("lion", nn.Linear(2, 2), learning_rate=0.1, momentum=0.9, weight_decay=0.0)


# Memory


def test_a_batch_too_large_is_answered_with_one_that_fits(
    context: Context, library: ImageLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = configured(**PLAIN, batch_size=200)
    problem = problem_of(config, library)
    live = {"learning_rate": 0.1, "shown_image": 0}
    training = training_of(
        config, dataclasses.replace(context, live=live), problem, has_pictures=False
    )
    forward = problem.pipeline.training

    def small_memory(x_BCHW: Tensor, target_B: Tensor) -> Any:
        if len(x_BCHW) > 60:
            raise RuntimeError("[enforce fail at alloc_cpu.cpp] can't allocate memory")
        return forward(x_BCHW, target_B)

    monkeypatch.setattr(problem.pipeline, "training", small_memory)
    with pytest.raises(LimitError, match="A batch of 50 fits: set the batch size to that"):
        list(training.events())


def test_other_errors_are_not_taken_for_a_lack_of_memory() -> None:
    assert is_out_of_memory(MemoryError())
    assert is_out_of_memory(RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"))
    assert not is_out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    assert not is_out_of_memory(ValueError("out of memory"))

    def broken(_size: int) -> None:
        raise RuntimeError("a shape is wrong")

    with pytest.raises(RuntimeError, match="a shape is wrong"):
        largest_that_fits(64, broken)


def test_nothing_fits_where_one_image_does_not() -> None:
    def never(_size: int) -> None:
        raise MemoryError

    assert largest_that_fits(64, never) == 0


# Stopping, order, precision


def test_early_stopping_waits_for_its_patience_and_keeps_the_best() -> None:
    network = nn.Linear(1, 1)
    stopping = EarlyStopping(patience=2)
    for epoch, loss in enumerate([1.0, 0.5, 0.6, math.nan], start=1):
        assert not stopping.is_time
        nn.init.constant_(network.weight, epoch)
        stopping.observe(epoch, {"val_loss": loss}, network)
    assert stopping.is_time
    assert stopping.restore_best(network) == {"val_loss": 0.5}
    assert network.weight.item() == 2
    assert "after epoch 4" in stopping.sentence(4)
    assert "epoch 2, the best" in stopping.sentence(4)


def test_an_order_holds_every_image_once_an_epoch() -> None:
    order = BatchOrder(10, torch_rng(0, "order"))
    seen = []
    order.begin_epoch()
    while not order.is_epoch_over:
        seen += order.order[order.next_batch(4)].tolist()
    assert sorted(seen) == list(range(10))


def test_emulated_bfloat16_is_said(monkeypatch: pytest.MonkeyPatch, context: Context) -> None:
    monkeypatch.setattr("torch.cpu.get_capabilities", dict)
    note = emulation_note("cpu", "bfloat16")
    assert note is not None
    assert note.suggestion is not None
    assert note.suggestion.changes == {"precision": "float32"}
    assert emulation_note("cpu", "float32") is None
    notes = [e for e in begun(configured(precision="bfloat16"), context) if isinstance(e, Note)]
    assert [n.kind for n in notes].count("emulated") == 1
    monkeypatch.setattr("torch.cpu.get_capabilities", lambda: {"avx512_bf16": True})
    assert emulation_note("cpu", "bfloat16") is None
