"""Fields side by side, and larger images: measured on the form's data and network."""

import dataclasses
from typing import Any

import numpy as np

from rdfia_core.events import Checkpoint, Event, Result, Step
from rdfia_core.experiments import Context
from rdfia_core.experiments.vit import VitConfig
from rdfia_core.experiments.vit.fields import fields
from rdfia_core.experiments.vit.sizes import sizes
from rdfia_core.experiments.vit.train import train

SMALL = {"dataset": "digits", "device": "cpu", "num_train": 200, "num_val": 0, "epochs": 1}


def result(events: list[Event]) -> dict[str, Any]:
    return dict(next(e.data for e in events if isinstance(e, Result)))


def arrays(events: list[Event]) -> dict[str, np.ndarray]:
    take = [e for e in events if isinstance(e, Step)][-1].snapshot
    assert take is not None
    return dict(take().arrays)


def test_a_cnns_fields_grow_and_a_transformers_are_whole_after_a_block(context: Context) -> None:
    config = VitConfig.build({**SMALL, "dataset": "shapes10", "patch_size": 4, "depth": 3})
    events = list(fields(config, context))
    found, drawn = result(events), arrays(events)
    assert [layer["name"] for layer in found["cnn"]] == [
        "conv1", "pool1", "conv2", "pool2", "conv3", "pool3",
    ]  # fmt: skip
    shares = [layer["share"] for layer in found["cnn"]]
    assert shares[0] == 1
    assert shares[0] > shares[4] > 0.25
    assert [layer["name"] for layer in found["vit"]] == ["patches", "block 1", "block 2", "block 3"]
    assert found["vit"][0]["window"] == [16, 19]
    assert found["vit"][1]["window"] == [0, 31]
    reached = [int((field_SS > 0).sum()) for field_SS in drawn["vit"]]
    assert reached == [16, 32 * 32, 32 * 32, 32 * 32]
    assert found["vit_weights"] == "3 draws of initial weights"


def test_no_gradient_leaves_the_theoretical_window(context: Context) -> None:
    events = list(fields(VitConfig.build({**SMALL, "dataset": "shapes10"}), context))
    found, drawn = result(events), arrays(events)
    for kind in ("cnn", "vit"):
        assert drawn[kind].max() == 1
        for layer, field_SS in zip(found[kind], drawn[kind], strict=True):
            first, last = (int(edge) for edge in layer["window"])
            outside = field_SS.copy()
            outside[max(0, first) : last + 1, max(0, first) : last + 1] = 0
            assert not outside.any(), layer["name"]


def test_a_runs_trained_weights_are_used(context: Context) -> None:
    config = VitConfig.build(SMALL)
    live = {"learning_rate": config.learning_rate, "shown_image": 0}
    steps = [e for e in train(config, dataclasses.replace(context, live=live)) if
             isinstance(e, Step)]  # fmt: skip
    assert steps[-1].checkpoint is not None
    kept: Checkpoint = steps[-1].checkpoint()
    initial = list(fields(config, context))
    trained = list(fields(config, dataclasses.replace(context, resume=kept)))
    assert result(trained)["vit_weights"] == f"the weights of the run as of step {steps[-1].step}"
    np.testing.assert_array_equal(arrays(trained)["cnn"], arrays(initial)["cnn"])
    assert np.abs(arrays(trained)["vit"] - arrays(initial)["vit"]).max() > 0.01


def test_the_same_seed_gives_the_same_fields(context: Context) -> None:
    once, again = (arrays(list(fields(VitConfig.build(SMALL), context))) for _ in range(2))
    for name in once:
        np.testing.assert_array_equal(once[name], again[name])


def test_a_cnn_without_tokens_is_told_so(context: Context) -> None:
    config = VitConfig.build({**SMALL, "backbone": "mobilenetv3_small_100"})
    found = result(list(fields(config, context)))
    assert found["vit"] == []
    assert "has no tokens" in found["vit_weights"]


def test_only_global_average_pooling_takes_larger_images(context: Context) -> None:
    rows = result(list(sizes(VitConfig.build({**SMALL, "dataset": "shapes10"}), context)))["rows"]
    found = {(row["network"], row["size"]): row for row in rows}
    assert [row["size"] for row in rows] == [32, 48, 64] * 3
    for network in ("cnn_fc", "cnn_gap", "vit"):
        assert found[network, 32]["output"] == [1, 10]
    for size, inputs in ((48, 64 * 6 * 6), (64, 64 * 8 * 8)):
        assert found["cnn_gap", size]["output"] == [1, 10]
        assert found["cnn_fc", size]["error"] == (
            f"mat1 and mat2 shapes cannot be multiplied (1x{inputs} and 1024x1000)"
        )
        assert "must match the size of tensor b" in found["vit", size]["error"]


def test_sizes_need_no_transformer_that_would_not_fit(context: Context) -> None:
    config = VitConfig.build({**SMALL, "patch_size": 5})
    rows = result(list(sizes(config, context)))["rows"]
    assert {row["network"] for row in rows} == {"cnn_fc", "cnn_gap"}
    assert [row["size"] for row in rows[:3]] == [8, 12, 16]
