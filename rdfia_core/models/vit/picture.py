"""The attention of one image as the arrays of a picture (docs/live.md).

L blocks, H heads, R queries, T tokens, N patches.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from rdfia_core.models.vit.attention_maps import (
    attention_maps,
    mean_distances,
    position_similarity,
    rollout,
)

MAX_BYTES = 65_536
"""Of attention, and of similarities, in a picture that is one of many of a run."""


def add_attention(
    network: nn.Module,
    x_1CSS: Tensor,
    arrays: dict[str, np.ndarray],
    info: dict[str, Any],
    max_bytes: int = MAX_BYTES,
) -> None:
    """Add what the network attends to in an image.

    Args:
        network: Ours or timm's, with attention.
        x_1CSS: The image as the network receives it.
        arrays: Gets `attention` (L, H, R, T) and `attention_scale` (L, H), `rollout` (T,),
            `attention_distance` (L, H) and `position_similarity` (N, N). R is T, or 1 where all
            queries would take more than `max_bytes`: the class token's, or the mean of all.
        info: Gets `attention`: class_token, grid, patch_size, image_size, in patches and pixels.
        max_bytes: See `arrays`; positions are left out where they would take more.
    """
    probs_LHTT, _ = attention_maps(network, x_1CSS)
    grid_size, patch_size = patch_grid(network)
    num_patches, num_tokens = grid_size**2, probs_LHTT.shape[-1]
    has_class_token = num_tokens > num_patches
    shown_LHRT = probs_LHTT
    if probs_LHTT.numel() > max_bytes:
        shown_LHRT = read_rows(probs_LHTT, has_class_token)
    scale_LH = shown_LHRT.amax(dim=(2, 3))
    codes_LHRT = shown_LHRT / scale_LH[:, :, None, None].clamp_min(1e-12) * 255
    arrays["attention"] = codes_LHRT.nan_to_num(0).round().to(torch.uint8).cpu().numpy()
    arrays["attention_scale"] = scale_LH.cpu().numpy()
    flow_T = read_rows(rollout(probs_LHTT), has_class_token)[0]
    arrays["rollout"] = flow_T.cpu().numpy()
    arrays["attention_distance"] = mean_distances(probs_LHTT, grid_size, patch_size).cpu().numpy()
    similarity_NN = position_similarity(network, num_patches)
    if similarity_NN is not None and similarity_NN.numel() <= max_bytes:
        codes_NN = (similarity_NN * 127 + 127).nan_to_num(127).round().clamp(0, 254)
        arrays["position_similarity"] = codes_NN.to(torch.uint8).cpu().numpy()
    info["attention"] = {
        "class_token": has_class_token,
        "positions": similarity_NN is not None,
        "grid": [grid_size, grid_size],
        "patch_size": patch_size,
        "image_size": grid_size * patch_size,
    }


def read_rows(rows_TT: Tensor, has_class_token: bool) -> Tensor:
    """Return the row of what the head reads, (..., 1, T): the class token's, or the mean of all."""
    return rows_TT[..., :1, :] if has_class_token else rows_TT.mean(dim=-2, keepdim=True)


def patch_grid(network: nn.Module) -> tuple[int, int]:
    """Return patches a side, and pixels a side of a patch, of our networks or timm's."""
    embedding = network.get_submodule("patch_embed")
    patch_size = int(embedding.get_submodule("proj").kernel_size[0])  # type: ignore[index]
    spec = getattr(network, "spec", None)
    grid_size = int(embedding.grid_size[0]) if spec is None else int(spec.grid_size)  # type: ignore[index]
    return grid_size, patch_size
