"""The transformer lab: its config, training that learns, attention, ablation, fine-tuning."""

import dataclasses
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from rdfia_core.data.images.picture_store import PictureStore
from rdfia_core.errors import ConfigError, DataUnavailableError, ShapeError
from rdfia_core.events import (
    Checkpoint,
    End,
    Event,
    Metrics,
    Note,
    Pulse,
    Result,
    Snapshot,
    Started,
    Step,
)
from rdfia_core.experiments import Context, Trained, experiment_named
from rdfia_core.experiments.vit import VitConfig

VIT = experiment_named("vit")
SMALL: dict[str, Any] = {
    "dataset": "digits",
    "num_train": 600,
    "num_val": 200,
    "embed_dim": 16,
    "learning_rate": 0.003,
    "batch_size": 32,
    "epochs": 8,
    "device": "cpu",
}
SOURCE = "run:0123abcd"


def begun(context: Context, task: str = "train", **values: Any) -> Iterator[Event]:
    config = VitConfig.build({**SMALL, **values})
    live = {"learning_rate": config.learning_rate, "shown_image": config.shown_image}
    return VIT.load_task(task)(config, dataclasses.replace(context, live=live))


def at_epochs(events: list[Event]) -> dict[float, dict[str, float]]:
    metrics = [e for e in events if isinstance(e, Metrics) and e.epoch == int(e.epoch)]
    return {e.epoch: dict(e.scalars) for e in metrics}


def pictures(events: list[Event]) -> list[Snapshot]:
    return [e.snapshot() for e in events if isinstance(e, Step) and e.snapshot is not None]


def last_checkpoint(events: list[Event]) -> Checkpoint:
    keep = [e for e in events if isinstance(e, Step)][-1].checkpoint
    assert keep is not None
    return keep()


def source_of(events: list[Event], **values: Any) -> Trained:
    end = events[-1]
    assert isinstance(end, End)
    return Trained("vit", VitConfig.build({**SMALL, **values}).model_dump(), lambda: end.weights)


def test_it_learns_digits_and_its_attention_moves(context: Context) -> None:
    events = []
    frames: list[Snapshot] = []
    for event in begun(context):
        events.append(event)
        if isinstance(event, Step) and event.snapshot and event.step in (0, 60):
            frames.append(event.snapshot())
    rows = at_epochs(events)
    assert rows[0]["test_accuracy"] < 0.3
    assert rows[8]["test_accuracy"] > 0.6
    before, after = (frame.arrays["attention"] for frame in frames)
    assert before.shape == after.shape == (2, 4, 17, 17)
    assert not np.array_equal(before, after)
    assert frames[0].arrays["filters"].shape == (16, 2, 2, 1)
    assert isinstance(events[0], Started)


def test_gradients_are_told_of_embedding_blocks_and_head(context: Context) -> None:
    last = at_epochs(list(begun(context, depth=3, epochs=1)))[1]
    assert {name for name in last if name.startswith("grad_norm")} == {
        f"grad_norm_{k}" for k in range(1, 6)
    }


def test_a_resumed_run_ends_with_the_same_weights(context: Context) -> None:
    values = {"epochs": 2, "dropout": 0.1, "drop_path": 0.2, "optimizer": "adamw"}
    whole = list(begun(context, **values))
    # The generator must not go on before the checkpoint is taken.
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


def test_without_positions_it_learns_less(context: Context) -> None:
    # A bag of patches: digits of the same strokes at other places look alike.
    last = {
        positions: at_epochs(list(begun(context, pos_embedding=positions, epochs=10)))[10]
        for positions in ("learned", "none")
    }
    assert last["learned"]["test_accuracy"] > last["none"]["test_accuracy"] + 0.05


def test_starts_from_a_run_on_another_set_with_a_new_head(context: Context) -> None:
    before = list(begun(context, dataset="shapes10", num_train=300, patch_size=8, epochs=1))
    source = source_of(before, dataset="shapes10", num_train=300, patch_size=8, epochs=1)
    given = dataclasses.replace(context, trained=lambda _: source)
    values = VIT.completed({"init_from": SOURCE}, given)
    assert (values["input_size"], values["input_channels"]) == (32, "colour")
    assert values["patch_size"] == 8
    frozen = list(begun(given, **{**values, "freeze": "backbone", "epochs": 1}))
    note = next(e for e in frozen if isinstance(e, Note) and e.kind == "weights")
    assert note.evidence == {"run": "0123abcd", "dataset": "shapes10", "head": False}
    end = frozen[-1]
    assert isinstance(end, End)
    for name, array in source.weights().items():
        if name.startswith(("head.", "norm.")):  # the layer that learns
            assert not np.array_equal(array, end.weights[name])
        else:
            np.testing.assert_array_equal(array, end.weights[name])


def test_continues_on_the_same_set_with_its_head(context: Context) -> None:
    before = list(begun(context))
    given = dataclasses.replace(context, trained=lambda _: source_of(before))
    after = list(begun(given, init_from=SOURCE, epochs=1))
    assert at_epochs(after)[0]["test_accuracy"] == at_epochs(before)[8]["test_accuracy"]


