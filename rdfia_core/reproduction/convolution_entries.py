"""Entries of part 2 that train: studies of one factor on CIFAR-10."""

from collections.abc import Mapping
from typing import Any

from rdfia_core.reproduction.entries import Arm, Entry, Expected, Printed, Variant

_CIFAR: dict[str, Any] = {
    "dataset": "cifar10",
    "num_val": 5_000,
    "normalization": "none",
    "batch_size": 128,
}
_SMALL: dict[str, Any] = {
    "num_train": 1_000,
    "num_val": 0,
    "batch_size": 16,
    "learning_rate": 0.05,
    "epochs": 5,
}
_STANDARD: dict[str, Any] = {"normalization": "per_channel", "learning_rate": 0.02}
_ONCE = "rdfia_core.reproduction.probes.short_runs:train_cnn"
_SLOW: dict[str, Any] = {"learning_rate": 0.01, "batch_size": 32, "epochs": 15}
FULL_SAYS = "45,000 training images, as printed"


def _read_off(value: float) -> Printed:
    return Printed(value, is_read_off=True)


def _study(
    name: str,
    title: str,
    says: str,
    arms: tuple[Arm, ...],
    base: Mapping[str, Any],
    *,
    small: Mapping[str, Any] | None = None,
    seeds: int = 3,
    **more: Any,
) -> Entry:
    """Declare a study of one factor: a small subset for the quick variant."""
    changes = {**_SMALL, **(small or {})}
    return Entry(
        name,
        2,
        title,
        says,
        "cifar_cnn",
        arms,
        Variant(seeds, f"{_told(changes, arms)}, {seeds} seeds", changes),
        Variant(3, f"{FULL_SAYS}, 3 seeds", is_as_printed=True),
        base={**_CIFAR, **base},
        **{"task": _ONCE, **more},
    )


def _told(changes: Mapping[str, Any], arms: tuple[Arm, ...]) -> str:
    """Say a subset in words; what the arms set themselves is left to them."""
    words = {
        "num_train": f"{changes['num_train']:,} training images",
        "epochs": f"{changes['epochs']} {'epoch' if changes['epochs'] == 1 else 'epochs'}",
        "batch_size": f"batch {changes['batch_size']}",
        "learning_rate": f"learning rate {changes['learning_rate']:g}",
    }
    varied = {name for arm in arms for name in arm.changes}
    told = [text for name, text in words.items() if name not in varied]
    if "normalization" in changes:
        told.append("standardised inputs")
    return ", ".join(told)


FIRST_EPOCH = _study(
    "first_epoch",
    "Train and test loss in epoch 1",
    "In the first epoch the training loss lies above the test loss; the report blames the size of "
    "the test set.",
    (Arm("lab", "After epoch 1", {}),),
    {"epochs": 1},
    small={
        **_STANDARD,
        "num_train": 8_000,
        "epochs": 1,
        "batch_size": 32,
        "learning_rate": 0.025,  # as much for each image of a batch as the printed 0.1 for 128
    },
    seeds=4,
    metric="first_train_loss",
    also=("first_train_now_loss", "first_test_loss"),
    claims=(12,),
)

BASELINE = _study(
    "baseline",
    "The baseline overfits",
    "Training accuracy 100 % by epoch 22, test about 73.7 %; the test loss is lowest at epoch 9 "
    "and 2.06 at the end.",
    (Arm("lab", "Baseline", {}, _read_off(73.7)),),
    {"epochs": 30},
    small={"epochs": 12},
    expects=(Expected("lab", "lab", "test_loss", over="lowest_test_loss"),),
    task="train",
    also=("train_now_accuracy", "best_epoch", "lowest_test_loss", "test_loss"),
)

RATE = _study(
    "learning_rate",
    "Learning rate",
    "30 epochs at batch 128: too small never arrives, too large never settles.",
    (
        Arm("0.0001", "0.0001", {"learning_rate": 0.0001}, _read_off(14), is_quick=False),
        Arm("0.001", "0.001", {"learning_rate": 0.001}, Printed(30)),
        Arm("0.01", "0.01", {"learning_rate": 0.01}, Printed(57.5)),
        Arm("0.1", "0.1", {"learning_rate": 0.1}, Printed(71)),
        Arm("0.5", "0.5", {"learning_rate": 0.5}, Printed(10)),
    ),
    {"epochs": 30},
    small={**_STANDARD, "batch_size": 64, "epochs": 8},
    expects=(Expected("0.1", "0.01"), Expected("0.01", "0.001"), Expected("0.1", "0.5")),
)

BATCH = _study(
    "batch_size",
    "Batch size",
    "20 epochs at learning rate 0.01: smaller batches get further in the same epochs.",
    (
        Arm("32", "32", {"batch_size": 32}, _read_off(65)),
        Arm("64", "64", {"batch_size": 64}, Printed(59.5), is_quick=False),
        Arm("128", "128", {"batch_size": 128}, Printed(56)),
    ),
    {"learning_rate": 0.01, "epochs": 20},
    small=_STANDARD,
    expects=(Expected("32", "128"),),
)

STANDARDISATION = _study(
    "standardisation",
    "Standardisation",
    "Batch 32, learning rate 0.01, 15 epochs: about 74.3 % with it, 69.3 without.",
    (
        Arm("none", "Without", {}, Printed(69.3)),
        Arm("standard", "Per channel", {"normalization": "per_channel"}, _read_off(74.3)),
    ),
    _SLOW,
    expects=(Expected("standard", "none"),),
)

