"""What all sessions of the server share: settings, the run store, the dispatcher."""

import shutil
import threading
import time
from functools import cache, lru_cache
from pathlib import Path

import plotly

from rdfia_core.data.images.library import ImageLibrary
from rdfia_core.jobs.launch import ensure_dispatcher
from rdfia_core.settings import Settings
from rdfia_core.store import RunStore
from rdfia_core.store.sweep_results import SweepResults

STATIC = Path(__file__).with_name("static")
DISPATCHER_CHECK_SECONDS = 2.0

_lock = threading.Lock()
_last_check = 0.0


@cache
def settings() -> Settings:
    """Return the settings of this deployment, read once."""
    return Settings()


@cache
def store() -> RunStore:
    """Return the run store of this process."""
    return RunStore(settings().store_url)


def sweep_results() -> SweepResults:
    """Return the reader of what sweeps have found, with what it has read so far."""
    return _results_of(store())


@lru_cache(maxsize=1)
def _results_of(run_store: RunStore) -> SweepResults:
    return SweepResults(run_store)


def image_library() -> ImageLibrary:
    """Return the image sets of this deployment."""
    return ImageLibrary(settings().home, settings().data_dir)


@cache
def start_up() -> None:
    """Prepare what the first visitor needs, once."""
    _place_plotly()
    store()
    keep_dispatcher()


def keep_dispatcher() -> None:
    """Say that somebody is here, and start the dispatcher if it is gone; cheap to call often."""
    global _last_check
    with _lock:
        if time.monotonic() - _last_check < DISPATCHER_CHECK_SECONDS and _last_check:
            return
        _last_check = time.monotonic()
        ensure_dispatcher(settings())


def _place_plotly() -> None:
    """Copy the script that the plotly package ships to where the browser can fetch it."""
    source = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    target = STATIC / "vendor" / "plotly.min.js"
    if target.exists() and target.stat().st_size == source.stat().st_size:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    shutil.copyfile(source, partial)
    partial.replace(target)