def test_a_network_of_another_shape_is_refused(context: Context) -> None:
    before = list(begun(context, epochs=1, depth=3))
    given = dataclasses.replace(context, trained=lambda _: source_of(before, depth=3))
    with pytest.raises(ShapeError, match="another network"):
        list(begun(given, init_from=SOURCE, depth=4, epochs=1))


def test_only_runs_of_this_lab_can_be_started_from(context: Context) -> None:
    other = Trained("cifar_cnn", {}, dict)
    given = dataclasses.replace(context, trained=lambda _: other)
    with pytest.raises(ConfigError, match="a run of cifar_cnn"):
        VIT.completed({"init_from": SOURCE}, given)
    with pytest.raises(DataUnavailableError, match="no run 0123abcd"):
        VIT.completed({"init_from": SOURCE}, context)


def test_without_timms_weights_the_run_says_that_they_are_random(
    context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_name: str, _folder: Path) -> Iterator[float]:
        yield 0.5
        raise DataUnavailableError("There is no network.")

    for module in ("rdfia_core.models.timm_models", "rdfia_core.experiments.vit.network"):
        monkeypatch.setattr(f"{module}.fetch_weights", refuse)
    given = dataclasses.replace(context, weights_dir=tmp_path / "weights")
    values = {"init_from": "timm:vit_tiny_patch16_224", "input_size": 32}
    completed = VIT.completed(values, given)
    assert completed["backbone"] == "vit_tiny_patch16_224"
    events = begun(given, **{**completed, "num_train": 64, "num_val": 10, "freeze": "first:11"})
    assert isinstance(next(events), Pulse)  # while it fetches, a stop is heard
    assert isinstance(next(events), Started)
    note = next(events)
    assert isinstance(note, Note)
    assert note.evidence == {"pretrained": False}
    assert note.text == "Random weights: There is no network."


def test_predict_shows_all_queries_of_an_upload(context: Context) -> None:
    resume = last_checkpoint(list(begun(context)))
    picture = np.zeros((40, 40, 3), np.uint8)
    picture[5:35, 17:23] = 255
    file = BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    kept = PictureStore(context.uploads_dir).add(file.getvalue())
    asking = dataclasses.replace(context, resume=resume)
    frame = pictures(list(begun(asking, "predict", picture=kept)))[-1]
    assert frame.info["shown"]["label"] == -1
    assert frame.arrays["attention"].shape == (2, 4, 17, 17)
    assert frame.arrays["class_probs"].sum() == pytest.approx(1, abs=1e-5)


def test_the_picture_of_a_test_image_is_that_of_the_run(context: Context) -> None:
    events = list(begun(context, shown_image=5))
    of_run = pictures(events)[-1]
    asking = dataclasses.replace(context, resume=last_checkpoint(events))
    asked = pictures(list(begun(asking, "predict", shown_image=5)))[-1]
    for name in ("attention", "class_probs", "shown_image", "rollout", "position_similarity"):
        np.testing.assert_array_equal(of_run.arrays[name], asked.arrays[name])


def test_small_data_wants_weights_to_compare_with(context: Context) -> None:
    with pytest.raises(ConfigError, match="weights to carry over") as caught:
        list(begun(context, "small_data"))
    assert caught.value.field == "init_from"


def test_small_data_trains_both_arms_on_every_size(context: Context) -> None:
    before = list(begun(context, epochs=1))
    given = dataclasses.replace(context, trained=lambda _: source_of(before, epochs=1))
    events = list(
        begun(given, "small_data", init_from=SOURCE, sizes="10,40", study_steps=10, num_seeds=2)
    )
    last = [e for e in events if isinstance(e, Result)][-1]
    ran = {(run["size"], run["arm"], run["seed"]) for run in last.data["runs"]}
    assert ran == {(size, arm, seed) for size in (10, 40) for arm in (0, 1) for seed in (0, 1)}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"patch_size": 3}, "one of 1, 2, 4, 8"),
        ({"num_heads": 3}, "must divide embed_dim, 16"),
        ({"freeze": "last"}, "first:K"),
        ({"init_from": "timm:resnet9000"}, "timm:NAME"),
        ({"init_from": "run:../secret"}, "run:ID"),
        ({"dataset": "shapes10", "patch_size": 1, "input_size": 64}, "at most 1,025 tokens"),
    ],
)
def test_bad_values_get_their_sentence(
    values: dict[str, Any], words: str, context: Context
) -> None:
    with pytest.raises(ConfigError, match=words):
        VIT.check_config(VitConfig.build({**SMALL, **values}), context)


def test_patches_that_do_not_tile_are_refused_where_a_study_makes_them(context: Context) -> None:
    with pytest.raises(ConfigError, match="must divide the image's side"):
        list(begun(context, "study", variants="patch_size=3", num_seeds=1, epochs=1))