NORMS = _study(
    "norms",
    "L1 and L2 normalisation",
    "L1 and L2 normalisation hurt. The report divided along one axis of the image.",
    (
        Arm("none", "Without", {}),
        Arm("l1_axis", "L1 along one axis (as the report did)", option="l1_axis"),
        Arm("l2_axis", "L2 along one axis (as the report did)", option="l2_axis"),
        Arm("l1", "L1 of the whole image", {"normalization": "l1"}, is_quick=False),
        Arm("l2", "L2 of the whole image", {"normalization": "l2"}),
        Arm("l1_rescaled", "L1, rescaled", option="l1_rescaled", is_quick=False),
        Arm("l2_rescaled", "L2, rescaled", option="l2_rescaled"),
        Arm("zca", "ZCA whitening", {"normalization": "zca"}, is_quick=False),
    ),
    _SLOW,
    claims=(7,),
)

CROP = _study(
    "crop_and_flip",
    "Random crop and flip",
    "65.3 % against 65, more with longer training.",
    (
        Arm("none", "Without", {}, Printed(65)),
        Arm("crop", "Crop 28 and flip", {"augmentation": "crop,flip"}, Printed(65.3)),
    ),
    _SLOW,
    small={**_STANDARD, "epochs": 8},
    expects=(Expected("crop", "none"),),
)

BLUR = _study(
    "rotation_and_blur",
    "Rotation and blur",
    "Rotation by up to 10° 68.8 %, Gaussian blur 64.5, neither 68.2; the report says that blur "
    "helps.",
    (
        Arm("none", "Neither", {}, Printed(68.2)),
        Arm("rotation", "Rotation", {"augmentation": "rotation"}, Printed(68.8), is_quick=False),
        Arm("blur", "Blur", {"augmentation": "blur"}, Printed(64.5)),
    ),
    _SLOW,
    small=_STANDARD,
    claims=(6,),
)

SCHEDULE = _study(
    "schedule",
    "Learning-rate schedule",
    "A rate that falls by 5 % an epoch: 66.8 % against 64.5.",
    (
        Arm("constant", "Constant", {}, Printed(64.5)),
        Arm("exponential", "Falling by 5 % an epoch", {"schedule": "exponential"}, Printed(66.8)),
    ),
    _SLOW,
    small=_STANDARD,
    expects=(Expected("exponential", "constant"),),
)

OPTIMISER = _study(
    "optimiser",
    "Optimiser",
    "The report prints no figure; each rule gets a rate that suits it.",
    (
        Arm("sgd", "SGD, 0.1", {}),
        Arm("momentum", "Momentum, 0.01", {"optimizer": "momentum", "learning_rate": 0.01}),
        Arm("adam", "Adam, 0.001", {"optimizer": "adam", "learning_rate": 0.001}),
    ),
    {"epochs": 15},
    small=_STANDARD,
)

DROPOUT = _study(
    "dropout",
    "Dropout",
    "30 epochs, dropout before the last layer: about 71, 73.5, 74.5 and 74.5 %.",
    (
        Arm("0", "0", {}, _read_off(71)),
        Arm("0.3", "0.3", {"dropout": 0.3}, Printed(73.5), is_quick=False),
        Arm("0.5", "0.5", {"dropout": 0.5}, Printed(74.5)),
        Arm("0.9", "0.9", {"dropout": 0.9}, Printed(74.5), is_quick=False),
    ),
    {"epochs": 30},
    small={**_STANDARD, "epochs": 8},
    expects=(Expected("0.5", "0"),),
)

BATCH_NORM = _study(
    "batch_norm",
    "Batch norm",
    "78.5 % with batch norm after each convolution, 70.2 without; the figure's legend is swapped, "
    "and the report concludes that it hurts.",
    (
        Arm("without", "Without", {}, Printed(70.2)),
        Arm("with", "With batch norm", {"batch_norm": True}, Printed(78.5)),
    ),
    {"epochs": 30},
    seeds=5,
    claims=(1,),
)

DROPOUT_STANDARD = _study(
    "dropout_and_standardisation",
    "Dropout and standardisation",
    "30 epochs with dropout 0.5 and standardised inputs: 76.8 % against 69.8.",
    (
        Arm("none", "Neither", {}, Printed(69.8)),
        Arm("both", "Both", {"dropout": 0.5, "normalization": "per_channel"}, Printed(76.8)),
    ),
    {"epochs": 30},
    expects=(Expected("both", "none"),),
)

LADDER = _study(
    "ladder",
    "The ladder",
    "One regularisation on top of the other, at learning rate 0.1 and batch 128; the figures are "
    "those of other groups, after 50 to 70 epochs.",
    (
        Arm("baseline", "Baseline", {}, Printed(69, 74)),
        Arm("normed", "All of it", {
            "normalization": "per_channel", "augmentation": "crop,flip",
            "schedule": "exponential", "dropout": 0.5, "batch_norm": True,
        }, Printed(84, 85)),
    ),
    {"epochs": 70},
    small={"epochs": 8},
    expects=(Expected("normed", "baseline"),),
)  # fmt: skip

ENTRIES = (
    FIRST_EPOCH, BATCH_NORM, NORMS, BLUR, BASELINE, RATE, BATCH,
    STANDARDISATION, CROP, SCHEDULE, OPTIMISER, DROPOUT, DROPOUT_STANDARD, LADDER,
)  # fmt: skip
