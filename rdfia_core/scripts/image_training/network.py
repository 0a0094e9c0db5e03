"""What the program of the training takes from the lab's own program."""

from torch import nn

network: nn.Module
"""With its initial weights."""
layers: list[list[nn.Parameter]]
"""Weights of each layer, whose gradients' lengths are told."""
