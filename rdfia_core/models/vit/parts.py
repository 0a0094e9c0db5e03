"""The parts of a Vision Transformer, from one head of attention up to a block.

B images, C channels, S pixels a side, P pixels a side of a patch, N patches, T tokens, D embedding
size, H heads, d = D / H, M hidden units. Parameters are named as timm names them, so that weights
can be carried over name by name.

References:
    A. Dosovitskiy et al., An image is worth 16x16 words, ICLR 2021, section 3.1.
    A. Vaswani et al., Attention is all you need, NeurIPS 2017, sections 3.2 and 3.5.
"""

import math

import torch
from torch import Tensor, nn


class PatchEmbedding(nn.Module):
    """Cuts an image into patches and maps each to a vector, by the same linear map.

    Args:
        patch_size: P.
        in_channels: C.
        embed_dim: D.
    """

    def __init__(self, patch_size: int, in_channels: int, embed_dim: int) -> None:
        super().__init__()
        # A kernel that moves by its own width sees each patch once: one linear map for all.
        self.proj = nn.Conv2d(in_channels, embed_dim, kernel_size=patch_size, stride=patch_size)

    def forward(self, x_BCSS: Tensor) -> Tensor:
        """Return the tokens (B, N, D), row by row of the image."""
        maps_BDGG: Tensor = self.proj(x_BCSS)
        return maps_BDGG.flatten(2).transpose(1, 2)


class AttentionHead(nn.Module):
    """One head of self-attention, for reading; `Attention` computes all heads at once.

    Args:
        embed_dim: D.
        head_dim: d.
    """

    def __init__(self, embed_dim: int, head_dim: int) -> None:
        super().__init__()
        self.query = nn.Linear(embed_dim, head_dim)  # what a token looks for
        self.key = nn.Linear(embed_dim, head_dim)  # what it offers to be found by
        self.value = nn.Linear(embed_dim, head_dim)  # what it hands over when found

    def forward(self, x_BTD: Tensor) -> Tensor:
        """Return for each token a mean of all values (B, T, d), weighted by how well keys match."""
        q_BTd, k_BTd, v_BTd = self.query(x_BTD), self.key(x_BTD), self.value(x_BTD)
        # A sum of d products has variance d; without the root, softmax would be all or nothing.
        scores_BTT = q_BTd @ k_BTd.transpose(1, 2) / math.sqrt(q_BTd.shape[-1])
        probs_BTT = scores_BTT.softmax(dim=-1)  # each row sums to 1
        result_BTd: Tensor = probs_BTT @ v_BTd
        return result_BTd


class Attention(nn.Module):
    """Self-attention with several heads side by side.

    Softmax is written out: for the few tokens of small images that is faster on a processor than
    PyTorch's fused function, and the probabilities can be looked at.

    Args:
        embed_dim: D, a multiple of `num_heads`.
        num_heads: H.
        dropout: Of the result, during training.
    """

    def __init__(self, embed_dim: int, num_heads: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.qkv = nn.Linear(embed_dim, 3 * embed_dim)  # of all heads, in one product
        self.attn_drop = nn.Identity()  # where the probabilities pass by, for who looks at them
        self.proj = nn.Linear(embed_dim, embed_dim)  # mixes what the heads found
        self.proj_drop = nn.Dropout(dropout)

    def forward(self, x_BTD: Tensor) -> Tensor:
        """Return (B, T, D): each token with what it gathered from all others."""
        size_b, num_tokens, dim = x_BTD.shape
        head_dim = dim // self.num_heads
        heads = self.qkv(x_BTD).view(size_b, num_tokens, 3, self.num_heads, head_dim)
        q_BHTd, k_BHTd, v_BHTd = heads.permute(2, 0, 3, 1, 4).unbind(0)
        scores_BHTT = (q_BHTd * head_dim**-0.5) @ k_BHTd.transpose(2, 3)
        probs_BHTT = self.attn_drop(scores_BHTT.softmax(dim=-1))
        joined_BTD = (probs_BHTT @ v_BHTd).transpose(1, 2).reshape(size_b, num_tokens, dim)
        result_BTD: Tensor = self.proj_drop(self.proj(joined_BTD))
        return result_BTD


class Mlp(nn.Module):
    """Two linear maps with GELU between them, applied to each token alone.

    Args:
        embed_dim: D.
        mlp_dim: M.
        dropout: After each map, during training.
    """

    def __init__(self, embed_dim: int, mlp_dim: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.fc1 = nn.Linear(embed_dim, mlp_dim)
        self.act = nn.GELU()
        self.drop1 = nn.Dropout(dropout)
        self.fc2 = nn.Linear(mlp_dim, embed_dim)
        self.drop2 = nn.Dropout(dropout)

    def forward(self, x_BTD: Tensor) -> Tensor:
        """Return (B, T, D)."""
        hidden_BTM = self.drop1(self.act(self.fc1(x_BTD)))
        result_BTD: Tensor = self.drop2(self.fc2(hidden_BTM))
        return result_BTD


class DropPath(nn.Module):
    """Stochastic depth: leaves a branch out for some images of a batch, during training.

    Args:
        rate: Probability of leaving it out; the others are scaled up to keep the mean.

    References:
        G. Huang et al., Deep networks with stochastic depth, ECCV 2016.
    """

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, x_BTD: Tensor) -> Tensor:
        """Return (B, T, D)."""
        if not self.training or self.rate == 0.0:
            return x_BTD
        kept_B11 = x_BTD.new_empty(len(x_BTD), 1, 1).bernoulli_(1 - self.rate)
        return x_BTD * kept_B11 / (1 - self.rate)


class Block(nn.Module):
    """Attention, then an MLP; each is added to the stream, and reads it normalised (pre-norm).

    Args:
        embed_dim: D.
        num_heads: H.
        mlp_dim: M.
        dropout: Inside both branches.
        drop_path: Of both branches.
    """

    def __init__(
        self, embed_dim: int, num_heads: int, mlp_dim: int, dropout: float, drop_path: float
    ) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(embed_dim, eps=1e-6)
        self.attn = Attention(embed_dim, num_heads, dropout)
        self.norm2 = nn.LayerNorm(embed_dim, eps=1e-6)
        self.mlp = Mlp(embed_dim, mlp_dim, dropout)
        self.drop_path = DropPath(drop_path)

    def forward(self, x_BTD: Tensor) -> Tensor:
        """Return (B, T, D)."""
        x_BTD = x_BTD + self.drop_path(self.attn(self.norm1(x_BTD)))
        result_BTD: Tensor = x_BTD + self.drop_path(self.mlp(self.norm2(x_BTD)))
        return result_BTD


def sinusoidal_positions(num_tokens: int, embed_dim: int) -> Tensor:
    """Return fixed positional embeddings (T, D): sines and cosines of growing wavelength.

    Columns 2i and 2i + 1 hold sin and cos of t / 10,000^(2i / D) for token t.

    References:
        A. Vaswani et al., Attention is all you need, 2017, section 3.5.
    """
    token_T1 = torch.arange(num_tokens, dtype=torch.float32)[:, None]
    even = torch.arange(0, embed_dim, 2, dtype=torch.float32)
    angle_TE = token_T1 * torch.exp(-math.log(10_000.0) * even / embed_dim)
    result_TD = torch.zeros(num_tokens, embed_dim)
    result_TD[:, 0::2] = angle_TE.sin()
    result_TD[:, 1::2] = angle_TE.cos()[:, : embed_dim // 2]
    return result_TD
