"""Presets of the transformer lab: the report's network first, then what its sweeps ask."""

from typing import Any

from rdfia_core.experiments import Preset

_MNIST: dict[str, Any] = {
    "dataset": "mnist",
    "num_val": 5_000,
    "normalization": "none",
    "patch_size": 7,
    "batch_size": 128,
    "epochs": 10,
    "pos_embedding": "sinusoidal",
}

PRESETS = (
    Preset(
        "lab",
        "Lab: transformer on MNIST",
        "Patches of 7, 2 blocks of 4 heads, positions by fixed waves: the report reads 97.4 % on "
        "the test images after 10 epochs.",
        _MNIST,
    ),
    Preset(
        "digits",
        "Quick: small digits",
        "1,797 digits of 8 × 8 pixels in 16 patches, half a minute on a processor. Watch heads "
        "that look alike before training come apart.",
        {},
    ),
    Preset(
        "no_positions",
        "Try this: no positions",
        "Without positional embedding the network gets a bag of patches in no order. See how much "
        "it loses on digits.",
        {"pos_embedding": "none"},
    ),
    Preset(
        "mean",
        "Try this: no class token",
        "The head reads the mean of all patches instead of a token of its own.",
        {"pool": "mean"},
    ),
    Preset(
        "one_patch",
        "Try this: one patch",
        "The whole image is one patch: attention has nothing to choose from, so more blocks "
        "change little. The report's sweep over blocks was run like this.",
        {**_MNIST, "patch_size": 28, "depth": 6},
    ),
    Preset(
        "small_patches",
        "Try this: small patches",
        "49 patches of 4 pixels: three times the tokens of the lab's network, and finer maps.",
        {**_MNIST, "patch_size": 4, "embed_dim": 64},
    ),
    Preset(
        "too_fast",
        "Bad: learning rate without warm-up",
        "A learning rate of 0.03 without warm-up: many a transformer never recovers from its first "
        "steps. Then set a warm-up of 2 epochs.",
        {"learning_rate": 0.03, "depth": 6},
    ),
    Preset(
        "regularised",
        "Try this: everything against overfitting",
        "Crops, dropout, stochastic depth, AdamW with weight decay, warm-up and a cosine: the "
        "recipe of larger transformers, on 32 × 32 shapes.",
        {
            "dataset": "shapes10",
            "num_val": 500,
            "patch_size": 4,
            "embed_dim": 64,
            "depth": 4,
            "dropout": 0.1,
            "drop_path": 0.1,
            "optimizer": "adamw",
            "weight_decay": 0.05,
            "schedule": "cosine",
            "warmup_epochs": 2.0,
            "augmentation": "flip",
            "epochs": 60,
        },
    ),
)
