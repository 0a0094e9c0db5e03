"""The MNIST MLP lab: four stages, pixel scalings, saturation, units as images, drawings."""

import dataclasses
import json
from collections.abc import Iterator
from io import BytesIO
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from rdfia_core.data.images.picture_store import PictureStore
from rdfia_core.data.images.splits import choose_rows
from rdfia_core.errors import ConfigError, DataUnavailableError
from rdfia_core.events import Checkpoint, End, Event, Metrics, Note, Result, Snapshot, Step
from rdfia_core.experiments import Context, experiment_named
from rdfia_core.experiments.mnist_mlp import MnistMlpConfig
from rdfia_core.experiments.mnist_mlp.problem import build_problem, stage_of

LAB = experiment_named("mnist_mlp")
SMALL: dict[str, Any] = {"num_train": 400, "num_val": 100, "hidden_layers": "20", "epochs": 3}


def begun(context: Context, task: str = "train", **values: Any) -> Iterator[Event]:
    config = MnistMlpConfig.build({**SMALL, **values})
    live = {name: getattr(config, name) for name in ("learning_rate", "batch_size", "shown_image")}
    return LAB.load_task(task)(config, dataclasses.replace(context, live=live))


def rows_of(events: list[Event]) -> dict[float, dict[str, float]]:
    return {e.epoch: dict(e.scalars) for e in events if isinstance(e, Metrics)}


def result_of(events: list[Event]) -> dict[str, Any]:
    return next(dict(event.data) for event in events if isinstance(event, Result))


def last_step(events: list[Event]) -> Step:
    return [event for event in events if isinstance(event, Step)][-1]


def picture_after(context: Context, step: int, **values: Any) -> Snapshot:
    for event in begun(context, **values):
        if isinstance(event, Step) and event.step == step:
            assert event.snapshot is not None
            return event.snapshot()
    raise AssertionError(f"the run has no step {step}")


def test_it_learns_the_digits_within_seconds(context: Context) -> None:
    rows = rows_of(list(begun(context, num_train=0, num_val=200, hidden_layers="100", epochs=30)))
    assert rows[0]["test_accuracy"] < 0.3
    assert rows[30]["test_accuracy"] > 0.9


def test_the_four_stages_agree_on_digits(context: Context) -> None:
    weights = []
    for stage in ("manual", "autograd", "nn", "optim"):
        end = list(begun(context, stage=stage, dtype="float64"))[-1]
        assert isinstance(end, End)
        weights.append(end.weights)
    for other in weights[1:]:
        for name, ours in weights[0].items():
            np.testing.assert_allclose(other[name], ours, rtol=0, atol=1e-10)


def test_the_comparison_of_the_stages_finds_rounding_only(context: Context) -> None:
    found = result_of(list(begun(context, "compare_stages", dropout=0.2)))
    assert 0 < found["largest_difference"] < 1e-10


@pytest.mark.parametrize("kind", ["raw", "unit", "standard"])
def test_pixels_are_scaled_with_statistics_of_the_training_part_alone(
    context: Context, kind: str
) -> None:
    config = MnistMlpConfig.build({**SMALL, "pixel_scaling": kind, "seed": 3})
    problem = build_problem(config, context)
    digits = context.images.open("digits")
    train, val = choose_rows(digits.y_train, num_train=400, num_val=100, seed=3)
    x_train, x_val = (digits.x_train[rows].astype(np.float64) for rows in (train, val))
    scaled = {
        "raw": x_val,
        "unit": x_val / 255,
        "standard": (x_val - x_train.mean()) / x_train.std(),
    }[kind]
    assert problem.images.val is not None
    found = problem.rows(problem.images.val).numpy()
    np.testing.assert_allclose(found, scaled.reshape(100, -1), rtol=1e-5, atol=1e-5)
    if kind == "raw":
        np.testing.assert_array_equal(found, scaled.reshape(100, -1))


def test_a_row_of_a_colour_image_is_its_pixels_one_after_another(context: Context) -> None:
    config = MnistMlpConfig.build({**SMALL, "dataset": "shapes10", "pixel_scaling": "raw"})
    problem = build_problem(config, context)
    shapes = context.images.open("shapes10")
    found = problem.rows(problem.images.test.subset("some", np.array([5]))).numpy()
    np.testing.assert_array_equal(found[0], shapes.x_test[5].ravel())


