"""The CNN lab: its config, training that learns and repeats, study, preview, prediction."""

import dataclasses
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

from rdfia_core.data.images.picture_store import PictureStore
from rdfia_core.errors import ConfigError, DataUnavailableError
from rdfia_core.events import (
    Checkpoint,
    End,
    EndReason,
    Event,
    Metrics,
    Pulse,
    Result,
    Snapshot,
    Step,
)
from rdfia_core.experiments import Context, experiment_named
from rdfia_core.experiments.cifar_cnn import CifarCnnConfig

CNN = experiment_named("cifar_cnn")
SMALL: dict[str, Any] = {
    "dataset": "digits",
    "num_train": 600,
    "num_val": 200,
    "architecture": "conv 8 k3 p1, relu, pool 2, fc 32, relu",
    "epochs": 3,
    "device": "cpu",
}


def begun(context: Context, task: str = "train", **values: Any) -> Iterator[Event]:
    config = CifarCnnConfig.build({**SMALL, **values})
    live = {"learning_rate": config.learning_rate, "shown_image": config.shown_image}
    return CNN.load_task(task)(config, dataclasses.replace(context, live=live))


def at_epochs(events: list[Event]) -> dict[float, dict[str, float]]:
    metrics = [e for e in events if isinstance(e, Metrics) and e.epoch == int(e.epoch)]
    return {e.epoch: dict(e.scalars) for e in metrics}


def last_picture(events: list[Event]) -> Snapshot:
    take = [e for e in events if isinstance(e, Step)][-1].snapshot
    assert take is not None
    return take()


def last_checkpoint(events: list[Event]) -> Checkpoint:
    keep = [e for e in events if isinstance(e, Step)][-1].checkpoint
    assert keep is not None
    return keep()


def test_it_learns_digits(context: Context) -> None:
    rows = at_epochs(list(begun(context)))
    assert rows[0]["test_accuracy"] < 0.3
    assert rows[3]["test_accuracy"] > 0.7
    assert rows[3]["train_now_loss"] < rows[1]["train_now_loss"] < rows[0]["train_now_loss"]


def test_the_mean_over_an_epoch_lags_behind_what_is_known_after_it(context: Context) -> None:
    rows = at_epochs(list(begun(context)))
    assert rows[1]["train_loss"] > rows[1]["train_now_loss"]


@pytest.mark.parametrize(
    "values",
    [
        {"augmentation": "crop,flip,mixup,cutmix", "dropout": 0.5, "batch_norm": True},
        {"optimizer": "adam", "learning_rate": 0.003, "schedule": "one_cycle"},
        {"patience": 1, "normalization": "zca", "precision": "bfloat16"},
    ],
    ids=["draws", "adam", "patience"],
)
def test_a_resumed_run_ends_with_the_same_bits(values: dict[str, Any], context: Context) -> None:
    whole = list(begun(context, **values))
    events = begun(context, **values)
    for event in events:
        if isinstance(event, Step) and event.step == 25:
            assert event.checkpoint is not None
            kept = event.checkpoint()
            break
    resumed = list(begun(dataclasses.replace(context, resume=kept), **values))
    end, end_of_resumed = whole[-1], resumed[-1]
    assert isinstance(end, End)
    assert isinstance(end_of_resumed, End)
    assert end.metrics == end_of_resumed.metrics
    for name, weights in end.weights.items():
        np.testing.assert_array_equal(weights, end_of_resumed.weights[name])


def test_early_stopping_keeps_the_best_weights(context: Context) -> None:
    values = {"patience": 2, "learning_rate": 2.0, "epochs": 40, "num_train": 200}
    events = list(begun(context, **values))
    rows, end = at_epochs(events), events[-1]
    assert isinstance(end, End)
    best = min(rows[epoch]["val_loss"] for epoch in rows if epoch > 0)
    assert end.metrics["val_loss"] == best
    assert max(rows) < 40
    assert end.sentence


def test_a_rate_far_too_large_is_called_divergence(context: Context) -> None:
    end = list(begun(context, learning_rate=10.0, optimizer="momentum", normalization="none"))[-1]
    assert isinstance(end, End)
    if end.reason is EndReason.DIVERGED:
        assert "no longer a number" in end.sentence
    else:
        assert end.metrics["train_accuracy"] < 0.3


def test_the_evaluation_can_be_broken_off(context: Context) -> None:
    pulses = [e for e in begun(context, epochs=1) if isinstance(e, Pulse)]
    assert len(pulses) >= 6  # three parts, before and after the epoch


def test_the_picture_shows_filters_maps_and_mistakes(context: Context) -> None:
    picture = last_picture(list(begun(context, shown_image=7)))
    arrays, info = picture.arrays, picture.info
    assert arrays["filters"].shape == (8, 3, 3, 1)
    assert arrays["shown_image"].shape == (8, 8, 1)
    assert arrays["class_probs"].sum() == pytest.approx(1, abs=1e-5)
    assert info["maps"] == [
        {"name": "conv1", "channels": 8, "size": 8},
        {"name": "pool1", "channels": 8, "size": 4},
    ]
    assert arrays["maps_1"].shape == (8, 8, 8)
    assert arrays["confusion"].sum() == 200
    wrong = arrays["confusion"].sum() - np.trace(arrays["confusion"])
    assert len(arrays["mistakes"]) == min(24, wrong)
    assert (arrays["mistakes"][:, 1] != arrays["mistakes"][:, 2]).all()
    assert (np.diff(arrays["mistake_probs"]) <= 0).all()


