"""Number formats of the arithmetic: float32, or bfloat16 where the device computes it natively."""

from contextlib import AbstractContextManager

import torch

from rdfia_core.events import Note, Suggestion

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


def emulation_note(device: str, precision: str) -> Note | None:
    """Return what is to be said where bfloat16 is computed without hardware for it, else None."""
    if precision != "bfloat16" or is_bfloat16_native(device):
        return None
    return Note(
        0,
        0.0,
        "emulated",
        f"PyTorch knows of no bfloat16 hardware on this device ({device}): products are emulated, "
        "which is slower than float32.",
        {"device": device, "precision": precision},
        Suggestion("Use float32", {"precision": "float32"}),
    )


def autocast(device: str, precision: str) -> AbstractContextManager[None]:
    """Compute convolutions and matrix products in a precision; weights and sums stay float32.

    Args:
        device: cpu, cuda or mps.
        precision: One of `PRECISIONS`.
    """
    is_low = precision == "bfloat16"
    return torch.autocast(device.split(":")[0], dtype=torch.bfloat16, enabled=is_low)
