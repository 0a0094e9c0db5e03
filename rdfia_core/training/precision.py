"""Number formats of the arithmetic: float32, or bfloat16 where the device computes it natively."""

from contextlib import AbstractContextManager

import torch

PRECISIONS = ("float32", "bfloat16")


def is_bfloat16_native(device: str) -> bool:
    """Whether the device multiplies bfloat16 matrices in hardware.

    Elsewhere it is emulated and slower than float32. float16 is not offered at all: on processors
    it is emulated nearly everywhere, and on GPUs it would need its gradients scaled.
    """
    if device.startswith("cuda"):
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device == "cpu":
        capabilities = torch.cpu.get_capabilities()
        return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))
    return False


def autocast(device: str, precision: str) -> AbstractContextManager[None]:
    """Compute convolutions and matrix products in a precision; weights and sums stay float32.

    Args:
        device: cpu, cuda or mps.
        precision: One of `PRECISIONS`.
    """
    is_low = precision == "bfloat16"
    return torch.autocast(device.split(":")[0], dtype=torch.bfloat16, enabled=is_low)
