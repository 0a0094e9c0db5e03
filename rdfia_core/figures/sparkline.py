"""A curve in a row of letters, for tables."""

import numpy as np

BLOCKS = "▁▂▃▄▅▆▇█"


def sparkline(values: np.ndarray, num_letters: int) -> str:
    """Draw a curve from its lowest to its highest value, "" if no value is finite.

    Args:
        values: In order; what is not finite is left out.
        num_letters: At most so many; a longer curve is averaged piece by piece.
    """
    finite = values[np.isfinite(values)]
    if not len(finite):
        return ""
    pieces = np.array_split(finite, min(num_letters, len(finite)))
    means = np.array([piece.mean() for piece in pieces])
    span = means.max() - means.min()
    heights = (means - means.min()) / span if span > 0 else np.full(len(means), 0.5)
    return "".join(BLOCKS[int(height * (len(BLOCKS) - 1))] for height in heights)
