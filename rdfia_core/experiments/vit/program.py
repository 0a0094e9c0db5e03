"""The network of a standalone script of the ViT lab (rdfia_core/scripts); never imported."""

from pathlib import Path
from typing import Any

import timm
from safetensors.torch import load_file
from torch import nn

from rdfia_core.models.vit.adapt import adapt_inputs
from rdfia_core.models.vit.network import VisionTransformer
from rdfia_core.models.vit.spec import VitSpec
from rdfia_core.models.vit.transfer import freeze_layers, layers_of, load_weights
from rdfia_core.scripts.images.program import NUM_CLASSES, SEED
from rdfia_core.seeding import seed_default_generators

# %% Settings of the network
# What the run was given, as above.
IS_OWN_NETWORK: bool = True
BACKBONE: str = "own"
IMAGE_SIZE: int = 8  # pixels a side that the network is made for
IN_CHANNELS: int = 1  # channels that it is made for
PATCH_SIZE: int = 2
EMBED_DIM: int = 32
DEPTH: int = 2
NUM_HEADS: int = 4
MLP_RATIO: float = 4.0
POOL: str = "class_token"
POS_EMBEDDING: str = "learned"
DROPOUT: float = 0.0
DROP_PATH: float = 0.0
IS_TRANSFORMER: bool = True
IS_PRETRAINED: bool = False
START_WEIGHTS: str = ""
WITH_HEAD: bool = True  # whether the classes are the same as before
FREEZE: str = "none"
ADAPTS: bool = False

# %% Network
# The seed alone decides on weights that are not carried over.
seed_default_generators(SEED)  # of the initial weights and of dropout
if IS_OWN_NETWORK:
    network: nn.Module = VisionTransformer(
        VitSpec(
            image_size=IMAGE_SIZE,
            in_channels=IN_CHANNELS,
            num_classes=NUM_CLASSES,
            patch_size=PATCH_SIZE,
            embed_dim=EMBED_DIM,
            depth=DEPTH,
            num_heads=NUM_HEADS,
            mlp_ratio=MLP_RATIO,
            pool=POOL,
            pos_embedding=POS_EMBEDDING,
            dropout=DROPOUT,
            drop_path=DROP_PATH,
        )
    )
else:
    made: dict[str, Any] = {"num_classes": NUM_CLASSES, "in_chans": IN_CHANNELS}
    if IS_TRANSFORMER:
        made["img_size"] = IMAGE_SIZE
    if IS_PRETRAINED:
        # The file beside this script comes first; without one, timm fetches the weights.
        overlay = {"file": START_WEIGHTS} if Path(START_WEIGHTS).exists() else None
        network = timm.create_model(
            BACKBONE, pretrained=True, pretrained_cfg_overlay=overlay, **made
        )
    else:
        network = timm.create_model(BACKBONE, **made)
if START_WEIGHTS and not IS_PRETRAINED:
    load_weights(network, load_file(START_WEIGHTS), with_head=WITH_HEAD)
if ADAPTS:
    adapt_inputs(network, IMAGE_SIZE, IN_CHANNELS)
if FREEZE != "none":
    freeze_layers(network, FREEZE)
parameters = dict(network.named_parameters())
layers = [[parameters[name] for name in layer] for layer in layers_of(network)]
