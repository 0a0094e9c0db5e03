"""Pictures of a run: units as images, one image with its answer, where the hidden units sit."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rdfia_core.events import Snapshot
from rdfia_core.experiments.mnist_mlp import MnistMlpConfig
from rdfia_core.experiments.mnist_mlp.evaluation import ImageEvaluator, hidden_of
from rdfia_core.experiments.mnist_mlp.problem import Problem
from rdfia_core.models.stages import Stage
from rdfia_core.training.image_data import ImagePart
from rdfia_core.training.image_pictures import ImagePainter
from rdfia_core.training.saturation import RANGES, histogram


class Painter:
    """Takes the pictures of one run.

    Args:
        config: Of the run.
        problem: Of that config.
        stage: In training.
        shown: The part of which one image is shown.
        shown_image: Returns which image is shown.
        evaluator: Knows the last outcome; None to show none.
        sample_ND: Images on which the hidden units are looked at; None not to.
    """

    def __init__(
        self,
        config: MnistMlpConfig,
        problem: Problem,
        stage: Stage,
        shown: ImagePart,
        shown_image: Callable[[], int],
        evaluator: ImageEvaluator | None = None,
        sample_ND: Tensor | None = None,
    ) -> None:
        self._config = config
        self._problem = problem
        self._stage = stage
        self._evaluator = evaluator
        self._sample_ND = sample_ND
        images = problem.images
        self._paint = ImagePainter(
            self._units,
            lambda _: {},
            lambda x_1CHW: stage.logits(problem.flat(x_1CHW)).float(),
            shown,
            images.pipeline,
            images.image_set.class_names,
            shown_image,
            self._look,
        )

    def __call__(self, batch_B: np.ndarray) -> Snapshot:
        """Picture this moment, whatever the last batch was."""
        del batch_B
        return self.picture()

    def picture(self) -> Snapshot:
        """Picture this moment."""
        if self._evaluator is None:
            return self._paint(None, 0.0)
        return self._paint(self._evaluator.outcome, self._evaluator.outcome_epoch)

    def _units(self) -> Tensor:
        """Return the weights into each unit of the first layer as an image (U, C, H, W)."""
        weights_UD = self._stage.parameters[0]
        image_set = self._problem.images.image_set
        size = image_set.image_size
        return weights_UD.view(-1, size, size, image_set.num_channels).permute(0, 3, 1, 2)

    def _look(self, x_1CHW: Tensor, arrays: dict[str, np.ndarray], info: dict[str, Any]) -> None:
        del x_1CHW
        num_units = len(self._stage.parameters[0])
        kind = "units" if self._config.layer_sizes else "classes"
        info["filters_of"] = {"kind": kind, "count": num_units}
        if self._sample_ND is None or not self._config.layer_sizes:
            return
        activation = self._config.activation
        hidden = hidden_of(self._stage, self._sample_ND)
        counted = [histogram(a_NU, RANGES.get(activation)) for a_NU in hidden]
        counts_LB = torch.stack([counts_B for counts_B, _ in counted])
        arrays["activation_histogram"] = counts_LB.numpy().astype(np.int32)
        info["activations"] = {
            "activation": activation,
            "ranges": [bounds for _, bounds in counted],
            "images": len(self._sample_ND),
        }