@pytest.mark.parametrize(("activation", "bound"), [("tanh", 0.97), ("sigmoid", 0.015)])
def test_saturation_is_the_share_of_flat_activations(
    context: Context, activation: str, bound: float
) -> None:
    values: dict[str, Any] = {
        "activation": activation,
        "pixel_scaling": "standard",
        "hidden_layers": "30,20",
    }
    first = rows_of(list(begun(context, epochs=1, **values)))[0]
    config = MnistMlpConfig.build({**SMALL, **values})
    problem = build_problem(config, context)
    inputs = problem.rows(problem.images.train).double().numpy()
    parameters = [weight.double().numpy() for weight in problem.weights]
    for number in (1, 2):
        W, b = parameters[2 * number - 2 : 2 * number]
        sums = inputs @ W.T + b
        if activation == "tanh":
            inputs = np.tanh(sums)
            flat = np.abs(inputs) > bound
        else:
            inputs = 1 / (1 + np.exp(-sums))
            flat = (inputs < bound) | (inputs > 1 - bound)
        assert number == 2 or 0 < flat.mean() < 1
        assert first[f"saturation_{number}"] == pytest.approx(flat.mean(), abs=1e-3)


def test_without_a_bounded_activation_nothing_saturates(context: Context) -> None:
    without: list[dict[str, Any]] = [{"activation": "relu"}, {"hidden_layers": "none"}]
    for values in without:
        rows = rows_of(list(begun(context, epochs=1, **values)))
        assert not [name for name in rows[1] if name.startswith("saturation")]


def test_raw_pixels_saturate_and_the_remedy_is_to_scale_them(context: Context) -> None:
    events = list(begun(context, pixel_scaling="raw", hidden_layers="100", epochs=6))
    notes = {event.kind: event for event in events if isinstance(event, Note)}
    assert rows_of(events)[0]["saturation_1"] > 0.95
    suggestion = notes["saturated"].suggestion
    assert suggestion is not None
    assert suggestion.changes == {"pixel_scaling": "unit"}
    scaled = [e for e in begun(context, hidden_layers="100", epochs=6) if isinstance(e, Note)]
    assert not [note for note in scaled if note.kind == "saturated"]


def test_scaled_pixels_are_not_blamed(context: Context) -> None:
    events = list(begun(context, learning_rate=3.0, num_train=0, hidden_layers="100", epochs=6))
    note = next(e for e in events if isinstance(e, Note) and e.kind == "saturated")
    assert note.suggestion is not None
    assert note.suggestion.changes == {"learning_rate": 0.3}


def test_a_resumed_run_ends_with_the_same_weights(context: Context) -> None:
    values: dict[str, Any] = {
        "dropout": 0.1,
        "stage": "optim",
        "optimizer": "adam",
        "learning_rate": 0.01,
    }
    whole = list(begun(context, **values))
    checkpoint: Checkpoint | None = None
    for event in begun(context, **values):
        if isinstance(event, Step) and event.step == 7:
            assert event.checkpoint is not None
            checkpoint = event.checkpoint()
            break
    rest = list(begun(dataclasses.replace(context, resume=checkpoint), **values))
    assert isinstance(whole[-1], End)
    assert isinstance(rest[-1], End)
    for name, weights in whole[-1].weights.items():
        np.testing.assert_array_equal(weights, rest[-1].weights[name])
    assert rows_of(whole)[3] == rows_of(rest)[3]


def test_units_are_pictures_that_change_while_it_trains(context: Context) -> None:
    before, after = (picture_after(context, step) for step in (0, 10))
    assert before.arrays["filters"].shape == (20, 8, 8, 1)
    assert not np.array_equal(before.arrays["filters"], after.arrays["filters"])
    weights = build_problem(MnistMlpConfig.build(SMALL), context).weights[0].numpy()
    drawn = (before.arrays["filters"].astype(float) - 127) / 127
    shown = drawn.reshape(20, -1) * before.arrays["filter_scale"][0]
    np.testing.assert_allclose(shown, weights, atol=before.arrays["filter_scale"][0] / 200)
    assert before.info["filters_of"] == {"kind": "units", "count": 20}


def test_at_most_64_units_are_shown_and_classes_without_a_hidden_layer(context: Context) -> None:
    wide = picture_after(context, 0, hidden_layers="80")
    assert len(wide.arrays["filters"]) == 64
    assert wide.info["filters_of"]["count"] == 80
    linear = picture_after(context, 0, hidden_layers="none")
    assert len(linear.arrays["filters"]) == 10
    assert linear.info["filters_of"]["kind"] == "classes"
    assert "activation_histogram" not in linear.arrays


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "relu", "none"])
def test_the_histogram_counts_every_activation(context: Context, activation: str) -> None:
    values: dict[str, Any] = {**SMALL, "activation": activation, "hidden_layers": "20,10"}
    frame = picture_after(context, 0, **values)
    counts = frame.arrays["activation_histogram"]
    assert counts.shape == (2, 41)
    assert counts.dtype == np.int32
    assert counts.sum(axis=1).tolist() == [400 * 20, 400 * 10]
    config = MnistMlpConfig.build(values)
    problem = build_problem(config, context)
    first = stage_of(config, problem.weights).activations(problem.rows(problem.images.train))[0]
    low, high = frame.info["activations"]["ranges"][0]
    expected, _ = np.histogram(first.double().numpy(), 41, (low, high))
    assert np.abs(counts[0] - expected).sum() <= 4  # values on an edge may fall to either side


