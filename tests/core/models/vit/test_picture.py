"""The arrays that the attention view draws."""

from typing import Any

import numpy as np
import pytest
import timm
import torch
from torch import nn

from rdfia_core.models.vit.attention_maps import (
    attention_maps,
    mean_distances,
    position_similarity,
    rollout,
)
from rdfia_core.models.vit.network import VisionTransformer
from rdfia_core.models.vit.picture import add_attention
from rdfia_core.models.vit.spec import VitSpec


def network_of(**values: Any) -> VisionTransformer:
    fields = {
        "image_size": 12, "in_channels": 1, "num_classes": 5, "patch_size": 4, "embed_dim": 16,
        "depth": 2, "num_heads": 4,
    }  # fmt: skip
    return VisionTransformer(VitSpec(**{**fields, **values})).eval()


def pictured(network: nn.Module, x: torch.Tensor, **values: Any) -> tuple[dict[str, Any], Any]:
    arrays: dict[str, np.ndarray] = {}
    info: dict[str, Any] = {}
    add_attention(network, x, arrays, info, **values)
    return arrays, info["attention"]


def decoded(arrays: dict[str, Any]) -> np.ndarray:
    scale_LH = arrays["attention_scale"][:, :, None, None]
    return arrays["attention"].astype(np.float64) / 255 * scale_LH


def test_codes_are_the_probabilities_up_to_rounding() -> None:
    network, x = network_of(), torch.randn(1, 1, 12, 12)
    arrays, info = pictured(network, x)
    probs_LHTT, _ = attention_maps(network, x)
    assert arrays["attention"].shape == (2, 4, 10, 10)
    rounding = arrays["attention_scale"].max() / 255
    assert np.abs(decoded(arrays) - probs_LHTT.numpy()).max() <= rounding / 2 + 1e-6
    np.testing.assert_allclose(arrays["rollout"], rollout(probs_LHTT)[0], rtol=1e-5)
    np.testing.assert_allclose(arrays["rollout"].sum(), 1, rtol=1e-5)
    expected = mean_distances(probs_LHTT, 3, 4)
    np.testing.assert_allclose(arrays["attention_distance"], expected, rtol=1e-5)
    similarity = position_similarity(network, 9)
    assert similarity is not None
    found = (arrays["position_similarity"].astype(float) - 127) / 127
    assert np.abs(found - similarity.numpy()).max() <= 0.5 / 127 + 1e-6
    assert info == {
        "class_token": True, "positions": True, "grid": [3, 3], "patch_size": 4, "image_size": 12,
    }  # fmt: skip


@pytest.mark.parametrize("pool", ["class_token", "mean"])
def test_only_what_the_head_reads_where_all_would_be_too_much(pool: str) -> None:
    network, x = network_of(pool=pool), torch.randn(1, 1, 12, 12)
    arrays, info = pictured(network, x, max_bytes=100)
    probs_LHTT, _ = attention_maps(network, x)
    read = probs_LHTT[:, :, :1] if pool == "class_token" else probs_LHTT.mean(dim=2, keepdim=True)
    assert arrays["attention"].shape == read.shape
    assert np.abs(decoded(arrays) - read.numpy()).max() <= arrays["attention_scale"].max() / 255
    assert info["class_token"] == (pool == "class_token")
    np.testing.assert_allclose(arrays["rollout"].sum(), 1, rtol=1e-5)


def test_says_that_there_are_no_positions() -> None:
    arrays, info = pictured(network_of(pos_embedding="none"), torch.randn(1, 1, 12, 12))
    assert "position_similarity" not in arrays
    assert info["positions"] is False


def test_a_network_that_is_not_a_number_still_has_a_picture() -> None:
    network = network_of()
    nn.init.constant_(network.blocks[0].attn.qkv.weight, float("nan"))
    arrays, _ = pictured(network, torch.randn(1, 1, 12, 12))
    assert not arrays["attention"].any()


def test_takes_timms_networks_too() -> None:
    network = timm.create_model("vit_tiny_patch16_224", num_classes=5, img_size=32).eval()
    arrays, info = pictured(network, torch.randn(1, 3, 32, 32))
    assert arrays["attention"].shape == (12, 3, 5, 5)
    assert info["grid"] == [2, 2]
    assert info["patch_size"] == 16
