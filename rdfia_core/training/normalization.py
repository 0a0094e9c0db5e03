"""Normalisations of images, fitted on the training part. N or B images, C channels, H x W pixels.

D = C·H·W numbers an image. Images come as bytes for the fit, as floats in [0, 1] for use.
"""

import math
from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor

from rdfia_core.errors import ConfigError, ShapeError
from rdfia_core.training.framing import memory_format

NORMALIZATIONS = ("none", "per_channel", "per_image", "l1", "l2", "zca")
# Smallest divisor. A single pixel of the faintest grey, 1/255, in a black 32 x 32 image in colour
# has a standard deviation of 7e-5 and norms of 4e-3, so only uniform and black images meet it.
EPSILON = 1e-5
# Added to the variances of the pixels (in [0, 1]) along each principal axis before the root is
# taken: no axis is amplified more than 1 / √0.01 = 10 times, however little varies along it.
ZCA_EPSILON = 1e-2
MAX_ZCA_IMAGES = 10_000

_FITTED = {"per_channel": ("mean", "std"), "zca": ("mean", "matrix")}


class Normalizer:
    """One fitted normalisation; made by `fit` or `from_arrays`.

    - none: pixels as they are.
    - per_channel: minus the mean of the channel, divided by its standard deviation, both over all
      pixels of the training part.
    - per_image: each image to mean 0 and standard deviation 1, all its channels together.
    - l1, l2: each image divided by its norm over all its D numbers, Σ|x| or √Σx². Neither centres.
      Both shrink the inputs, to 1/D and 1/√D on average: the first layer's weights, drawn
      for inputs near 1, then answer with almost nothing and learn slowly. (The course's report
      divided along one axis of the image only, by mistake, and found both to hurt.)
    - zca: the mean image taken off, then D numbers decorrelated and brought to variance 1 by the
      symmetric matrix (Σ + ε)^(-1/2), which of all whitenings stays nearest to the image. It is
      fitted to one size of image: where images are cropped, fit it on cropped ones.

    Args:
        kind: One of `NORMALIZATIONS`.
        fitted: mean and std (C,) for per_channel; mean (C, H, W) and matrix (D, D) for zca;
            float32.

    References:
        A. Krizhevsky, Learning multiple layers of features from tiny images, 2009, appendix A
        (zca).
    """

    def __init__(self, kind: str, fitted: Mapping[str, Tensor]) -> None:
        _check_kind(kind)
        self.kind = kind
        self._fitted = dict(fitted)
        self._apply: Callable[[Tensor], Tensor] = {
            "none": _unchanged,
            "per_channel": self._per_channel,
            "per_image": _per_image,
            "l1": lambda x_BCHW: _by_norm(x_BCHW, 1),
            "l2": lambda x_BCHW: _by_norm(x_BCHW, 2),
            "zca": self._zca,
        }[kind]
        if kind == "per_channel":
            self._scale_C = 1 / fitted["std"]
            self._shift_C = -fitted["mean"] * self._scale_C
        elif kind == "zca":
            self._shift_D = -(fitted["mean"].flatten() @ fitted["matrix"])

    @classmethod
    def fit(cls, kind: str, x_NCHW: Tensor) -> "Normalizer":
        """Fit on the training part.

        Args:
            kind: One of `NORMALIZATIONS`.
            x_NCHW: The training images, uint8. zca uses at most 10,000, spread evenly (17 s on two
                cores for 32 x 32 pixels in colour: the eigenvectors of a matrix of 3,072 rows).

        Returns:
            The normalisation, on the device of the images.

        Raises:
            ConfigError: If there is no such kind.
            ShapeError: If the images are no uint8 tensor (N, C, H, W) with N ≥ 1.
        """
        _check_kind(kind)
        if x_NCHW.dtype is not torch.uint8 or x_NCHW.dim() != 4 or not len(x_NCHW):
            raise ShapeError(
                "A normalisation is fitted on images of dtype uint8 and shape (N, C, H, W) with at "
                f"least one image. Got {x_NCHW.dtype} and {tuple(x_NCHW.shape)}. "
                "Pass the training images before they are scaled."
            )
        fitted: dict[str, Tensor] = {}
        if kind == "per_channel":
            fitted["mean"], fitted["std"] = _channel_statistics(x_NCHW)
        elif kind == "zca":
            fitted["mean"], fitted["matrix"] = _fitted_zca(x_NCHW)
        return cls(kind, {name: value.float() for name, value in fitted.items()}).to(x_NCHW.device)

    @classmethod
    def from_arrays(cls, kind: str, arrays: Mapping[str, np.ndarray]) -> "Normalizer":
        """Make again what `arrays` described, on the CPU.

        Raises:
            ConfigError: If there is no such kind, or an array of it is missing.
        """
        _check_kind(kind)
        names = _FITTED.get(kind, ())
        missing = [name for name in names if name not in arrays]
        if missing:
            raise ConfigError(
                f"The normalisation {kind} needs the arrays {', '.join(names)}. "
                f"Got {', '.join(sorted(arrays)) or 'none'}. Fit it again.",
                "normalization",
            )
        return cls(kind, {name: torch.tensor(arrays[name]) for name in names})

    def arrays(self) -> dict[str, np.ndarray]:
        """Return all that was fitted, for a checkpoint (zca: 38 MB for 32 x 32 in colour)."""
        return {name: value.cpu().numpy().copy() for name, value in self._fitted.items()}

    def to(self, device: torch.device | str) -> "Normalizer":
        """Return the same normalisation on a device."""
        return Normalizer(self.kind, {k: v.to(device) for k, v in self._fitted.items()})

    def __call__(self, x_BCHW: Tensor) -> Tensor:
        """Normalise images.

        Args:
            x_BCHW: Floats in [0, 1], on the device of this normalisation.

        Returns:
            (B, C, H, W), without unit; dtype, device and memory format of the images. With none
            the images themselves.

        Raises:
            ShapeError: If the images have not the channels or the size of the fit.
        """
        return self._apply(x_BCHW)

    def _per_channel(self, x_BCHW: Tensor) -> Tensor:
        num_channels = len(self._scale_C)
        if x_BCHW.shape[1] != num_channels:
            raise ShapeError(
                f"This normalisation was fitted on images of {num_channels} channels. "
                f"Got {x_BCHW.shape[1]}. Fit it on images like those it is for."
            )
        # (x − m) / s as x·(1/s) − m/s, with one number a pixel: a single pass without the short
        # inner loops of broadcasting over channels (5 times faster on channels_last).
        scale_C, shift_C = self._scale_C.to(x_BCHW.dtype), self._shift_C.to(x_BCHW.dtype)
        num_pixels = x_BCHW.shape[2] * x_BCHW.shape[3]
        if memory_format(x_BCHW) is torch.channels_last:
            scale_D, shift_D = scale_C.repeat(num_pixels), shift_C.repeat(num_pixels)
        else:
            scale_D = scale_C[:, None].expand(-1, num_pixels).reshape(-1)
            shift_D = shift_C[:, None].expand(-1, num_pixels).reshape(-1)
        return _like(x_BCHW, torch.addcmul(shift_D, _flat(x_BCHW), scale_D))

    def _zca(self, x_BCHW: Tensor) -> Tensor:
        expected = tuple(self._fitted["mean"].shape)
        if tuple(x_BCHW.shape[1:]) != expected:
            raise ShapeError(
                f"This whitening was fitted on images of shape {expected}. "
                f"Got {tuple(x_BCHW.shape[1:])}. Fit it on images of the size that it is for, "
                "cropped if they are cropped."
            )
        shift, matrix = self._shift_D.to(x_BCHW.dtype), self._fitted["matrix"].to(x_BCHW.dtype)
        white_BCHW = torch.addmm(shift, x_BCHW.flatten(1), matrix).view(x_BCHW.shape)
        return white_BCHW.contiguous(memory_format=memory_format(x_BCHW))


