"""Hyperparameters of the probe: which of timm's networks is asked, and what is done about it."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator

from rdfia_core.config import hyperparameter
from rdfia_core.errors import ConfigError
from rdfia_core.models.vit.catalogue import CATALOGUE
from rdfia_core.training.small_data_config import SmallDataConfig


def _known_name(value: Any) -> str:
    text = str(value).strip()
    if text not in CATALOGUE:
        raise ConfigError(
            f"The 'timm_name' parameter must be one of {', '.join(CATALOGUE)}. Got {text[:60]!r}.",
            "timm_name",
        )
    return text


class ProbeConfig(SmallDataConfig):
    """What is asked of timm's networks; only the task "probe" reads it."""

    hidden_sections: ClassVar[tuple[str, ...]] = (*SmallDataConfig.hidden_sections, "timm")

    timm_name: Annotated[str, BeforeValidator(_known_name)] = hyperparameter(
        "vit_tiny_patch16_224",
        label="timm network",
        help="The network that is shown the image, by timm's name. Try a CNN after a transformer: "
        "what does each refuse?",
        section="timm",
        editor="named",
        choice_labels={name: f"{known.title} ({name})" for name, known in CATALOGUE.items()},
    )
    probe_channels: Literal["as_is", "repeat", "in_chans"] = hyperparameter(
        "as_is",
        label="Channels",
        help="A grey image has one channel, the network wants three: repeat the channel, or build "
        "the network for one (in_chans). Try as is first, and read the error.",
        section="timm",
        choice_labels={"as_is": "As is", "repeat": "Repeat grey", "in_chans": "in_chans"},
    )
    probe_size: Literal["as_is", "resize", "img_size"] = hyperparameter(
        "as_is",
        label="Size",
        help="Enlarge the image to what the network is made for, or build the network for the "
        "image (img_size). Try img_size with patches of 16, and look how many patches are seen.",
        section="timm",
        choice_labels={"as_is": "As is", "resize": "Resize image", "img_size": "img_size"},
    )
    probe_patch: int = hyperparameter(
        0,
        label="Patch size",
        help="Pixels a side of a patch that the network is built with; 0 leaves its own. Try 7 "
        "with img_size on images of 28: all 16 patches are seen.",
        section="timm",
        unit="pixels",
        ge=0,
        le=224,
        suggestions=(0, 2, 4, 7, 8, 14, 16),
        choice_labels={"0": "own"},
        shown_when={"timm_name": ("vit_*", "deit*")},
    )
    probe_weights: Literal["random", "pretrained"] = hyperparameter(
        "random",
        label="Weights",
        help="Drawn at random, or trained elsewhere if this server can fetch them (20 to 350 MB). "
        "Try pretrained with a resized image: does it see what is in it?",
        section="timm",
        choice_labels={"random": "Random", "pretrained": "Pretrained"},
    )
