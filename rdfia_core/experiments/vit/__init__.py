"""Vision Transformer: from patches and one head of attention to fine-tuning what was learned.

Long because each of its many fields is declared here, once.
"""

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, model_validator

from rdfia_core.config import hyperparameter, with_default
from rdfia_core.errors import ConfigError
from rdfia_core.experiments import Experiment
from rdfia_core.experiments.vit.presets import PRESETS
from rdfia_core.experiments.vit.probe_config import ProbeConfig
from rdfia_core.models.vit.catalogue import CATALOGUE
from rdfia_core.models.vit.spec import VitSpec
from rdfia_core.training.input_shape import InputShape
from rdfia_core.training.study_config import Variants, variants_field

OWN = "own"
SCRATCH = "scratch"
TIMM = "timm:"
RUN = "run:"
NETWORK_FIELDS = (
    "backbone", "patch_size", "embed_dim", "depth", "num_heads", "mlp_ratio", "pool",
    "pos_embedding",
)  # fmt: skip
"""What makes up the network; a run that starts from another has all of them from there."""
_FROM_SCRATCH = {"init_from": (SCRATCH,), "backbone": (OWN,)}
_CARRIED_OVER = {"init_from": (f"{TIMM}*", f"{RUN}*")}
_CHANNELS = {"grey": 1, "colour": 3}
_RUN_ID = re.compile(r"run:[A-Za-z0-9_-]{4,64}")
_FREEZE = re.compile(r"none|backbone|first:([1-9]\d?)")


def _canonical_source(value: Any) -> str:
    text = str(value).strip()
    name = text.removeprefix(TIMM)
    if text != SCRATCH and not _RUN_ID.fullmatch(text) and not (name != text and name in CATALOGUE):
        raise ConfigError(
            "The 'init_from' parameter must be scratch, run:ID for a finished run of yours, or "
            f"timm:NAME with one of {', '.join(CATALOGUE)}. Got {text[:60]!r}.",
            "init_from",
        )
    return text


def _canonical_freeze(value: Any) -> str:
    text = str(value).strip().lower()
    if not _FREEZE.fullmatch(text):
        raise ConfigError(
            "The 'freeze' parameter must be none, backbone, or first:K for the first K blocks, 1 "
            f"to 99. Got {text[:40]!r}.",
            "freeze",
        )
    return text


def _known_backbone(value: Any) -> str:
    text = str(value).strip()
    if text != OWN and text not in CATALOGUE:
        raise ConfigError(
            f"The 'backbone' parameter must be own, or one of {', '.join(CATALOGUE)}. "
            f"Got {text[:60]!r}.",
            "backbone",
        )
    return text


