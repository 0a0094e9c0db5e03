"""Quantise maps to one byte a pixel (encodings: docs/live.md). H rows, W columns, U units."""

import numpy as np

NOT_A_NUMBER = 255


def quantise_probs(probs_KHW: np.ndarray) -> np.ndarray:
    """Encode probabilities in [0, 1] as 0..254, anything not finite as 255.

    Args:
        probs_KHW: Class probabilities, any shape, dimensionless.

    Returns:
        uint8 array of the same shape; the rounding error is at most 1/508.
    """
    finite = np.isfinite(probs_KHW)
    scaled = np.where(finite, np.clip(probs_KHW, 0.0, 1.0) * 254.0 + 0.5, NOT_A_NUMBER)
    return scaled.astype(np.uint8)


def quantise_rest(probs_KHW: np.ndarray, codes_KHW: np.ndarray) -> np.ndarray:
    """Encode what `quantise_probs` rounded away, for maps whose lines must be smooth.

    Args:
        probs_KHW: As given to `quantise_probs`.
        codes_KHW: What it returned.

    Returns:
        uint8 array of the same shape; the value in codes is code + (rest - 127) / 254.
    """
    exact = np.where(np.isfinite(probs_KHW), np.clip(probs_KHW, 0.0, 1.0) * 254.0, codes_KHW)
    rest: np.ndarray = np.clip((exact - codes_KHW) * 254.0 + 127.5, 0, 254).astype(np.uint8)
    return rest


def quantise_units(values_UHW: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Encode signed maps as 0..254 around 127, each with a scale of its own.

    Args:
        values_UHW: Activations, one map a unit.

    Returns:
        uint8 array (U, H, W), and the float32 scales (U,): the largest absolute finite value of
        each map, 1 for a map of zeros. The value is (code - 127) / 127 * scale.
    """
    finite = np.isfinite(values_UHW)
    cleaned = np.where(finite, values_UHW, 0.0)
    scale_U = np.abs(cleaned).max(axis=(1, 2), initial=0.0)
    scale_U = np.where(scale_U > 0, scale_U, 1.0)
    codes = np.where(finite, cleaned / scale_U[:, None, None] * 127.0 + 127.5, NOT_A_NUMBER)
    return codes.astype(np.uint8), scale_U.astype(np.float32)
