"""The doctor: looks at what a deployment needs and says what it found."""

import platform
import shutil
from collections.abc import Mapping
from dataclasses import dataclass

import psutil
import torch

from rdfia_core.errors import RdfiaError
from rdfia_core.jobs.devices import available_devices
from rdfia_core.jobs.launch import is_at_work
from rdfia_core.settings import Settings
from rdfia_core.store import RunStore

GIB = 2**30
MIN_FREE_BYTES = 200 * 2**20


@dataclass(frozen=True)
class Finding:
    """What was found, and whether it is as it should be."""

    text: str
    is_fine: bool = True


def examine(settings: Settings) -> Mapping[str, Finding]:
    """Look at devices, memory, disk, data, store and engine."""
    memory = psutil.virtual_memory()
    profile = "small" if settings.is_small else "full"
    return {
        "versions": Finding(f"Python {platform.python_version()}, torch {torch.__version__}"),
        "devices": Finding(", ".join(available_devices())),
        "memory": Finding(
            f"{memory.available / GIB:.1f} GiB free of {memory.total / GIB:.1f} GiB, "
            f"{profile} profile"
        ),
        "home": _home(settings),
        "data": _data(settings),
        "store": _store(settings),
        "engine": Finding(
            f"{settings.num_slots} slots, {settings.threads_per_run} threads a run, dispatcher "
            + ("at work" if is_at_work(settings) else "not started (the first run starts it)")
        ),
    }


def _home(settings: Settings) -> Finding:
    settings.home.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.home).free
    text = f"{settings.home}, {free / GIB:.1f} GiB free"
    if free < MIN_FREE_BYTES:
        return Finding(text + ": too little; free disk space or set RDFIA_HOME", is_fine=False)
    return Finding(text)


def _data(settings: Settings) -> Finding:
    if settings.data_dir is None:
        return Finding("RDFIA_DATA_DIR is not set; the embedded data needs nothing")
    if not settings.data_dir.is_dir():
        return Finding(f"RDFIA_DATA_DIR={settings.data_dir} is not a folder", is_fine=False)
    names = sorted(path.stem for path in settings.data_dir.glob("*.npz"))
    return Finding(f"{settings.data_dir}: {', '.join(names) or 'no data set'}")


def _store(settings: Settings) -> Finding:
    try:
        store = RunStore(settings.store_url)
        num_live = store.count_live()
    except RdfiaError as error:
        return Finding(str(error), is_fine=False)
    return Finding(f"{store.engine.url.render_as_string()}, {num_live} unfinished runs")
