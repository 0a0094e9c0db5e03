"""Entries of part 3: transformers on MNIST, our own and timm's."""

from typing import Any

from rdfia_core.reproduction.entries import Arm, Entry, Expected, Printed, Variant

_LAB: dict[str, Any] = {
    "dataset": "mnist",
    "num_val": 5_000,
    "normalization": "none",
    "patch_size": 7,
    "batch_size": 128,
    "epochs": 10,
    "pos_embedding": "sinusoidal",
}
_SMALL: dict[str, Any] = {"num_train": 2_000, "num_val": 0, "epochs": 5, "batch_size": 32}
_SMALL_SAYS = "2,000 training images, 5 epochs, batch 32"
_QUICK = Variant(3, f"{_SMALL_SAYS}, 3 seeds", _SMALL)
_FULL = Variant(3, "55,000 training images, as printed, 3 seeds", is_as_printed=True)
_ONCE = "rdfia_core.reproduction.probes.short_runs:train_vit"
_TIMM = "vit_tiny_patch16_224"

LAB = Entry(
    "vit",
    3,
    "A transformer from scratch on MNIST",
    "97.4 % after 10 epochs with patches of 7, embedding size 32, 2 blocks of 4 heads; other "
    "groups read 96.6 to 97.7.",
    "vit",
    (Arm("lab", "The lab's transformer", {}, Printed(96.6, 97.7)),),
    _QUICK,
    _FULL,
    base=_LAB,
    task=_ONCE,
    also=("train_now_accuracy",),
    tolerance=0.5,
)

WIDTH = Entry(
    "vit_embedding",
    3,
    "Embedding size",
    "Sizes from 32 to 512 are tried; the best results, 98.2 to 98.3 %, come with 64.",
    "vit",
    (
        Arm("32", "32", {"embed_dim": 32}),
        Arm("64", "64", {"embed_dim": 64}, Printed(98.2, 98.3)),
        Arm("128", "128", {"embed_dim": 128}, is_quick=False),
    ),
    _QUICK,
    _FULL,
    base=_LAB,
    task=_ONCE,
    expects=(Expected("64", "32"),),
    tolerance=0.5,
)

PATCH = Entry(
    "vit_patch",
    3,
    "Patch size",
    "Patches of 2 to 28 pixels are tried; differences below half a point are seed noise.",
    "vit",
    (
        Arm("4", "4", {"patch_size": 4}, is_quick=False),
        Arm("7", "7", {"patch_size": 7}),
        Arm("14", "14", {"patch_size": 14}),
        Arm("28", "28 (a single patch)", {"patch_size": 28}),
    ),
    _QUICK,
    _FULL,
    base=_LAB,
    task=_ONCE,
)

DEPTH = Entry(
    "vit_blocks",
    3,
    "Number of blocks",
    "The number of blocks has no effect. The report's sweep ran with patches of 28: one an image.",
    "vit",
    (
        Arm("28_2", "Patch 28, 2 blocks", {"patch_size": 28, "depth": 2}),
        Arm("28_6", "Patch 28, 6 blocks", {"patch_size": 28, "depth": 6}),
        Arm("7_2", "Patch 7, 2 blocks", {"patch_size": 7, "depth": 2}),
        Arm("7_6", "Patch 7, 6 blocks", {"patch_size": 7, "depth": 6}),
    ),
    _QUICK,
    _FULL,
    base=_LAB,
    task=_ONCE,
    claims=(8,),
)

HEADS = Entry(
    "vit_heads",
    3,
    "Number of heads",
    "One to eight heads on the same embedding are tried.",
    "vit",
    (
        Arm("1", "1", {"num_heads": 1}),
        Arm("4", "4", {"num_heads": 4}),
        Arm("8", "8", {"num_heads": 8}),
    ),
    Variant(2, f"{_SMALL_SAYS}, 2 seeds", _SMALL),
    _FULL,
    base=_LAB,
    task=_ONCE,
)

ONE_PATCH = Entry(
    "one_patch",
    3,
    "What a patch-16 transformer sees of 28 pixels",
    "The network made for 224 pixels refuses an image of 28; built for 28 it runs.",
    "vit",
    (Arm("corner", "ViT tiny, patch 16, built for 28", {"backbone": _TIMM}),),
    Variant(3, "3 draws of random weights; nothing is trained"),
    Variant(3, "3 draws of random weights; nothing is trained"),
    task="rdfia_core.reproduction.probes.patches:look_at_patches",
    metric="num_patches",
    also=("change_outside", "change_inside", "refuses_size"),
    claims=(9,),
)

PRETRAINED = Entry(
    "pretrained",
    3,
    "Pretrained or from scratch",
    "A pretrained ViT does better. Printed at 28 pixels: scratch 88.5 %, pretrained 88.3.",
    "vit",
    (
        Arm("scratch", "ViT tiny from scratch", {}, Printed(88.5)),
        Arm(
            "pretrained",
            "ViT tiny, pretrained",
            {"init_from": f"timm:{_TIMM}"},
            Printed(88.3),
            weights=_TIMM,
        ),
    ),
    Variant(
        3,
        "1,000 training images, 3 epochs, batch 32, 3 seeds",
        {"num_train": 1_000, "num_val": 0, "epochs": 3, "batch_size": 32},
    ),
    _FULL,
    base={
        **_LAB,
        "backbone": _TIMM,
        "input_size": 28,
        "input_channels": "grey",
        "patch_size": 2,
        "pos_embedding": "learned",
    },
    task=_ONCE,
    claims=(9,),
)

ENTRIES = (LAB, ONE_PATCH, DEPTH, WIDTH, PATCH, HEADS, PRETRAINED)
