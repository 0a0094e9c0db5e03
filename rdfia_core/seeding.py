"""Seeds: one integer in the config, one independent stream for each use of it.

Every use of randomness (data, initial weights, batch order) has its own named stream, so that
changing one, say the number of points, does not shift the others. The dropout stream is PyTorch's
default generator, which only this module may seed: a run has a process of its own.
"""

import zlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch


def stream_seed(seed: int, stream: str) -> int:
    """Mix a seed and the name of its use into 63 bits.

    Args:
        seed: The config's seed, non-negative.
        stream: Name of the use, for example "data" or "init".

    Returns:
        An integer in [0, 2^63), the same on every machine and in every process.
    """
    entropy = np.random.SeedSequence([seed, zlib.crc32(stream.encode())])
    return int(entropy.generate_state(1, np.uint64)[0] >> np.uint64(1))


def numpy_rng(seed: int, stream: str) -> np.random.Generator:
    """Return a NumPy generator for one named use of the seed."""
    return np.random.default_rng(stream_seed(seed, stream))


def torch_rng(seed: int, stream: str) -> "torch.Generator":
    """Return a CPU generator of PyTorch for one named use of the seed."""
    import torch  # noqa: PLC0415  the interface process uses this module and must stay light

    return torch.Generator().manual_seed(stream_seed(seed, stream))


def seed_default_generators(seed: int) -> None:
    """Seed PyTorch's default generators, which dropout draws from."""
    import torch  # noqa: PLC0415  the interface process uses this module and must stay light

    torch.manual_seed(stream_seed(seed, "default"))
