"""Weights that timm's networks were trained to elsewhere, fetched once and kept.

Only safetensors files are fetched and read: unlike a pickle, such a file can run no code.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import timm
from filelock import FileLock, Timeout
from huggingface_hub import hf_hub_url
from safetensors import SafetensorError, safe_open

from rdfia_core.errors import DataUnavailableError
from rdfia_core.mirrors import MirrorError, answer

TIMEOUT_S = 20.0
LOCK_WAIT_S = 0.2


def weights_file(name: str, weights_dir: Path) -> Path:
    """Return where the weights of one of timm's networks lie once they are fetched."""
    return weights_dir / f"{name}.{_source(name).tag}.safetensors"


def weights_url(name: str) -> str:
    """Return where they are fetched from; HF_ENDPOINT may name a mirror of huggingface.co."""
    repository = _source(name).hf_hub_id
    assert repository is not None, f"the hub has weights of {name}"
    return hf_hub_url(repository, "model.safetensors")


def fetch_weights(name: str, weights_dir: Path) -> Iterator[float]:
    """Fetch the weights of one of timm's networks, unless they are here.

    What an earlier, interrupted call received is not fetched again.

    Args:
        name: One that timm has weights for.
        weights_dir: Where they go; made if need be.

    Yields:
        The share that is here, in [0, 1], after each block; 0 while another process fetches them.

    Raises:
        DataUnavailableError: If they cannot be had; says why, and where to put the file by hand.
    """
    target = weights_file(name, weights_dir)
    part = target.with_suffix(".part")
    lock = FileLock(weights_dir / f".{target.name}.lock")
    try:
        weights_dir.mkdir(parents=True, exist_ok=True)
        while not _is_acquired(lock):
            yield 0.0
        if not target.is_file():
            yield from _receive(weights_url(name), part)
            _check(part)
            part.replace(target)
    except (MirrorError, OSError) as error:
        raise DataUnavailableError(
            f"The pretrained weights of {name} could not be fetched: {error}. Check the network, "
            f"and the proxy in HTTPS_PROXY if there is one; or fetch {weights_url(name)} "
            f"elsewhere and put it at {target}."
        ) from error
    finally:
        lock.release()


def _is_acquired(lock: FileLock) -> bool:
    with suppress(Timeout):
        lock.acquire(timeout=LOCK_WAIT_S)
    return lock.is_locked


def _check(path: Path) -> None:
    """Refuse a file that is not whole or not of this format; the next call fetches it anew."""
    try:
        with safe_open(path, "pt") as file:
            file.keys()
    except SafetensorError as error:
        path.unlink()
        raise DataUnavailableError(
            f"{path.name} is not a whole safetensors file ({error}) and was deleted. Try again."
        ) from error


def _source(name: str) -> timm.models.PretrainedCfg:
    source = timm.get_pretrained_cfg(name)
    assert source is not None, f"timm has weights for {name}"
    return source


def _receive(url: str, part: Path) -> Iterator[float]:
    """Append what is missing to the part, or begin anew where the server cannot resume."""
    begun = part.stat().st_size if part.is_file() else 0
    with answer(url, begun, TIMEOUT_S) as sent:
        if sent is None:  # all of it is here
            return
        done = sent.start
        with part.open("ab" if done else "wb") as file:
            while block := sent.read():
                file.write(block)
                done += len(block)
                yield done / sent.end if sent.end else 0.0
    if sent.end is not None and done < sent.end:
        raise MirrorError(f"the connection broke off after {done / 1e6:.1f} MB")
