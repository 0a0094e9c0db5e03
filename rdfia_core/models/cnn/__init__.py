"""Convolutional networks as lists of blocks. Only `build` imports torch."""