def test_the_confusion_matrix_is_that_of_the_validation_part(context: Context) -> None:
    events = list(begun(context))
    keep = last_step(events)
    assert keep.snapshot is not None
    frame = keep.snapshot()
    confusion = frame.arrays["confusion"]
    assert frame.info["evaluated"] == {"part": "val", "count": 100, "epoch": 3.0}
    accuracy = np.trace(confusion) / confusion.sum()
    assert accuracy == pytest.approx(rows_of(events)[3]["val_accuracy"])
    assert len(frame.arrays["mistakes"]) == min(24, 100 - np.trace(confusion))
    probs = frame.arrays["mistake_probs"]
    assert all(one >= other for one, other in pairwise(probs))


def test_of_many_training_images_only_some_are_measured_again(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = rows_of(list(begun(context)))[3]
    monkeypatch.setattr("rdfia_core.experiments.mnist_mlp.train.MAX_REEVALUATED", 30)
    some = rows_of(list(begun(context)))[3]
    hits = some["train_accuracy"] * 30
    assert hits == pytest.approx(round(hits), abs=1e-9)
    assert some["train_loss"] != whole["train_loss"]
    # What is trained on and what it is tested on stay the same.
    for name in ("val_loss", "test_loss", "grad_norm_1", "saturation_1"):
        assert some[name] == whole[name]


def test_scalings_are_compared_at_the_same_initial_weights(context: Context) -> None:
    told = result_of(list(begun(context, "scaling", hidden_layers="100", num_train=500)))
    scalings = {row["scaling"]: row for row in told["scalings"]}
    assert list(scalings) == ["raw", "unit", "standard"]
    assert scalings["raw"]["input_norm"] == pytest.approx(
        255 * scalings["unit"]["input_norm"], rel=1e-4
    )
    assert scalings["raw"]["saturation"] > 0.9 > scalings["unit"]["saturation"]
    assert scalings["raw"]["slope"] < 0.1 < scalings["unit"]["slope"]
    for row in told["scalings"]:
        assert sum(row["counts"]) == sum(row["pre_counts"]) == 500 * 100
        assert len(row["grad_norms"]) == 2
    config = MnistMlpConfig.build({**SMALL, "hidden_layers": "100", "num_train": 500})
    problem = build_problem(config, context)
    weights = [weight.clone().requires_grad_() for weight in problem.weights]
    hidden = torch.tanh(problem.rows(problem.images.train) @ weights[0].T + weights[1])
    logits = hidden @ weights[2].T + weights[3]
    loss = torch.nn.functional.cross_entropy(logits, problem.images.train.targets_N)
    grads = torch.autograd.grad(loss, weights)
    for number in range(2):
        pair = torch.cat([g.flatten() for g in grads[2 * number : 2 * number + 2]])
        found = scalings["unit"]["grad_norms"][number]
        assert found == pytest.approx(float(pair.norm()), rel=1e-3)
    assert json.loads(json.dumps(told)) == told


def test_without_a_hidden_layer_there_is_nothing_to_compare(context: Context) -> None:
    with pytest.raises(ConfigError, match="must name a layer"):
        list(begun(context, "scaling", hidden_layers="none"))


def test_a_drawing_is_centred_and_answered(context: Context) -> None:
    image = Image.new("RGB", (128, 128), "white")
    ImageDraw.Draw(image).line([(20, 10), (20, 50)], fill="black", width=9)
    content = BytesIO()
    image.save(content, "PNG")
    picture = PictureStore(context.uploads_dir).add(content.getvalue())
    values: dict[str, Any] = {"num_train": 0, "num_val": 200, "epochs": 20, "hidden_layers": "100"}
    keep = last_step(list(begun(context, **values)))
    assert keep.checkpoint is not None
    asking = dataclasses.replace(context, resume=keep.checkpoint())
    frame = last_step(list(begun(asking, "predict", picture=picture, **values))).snapshot
    assert frame is not None
    shown, info = frame().arrays, frame().info
    image_SS = shown["shown_image"][:, :, 0]
    assert image_SS.max() == 255  # dark on light became bright on dark
    assert image_SS[:, :2].max() == image_SS[:, -2:].max() == 0  # from the left to the middle
    assert info["shown"]["label"] == -1
    assert shown["class_probs"].argmax() == 1
    assert shown["class_probs"].sum() == pytest.approx(1.0, abs=1e-5)


def test_the_first_layers_limit_is_told(context: Context) -> None:
    with pytest.raises(ConfigError, match="layer sizes from 1 to 1024"):
        MnistMlpConfig.build({"hidden_layers": "2000"})


def test_images_that_are_not_there_are_refused_at_once(context: Context) -> None:
    with pytest.raises(DataUnavailableError):
        LAB.check_config(MnistMlpConfig.build({"dataset": "mnist"}), context)
