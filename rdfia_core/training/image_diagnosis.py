"""What is going wrong in a training on images; see `diagnosis` for how it is told."""

from rdfia_core.events import Suggestion
from rdfia_core.training.diagnosis import Diagnosis

PATIENCE_EPOCHS = 3  # an epoch of images is hundreds of steps, one of the plane a few dozen


class ImageDiagnosis(Diagnosis):
    """Watches one run on images.

    Args:
        learning_rate: As configured.
        num_classes: K.
        majority_share: Share of the most frequent class among the training images.
        max_learning_rate: Largest value the field allows.
        remedies: What is suggested against overfitting, the first that is not in use yet.
    """

    patience_epochs = PATIENCE_EPOCHS

    def __init__(
        self,
        *,
        learning_rate: float,
        num_classes: int,
        majority_share: float,
        max_learning_rate: float,
        remedies: tuple[Suggestion, ...],
    ) -> None:
        super().__init__(
            learning_rate=learning_rate,
            init="pytorch",
            num_classes=num_classes,
            majority_share=majority_share,
            activation="relu",
            weight_decay=0.0,
            num_points=0,
            max_learning_rate=max_learning_rate,
        )
        self._remedies = remedies

    def _against_overfitting(self) -> Suggestion | None:
        return self._remedies[0] if self._remedies else None
