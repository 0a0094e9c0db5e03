"""Which images a lab trains on, and which one it shows. Free of torch."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator

from rdfia_core.config import ExperimentConfig, hyperparameter
from rdfia_core.data.images.picture_store import PICTURE_ID
from rdfia_core.data.images.sources import SOURCES
from rdfia_core.errors import ConfigError

_OWN_SET = re.compile(r"own:[0-9a-f]{6,64}")


def _known_set(value: Any) -> str:
    text = str(value).strip().lower()
    if text not in SOURCES and not _OWN_SET.fullmatch(text):
        raise ConfigError(
            f"The 'dataset' parameter must be one of {', '.join(SOURCES)}, or own:… for images of "
            f"your own (python -m rdfia_core data import). Got {str(value)[:60]!r}.",
            "dataset",
        )
    return text


def _picture_id(value: Any) -> str:
    text = str(value)
    if text and not PICTURE_ID.fullmatch(text):
        message = "The 'picture' parameter must be empty or the 16 hexadecimal digits of a kept "
        raise ConfigError(f"{message}picture. Got {text[:40]!r}.", "picture")
    return text


Picture = Annotated[str, BeforeValidator(_picture_id)]


def picture_field() -> Any:
    """Declare the picture that a network is asked about."""
    return hyperparameter(
        "",
        label="Picture",
        help="A picture that was uploaded or drawn, by its digest; set by the page. Try an image "
        "of your own there.",
        section="Picture",
        editor="line",
    )


def shown_image_field(about: str) -> Any:
    """Declare the image shown while a run lives; `about` says what is drawn of it."""
    return hyperparameter(
        0,
        label="Image shown",
        help=f"Row of the test image {about}; may change while the run lives. "
        "Try one that the network gets wrong.",
        section="Run",
        ge=0,
        le=1_000_000,
        live=True,
    )


class ImageSetConfig(ExperimentConfig):
    """The images: what all labs on them have in common."""

    dataset: Annotated[str, BeforeValidator(_known_set)] = hyperparameter(
        "shapes10",
        label="Data set",
        help="The images; shapes10 is drawn by the playground and needs no download. Try cifar10, "
        "the lab's, where this server has it.",
        section="Data",
        editor="images",
    )
    num_train: int = hyperparameter(
        0,
        label="Training images",
        help="How many images are trained on, 0 for all that validation leaves. Try 1000: the "
        "fewer there are, the sooner the network knows them by heart.",
        section="Data",
        ge=0,
        le=1_000_000,
        suggestions=(0, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 45_000),
        choice_labels={"0": "all"},
    )
    num_val: int = hyperparameter(
        500,
        label="Validation images",
        help="Training images held out to compare settings and to stop early. Try 5000 with "
        "CIFAR-10: the accuracy is then known to half a point.",
        section="Data",
        ge=0,
        le=1_000_000,
        suggestions=(0, 100, 500, 1_000, 2_000, 5_000, 10_000),
    )