class VitConfig(ProbeConfig):
    """Hyperparameters of the transformer lab. The defaults suit the embedded digits."""

    first_sections: ClassVar[tuple[str, ...]] = ("Data", "Network", "Fine-tuning", "Input")

    dataset: str = with_default(ProbeConfig, "dataset", "digits")
    num_val: int = with_default(ProbeConfig, "num_val", 200)
    batch_size: int = with_default(ProbeConfig, "batch_size", 64)
    optimizer: Literal["sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw"] = with_default(
        ProbeConfig, "optimizer", "adam"
    )
    learning_rate: float = with_default(ProbeConfig, "learning_rate", 0.001)

    patch_size: int = hyperparameter(
        2,
        label="Patch size",
        help="Pixels a side of a patch; only sizes that tile the image are offered. Try a smaller "
        "one: more tokens, finer attention, and a cost that grows with their square.",
        section="Network",
        unit="pixels",
        ge=1,
        le=256,
        editor="patch",
        shown_when=_FROM_SCRATCH,
    )
    embed_dim: int = hyperparameter(
        32,
        label="Embedding size",
        help="Numbers that describe a token; the heads share them out. Try 64: four times the "
        "weights in each block.",
        section="Network",
        ge=4,
        le=1024,
        suggestions=(16, 32, 48, 64, 96, 128, 192, 256, 384, 512),
        shown_when=_FROM_SCRATCH,
    )
    depth: int = hyperparameter(
        2,
        label="Blocks",
        help="How many times tokens look at one another and think. Try 6 on small patches, and "
        "watch what the last blocks attend to.",
        section="Network",
        ge=1,
        le=24,
        suggestions=(1, 2, 3, 4, 6, 8, 10, 12),
        shown_when=_FROM_SCRATCH,
    )
    num_heads: int = hyperparameter(
        4,
        label="Heads",
        help="Ways of looking that a block has at a time; must divide the embedding size. Try 1, "
        "then 8: the number of weights stays the same.",
        section="Network",
        ge=1,
        le=32,
        suggestions=(1, 2, 3, 4, 6, 8, 12, 16),
        shown_when=_FROM_SCRATCH,
    )
    mlp_ratio: float = hyperparameter(
        4.0,
        label="MLP ratio",
        help="Hidden units of each block's MLP, as a multiple of the embedding size. Try 1: half "
        "of a block's weights are gone.",
        section="Network",
        ge=0.25,
        le=8.0,
        suggestions=(0.5, 1.0, 2.0, 4.0, 8.0),
        shown_when=_FROM_SCRATCH,
    )
    pool: Literal["class_token", "mean"] = hyperparameter(
        "class_token",
        label="The head reads",
        help="What the classifier sees of the tokens: one of its own, or the mean of all patches. "
        "Try mean: it often does as well, with a token less.",
        section="Network",
        choice_labels={"class_token": "Class token", "mean": "Mean"},
        shown_when=_FROM_SCRATCH,
    )
    pos_embedding: Literal["none", "sinusoidal", "learned"] = hyperparameter(
        "learned",
        label="Positional embedding",
        help="What tells a token where its patch was: nothing, fixed waves (the report's choice), "
        "or learned vectors. Try none: the image becomes a bag of patches.",
        section="Network",
        choice_labels={"none": "None", "sinusoidal": "Waves", "learned": "Learned"},
        shown_when=_FROM_SCRATCH,
    )
    dropout: float = hyperparameter(
        0.0,
        label="Dropout",
        help="Probability that a value is silent during a training step, after the embedding and "
        "inside each block. Try 0.1 on a small training set.",
        section="Network",
        ge=0.0,
        le=0.95,
        shown_when={"backbone": (OWN,)},
    )
    drop_path: float = hyperparameter(
        0.0,
        label="Stochastic depth",
        help="Probability that the last block is skipped for an image, less for earlier ones. Try "
        "0.1 with 6 blocks or more.",
        section="Network",
        ge=0.0,
        le=0.9,
        shown_when={"backbone": (OWN,)},
    )
    backbone: Annotated[str, BeforeValidator(_known_backbone)] = hyperparameter(
        OWN,
        label="Network",
        help="The lab's own transformer, or one of timm's. Try vit_tiny_patch16_224 with an input "
        "of 32 pixels, and ask how many patches it sees.",
        section="Network",
        editor="named",
        choice_labels={OWN: "Own, from the parts", **{name: name for name in CATALOGUE}},
        shown_when={"init_from": (SCRATCH,)},
    )
    init_from: Annotated[str, BeforeValidator(_canonical_source)] = hyperparameter(
        SCRATCH,
        label="Weights from",
        help="Where the first weights come from: drawn anew, of a finished run of yours, or of a "
        "timm network. Try a run on another data set, set in the Fine-tune view.",
        section="Fine-tuning",
        editor="named",
        choice_labels={
            SCRATCH: "Scratch",
            **{f"{TIMM}{name}": f"timm: {name}" for name in CATALOGUE},
        },
    )
    freeze: Annotated[str, BeforeValidator(_canonical_freeze)] = hyperparameter(
        "none",
        label="Frozen",
        help="What does not learn: nothing, all but the head, or the first K blocks as first:K. "
        "Try backbone with few training images.",
        section="Fine-tuning",
        editor="named",
        choice_labels={
            "none": "Nothing",
            "backbone": "All but the head",
            "first:1": "The first block",
            "first:2": "The first 2 blocks",
            "first:4": "The first 4 blocks",
        },
        shown_when=_CARRIED_OVER,
    )
    layer_decay: float = hyperparameter(
        1.0,
        label="Layer-wise decay",
        help="Factor of the learning rate from each layer to the one below; the head has the full "
        "rate. Try 0.7: what lies near the pixels changes least.",
        section="Fine-tuning",
        gt=0.0,
        le=1.0,
        suggestions=(0.5, 0.6, 0.7, 0.8, 0.9, 1.0),
        shown_when=_CARRIED_OVER,
    )
    input_size: int = hyperparameter(
        0,
        label="Input size",
        help="Pixels a side that the network sees; images are resized to it, 0 leaves them as "
        "they are. Try twice the size: no new detail, four times the tokens.",
        section="Input",
        unit="pixels",
        ge=0,
        le=512,
        suggestions=(0, 8, 16, 28, 32, 48, 64, 96, 128, 224),
        choice_labels={"0": "as is"},
    )
    input_channels: Literal["as_is", "grey", "colour"] = hyperparameter(
        "as_is",
        label="Input channels",
        help="Channels that the network sees; grey is repeated for colour, colour is averaged. "
        "Try grey on coloured images: what is lost?",
        section="Input",
        choice_labels={"as_is": "As is", "grey": "Grey", "colour": "Colour"},
    )

    variants: Variants = variants_field("pos_embedding=none|pos_embedding=sinusoidal")

    @model_validator(mode="after")
    def _heads_share_the_embedding(self) -> "VitConfig":
        if self.backbone == OWN and self.embed_dim % self.num_heads:
            fitting = [n for n in range(1, self.embed_dim + 1) if self.embed_dim % n == 0][:12]
            raise ConfigError(
                f"The 'num_heads' parameter must divide embed_dim, {self.embed_dim}: one of "
                f"{', '.join(map(str, fitting))}. Got {self.num_heads}.",
                "num_heads",
            )
        return self


