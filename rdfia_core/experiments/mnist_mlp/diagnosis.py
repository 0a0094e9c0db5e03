"""What is going wrong in a training on rows of pixels; see `training.diagnosis`."""

from rdfia_core.events import Suggestion
from rdfia_core.experiments.mnist_mlp import MnistMlpConfig
from rdfia_core.training.diagnosis import Diagnosis

SCALED = Suggestion("Pixels from 0 to 1", {"pixel_scaling": "unit"})


class PixelDiagnosis(Diagnosis):
    """Watches one run; knows that raw pixels are the first thing to suspect.

    Args:
        config: Of the run.
        num_classes: K.
        majority_share: Share of the most frequent class among the training images.
    """

    patience_epochs = 5

    def __init__(self, config: MnistMlpConfig, num_classes: int, majority_share: float) -> None:
        super().__init__(
            learning_rate=config.learning_rate,
            init=config.init,
            num_classes=num_classes,
            majority_share=majority_share,
            activation=config.activation if config.layer_sizes else "none",
            weight_decay=config.weight_decay,
            num_points=0,
            max_points=0,
        )
        self._is_raw = config.pixel_scaling == "raw"

    def _why_not_learning(self, first_loss: float, loss: float) -> tuple[str, Suggestion | None]:
        reason, suggestion = super()._why_not_learning(first_loss, loss)
        if self._is_raw and self._init not in ("zeros", "constant"):
            suggestion = SCALED
        return reason, suggestion

    def _against_large_weights(self, step: int) -> Suggestion | None:
        """Large inputs do what large weights do, and are the easier to make small."""
        return SCALED if self._is_raw else super()._against_large_weights(step)
