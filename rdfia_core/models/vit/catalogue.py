"""A few of timm's networks and what they cost. Free of torch: the page reads it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KnownNetwork:
    """One of timm's networks, as its name alone builds it: for ImageNet's 1,000 classes.

    Args:
        title: For a person.
        num_parameters: Weights and biases.
        multiply_adds: Multiplications of one forward pass of one image of `image_size`.
        image_size: Pixels a side that it is made for.
        patch_size: Pixels a side of a patch; 0 for a CNN, which has none.
        sentence: What is worth knowing.
    """

    title: str
    num_parameters: int
    multiply_adds: int
    image_size: int
    patch_size: int
    sentence: str


CATALOGUE: dict[str, KnownNetwork] = {
    "vit_tiny_patch16_224": KnownNetwork(
        *("ViT tiny, patch 16", 5_717_416, 1_253_683_200, 224, 16),
        "12 blocks of 3 heads on 192 numbers a token: the smallest that is in common use.",
    ),
    "vit_small_patch16_224": KnownNetwork(
        *("ViT small, patch 16", 22_050_664, 4_598_882_304, 224, 16),
        "Twice as wide as tiny, so four times the weights.",
    ),
    "vit_base_patch16_224": KnownNetwork(
        *("ViT base, patch 16", 86_567_656, 17_563_828_224, 224, 16),
        "The network of the paper: an image is worth 16 × 16 words.",
    ),
    "vit_small_patch32_224": KnownNetwork(
        *("ViT small, patch 32", 22_878_952, 1_142_909_952, 224, 32),
        "As small with 16, but a quarter of the tokens: a quarter of the work.",
    ),
    "deit_tiny_patch16_224": KnownNetwork(
        *("DeiT tiny, patch 16", 5_717_416, 1_253_683_200, 224, 16),
        "The same network as ViT tiny, trained on ImageNet alone with strong augmentation.",
    ),
    "deit3_small_patch16_224": KnownNetwork(
        *("DeiT III small, patch 16", 22_059_496, 4_598_882_304, 224, 16),
        "ViT small with a learned scale on each branch, trained by a later recipe.",
    ),
    "resnet18": KnownNetwork(
        *("ResNet-18", 11_689_512, 1_814_073_344, 224, 0),
        "A CNN that ends in a global average: images of any size go through.",
    ),
    "resnet50": KnownNetwork(
        *("ResNet-50", 25_557_032, 4_089_184_256, 224, 0),
        "The usual yardstick, about as costly as ViT small.",
    ),
    "convnext_atto": KnownNetwork(
        *("ConvNeXt atto", 3_695_520, 547_332_480, 224, 0),
        "A CNN built after the transformers' pattern: patches of 4, then blocks.",
    ),
    "mobilenetv3_small_100": KnownNetwork(
        *("MobileNetV3 small", 2_542_856, 56_510_400, 224, 0),
        "Made for telephones: a twentieth of ViT tiny's work.",
    ),
}
"""By the names that timm knows them by."""
