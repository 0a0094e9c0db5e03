"""An image goes to timm's networks: their own refusals, the remedies, and what is seen."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch
from safetensors.torch import save_file

from rdfia_core.data.images.library import ImageLibrary
from rdfia_core.errors import ConfigError
from rdfia_core.events import Event, Result, Step
from rdfia_core.experiments import Context
from rdfia_core.experiments.vit import VitConfig
from rdfia_core.experiments.vit.probe import probe
from rdfia_core.models.timm_weights import weights_file

TINY = "vit_tiny_patch16_224"
CNN = "mobilenetv3_small_100"
REPEATED = {"probe_channels": "repeat"}


@pytest.fixture
def context(tmp_path: Path, library: ImageLibrary) -> Context:
    return Context("cpu", tmp_path, library=library, weights_dir=tmp_path / "weights")


def probed(context: Context, **values: Any) -> list[Event]:
    return list(probe(VitConfig.build({"dataset": "digits", "device": "cpu", **values}), context))


def found(context: Context, **values: Any) -> dict[str, Any]:
    return asked_and_seen(context, **values)[0]


def asked_and_seen(
    context: Context, **values: Any
) -> tuple[dict[str, Any], Mapping[str, np.ndarray]]:
    """Return the result and the arrays of the last picture."""
    events = probed(context, **values)
    take = [e for e in events if isinstance(e, Step)][-1].snapshot
    assert take is not None
    return dict(next(e.data for e in events if isinstance(e, Result))), take().arrays


def words_of_timm(name: str, image: torch.Tensor, **made: int) -> str:
    """What timm itself says, asked without our code."""
    with pytest.raises((AssertionError, RuntimeError, TypeError)) as refusal:
        timm.create_model(name, **made)(image)
    return str(refusal.value)


def test_a_small_image_is_refused_in_timms_own_words(context: Context) -> None:
    asked, arrays = asked_and_seen(context)
    assert asked["refused_at"] == "forward"
    assert asked["error_type"] == "AssertionError"
    assert asked["error"] == words_of_timm(TINY, torch.zeros(1, 1, 8, 8))
    assert "224 × 224" in asked["meaning"]
    assert asked["fed"] == [1, 1, 8, 8]
    assert "seen" not in arrays


def test_a_grey_image_of_the_right_size_is_refused_for_its_channel(context: Context) -> None:
    asked = found(context, probe_size="resize")
    assert asked["error_type"] == "RuntimeError"
    assert asked["error"] == words_of_timm(TINY, torch.zeros(1, 1, 224, 224))
    assert asked["meaning"] == "The first layer has weights for 3 channels; this image has 1."


def test_a_cnn_has_no_size_to_set(context: Context) -> None:
    asked = found(context, timm_name=CNN, probe_size="img_size")
    assert asked["refused_at"] == "creation"
    assert asked["error_type"] == "TypeError"
    assert asked["error"] == words_of_timm(CNN, torch.zeros(1, 3, 8, 8), img_size=8)
    assert asked["meaning"].startswith("A CNN has no img_size")


def test_an_image_smaller_than_a_patch_has_a_meaning(context: Context) -> None:
    asked = found(context, **REPEATED, probe_size="img_size")
    assert asked["error"] == words_of_timm(TINY, torch.zeros(1, 3, 8, 8), img_size=8)
    assert "smaller than one patch" in asked["meaning"]


def test_repeated_and_resized_the_whole_image_is_seen(context: Context) -> None:
    asked = found(context, **REPEATED, probe_size="resize")
    assert asked["refused_at"] == ""
    assert asked["fed"] == [1, 3, 224, 224]
    assert asked["output"] == [1, 1000]
    assert (asked["num_tokens"], asked["grid"]) == (197, [14, 14])
    assert asked["seen_share"] == 1
    assert asked["seconds"] > 0
    assert asked["answers"] == []  # of random weights there is nothing to read


def test_in_chans_builds_a_network_for_one_channel(context: Context) -> None:
    asked = found(context, probe_channels="in_chans", probe_size="resize")
    assert asked["fed"] == [1, 1, 224, 224]
    assert asked["num_parameters"] == 5_717_416 - 2 * 16 * 16 * 192


def test_of_32_pixels_built_for_with_patches_of_24_one_patch_is_seen(context: Context) -> None:
    values = {"dataset": "shapes10", "probe_size": "img_size", "probe_patch": 24}
    asked, arrays = asked_and_seen(context, **values)
    expected_SS = np.zeros((32, 32), np.uint8)
    expected_SS[:24, :24] = 1
    np.testing.assert_array_equal(arrays["seen"], expected_SS)
    assert asked["num_tokens"] == 2
    assert asked["change_unseen"] == 0
    assert asked["change_seen"] > 0


def test_smaller_patches_see_everything(context: Context) -> None:
    values = {"dataset": "shapes10", "probe_size": "img_size", "probe_patch": 8}
    asked = found(context, **values)
    assert (asked["num_tokens"], asked["grid"], asked["seen_share"]) == (17, [4, 4], 1)


def test_a_cnn_takes_the_small_image(context: Context) -> None:
    asked = found(context, **REPEATED, timm_name=CNN)
    assert asked["output"] == [1, 1000]
    assert asked["last_map"] == 1
    assert asked["seen_share"] == 1


def test_too_many_patches_are_refused_before_they_take_the_memory(context: Context) -> None:
    with pytest.raises(ConfigError, match=r"at most 1,024 patches\. Got 2: 12,544"):
        found(context, **REPEATED, probe_size="resize", probe_patch=2)


def test_trained_weights_answer_in_names(context: Context) -> None:
    assert context.weights_dir is not None
    context.weights_dir.mkdir()
    trained = timm.create_model(TINY)
    trained.get_submodule("head").bias.data[207] = 100.0  # type: ignore[operator, index, union-attr]
    save_file(trained.state_dict(), weights_file(TINY, context.weights_dir))
    asked = found(context, **REPEATED, probe_size="resize", probe_weights="pretrained")
    assert asked["is_pretrained"]
    assert asked["answers"][0]["name"] == "golden retriever"
    assert asked["answers"][0]["prob"] == pytest.approx(1)


def test_without_network_the_weights_are_said_to_be_random(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "rdfia_core.models.timm_weights.weights_url", lambda name: "http://127.0.0.1:9/x"
    )
    monkeypatch.setenv("no_proxy", "*")
    asked = found(context, **REPEATED, probe_size="resize", probe_weights="pretrained")
    assert not asked["is_pretrained"]
    assert asked["weights"].startswith("Random weights: The pretrained weights of")
    assert asked["answers"] == []


def test_the_image_is_the_one_that_was_asked_for(context: Context) -> None:
    images = context.images.open("digits")
    for row in (3, 3 + images.num_test):
        arrays = asked_and_seen(context, shown_image=row)[1]
        np.testing.assert_array_equal(arrays["image"], images.x_test[3])
