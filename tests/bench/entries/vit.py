"""One epoch of the transformer lab's network on MNIST (see tests/bench/images.py).

Patches of 7, embedding size 32, 2 blocks of 4 heads, batch 128, in float32.
"""

from tests.bench.images import Lab, image_entry

VIT = Lab(
    "vit",
    {
        "dataset": "mnist",
        "patch_size": 7,
        "embed_dim": 32,
        "depth": 2,
        "num_heads": 4,
        "normalization": "per_channel",
    },
    60_000,
    "textbook_vit",
)
ENTRY = image_entry(batch_size=128, target="ratio >= 1.6", lab=VIT)