def spec_of(config: VitConfig, shape: InputShape) -> VitSpec:
    """Return the shape of a config's network, for images as the data set gives them."""
    return VitSpec(
        image_size=config.input_size or shape.image_size,
        in_channels=_CHANNELS.get(config.input_channels, shape.num_channels),
        num_classes=shape.num_classes,
        patch_size=config.patch_size,
        embed_dim=config.embed_dim,
        depth=config.depth,
        num_heads=config.num_heads,
        mlp_ratio=config.mlp_ratio,
        pool=config.pool,
        pos_embedding=config.pos_embedding,
        dropout=config.dropout,
        drop_path=config.drop_path,
    )


EXPERIMENT = Experiment(
    name="vit",
    title="Vision Transformer",
    summary="Cut images into patches, watch what each head of attention looks at while it learns, "
    "and carry over to one data set what was learned on another.",
    config_class=VitConfig,
    tasks={
        "train": "rdfia_core.experiments.vit.train:train",
        "preview": "rdfia_core.experiments.vit.study:preview",
        "study": "rdfia_core.experiments.vit.study:study",
        "small_data": "rdfia_core.experiments.vit.study:small_data",
        "predict": "rdfia_core.experiments.vit.predict:predict",
        "probe": "rdfia_core.experiments.vit.probe:probe",
        "cost": "rdfia_core.experiments.vit.cost:cost",
        "fields": "rdfia_core.experiments.vit.fields:fields",
        "sizes": "rdfia_core.experiments.vit.sizes:sizes",
        "export_onnx": "rdfia_core.experiments.vit.network_file:export_onnx",
    },
    presets=PRESETS,
    check="rdfia_core.experiments.vit.checks:check_network",
    complete="rdfia_core.experiments.vit.checks:completed",
    slot_share=2.0,
    light_tasks=("preview", "predict", "probe", "sizes", "export_onnx"),
    needs_run=("predict", "export_onnx"),
    script="rdfia_core.experiments.vit.script:script",
)
