"""Preview: what augmentation and normalisation make of a few images, before anything trains.

V images, A augmented versions of each, S pixels a side, C channels.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rdfia_core.data.images.image_set import ImageSet
from rdfia_core.events import Event, Snapshot, Started
from rdfia_core.training.image_config import ImageConfig
from rdfia_core.training.image_data import ImagePart
from rdfia_core.training.image_setup import ImageProblem, build_problem
from rdfia_core.training.one_picture import shown

NUM_IMAGES = 4
NUM_VERSIONS = 16
NUM_COUNTED = 1_000  # images, for the histogram
NUM_BINS = 60


def preview_events(config: ImageConfig, image_set: ImageSet, device: str) -> Iterator[Event]:
    """Yield one picture, as `_picture` describes it."""
    problem = build_problem(config.model_copy(update={"batch_size": 1}), image_set, device)
    yield Started(0, device)
    yield from shown(_picture(problem), config.epochs)


def _picture(problem: ImageProblem) -> Snapshot:
    """Make the arrays of the preview.

    Returns:
        Bytes `originals` (V, S, S, C), `augmented` (V, A, S, S, C) and `normalized` (V, S, S, C),
        the latter grey where the value is 0, and counts of pixels `histogram` (2, C, bins), before
        and after normalisation, whose ranges, means and deviations are in `info`.
    """
    train = problem.train
    places_V = torch.arange(NUM_IMAGES, device=train.rows_N.device) * (len(train) // NUM_IMAGES)
    originals = train.images(places_V)
    repeated_B = places_V.repeat_interleave(NUM_VERSIONS)
    target_B = train.targets(repeated_B)
    pipeline = problem.pipeline
    framed = pipeline.augmentation.reframe(train.images(repeated_B), pipeline.rng)
    altered, _ = pipeline.augmentation.alter(framed.float().mul_(1 / 255), target_B, pipeline.rng)
    normalized = pipeline.at_test(originals)
    limit = float(normalized.abs().max())
    is_signed = bool((normalized < 0).any())
    centred = normalized / max(limit, 1e-12)
    shown = centred * 127 + 127 if is_signed else centred * 255
    size = problem.input_size
    versions = _pixels(altered * 255).reshape(NUM_IMAGES, NUM_VERSIONS, size, size, -1)
    histogram, info = _histograms(problem, train)
    names = problem.image_set.class_names
    info["labels"] = [names[k] for k in train.targets(places_V).tolist()]
    info["limit"] = limit
    arrays = {
        "originals": _pixels(originals),
        "augmented": versions,
        "normalized": _pixels(shown),
        "histogram": histogram,
    }
    return Snapshot(arrays, info)


def _histograms(problem: ImageProblem, train: ImagePart) -> tuple[np.ndarray, dict[str, Any]]:
    count = min(NUM_COUNTED, len(train))
    places = torch.arange(count, device=train.rows_N.device) * (len(train) // count)
    framed = problem.pipeline.augmentation.at_test(train.images(places))
    before = framed.float().mul_(1 / 255)
    counts, ranges, means, stds = [], [], [], []
    for x_NCHW in (before, problem.pipeline.normalizer(before)):
        flat_CM = x_NCHW.transpose(0, 1).reshape(x_NCHW.shape[1], -1).cpu()
        low, high = float(flat_CM.min()), float(flat_CM.max())
        high = high if high > low else low + 1
        counts.append([row.histc(NUM_BINS, low, high).tolist() for row in flat_CM])
        ranges.append([low, high])
        means.append(flat_CM.mean(dim=1).tolist())
        stds.append(flat_CM.std(dim=1, correction=0).tolist())
    info = {"ranges": ranges, "means": means, "stds": stds, "num_images": count}
    return np.array(counts, dtype=np.int32), info


def _pixels(x_BCHW: Tensor) -> np.ndarray:
    """Bytes (B, H, W, C) of pixels in [0, 255]."""
    rounded = x_BCHW.float().round().clamp(0, 255).to(torch.uint8)
    return np.ascontiguousarray(rounded.permute(0, 2, 3, 1).cpu().numpy())
