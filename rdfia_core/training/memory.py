"""Memory that does not suffice: which batch would have fitted; and how freed memory is kept."""

import ctypes
import re
import sys
from collections.abc import Callable

import torch

_REFUSALS = re.compile(r"can't allocate memory|not enough memory|out of memory", re.IGNORECASE)

# Options of glibc's mallopt and what a training of images wants of them: a batch's tensors have
# the same sizes as the last one's, so memory that is freed is best kept. By default glibc gives
# blocks of many megabytes back to the system and takes them again, at 12,000 page faults a batch.
_KEPT_BYTES = 2**30
_MALLOPT = {
    -3: 2**25,  # M_MMAP_THRESHOLD: 32 MB, the largest it accepts
    -1: _KEPT_BYTES,  # M_TRIM_THRESHOLD
    -2: 2**26,  # M_TOP_PAD
    -8: 1,  # M_ARENA_MAX: one pool for all threads, so that what one frees another can use
}


def keep_freed_memory() -> None:
    """Make this process keep the memory it frees; does nothing where the C library is not glibc.

    In bfloat16 a training step of the lab's network takes two thirds of the time for it.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return
    for option, value in _MALLOPT.items():
        mallopt(option, value)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out, on whatever device."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and bool(_REFUSALS.search(str(error)))


def largest_that_fits(batch_size: int, attempt: Callable[[int], None]) -> int:
    """Find a batch size that fits, by halving.

    Args:
        batch_size: The one that did not.
        attempt: Does a forward and backward pass on a batch of the size it is given.

    Returns:
        The first that fits of a half, a quarter, ... of the size; 0 if none does.
    """
    size = batch_size // 2
    while size:
        try:
            attempt(size)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            size //= 2
        else:
            return size
    return 0


def free_device_memory(device: str) -> None:
    """Give cached blocks of a GPU back, before something smaller is tried."""
    if device.startswith("cuda"):
        torch.cuda.empty_cache()
    elif device == "mps":
        torch.mps.empty_cache()