def test_mistakes_name_rows_of_the_data_set(context: Context) -> None:
    arrays = last_picture(list(begun(context))).arrays
    labels = context.images.open("digits").y_train
    for row, label, _ in arrays["mistakes"]:
        assert labels[row] == label


def test_a_study_compares_the_same_seeds(context: Context) -> None:
    events = list(begun(context, "study", epochs=1, num_seeds=2, variants="dropout=0.5"))
    result = [e for e in events if isinstance(e, Result)][-1].data
    assert [arm["label"] for arm in result["arms"]] == ["baseline", "dropout 0.5"]
    assert [(run["arm"], run["seed"]) for run in result["runs"]] == [(0, 0), (1, 0), (0, 1), (1, 1)]
    alone = at_epochs(list(begun(context, epochs=1, seed=1)))
    assert result["runs"][2]["test_accuracy"][-1] == pytest.approx(
        alone[1]["test_accuracy"], abs=1e-5
    )


def test_a_study_goes_on_after_the_runs_that_are_done(context: Context) -> None:
    values = {"epochs": 1, "num_seeds": 2, "variants": "batch_norm=true"}
    whole = [e for e in begun(context, "study", **values) if isinstance(e, Result)][-1].data
    steps = [e for e in begun(context, "study", **values) if isinstance(e, Step) and e.checkpoint]
    kept = next(s.checkpoint() for s in steps if s.step == 2 and s.checkpoint)
    resumed = dataclasses.replace(context, resume=kept)
    again = [e for e in begun(resumed, "study", **values) if isinstance(e, Result)][-1].data
    assert again == whole


def test_what_cannot_work_is_refused_before_it_is_queued(context: Context) -> None:
    with pytest.raises(DataUnavailableError, match="data fetch cifar10"):
        CNN.check_config(CifarCnnConfig.build({"dataset": "cifar10"}), context)
    config = CifarCnnConfig.build({"dataset": "digits", "architecture": "conv 8 k9"})
    with pytest.raises(ConfigError, match="9 x 9 does not fit into 8 x 8"):
        CNN.check_config(config, context)
    for dataset in ("digits", "shapes10"):
        blocks = "conv 8 k3 p1, relu, pool 2, gap"
        CNN.check_config(
            CifarCnnConfig.build({"dataset": dataset, "architecture": blocks}), context
        )


def test_compiling_needs_a_compiler(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    config = CifarCnnConfig.build({"dataset": "digits", "compile": True})
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(ConfigError, match="must be false on this server"):
        CNN.check_config(config, context)
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    CNN.check_config(config, context)


def test_an_uploaded_picture_is_answered_as_the_test_image_it_is(context: Context) -> None:
    trained = list(begun(context))
    asking = dataclasses.replace(context, resume=last_checkpoint(trained))
    by_row = last_picture(list(begun(asking, "predict", shown_image=3)))
    pixels = context.images.open("digits").x_test[3, :, :, 0]
    buffer = BytesIO()
    # Enlarged so that reducing it again gives the same pixels: 128 is 16 times 8.
    Image.fromarray(pixels.repeat(16, axis=0).repeat(16, axis=1)).save(buffer, "PNG")
    picture = PictureStore(context.uploads_dir).add(buffer.getvalue())
    by_file = last_picture(list(begun(asking, "predict", picture=picture)))
    assert by_file.info["shown"]["label"] == -1
    assert by_file.arrays["class_probs"].argmax() == by_row.arrays["class_probs"].argmax()
    difference = by_file.arrays["shown_image"].astype(int) - by_row.arrays["shown_image"]
    assert np.abs(difference).mean() < 20  # bicubic reduction rings a little


def test_a_larger_image_gets_a_map_of_answers(context: Context) -> None:
    trained = list(begun(context, normalization="none"))
    asking = dataclasses.replace(context, resume=last_checkpoint(trained))
    picture = last_picture(list(begun(asking, "slide", normalization="none")))
    assert picture.arrays["image"].shape == (24, 24, 1)
    assert picture.arrays["probs"].shape == (10, 9, 9)
    np.testing.assert_allclose(picture.arrays["probs"].sum(axis=0), 1, atol=1e-5)
    assert picture.info["stride"] == 2


def test_a_preview_shows_what_training_would_see(context: Context) -> None:
    values = {"augmentation": "crop,flip", "normalization": "per_channel"}
    picture = last_picture(list(begun(context, "preview", **values)))
    assert picture.arrays["originals"].shape == (4, 8, 8, 1)
    assert picture.arrays["augmented"].shape == (4, 16, 7, 7, 1)
    before, after = picture.info["means"], picture.info["stds"]
    assert 0 < before[0][0] < 1
    assert after[1][0] == pytest.approx(1, abs=0.05)
    assert picture.arrays["histogram"].sum(axis=2).tolist() == [[600 * 49], [600 * 49]]
