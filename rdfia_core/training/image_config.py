"""Hyperparameters that all image labs share. Free of torch: the interface process reads them."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, model_validator

from rdfia_core.config import hyperparameter
from rdfia_core.errors import ConfigError
from rdfia_core.training.image_set_config import ImageSetConfig, shown_image_field

AUGMENTATION_LABELS = {
    "crop": "Random crop",
    "flip": "Flip",
    "rotation": "Rotation ±10°",
    "color": "Colour jitter",
    "blur": "Gaussian blur",
    "noise": "Noise",
    "erasing": "Random erasing",
    "mixup": "Mixup",
    "cutmix": "CutMix",
}
MAX_BATCH_SIZE = 4096
MAX_LEARNING_RATE = 10.0
_OWN_MOMENTUM = ("momentum", "nesterov")


def _canonical_augmentation(value: Any) -> str:
    """Accept a comma list of names in any order, none or nothing; return it in their order."""
    text = str(value).strip().lower()
    names = [] if text in ("", "none") else [part.strip() for part in text.split(",")]
    if unknown := [name for name in names if name not in AUGMENTATION_LABELS]:
        raise ConfigError(
            "The 'augmentation' parameter must be none, or a comma list of "
            f"{', '.join(AUGMENTATION_LABELS)}. Got {unknown[0][:60]!r}.",
            "augmentation",
        )
    return ",".join(name for name in AUGMENTATION_LABELS if name in names) or "none"


class ImageConfig(ImageSetConfig):
    """Data, input, training: what the labs on convolutional and attention networks share."""

    first_sections: ClassVar[tuple[str, ...]] = ("Data", "Network", "Input", "Training")

    normalization: Literal["none", "per_channel", "per_image", "l1", "l2", "zca"] = hyperparameter(
        "per_channel",
        label="Normalisation",
        help="How pixels are scaled before the network sees them; statistics come from the "
        "training part alone. Try none: the first epochs bring less.",
        section="Input",
        choice_labels={
            "none": "None (0 to 1)",
            "per_channel": "Per channel",
            "per_image": "Per image",
            "l1": "L1 per image",
            "l2": "L2 per image",
            "zca": "ZCA whitening",
        },
    )
    augmentation: Annotated[str, BeforeValidator(_canonical_augmentation)] = hyperparameter(
        "none",
        label="Augmentation",
        help="Changes drawn anew each time an image is seen, that leave its class as it is. Try "
        "crop and flip, the lab's recipe: training takes longer and generalises better.",
        section="Input",
        editor="list",
        choice_labels=AUGMENTATION_LABELS,
    )
    epochs: int = hyperparameter(
        30,
        label="Epochs",
        help="How many times the whole training part is seen. Try more when the validation loss "
        "still falls at the end.",
        section="Training",
        ge=1,
        le=2_000,
        suggestions=(1, 2, 5, 10, 15, 20, 30, 50, 70, 100),
    )
    batch_size: int = hyperparameter(
        32,
        label="Batch size",
        help="Images a step. Try 128 with the same learning rate: a quarter of the steps an "
        "epoch, each less noisy.",
        section="Training",
        ge=1,
        le=MAX_BATCH_SIZE,
        suggestions=(8, 16, 32, 64, 128, 256, 512, 1024),
    )
    optimizer: Literal["sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw"] = hyperparameter(
        "sgd",
        label="Optimiser",
        help="The rule that turns gradients into steps. Try adam with a learning rate of 0.001.",
        section="Training",
        choice_labels={
            "sgd": "SGD",
            "momentum": "Momentum",
            "nesterov": "Nesterov",
            "rmsprop": "RMSprop",
            "adam": "Adam",
            "adamw": "AdamW",
        },
    )
    momentum: float = hyperparameter(
        0.9,
        label="Momentum",
        help="How much of the previous step is kept. Try 0.9 with a tenth of the learning rate: "
        "steps add up to ten times their length.",
        section="Training",
        ge=0.0,
        le=0.999,
        shown_when={"optimizer": _OWN_MOMENTUM},
    )
    learning_rate: float = hyperparameter(
        0.1,
        label="Learning rate",
        help="Length of a step relative to the gradient, before the schedule; may change while the "
        "run lives. Try 0.5: the loss stops falling, or stops being a number.",
        section="Training",
        gt=0.0,
        le=MAX_LEARNING_RATE,
        live=True,
        suggestions=(0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 0.5, 1.0),
    )
    weight_decay: float = hyperparameter(
        0.0,
        label="Weight decay",
        help="Strength of the pull of the weights (not the biases) towards zero. Try 0.0005, "
        "usual for networks of this size.",
        section="Training",
        ge=0.0,
        le=1.0,
        suggestions=(0.0, 0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1),
    )
    schedule: Literal["constant", "exponential", "step", "cosine", "one_cycle"] = hyperparameter(
        "constant",
        label="Schedule",
        help="How the learning rate changes over the run; exponential is the lab's, 0.95 an epoch. "
        "Try cosine: the last epochs settle what the first ones found.",
        section="Training",
        choice_labels={
            "constant": "Constant",
            "exponential": "Exponential",
            "step": "Step",
            "cosine": "Cosine",
            "one_cycle": "One cycle",
        },
    )
    warmup_epochs: float = hyperparameter(
        0.0,
        label="Warm-up",
        help="Epochs in which the learning rate rises from a hundredth, before the schedule. Try 1 "
        "with a learning rate that diverges otherwise.",
        section="Training",
        unit="epochs",
        ge=0.0,
        le=100.0,
        suggestions=(0.0, 0.5, 1.0, 2.0, 5.0),
    )
    label_smoothing: float = hyperparameter(
        0.0,
        label="Label smoothing",
        help="Share of the target spread evenly over all classes. Try 0.1: the network becomes "
        "less sure of itself, also where it is wrong.",
        section="Training",
        ge=0.0,
        le=0.9,
    )
    patience: int = hyperparameter(
        0,
        label="Early stopping",
        help="Stop when the validation loss has not fallen for so many epochs, and keep the best "
        "weights; 0 never stops early. Try 5.",
        section="Training",
        unit="epochs",
        ge=0,
        le=1_000,
        suggestions=(0, 2, 3, 5, 10, 20),
        choice_labels={"0": "never"},
    )
    precision: Literal["float32", "bfloat16"] = hyperparameter(
        "float32",
        label="Precision",
        help="Number format of convolutions and matrix products; weights stay float32. Try "
        "bfloat16 on a device that computes it natively: up to 1.6 times faster.",
        section="Run",
    )
    compile: bool = hyperparameter(
        False,
        label="Compile",
        help="Let torch.compile write code for this network, on a GPU with CUDA graphs. Try it for "
        "long runs on a GPU: the first step takes a minute.",
        section="Run",
    )
    shown_image: int = shown_image_field("whose feature maps are drawn")

    @model_validator(mode="after")
    def _patience_needs_validation(self) -> "ImageConfig":
        if self.patience and not self.num_val:
            raise ConfigError(
                f"The 'patience' parameter must be 0 without validation images, since stopping by "
                f"the test images would train on them. Got {self.patience}: hold out some "
                "images with num_val.",
                "patience",
            )
        return self

    @property
    def augmentation_names(self) -> tuple[str, ...]:
        """Names of the augmentations."""
        return () if self.augmentation == "none" else tuple(self.augmentation.split(","))
