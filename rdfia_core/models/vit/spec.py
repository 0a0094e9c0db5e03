"""What makes up a Vision Transformer, and what it costs. Free of torch: the page reads it.

S pixels a side, C channels, P pixels a side of a patch, N patches, T tokens, D embedding size,
H heads, K classes.
"""

from dataclasses import dataclass

POOLS = ("class_token", "mean")
POS_EMBEDDINGS = ("none", "sinusoidal", "learned")


@dataclass(frozen=True, slots=True)
class VitSpec:
    """The shape of one network.

    Args:
        image_size: S, a multiple of `patch_size`.
        in_channels: C.
        num_classes: K.
        patch_size: P.
        embed_dim: D, a multiple of `num_heads`.
        depth: Number of blocks.
        num_heads: H.
        mlp_ratio: Hidden units of a block's MLP as a multiple of D.
        pool: One of `POOLS`: what the head reads.
        pos_embedding: One of `POS_EMBEDDINGS`.
        dropout: Share of the values silenced after the embedding and after each linear map that
            leads back into the stream, during training.
        drop_path: Probability that the last block is skipped for an image, during training; it
            rises linearly from 0 at the first block.
    """

    image_size: int
    in_channels: int
    num_classes: int
    patch_size: int
    embed_dim: int
    depth: int
    num_heads: int
    mlp_ratio: float = 4.0
    pool: str = "class_token"
    pos_embedding: str = "learned"
    dropout: float = 0.0
    drop_path: float = 0.0

    @property
    def grid_size(self) -> int:
        """Patches a side."""
        return self.image_size // self.patch_size

    @property
    def num_patches(self) -> int:
        """N."""
        return self.grid_size**2

    @property
    def num_tokens(self) -> int:
        """T: the patches, and the class token where there is one."""
        return self.num_patches + (self.pool == "class_token")

    @property
    def mlp_dim(self) -> int:
        """Hidden units of a block's MLP."""
        return int(self.embed_dim * self.mlp_ratio)


def num_parameters(spec: VitSpec) -> int:
    """Count the weights and biases in closed form.

    With D = embed_dim and M the hidden units of an MLP: the embedding has C·P²·D + D, a block
    4D² + 4D for attention, 2DM + M + D for the MLP and 4D for two normalisations, the end
    2D for the last normalisation and D·K + K for the head.
    """
    d, m = spec.embed_dim, spec.mlp_dim
    embedding = spec.in_channels * spec.patch_size**2 * d + d
    class_token = d if spec.pool == "class_token" else 0
    positions = spec.num_tokens * d if spec.pos_embedding == "learned" else 0
    block = 4 * d * d + 4 * d + 2 * d * m + m + d + 4 * d
    head = 2 * d + d * spec.num_classes + spec.num_classes
    return embedding + class_token + positions + spec.depth * block + head


def multiply_adds(spec: VitSpec) -> int:
    """Count the multiplications of one forward pass of one image, of matrix products alone.

    The part T²·2D of a block, scores and weighted sums, is what grows with the square of the
    number of tokens.
    """
    t, d, m = spec.num_tokens, spec.embed_dim, spec.mlp_dim
    embedding = spec.num_patches * spec.in_channels * spec.patch_size**2 * d
    block = 4 * t * d * d + 2 * t * t * d + 2 * t * d * m
    return embedding + spec.depth * block + d * spec.num_classes


def divisors(size: int) -> tuple[int, ...]:
    """Return the patch sizes that cut an image of this side into equal squares."""
    return tuple(number for number in range(1, size + 1) if size % number == 0)
