"""A Vision Transformer put together from its parts. Shapes as in `parts`; K classes."""

import torch
from torch import Tensor, nn

from rdfia_core.models.vit.parts import Attention, Block, PatchEmbedding, sinusoidal_positions
from rdfia_core.models.vit.spec import VitSpec

POSITION_STD = 0.02


class VisionTransformer(nn.Module):
    """Patches become tokens, blocks let them look at one another, the head reads one vector.

    Args:
        spec: Its shape.

    References:
        A. Dosovitskiy et al., An image is worth 16x16 words, ICLR 2021, section 3.1.
    """

    cls_token: Tensor | None
    pos_embed: Tensor | None

    def __init__(self, spec: VitSpec) -> None:
        super().__init__()
        self.spec = spec
        dim = spec.embed_dim
        tokens = spec.num_tokens
        self.patch_embed = PatchEmbedding(spec.patch_size, spec.in_channels, dim)
        has_class_token = spec.pool == "class_token"
        self.cls_token = nn.Parameter(torch.zeros(1, 1, dim)) if has_class_token else None
        if spec.pos_embedding == "learned":
            self.pos_embed = nn.Parameter(torch.empty(1, tokens, dim))
        elif spec.pos_embedding == "sinusoidal":
            fixed_1TD = sinusoidal_positions(tokens, dim)[None]
            self.register_buffer("pos_embed", fixed_1TD, persistent=False)
        else:
            self.pos_embed = None
        self.pos_drop = nn.Dropout(spec.dropout)
        last = max(1, spec.depth - 1)
        self.blocks = nn.ModuleList(
            Block(dim, spec.num_heads, spec.mlp_dim, spec.dropout, spec.drop_path * i / last)
            for i in range(spec.depth)
        )
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.head = nn.Linear(dim, spec.num_classes)
        self._set_initial_weights()

    def forward(self, x_BCSS: Tensor) -> Tensor:
        """Return the logits (B, K)."""
        x_BTD = self.patch_embed(x_BCSS)
        if self.cls_token is not None:
            # A token that belongs to no patch, in which what counts for the class is gathered.
            x_BTD = torch.cat([self.cls_token.expand(x_BTD.shape[0], -1, -1), x_BTD], dim=1)
        if self.pos_embed is not None:
            # Attention sees a set: without this it could not know where a patch was.
            x_BTD = x_BTD + self.pos_embed
        x_BTD = self.pos_drop(x_BTD)
        for block in self.blocks:
            x_BTD = block(x_BTD)
        x_BTD = self.norm(x_BTD)
        read_BD = x_BTD.mean(dim=1) if self.cls_token is None else x_BTD[:, 0]
        logits_BK: Tensor = self.head(read_BD)
        return logits_BK

    def no_weight_decay(self) -> set[str]:
        """Name the parameters that are places, not maps: shrinking them simplifies nothing."""
        return {"cls_token", "pos_embed"}

    def _set_initial_weights(self) -> None:
        """Draw the first weights as the paper's own code does.

        Xavier's uniform law for linear maps, which suits any D; a head of zeros, so that the
        first answer is the same probability for every class.
        """
        for module in self.modules():
            if isinstance(module, Attention):
                for part_DD in module.qkv.weight.chunk(3):  # three maps that share a product
                    nn.init.xavier_uniform_(part_DD)
                nn.init.xavier_uniform_(module.proj.weight)
                nn.init.zeros_(module.qkv.bias)
                nn.init.zeros_(module.proj.bias)
            elif isinstance(module, nn.Linear) and module is not self.head:
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)
        if isinstance(self.pos_embed, nn.Parameter):
            nn.init.normal_(self.pos_embed, std=POSITION_STD)


def blocks_of(network: nn.Module) -> list[nn.Module]:
    """Return the attention blocks of one of our networks, or of timm's; none of a CNN's."""
    blocks = getattr(network, "blocks", None)
    if not isinstance(blocks, (nn.ModuleList, nn.Sequential)):
        return []
    return [block for block in blocks if hasattr(block, "attn")]
