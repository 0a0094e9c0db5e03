"""A pretended Apple GPU: tensors of the processor that are held to the rules of another device.

Neither CI nor most developers have a GPU. What usually goes wrong there can be seen without one:
tensors of two devices in one operation, NumPy asked to read a GPU's memory, and, on Apple's GPUs,
float64. Speed, memory and kernels are for `tests/gpu`.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import torch
from torch import nn
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves, tree_map

NAME = "mps"
DEVICE = torch.device(NAME)
_NAMERS = (torch.device, torch._C._nn._parse_to)
_READERS = (torch.Tensor.numpy, torch.Tensor.__array__)
# An index may lie on the processor, and so may what is copied from.
_MAY_MIX = (
    torch._has_compatible_shallow_copy_type,
    torch.Tensor.__getitem__,
    torch.Tensor.__setitem__,
    torch.Tensor.copy_,
    torch.Tensor.data.__set__,  # type: ignore[attr-defined]
)


def is_resident(value: object) -> bool:
    """Whether a value lies on the pretended device."""
    return isinstance(value, torch.Tensor) and "is_resident" in value.__dict__


class PretendedDevice(TorchFunctionMode):
    """While it is entered, tensors are made on and moved to the pretended device when asked."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        kwargs = dict(kwargs or {})
        if func in _NAMERS:
            return func(*args, **kwargs)
        tensors = [v for v in tree_leaves((args, kwargs)) if isinstance(v, torch.Tensor)]
        residents = [v for v in tensors if is_resident(v)]
        if func == torch.Tensor.device.__get__:  # type: ignore[attr-defined]
            return DEVICE if residents else torch.device("cpu")
        if func in _READERS and residents:
            raise TypeError("NumPy cannot read the memory of a GPU: call cpu() first")
        strangers = [v for v in tensors if not is_resident(v) and v.dim() > 0]
        if residents and strangers and func not in _MAY_MIX:
            raise RuntimeError(f"{func.__name__} was given tensors of two devices")
        goes, leaves = _asked(func, args, kwargs)
        plain_args, plain_kwargs = tree_map(_on_processor, (args, kwargs))
        result = func(*plain_args, **plain_kwargs)
        if func == torch.Tensor.data.__set__ and is_resident(args[1]):  # type: ignore[attr-defined]
            _mark(args[0])
        if goes or leaves:  # a move is a copy
            result = tree_map(lambda v: v.clone() if isinstance(v, torch.Tensor) else v, result)
        return tree_map(_mark, result) if goes or (residents and not leaves) else result


def _asked(
    func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[bool, bool]:
    """Return whether a call puts its result on the device, and whether it takes it off."""
    if func == torch.Tensor.cpu:
        return False, True
    named = [v for v in (*args, *kwargs.values()) if isinstance(v, str | torch.device)]
    return any(str(v) == NAME for v in named), any(str(v) == "cpu" for v in named)


def _on_processor(value: Any) -> Any:
    if isinstance(value, str | torch.device) and str(value) == NAME:
        return "cpu" if isinstance(value, str) else torch.device("cpu")
    return value


def _mark(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        if value.dtype == torch.float64:
            raise TypeError("Apple's GPUs have no float64")
        value.is_resident = True  # type: ignore[attr-defined]
    return value


_Generator = torch.Generator


class _AnyGenerator:
    """Makes generators of the processor for any device."""

    def __new__(cls, device: str = "cpu") -> torch.Generator:  # type: ignore[misc]
        del device
        return _Generator()


_new_parameter = nn.Parameter.__new__


def _parameter(cls: type, data: Any = None, requires_grad: bool = True) -> nn.Parameter:
    parameter = _new_parameter(cls, data, requires_grad)
    return _mark(parameter) if is_resident(data) else parameter  # type: ignore[no-any-return]


@contextmanager
def pretended_device() -> Iterator[str]:
    """Pretend that there is an Apple GPU; gives its name."""
    with (
        patch("torch.Generator", _AnyGenerator),
        patch.object(nn.Parameter, "__new__", _parameter),
        patch("torch.mps.synchronize", lambda: None),
        patch("torch.mps.get_rng_state", lambda: torch.get_rng_state()),
        patch("torch.mps.set_rng_state", lambda state: torch.set_rng_state(state)),
        PretendedDevice(),
    ):
        yield NAME
