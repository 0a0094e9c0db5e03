"""Pictures of an image run: filters, feature maps of one image, confusion matrix, mistakes.

F filters, C channels, k pixels a side of a filter, M maps shown, K classes. Names and encodings are
those of docs/live.md.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from rdfia_core.events import Snapshot
from rdfia_core.training.image_data import ImagePart, Pipeline
from rdfia_core.training.image_evaluation import Outcome

MAX_FILTERS = 64
MAX_MAPS = 16  # of a layer
MAX_LAYERS = 6

Array = np.ndarray
FeatureMaps = Callable[[Tensor], Mapping[str, Tensor]]


class ImagePainter:
    """Takes the pictures of one run.

    Args:
        filters: Returns the first layer's weights (F, C, k, k) as they are now, None for none.
        feature_maps: Returns the maps (1, C, h, w) of one input by layer, without training.
        logits: Returns the network's answer (1, K) to one input.
        shown: The part of which one image is shown.
        pipeline: From bytes to inputs.
        class_names: K names.
        shown_image: Returns which image is shown, a row of the data set's part.
        look: Adds to the arrays and the info what else an input (1, C, H, W) shows.
    """

    def __init__(
        self,
        filters: Callable[[], Tensor | None],
        feature_maps: FeatureMaps,
        logits: Callable[[Tensor], Tensor],
        shown: ImagePart,
        pipeline: Pipeline,
        class_names: Sequence[str],
        shown_image: Callable[[], int],
        look: Callable[[Tensor, dict[str, Array], dict[str, Any]], None] | None = None,
    ) -> None:
        self._filters = filters
        self._feature_maps = feature_maps
        self._logits = logits
        self._shown = shown
        self._pipeline = pipeline
        self._class_names = list(class_names)
        self._shown_image = shown_image
        self._look = look

    def __call__(self, outcome: Outcome | None, epoch: float) -> Snapshot:
        """Picture this moment; `outcome` is that of the last evaluation, made at `epoch`."""
        arrays: dict[str, Array] = {}
        info: dict[str, Any] = {"class_names": self._class_names}
        self._add_filters(arrays)
        self._add_maps(arrays, info)
        if outcome is not None:
            arrays["confusion"] = outcome.confusion_KK.astype(np.int32)
            arrays["mistakes"] = outcome.mistakes_M3.astype(np.int32)
            arrays["mistake_probs"] = outcome.mistake_probs_M.astype(np.float32)
            info["evaluated"] = {"part": outcome.part, "count": outcome.count, "epoch": epoch}
        return Snapshot(arrays, info)

    def _add_filters(self, arrays: dict[str, Array]) -> None:
        found_FCkk = self._filters()
        if found_FCkk is None or found_FCkk.shape[1] not in (1, 3):
            return
        weight_FCkk = found_FCkk.detach()[:MAX_FILTERS].float()
        scale = float(weight_FCkk.abs().max())
        scaled = weight_FCkk.permute(0, 2, 3, 1) / max(scale, 1e-12)
        arrays["filters"] = _bytes(scaled * 127 + 127)
        arrays["filter_scale"] = np.array([scale], dtype=np.float32)

    def _add_maps(self, arrays: dict[str, Array], info: dict[str, Any]) -> None:
        part = self._shown
        row = self._shown_image() % len(part)
        place_1 = torch.tensor([row], device=part.rows_N.device)
        x_1CHW = part.images(place_1)
        framed_1CHW = self._pipeline.augmentation.at_test(x_1CHW)
        arrays["shown_image"] = framed_1CHW[0].permute(1, 2, 0).cpu().numpy().copy()
        label = int(part.targets(place_1))
        info["shown"] = {"label": label, "row": int(part.set_rows_N[row]), "part": part.name}
        input_1CHW = self._pipeline.at_test(x_1CHW)
        arrays["class_probs"] = self._logits(input_1CHW)[0].softmax(dim=0).cpu().numpy()
        layers = list(self._feature_maps(input_1CHW).items())[:MAX_LAYERS]
        info["maps"] = [
            {"name": name, "channels": int(maps.shape[1]), "size": int(maps.shape[2])}
            for name, maps in layers
        ]
        for number, (_, maps_1Chw) in enumerate(layers, start=1):
            maps_Mhw = maps_1Chw[0, :MAX_MAPS].float()
            low_M, high_M = maps_Mhw.amin(dim=(1, 2)), maps_Mhw.amax(dim=(1, 2))
            if maps_Mhw[0].numel() == 1:  # single values are told apart by their neighbours
                low_M, high_M = low_M.min().expand(len(low_M)), high_M.max().expand(len(high_M))
            span_M11 = (high_M - low_M).clamp_min(1e-12)[:, None, None]
            arrays[f"maps_{number}"] = _bytes((maps_Mhw - low_M[:, None, None]) / span_M11 * 255)
            arrays[f"maps_{number}_range"] = torch.stack([low_M, high_M], dim=1).cpu().numpy()
        if self._look is not None:
            self._look(input_1CHW, arrays, info)


def first_filters(network: nn.Module) -> Tensor | None:
    """Return the weights of a network's first convolution, None if it has none."""
    first = next((m for m in network.modules() if isinstance(m, nn.Conv2d)), None)
    return None if first is None else first.weight


def _bytes(values: Tensor) -> Array:
    """Round to bytes; what is not a number becomes 0."""
    rounded: Array = values.nan_to_num(0).round().clamp(0, 255).to(torch.uint8).cpu().numpy()
    return rounded
