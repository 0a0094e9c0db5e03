"""Frames of a Vision Transformer as docs/live.md describes them, from a seed.

L blocks, H heads, N patches, T tokens, P pixels a side of a patch, S of the image, C channels.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.e2e.live_server import encode_frame

L, H, C, NUM_CLASSES = 3, 4, 1, 3


@dataclass(frozen=True)
class AttentionFrame:
    """One frame, and the exact numbers behind it."""

    blob: bytes
    probs_LHRT: np.ndarray
    rollout_T: np.ndarray
    distance_LH: np.ndarray
    similarity_NN: np.ndarray | None
    image_SSC: np.ndarray


def attention_frame(
    *,
    grid: int = 4,
    patch: int = 7,
    class_token: bool = True,
    all_queries: bool = True,
    positions: bool = True,
    margin: int = 0,
    is_number: bool = True,
    seed: int = 0,
    step: int = 10,
) -> AttentionFrame:
    """Draw a frame of random attention, quantised as a run does.

    `margin`: pixels at the right and below that no patch covers; `is_number`: false for the frame
    of a run that has diverged.
    """
    rng = np.random.default_rng(seed)
    size, num_patches = grid * patch + margin, grid**2
    num_tokens = num_patches + class_token
    logits_LHTT = 1.5 * rng.normal(size=(L, H, num_tokens, num_tokens))
    exact_LHTT = np.exp(logits_LHTT)
    exact_LHTT /= exact_LHTT.sum(axis=-1, keepdims=True)
    if all_queries:
        exact_LHRT = exact_LHTT
    elif class_token:
        exact_LHRT = exact_LHTT[:, :, :1]
    else:
        exact_LHRT = exact_LHTT.mean(axis=2, keepdims=True)
    scale_LH = exact_LHRT.max(axis=(2, 3)).astype(np.float32)
    codes_LHRT = np.rint(255 * exact_LHRT / scale_LH[:, :, None, None]).astype(np.uint8)
    rollout_T = rng.dirichlet(np.ones(num_tokens)).astype(np.float32)
    distance_LH = rng.uniform(2, size / 2, (L, H)).astype(np.float32)
    wave_S = np.sin(np.linspace(0, 5, size))
    if not is_number:
        scale_LH, rollout_T, distance_LH = (
            np.full_like(array, np.nan) for array in (scale_LH, rollout_T, distance_LH)
        )
    image_SSC = np.rint(127 + 127 * np.outer(wave_S, wave_S[::-1]))[..., None].astype(np.uint8)
    arrays = {
        "filters": rng.integers(0, 255, (8, patch, patch, C), dtype=np.uint8),
        "filter_scale": np.array([0.4], dtype=np.float32),
        "shown_image": image_SSC,
        "class_probs": rng.dirichlet(np.ones(NUM_CLASSES)).astype(np.float32),
        "attention": codes_LHRT,
        "attention_scale": scale_LH,
        "rollout": rollout_T,
        "attention_distance": distance_LH,
        "confusion": np.array([[5, 1, 0], [0, 6, 0], [2, 0, 4]], dtype=np.int32),
        "mistakes": np.array([[3, 0, 1], [8, 2, 0]], dtype=np.int32),
        "mistake_probs": np.array([0.9, 0.6], dtype=np.float32),
    }
    similarity_NN = None
    if positions:
        vectors_ND = rng.normal(size=(num_patches, 5))
        unit_ND = vectors_ND / np.linalg.norm(vectors_ND, axis=1, keepdims=True)
        codes_NN = np.rint(127 + 127 * unit_ND @ unit_ND.T).astype(np.uint8)
        similarity_NN = (codes_NN.astype(float) - 127) / 127
        arrays["position_similarity"] = codes_NN
    info: dict[str, Any] = {
        "class_names": ["zero", "one", "two"],
        "shown": {"label": 1, "row": 12, "part": "test"},
        "evaluated": {"part": "val", "count": 18, "epoch": 1},
        "attention": {
            "class_token": class_token,
            "grid": [grid, grid],
            "patch_size": patch,
            "image_size": size,
            "positions": positions,
        },
    }
    probs_LHRT = codes_LHRT / 255 * scale_LH[:, :, None, None].astype(float)
    blob = encode_frame(step, step / 10, info, arrays)
    return AttentionFrame(blob, probs_LHRT, rollout_T, distance_LH, similarity_NN, image_SSC)
