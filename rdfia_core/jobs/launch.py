"""Starting the dispatcher from another process, and telling that it is wanted."""

import os
import subprocess
import sys
import time
from pathlib import Path

import filelock

from rdfia_core.settings import Settings

ROOT = Path(__file__).resolve().parents[2]

_started: list[subprocess.Popen[bytes]] = []
"""Dispatchers that this process has started, kept so that one that ends is not left a zombie."""


def lock_path(settings: Settings) -> Path:
    """Return the file that the one dispatcher of this home holds locked."""
    return settings.home / "dispatcher.lock"


def ensure_dispatcher(settings: Settings) -> bool:
    """Start the dispatcher unless one is at work; True if one was started.

    It gets a session of its own, so that Ctrl-C in the server's terminal does not reach it, and
    runs on when the server ends.
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    say_wanted(settings)
    if is_at_work(settings):
        return False
    environment = {**os.environ, "RDFIA_HOME": str(settings.home)}
    paths = [str(ROOT), environment.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    process = subprocess.Popen(
        [sys.executable, "-m", "rdfia_core.jobs"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    _started[:] = [earlier for earlier in _started if earlier.poll() is None] + [process]
    return True


def is_at_work(settings: Settings) -> bool:
    """Whether a dispatcher holds the lock."""
    probe = filelock.FileLock(lock_path(settings))
    try:
        probe.acquire(timeout=0)
    except filelock.Timeout:
        return True
    probe.release()
    return False


def say_wanted(settings: Settings) -> None:
    """Note that somebody is there who may start a run."""
    (settings.home / "wanted").touch()


def is_wanted(settings: Settings) -> bool:
    """Whether somebody was there within the idle time."""
    file = settings.home / "wanted"
    return file.exists() and time.time() - file.stat().st_mtime < settings.idle_exit_seconds