def zca_matrix(x_ND: Tensor, epsilon: float) -> Tensor:
    """Return the whitening matrix (Σ + ε)^(-1/2) of examples whose mean is 0.

    Args:
        x_ND: Centred examples, one a row, float64.
        epsilon: ε, added to each eigenvalue of the covariance Σ = XᵀX / N.

    Returns:
        (D, D), symmetric, float64. XW has the covariance U diag(λ / (λ + ε)) Uᵀ, where
        Σ = U diag(λ) Uᵀ: the identity where λ is well above ε.
    """
    covariance_DD = x_ND.T @ x_ND / len(x_ND)
    eigenvalues_D, axes_DD = torch.linalg.eigh(covariance_DD)
    # Rounding can leave an eigenvalue of 0 slightly below it.
    scales_D = (eigenvalues_D.clamp_min(0) + epsilon).rsqrt()
    matrix_DD: Tensor = (axes_DD * scales_D) @ axes_DD.T
    return matrix_DD


def _check_kind(kind: str) -> None:
    if kind not in NORMALIZATIONS:
        message = f"The normalisation must be one of {', '.join(NORMALIZATIONS)}. Got {kind!r}."
        raise ConfigError(message, "normalization")


def _channel_statistics(x_NCHW: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation (C,) of each channel in [0, 1], float64, on the CPU.

    Bytes take 256 values, so counting them gives both exactly, with no float copy of all images.
    """
    counts_C256 = torch.stack(
        [torch.bincount(x_NCHW[:, c].reshape(-1), minlength=256) for c in range(x_NCHW.shape[1])]
    )
    shares_C256 = counts_C256.cpu().double() / counts_C256[0].sum().item()
    levels_256 = torch.arange(256, dtype=torch.float64) / 255
    mean_C = shares_C256 @ levels_256
    squares_C256 = (levels_256 - mean_C[:, None]).square()
    return mean_C, (shares_C256 * squares_C256).sum(1).sqrt().clamp_min(EPSILON)


def _fitted_zca(x_NCHW: Tensor) -> tuple[Tensor, Tensor]:
    """Mean (C, H, W) and matrix (D, D), float64, where they were computed."""
    num_images = min(len(x_NCHW), MAX_ZCA_IMAGES)
    rows = torch.arange(num_images, device=x_NCHW.device) * len(x_NCHW) // num_images
    x_NCHW = x_NCHW.index_select(0, rows)
    if x_NCHW.device.type == "mps":
        x_NCHW = x_NCHW.cpu()  # Apple's GPUs have no float64
    x_ND = x_NCHW.flatten(1).double() / 255
    mean_D = x_ND.mean(0)
    return mean_D.view(x_NCHW.shape[1:]), zca_matrix(x_ND.sub_(mean_D), ZCA_EPSILON)


def _unchanged(x_BCHW: Tensor) -> Tensor:
    return x_BCHW


def _per_image(x_BCHW: Tensor) -> Tensor:
    x_BD = _flat(x_BCHW)
    centred_BD = x_BD - x_BD.mean(1, keepdim=True)
    std_B1 = torch.linalg.vector_norm(centred_BD, 2, 1, keepdim=True) / math.sqrt(x_BD.shape[1])
    return _like(x_BCHW, centred_BD / std_B1.clamp_min(EPSILON))


def _by_norm(x_BCHW: Tensor, order: int) -> Tensor:
    x_BD = _flat(x_BCHW)
    # `vector_norm` is slow for order 1.
    norm_B1 = x_BD.abs().sum(1, keepdim=True) if order == 1 else x_BD.norm(dim=1, keepdim=True)
    return _like(x_BCHW, x_BD / norm_B1.clamp_min(EPSILON))


def _flat(x_BCHW: Tensor) -> Tensor:
    """Return the images as rows (B, D), in the order in which they lie in memory."""
    is_last = memory_format(x_BCHW) is torch.channels_last
    # Not by len(): the exporter to ONNX would take the number of images for fixed.
    return (x_BCHW.permute(0, 2, 3, 1) if is_last else x_BCHW).flatten(1)


def _like(x_BCHW: Tensor, y_BD: Tensor) -> Tensor:
    """Undo `_flat` for rows that came of these images."""
    count, channels, height, width = x_BCHW.shape
    if memory_format(x_BCHW) is torch.channels_last:
        return y_BD.view(count, height, width, channels).permute(0, 3, 1, 2)
    return y_BD.view(x_BCHW.shape)
