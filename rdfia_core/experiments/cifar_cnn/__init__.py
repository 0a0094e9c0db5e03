"""CIFAR-10 CNN: a small convolutional network, and every way to make it generalise better."""

from typing import Annotated, Any

from pydantic import BeforeValidator

from rdfia_core.config import hyperparameter
from rdfia_core.experiments import Context, Experiment
from rdfia_core.experiments.cifar_cnn.presets import PRESETS
from rdfia_core.models.cnn.blocks import canonical, effective_blocks
from rdfia_core.models.cnn.layer_table import LayerTable, layer_table
from rdfia_core.training.image_checks import check_image_run
from rdfia_core.training.input_shape import InputShape, input_shape
from rdfia_core.training.study_config import StudiedImageConfig, Variants, variants_field

ARCHITECTURE_LABELS = {
    "lab": "Lab: 3 convolutions, 2 fully connected",
    "lenet5": "LeNet-5",
    "resnet": "Small ResNet",
}


def _canonical_architecture(value: Any) -> str:
    text = str(value).strip().lower()
    return text if text in ARCHITECTURE_LABELS else canonical(text)


class CifarCnnConfig(StudiedImageConfig):
    """Hyperparameters of the CNN lab. The defaults suit shapes10; the presets are the report's."""

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
    variants: Variants = variants_field("dropout=0.5")


def check_images(config: CifarCnnConfig, context: Context) -> None:
    """Refuse a run whose images are not there or whose network does not fit them.

    Raises:
        DataUnavailableError: If the set cannot be had; the message says what to do.
        ConfigError: If a layer is impossible, or the network cannot be compiled here.
    """
    check_image_run(config, context.images)
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
        "export_onnx": "rdfia_core.experiments.cifar_cnn.network_file:export_onnx",
    },
    presets=PRESETS,
    check="rdfia_core.experiments.cifar_cnn:check_images",
    slot_share=2.0,
    light_tasks=("preview", "predict", "slide", "export_onnx"),
    needs_run=("predict", "slide", "export_onnx"),
    script="rdfia_core.experiments.cifar_cnn.script:script",
)
