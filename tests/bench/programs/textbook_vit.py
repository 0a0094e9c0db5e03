"""The textbook transformer: queries, keys and values apart, softmax written out, over PIL pictures.

It is what a tutorial would write for the lab's network on MNIST: a list of heads, each with three
linear maps of its own, their results joined; learned positions, a class token, Adam.
"""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torchvision.transforms import Compose, Normalize, ToTensor

from tests.bench.home import serve
from tests.bench.programs.textbook_images import Pictures, textbook_loop

MEAN, STD = (0.1307,), (0.3081,)
SIDE, PATCH, DIM, DEPTH, HEADS = 28, 7, 32, 2, 4
TOKENS = (SIDE // PATCH) ** 2 + 1


class Head(nn.Module):
    """One head of self-attention."""

    def __init__(self) -> None:
        super().__init__()
        self.query = nn.Linear(DIM, DIM // HEADS)
        self.key = nn.Linear(DIM, DIM // HEADS)
        self.value = nn.Linear(DIM, DIM // HEADS)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.query(x), self.key(x), self.value(x)
        scores = q @ k.transpose(1, 2) / math.sqrt(DIM // HEADS)
        return torch.softmax(scores, dim=-1) @ v


class Block(nn.Module):
    """Attention and MLP, each with a shortcut."""

    def __init__(self) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(DIM), nn.LayerNorm(DIM)
        self.heads = nn.ModuleList(Head() for _ in range(HEADS))
        self.proj = nn.Linear(DIM, DIM)
        self.mlp = nn.Sequential(nn.Linear(DIM, 4 * DIM), nn.GELU(), nn.Linear(4 * DIM, DIM))

    def forward(self, x: Tensor) -> Tensor:
        normed = self.norm1(x)
        x = x + self.proj(torch.cat([head(normed) for head in self.heads], dim=-1))
        return x + self.mlp(self.norm2(x))


class Transformer(nn.Module):
    """The lab's network."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(1, DIM, PATCH, PATCH)
        self.class_token = nn.Parameter(torch.zeros(1, 1, DIM))
        self.positions = nn.Parameter(torch.randn(1, TOKENS, DIM) * 0.02)
        self.blocks = nn.Sequential(*(Block() for _ in range(DEPTH)))
        self.norm = nn.LayerNorm(DIM)
        self.head = nn.Linear(DIM, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.class_token.expand(len(x), -1, -1), x], dim=1) + self.positions
        return self.head(self.norm(self.blocks(x))[:, 0])


def train(**asked: int) -> dict[str, Any]:
    """Train it on MNIST; `asked` as in `textbook_loop`."""
    network = Transformer()
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    pictures = Pictures("mnist", Compose([ToTensor(), Normalize(MEAN, STD)]))
    return textbook_loop(pictures, network, optimizer, **asked)


if __name__ == "__main__":
    serve(train)
