"""Mean, standard deviation and class counts of image sets, exactly.

N images of S x S pixels, C channels, K classes.
"""

import numpy as np

Array = np.ndarray

_CHUNK_BYTES = 2**22


def channel_statistics(x_NHWC: Array, rows: Array | None = None) -> tuple[Array, Array]:
    """Mean and standard deviation of each channel.

    There are only 256 values, so they are counted, and the sums over the counts are integers:
    nothing is rounded before the last division. About 1 ns a byte.

    Args:
        x_NHWC: Images, uint8, at least one.
        rows: Rows that count, at least one; all if not given. They are copied in small parts.

    Returns:
        Mean (C,) and standard deviation (C,) over all pixels, float64, in units of 255: the mean
        lies in [0, 1], the deviation (with divisor N, not N - 1) in [0, 0.5].
    """
    num_channels = x_NHWC.shape[3]
    counts_CV = np.zeros((num_channels, 256), np.int64)
    images = max(1, _CHUNK_BYTES // max(1, x_NHWC[0].size))
    for start in range(0, len(x_NHWC if rows is None else rows), images):
        part = slice(start, start + images)
        chunk = x_NHWC[part if rows is None else rows[part]].reshape(-1, num_channels)
        for channel in range(num_channels):
            counts_CV[channel] += np.bincount(chunk[:, channel], minlength=256)
    statistics = [_mean_and_deviation(counts_V.tolist()) for counts_V in counts_CV]
    mean_C, std_C = np.array(statistics, np.float64).T
    return mean_C, std_C


def _mean_and_deviation(counts: list[int]) -> tuple[float, float]:
    """In Python's integers, which do not overflow."""
    number = sum(counts)
    total = sum(value * count for value, count in enumerate(counts))
    squares = sum(value * value * count for value, count in enumerate(counts))
    variance = (squares * number - total * total) / (number * number)
    return total / number / 255, float(np.sqrt(variance)) / 255


def class_counts(y_N: Array, num_classes: int) -> Array:
    """Count the images of each class.

    Args:
        y_N: Classes, integers in [0, num_classes).
        num_classes: K.

    Returns:
        (K,), int64.
    """
    return np.bincount(y_N, minlength=num_classes)
