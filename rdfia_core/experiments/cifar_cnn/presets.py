"""Presets of the CNN lab: the report's baseline, the ladder of regularisations, its studies.

Each study changes one factor of its own baseline; the levels and the report's figures are those of
the printed lab report.
"""

from typing import Any

from rdfia_core.experiments import Preset

_CIFAR: dict[str, Any] = {
    "dataset": "cifar10",
    "num_val": 5_000,
    "normalization": "none",
    "batch_size": 128,
}
_STANDARD = {"normalization": "per_channel"}
_AUGMENTED = {**_STANDARD, "augmentation": "crop,flip"}
_SCHEDULED = {**_AUGMENTED, "schedule": "exponential"}
_DROPPED = {**_SCHEDULED, "dropout": 0.5}
_NORMED = {**_DROPPED, "batch_norm": True}


def _study(name: str, title: str, lesson: str, variants: str, **values: Any) -> Preset:
    return Preset(
        f"study_{name}", f"Study: {title}", lesson, {**_CIFAR, **values, "variants": variants}
    )


def _rung(name: str, title: str, lesson: str, values: dict[str, Any], epochs: int) -> Preset:
    return Preset(name, f"Ladder: {title}", lesson, {**_CIFAR, **values, "epochs": epochs})


PRESETS = (
    Preset(
        "baseline",
        "Lab: baseline on CIFAR-10",
        "Batch 128, learning rate 0.1, nothing else. The training accuracy goes to 100 %, the "
        "validation loss turns up near epoch 9: overfitting.",
        _CIFAR,
    ),
    _rung("standardised", "1, standardised", "The same with pixels standardised.", _STANDARD, 30),
    _rung(
        "augmented",
        "2, and augmented",
        "Crops and flips: the training accuracy no longer runs away from the validation's.",
        _AUGMENTED,
        50,
    ),
    _rung(
        "scheduled",
        "3, and scheduled",
        "The learning rate falls by 5 % an epoch: the curves become smooth.",
        _SCHEDULED,
        50,
    ),
    _rung("dropped", "4, and dropout", "Half of the last layer's inputs silent.", _DROPPED, 60),
    _rung("normed", "5, and batch norm", "All of it together, the lab's best.", _NORMED, 70),
    Preset(
        "lenet5",
        "LeNet-5",
        "The network of 1998, 62,000 weights. It is too small to overfit as the lab's does.",
        {**_CIFAR, "architecture": "lenet5", "learning_rate": 0.03, **_STANDARD},
    ),
    Preset(
        "resnet",
        "Small ResNet",
        "Residual blocks and global average pooling: a fraction of the lab network's weights.",
        {
            **_CIFAR,
            **_AUGMENTED,
            "architecture": "resnet",
            "optimizer": "nesterov",
            "weight_decay": 0.0005,
            "schedule": "cosine",
        },
    ),
    _study(
        "baseline",
        "the baseline's own spread",
        "The report: 73.7 % from one run. How far apart are runs that differ in the seed alone? "
        "Measure that before you believe any other difference.",
        "",
    ),
    _study(
        "learning_rate",
        "learning rate",
        "The report: about 14, 30, 57.5, 71 and 10 % for 0.0001 to 0.5. Too small never arrives, "
        "too large never settles.",
        "learning_rate=0.0001|learning_rate=0.001|learning_rate=0.01|learning_rate=0.5",
    ),
    _study(
        "batch_size",
        "batch size",
        "The report: about 65, 59.5 and 56 % for 32, 64 and 128 at the same learning rate. Small "
        "batches take more steps an epoch.",
        "batch_size=32|batch_size=64",
        learning_rate=0.01,
        epochs=20,
    ),
    _study(
        "standardisation",
        "standardisation",
        "The report: about 74.3 % with it against 69.3 without.",
        "normalization=per_channel",
        learning_rate=0.01,
        batch_size=32,
        epochs=15,
    ),
    _study(
        "normalisation",
        "other normalisations",
        "The report finds L1 and L2 worse: they make the pixels tiny. ZCA whitening takes the "
        "correlations of neighbours out.",
        "normalization=per_channel|normalization=per_image|normalization=l1|normalization=l2"
        "|normalization=zca",
        learning_rate=0.01,
        batch_size=32,
        epochs=15,
    ),
    _study(
        "augmentation",
        "crop and flip",
        "The report: 65.3 against 65 %, and more with longer training.",
        "augmentation=crop,flip",
        learning_rate=0.01,
        batch_size=32,
        epochs=15,
    ),
    _study(
        "other_augmentation",
        "rotation and blur",
        "The report: rotation 68.8, blur 64.5, none 68.2 %. Ask which of them leave the class "
        "as it is, and which take away what tells classes apart.",
        "augmentation=rotation|augmentation=blur|augmentation=noise|augmentation=erasing"
        "|augmentation=color",
        learning_rate=0.01,
        batch_size=32,
        epochs=15,
    ),
    _study(
        "schedule",
        "schedule",
        "The report: 66.8 with a rate falling 5 % an epoch against 64.5 % with a constant one.",
        "schedule=exponential|schedule=step|schedule=cosine|schedule=one_cycle",
        learning_rate=0.01,
        batch_size=32,
        epochs=15,
    ),
    _study(
        "optimizer",
        "optimiser",
        "The rate must suit the rule: what is right for SGD is ten times too long with momentum "
        "0.9, and a hundred times with Adam.",
        "optimizer=momentum;learning_rate=0.01|optimizer=nesterov;learning_rate=0.01"
        "|optimizer=rmsprop;learning_rate=0.001|optimizer=adam;learning_rate=0.001"
        "|optimizer=adamw;learning_rate=0.001",
        epochs=15,
    ),
    _study(
        "dropout",
        "dropout",
        "The report: about 71, 73.5, 74.5 and 74.5 % for p of 0, 0.3, 0.5 and 0.9.",
        "dropout=0.3|dropout=0.5|dropout=0.9",
    ),
    _study(
        "batch_norm",
        "batch norm",
        "The report: 78.5 % with and 70.2 without; its figure has the legend swapped and concludes "
        "the opposite.",
        "batch_norm=true",
    ),
    _study(
        "dropout_standardised",
        "dropout and standardisation",
        "The report: 76.8 against 69.8 %. Two changes at once, so each is also tried alone.",
        "dropout=0.5;normalization=per_channel|dropout=0.5|normalization=per_channel",
    ),
    _study(
        "precision",
        "bfloat16",
        "Half the bits for products: does the network learn as well? The seeds are paired, so look "
        "at the difference and its uncertainty.",
        "precision=bfloat16",
        epochs=10,
    ),
)
