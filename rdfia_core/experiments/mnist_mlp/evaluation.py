"""What is measured after every epoch. N images, U units, K classes."""

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from rdfia_core.models.stages import Stage
from rdfia_core.training.image_data import ImagePart
from rdfia_core.training.image_evaluation import Outcome, outcome_of
from rdfia_core.training.saturation import RANGES, saturated_share
from rdfia_core.training.stage_training import Evaluator, Split

MAX_REEVALUATED = 5_000
"""Training images that are measured again; the error of an accuracy is then below 0.7 points."""
NUM_SAMPLED = 500
"""Training images on which the hidden units are looked at."""


def sampled(train_ND: Tensor) -> Tensor:
    """Return the rows on which hidden units are looked at, spread evenly, always the same."""
    count = min(NUM_SAMPLED, len(train_ND))
    places = torch.arange(count, device=train_ND.device) * len(train_ND) // count
    return train_ND[places]


def hidden_of(stage: Stage, inputs_ND: Tensor) -> list[Tensor]:
    """Return each hidden layer's activations (N, U)."""
    return stage.activations(inputs_ND)[:-1]


class ImageEvaluator(Evaluator):
    """Losses, accuracies, saturation, and the answers to the part whose mistakes are shown.

    Args:
        stage: The network.
        splits: Training part first; its images may be fewer than are trained on.
        loss: As in `Evaluator`.
        sample_ND: Images on which the hidden units are looked at.
        activation: Of the hidden units.
        pictured: The part whose mistakes are shown; its split has the same name.
        num_classes: K.
        epoch: Returns how many epochs have been trained.
    """

    def __init__(
        self,
        stage: Stage,
        splits: Sequence[Split],
        loss: str,
        *,
        sample_ND: Tensor,
        activation: str,
        pictured: ImagePart,
        num_classes: int,
        epoch: Callable[[], float],
    ) -> None:
        super().__init__(stage, list(splits), loss)
        self._sample_ND = sample_ND
        self._activation = activation
        self._pictured = pictured
        self._num_classes = num_classes
        self._epoch = epoch
        before = [split.name for split in splits].index(pictured.name)
        begin = sum(len(split.targets_N) for split in splits[:before])
        self._pictured_rows = slice(begin, begin + len(pictured))
        self.outcome: Outcome | None = None
        self.outcome_epoch = 0.0

    @torch.no_grad()
    def __call__(self) -> dict[str, float]:
        """Return train_loss, train_accuracy, and so on, and saturation_1, ... as fractions."""
        scalars = super().__call__()
        logits_NK = self.logits_NC[self._pictured_rows].float()
        loss = F.cross_entropy(logits_NK, self._pictured.targets_N, reduction="sum")
        surety_N, prediction_N = logits_NK.softmax(dim=1).max(dim=1)
        self.outcome = outcome_of(self._pictured, loss, prediction_N, surety_N, self._num_classes)
        self.outcome_epoch = self._epoch()
        if self._activation in RANGES:
            for number, a_NU in enumerate(hidden_of(self._stage, self._sample_ND), start=1):
                scalars[f"saturation_{number}"] = saturated_share(a_NU, self._activation)
        return scalars
