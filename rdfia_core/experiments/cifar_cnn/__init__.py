"""CIFAR-10 CNN: a small convolutional network, and every way to make it generalise better."""

from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, model_validator

from rdfia_core.config import hyperparameter
from rdfia_core.data.images.picture_store import PICTURE_ID
from rdfia_core.errors import ConfigError, DataUnavailableError
from rdfia_core.experiments import Context, Experiment
from rdfia_core.experiments.cifar_cnn.presets import PRESETS
from rdfia_core.experiments.cifar_cnn.variants import canonical_variants, split_variants
from rdfia_core.models.cnn.blocks import canonical, effective_blocks
from rdfia_core.models.cnn.layer_table import LayerTable, layer_table
from rdfia_core.training.compiler import check_compiler
from rdfia_core.training.image_config import ImageConfig
from rdfia_core.training.input_shape import InputShape, input_shape

ARCHITECTURE_LABELS = {
    "lab": "Lab: 3 convolutions, 2 fully connected",
    "lenet5": "LeNet-5",
    "resnet": "Small ResNet",
}


def _canonical_architecture(value: Any) -> str:
    text = str(value).strip().lower()
    return text if text in ARCHITECTURE_LABELS else canonical(text)


def _picture_id(value: Any) -> str:
    text = str(value)
    if text and not PICTURE_ID.fullmatch(text):
        message = "The 'picture' parameter must be empty or the 16 hexadecimal digits of a kept "
        raise ConfigError(f"{message}picture. Got {text[:40]!r}.", "picture")
    return text


class CifarCnnConfig(ImageConfig):
    """Hyperparameters of the CNN lab. The defaults suit shapes10; the presets are the report's."""

    hidden_sections: ClassVar[tuple[str, ...]] = ("Study", "Picture")

    architecture: Annotated[str, BeforeValidator(_canonical_architecture)] = hyperparameter(
        "lab",
        label="Architecture",
        help="A network by name, or a list of blocks like conv 32 k5 p2, relu, pool 2, fc 100; the "
        "last layer is added. Try lenet5, or edit the blocks in the Architecture view.",
        section="Network",
        editor="named",
        choice_labels=ARCHITECTURE_LABELS,
    )
    batch_norm: bool = hyperparameter(
        False,
        label="Batch norm",
        help="Batch normalisation after each convolution. Try it: the report gains eight points.",
        section="Network",
    )
    dropout: float = hyperparameter(
        0.0,
        label="Dropout",
        help="Probability that an input of the last layer is silent during a training step. Try "
        "0.5: the training accuracy falls, the test accuracy rises.",
        section="Network",
        ge=0.0,
        le=0.95,
    )
    variants: Annotated[str, BeforeValidator(canonical_variants)] = hyperparameter(
        "dropout=0.5",
        label="Variants",
        help="What the study changes: field=value, several fields joined by ; and up to five "
        "variants by |. Try learning_rate=0.01|learning_rate=0.001.",
        section="Study",
        editor="line",
    )
    num_seeds: int = hyperparameter(
        3,
        label="Seeds",
        help="How many times the study trains the baseline and each variant, with the same seeds. "
        "Try 5 before you believe a difference of one point.",
        section="Study",
        ge=1,
        le=10,
    )

    picture: Annotated[str, BeforeValidator(_picture_id)] = hyperparameter(
        "",
        label="Picture",
        help="A picture that was uploaded or drawn, by its digest; set by the page. Try an image "
        "of your own there.",
        section="Picture",
        editor="line",
    )

    @model_validator(mode="after")
    def _variants_are_configs(self) -> "CifarCnnConfig":
        """Build every variant once: what is not allowed is refused before anything trains."""
        for changes in split_variants(self.variants):
            variant_of(self, changes)
        return self


def variant_of(config: CifarCnnConfig, changes: dict[str, str]) -> CifarCnnConfig:
    """Return a config with some fields changed and no variants of its own.

    Raises:
        ConfigError: If a value is not allowed.
    """
    values = {name: getattr(config, name) for name in type(config).model_fields}
    return type(config).build({**values, **changes, "variants": ""})


def check_images(config: CifarCnnConfig, context: Context) -> None:
    """Refuse a run whose images are not there or whose network does not fit them.

    Raises:
        DataUnavailableError: If the set cannot be had; the message says what to do.
        ConfigError: If a layer is impossible, or the network cannot be compiled here.
    """
    status = context.images.status(config.dataset)
    if not status.is_available:
        raise DataUnavailableError(status.sentence)
    if config.compile:
        check_compiler()
    layers_of(config, input_shape(config, context.images)).check()


def layers_of(config: CifarCnnConfig, shape: InputShape) -> LayerTable:
    """Return the layers of a config's network, without building it."""
    blocks = effective_blocks(
        config.architecture, batch_norm=config.batch_norm, dropout=config.dropout
    )
    return layer_table(
        blocks,
        num_channels=shape.num_channels,
        image_size=shape.image_size,
        num_classes=shape.num_classes,
    )


EXPERIMENT = Experiment(
    name="cifar_cnn",
    title="CIFAR-10 CNN",
    summary="Train a convolutional network on images, watch its filters and feature maps, and "
    "measure what each regularisation brings.",
    config_class=CifarCnnConfig,
    tasks={
        "train": "rdfia_core.experiments.cifar_cnn.train:train",
        "preview": "rdfia_core.experiments.cifar_cnn.preview:preview",
        "study": "rdfia_core.experiments.cifar_cnn.study:study",
        "predict": "rdfia_core.experiments.cifar_cnn.predict:predict",
        "slide": "rdfia_core.experiments.cifar_cnn.predict:slide",
    },
    presets=PRESETS,
    check="rdfia_core.experiments.cifar_cnn:check_images",
    slot_share=2.0,
    light_tasks=("preview", "predict", "slide"),
    needs_run=("predict", "slide"),
)
