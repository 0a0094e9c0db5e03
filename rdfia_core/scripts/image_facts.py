"""What a config of an image lab decides in its script."""

from collections.abc import Mapping
from typing import Any

from rdfia_core.data.images.library import OWN_PREFIX, ImageLibrary
from rdfia_core.data.images.sources import SOURCES
from rdfia_core.scripts.recipe import Code, Ran
from rdfia_core.training.image_config import ImageConfig
from rdfia_core.training.image_set_config import ImageSetConfig
from rdfia_core.training.input_shape import cropped_size

_TORCHVISION = {"mnist": "MNIST", "fashion_mnist": "FashionMNIST", "cifar10": "CIFAR10"}
_FITTED = ("per_channel", "zca")


def image_constants(config: ImageSetConfig, images: ImageLibrary, ran: Ran) -> dict[str, Any]:
    """Return the constants that the program of the images declares.

    Raises:
        DataUnavailableError: If there are no such imported images.
    """
    is_own = config.dataset.startswith(OWN_PREFIX)
    described = images.open(config.dataset) if is_own else SOURCES[config.dataset]
    fetched = _TORCHVISION.get(config.dataset, "MNIST")
    return {
        "DATASET": config.dataset,
        "NUM_CLASSES": described.num_classes,
        "NUM_TRAIN": config.num_train,
        "NUM_VAL": config.num_val,
        "SEED": config.seed,
        "DEVICE": ran.device,
        "NUM_THREADS": ran.num_threads,
        "NEEDS_FOLDER": is_own or bool(SOURCES[config.dataset].files),
        "IS_OWN": is_own,
        "FOLDER": config.dataset.replace(":", "-") if is_own else "",
        "FETCHED": Code(f"torchvision.datasets.{fetched}"),
    }


def image_needs(config: ImageSetConfig) -> tuple[str, ...]:
    """Say where the images must lie, if they come with no package."""
    if config.dataset.startswith(OWN_PREFIX):
        folder = config.dataset.replace(":", "-")
        return (
            "It reads the imported images from the folder $RDFIA_DATA_DIR/" + folder + ": copy\n"
            "the folder of that name from datasets/ in the playground's home.",
        )
    if SOURCES[config.dataset].files:
        return (
            f"It reads $RDFIA_DATA_DIR/{config.dataset}.npz if there is one, and else has\n"
            "torchvision fetch the images into the folder data.",
        )
    return ()


def device_known(ran: Ran) -> dict[str, Mapping[str, Any]]:
    """Return what the device decides."""
    return {"resident_part": {'device == "cpu"': ran.device == "cpu"}}


def training_constants(config: ImageConfig, image_size: int, decay: float = 1.0) -> dict[str, Any]:
    """Return the constants that the program of the training declares.

    Args:
        config: Of the run.
        image_size: Pixels a side of the images.
        decay: Factor of the learning rate from a layer to the one below.
    """
    names = config.augmentation_names
    fields = (
        "normalization", "epochs", "batch_size", "optimizer", "momentum", "learning_rate",
        "weight_decay", "schedule", "warmup_epochs", "label_smoothing", "patience", "precision",
        "compile",
    )  # fmt: skip
    is_scheduled = config.schedule != "constant" or config.warmup_epochs > 0
    mixing = "+".join(name for name in names if name in ("mixup", "cutmix"))
    return {
        **{name.upper(): getattr(config, name) for name in fields},
        "INPUT_SIZE": cropped_size(image_size) if "crop" in names else image_size,
        **{f"DOES_{name.upper()}": name in names for name in _CHANGES},
        "MIXING": mixing,
        "IS_FITTED": config.normalization in _FITTED,
        "IS_SCHEDULED": is_scheduled,
        "LAYER_DECAY": decay,
        "SETS_RATE": is_scheduled or decay != 1.0,
    }


_CHANGES = ("crop", "flip", "rotation", "color", "blur", "noise", "erasing")


def training_known(config: ImageConfig) -> dict[str, Mapping[str, Any]]:
    """Return what the config decides in our definitions for training on images."""
    names = config.augmentation_names
    frames = {"do_crop": "crop" in names, "do_flip": "flip" in names}
    schedule = {"schedule": config.schedule}
    return {
        "crop_and_flip": frames,
        "draw_frames": frames,
        **normalizer_known(config.normalization),
        "build_optimizer": {"name": config.optimizer},
        "learning_rate_at": schedule,
        "_factor": schedule,
    }


def normalizer_known(kind: str) -> dict[str, Mapping[str, Any]]:
    """Return what the kind of normalisation decides."""
    return {"Normalizer": {"kind": kind, "self.kind": kind}}
