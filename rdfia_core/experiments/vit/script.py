"""The standalone script of a run of the transformer lab: what its config decides."""

from typing import Any

from rdfia_core.experiments import Context
from rdfia_core.experiments.vit import OWN, RUN, SCRATCH, TIMM, VitConfig, spec_of
from rdfia_core.models.vit.catalogue import CATALOGUE
from rdfia_core.scripts.image_facts import (
    device_known,
    image_constants,
    image_needs,
    training_constants,
    training_known,
)
from rdfia_core.scripts.recipe import Ran, Recipe
from rdfia_core.training.input_shape import input_shape, shape_of_set


def script(config: VitConfig, context: Context, ran: Ran) -> Recipe:
    """Return what makes the script of a config.

    Raises:
        DataUnavailableError: If there are no such imported images, or the run that it started
            from is gone.
    """
    shape = input_shape(config, context.images)
    whole = shape_of_set(config.dataset, (), context.images)
    spec = spec_of(config, shape)
    is_carried_over = config.init_from != SCRATCH
    start, needs = _start(config, context, ran)
    known_network = CATALOGUE.get(config.backbone)
    constants = {
        **image_constants(config, context.images, ran),
        **training_constants(
            config, whole.image_size, config.layer_decay if is_carried_over else 1.0
        ),
        "IS_OWN_NETWORK": config.backbone == OWN,
        "BACKBONE": config.backbone,
        "IMAGE_SIZE": spec.image_size,
        "IN_CHANNELS": spec.in_channels,
        "PATCH_SIZE": spec.patch_size,
        "EMBED_DIM": spec.embed_dim,
        "DEPTH": spec.depth,
        "NUM_HEADS": spec.num_heads,
        "MLP_RATIO": spec.mlp_ratio,
        "POOL": spec.pool,
        "POS_EMBEDDING": spec.pos_embedding,
        "DROPOUT": spec.dropout,
        "DROP_PATH": spec.drop_path,
        "IS_TRANSFORMER": known_network is not None and known_network.patch_size > 0,
        **start,
        "FREEZE": config.freeze if is_carried_over else "none",
        "ADAPTS": (shape.image_size, shape.num_channels) != (spec.image_size, spec.in_channels),
    }
    network = {
        "spec.pos_embedding": spec.pos_embedding,
        "has_class_token": spec.pool == "class_token",
        "self.cls_token is None": spec.pool != "class_token",
        "self.cls_token is not None": spec.pool == "class_token",
        "self.pos_embed is not None": spec.pos_embedding != "none",
        "isinstance(self.pos_embed, nn.Parameter)": spec.pos_embedding == "learned",
    }
    return Recipe(
        program=(
            "rdfia_core.scripts.images.program",
            "rdfia_core.experiments.vit.program",
            "rdfia_core.scripts.image_training.program",
        ),
        constants=constants,
        known={**device_known(ran), **training_known(config), "VisionTransformer": network},
        needs=(*image_needs(config), *needs),
    )


def _start(config: VitConfig, context: Context, ran: Ran) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return what is said about the weights that a run started from, and what must lie there."""
    if config.init_from.startswith(RUN):
        run_id = config.init_from.removeprefix(RUN)
        file = f"{run_id}.safetensors"
        with_head = context.trained(run_id).config["dataset"] == config.dataset
        return (
            {"IS_PRETRAINED": False, "START_WEIGHTS": file, "WITH_HEAD": with_head},
            (
                f"It starts from the weights of run {run_id}: export them there, and put the\n"
                f"file beside this script as {file}.",
            ),
        )
    if config.init_from.startswith(TIMM) and ran.notes.get("weights", {}).get("pretrained", True):
        kept = (
            context.weights_dir.glob(f"{config.backbone}.*.safetensors")
            if context.weights_dir
            else ()
        )
        names = sorted(path.name for path in kept)
        file = names[0] if names else f"{config.backbone}.safetensors"
        return (
            {"IS_PRETRAINED": True, "START_WEIGHTS": file, "WITH_HEAD": False},
            (f"It starts from weights that timm has: from {file} beside this script, or fetched.",),
        )
    return {"IS_PRETRAINED": False, "START_WEIGHTS": "", "WITH_HEAD": True}, ()
