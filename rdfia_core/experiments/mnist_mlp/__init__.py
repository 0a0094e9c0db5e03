"""MNIST MLP: the circle lab's network and four stages, on images as long rows of pixels."""

from typing import ClassVar, Literal

from rdfia_core.config import hyperparameter, with_default
from rdfia_core.experiments import Experiment
from rdfia_core.experiments.mnist_mlp.presets import PRESETS
from rdfia_core.training.image_set_config import (
    ImageSetConfig,
    Picture,
    picture_field,
    shown_image_field,
)
from rdfia_core.training.stage_config import StageConfig, hidden_layers_field

MOST_UNITS = 1_024


class MnistMlpConfig(StageConfig, ImageSetConfig):
    """Hyperparameters of the MNIST MLP lab. The defaults train on the embedded digits."""

    first_sections: ClassVar[tuple[str, ...]] = ("Data", "Input", "Network", "Training")
    hidden_sections: ClassVar[tuple[str, ...]] = ("Picture",)

    dataset: str = with_default(
        ImageSetConfig,
        "dataset",
        "digits",
        "The images; digits are 1,797 of 8 × 8 pixels and need no download. Try mnist, the lab's, "
        "where this server has it.",
    )
    num_val: int = with_default(
        ImageSetConfig,
        "num_val",
        200,
        "Training images held out to compare settings by. Try 5000 with MNIST; every training "
        "image beyond the first 5,000 chosen at random is trained on, but not measured again.",
    )
    hidden_layers: str = hidden_layers_field(
        "100",
        most_units=MOST_UNITS,
        advice="Try 10, then 300: can you still tell from their pictures what the units look for?",
    )
    dropout: float = with_default(
        StageConfig,
        "dropout",
        0.0,
        "Probability that a hidden unit is silent during a training step. Try 0.3 on few images.",
    )
    reduction: Literal["sum", "mean"] = with_default(
        StageConfig,
        "reduction",
        "mean",
        "Whether a batch's losses are added or averaged; the sum makes steps batch-size times "
        "longer. Try sum: a hundredth of the learning rate undoes it.",
    )
    learning_rate: float = with_default(StageConfig, "learning_rate", 0.1)
    batch_size: int = with_default(
        StageConfig,
        "batch_size",
        100,
        "Training images per step: 1 is online, 0 is the full batch; may change while the run "
        "lives. Try 10: ten times as many steps an epoch, each less certain.",
    )
    weight_decay: float = with_default(
        StageConfig,
        "weight_decay",
        0.0,
        "Strength of the pull of the weights (not the biases) towards zero. Try 0.01: the noise in "
        "the units' pictures fades.",
    )
    epochs: int = with_default(StageConfig, "epochs", 100)
    pixel_scaling: Literal["raw", "unit", "standard"] = hyperparameter(
        "unit",
        label="Pixel scaling",
        help="What the network gets for a pixel of 0 to 255; statistics come from the training "
        "part alone. Try raw: the units are saturated before the first step.",
        section="Input",
        choice_labels={"raw": "Raw, 0 to 255", "unit": "0 to 1", "standard": "Standardised"},
    )
    shown_image: int = shown_image_field("that is drawn with the network's answer")
    picture: Picture = picture_field()


EXPERIMENT = Experiment(
    name="mnist_mlp",
    title="MNIST MLP",
    summary="Give the circle lab's network images instead of points, watch its units become "
    "pictures, and see how the scale of the pixels alone decides whether it learns.",
    config_class=MnistMlpConfig,
    tasks={
        "train": "rdfia_core.experiments.mnist_mlp.train:train",
        "compare_stages": "rdfia_core.experiments.mnist_mlp.compare:compare_stages",
        "scaling": "rdfia_core.experiments.mnist_mlp.scaling:scaling",
        "predict": "rdfia_core.experiments.mnist_mlp.predict:predict",
        "export_onnx": "rdfia_core.experiments.mnist_mlp.network_file:export_onnx",
    },
    presets=PRESETS,
    check="rdfia_core.experiments.mnist_mlp.checks:check_run",
    light_tasks=("scaling", "predict", "export_onnx"),
    needs_run=("predict", "export_onnx"),
    script="rdfia_core.experiments.mnist_mlp.script:script",
)
