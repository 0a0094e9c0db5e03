"""Which device a run computes on. Imports torch when asked, never before."""

from rdfia_core.errors import ConfigError
from rdfia_core.settings import Settings
from rdfia_core.store import RunStore

SERVICE = "devices"


def available_devices() -> list[str]:
    """Return the devices of this machine, the fastest first; "cpu" is always there."""
    import torch  # noqa: PLC0415  the dispatcher imports this module and stays light

    devices = ["cpu"]
    if torch.backends.mps.is_available():
        devices.insert(0, "mps")
    if torch.cuda.is_available():
        devices.insert(0, "cuda")
    return devices


def resolve_device(asked: str) -> str:
    """Turn a config's device into one that exists; "auto" takes the fastest.

    Raises:
        ConfigError: If this machine has no such device.
    """
    if asked == "cpu":
        return asked
    devices = available_devices()
    if asked == "auto":
        return devices[0]
    if asked not in devices:
        raise ConfigError(
            f"The 'device' parameter must be one of auto, {', '.join(devices)} on this machine. "
            f"Got '{asked}'.",
            "device",
        )
    return asked


if __name__ == "__main__":
    RunStore(Settings().store_url).announce(SERVICE, {"devices": available_devices()})
