"""The dispatcher process: `python -m rdfia_core.jobs`. At most one a home folder."""

import logging
import os
import signal
import subprocess
import sys
import time
from types import FrameType

import filelock

from rdfia_core.errors import StoreError
from rdfia_core.jobs.dispatcher import HEARTBEAT_SECONDS, SERVICE, Dispatcher
from rdfia_core.jobs.engines import local_engine
from rdfia_core.jobs.handles import process_handle
from rdfia_core.jobs.launch import ROOT, is_wanted, lock_path
from rdfia_core.settings import Settings
from rdfia_core.store import RunStore
from rdfia_core.store.watch import Watch

LOOK_SECONDS = 0.015
TICK_SECONDS = 0.25
"""A tick comes at once when something is asked, and this often to notice the dead."""

CODE_LOOK_SECONDS = 2.0

logger = logging.getLogger("rdfia_core.jobs")


def main() -> int:
    """Run the dispatcher until it is told to end or has been idle for long."""
    settings = Settings()
    settings.home.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(
        filename=settings.home / "dispatcher.log",
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(message)s",
    )
    lock = filelock.FileLock(lock_path(settings))
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        logger.info("another dispatcher is at work")
        return 0
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logger.info("dispatcher %s starts with %d slots", os.getpid(), settings.num_slots)
    _loop(settings)
    return _leave(0, None)


def _loop(settings: Settings) -> None:
    store = RunStore(settings.store_url)
    info = {"handle": process_handle(), "slots": settings.num_slots, "ready": False}
    store.announce(SERVICE, info)
    engine = local_engine(settings)
    engine.warm_up()
    info["ready"] = True
    store.announce(SERVICE, info)
    # Asking torch for its devices takes a process that may run torch: not this, not the forkserver.
    probe = subprocess.Popen([sys.executable, "-m", "rdfia_core.jobs.devices"])
    dispatcher = Dispatcher(store, engine, settings)
    watch = Watch(store.engine)
    code = Code()
    next_heartbeat = next_tick = 0.0
    while True:
        now = time.time()
        try:
            if watch.has_demands() or now >= next_tick:
                dispatcher.tick()
                next_tick = now + TICK_SECONDS
            if now >= next_heartbeat:
                store.announce(SERVICE, info)
                next_heartbeat = now + HEARTBEAT_SECONDS
                probe.poll()
        except StoreError:
            # A full disk or a locked database may pass: the runs are safe, so wait and try again.
            logger.exception("the store refused; trying again")
            time.sleep(1.0)
        if code.is_new(now):
            _start_anew()
        idle = now - dispatcher.last_busy
        if idle > settings.idle_exit_seconds and not is_wanted(settings):
            return
        time.sleep(LOOK_SECONDS)


class Code:
    """Notices that the program's files have changed since it was loaded: an update, an edit."""

    def __init__(self) -> None:
        self._loaded = self._seen = _fingerprint()
        self._next_look = 0.0

    def is_new(self, now: float) -> bool:
        """Whether the files differ from what runs here, and have come to rest."""
        if now < self._next_look:
            return False
        self._next_look = now + CODE_LOOK_SECONDS
        before, self._seen = self._seen, _fingerprint()
        return before == self._seen != self._loaded


def _fingerprint() -> int:
    files = sorted(ROOT.glob("rdfia_core/**/*.py"))
    return hash(tuple((str(file), file.stat().st_mtime_ns) for file in files if file.exists()))


def _start_anew() -> None:
    """Become a dispatcher of the new code; the workers go on, and are adopted."""
    logger.info("the code has changed: dispatcher %s starts anew", os.getpid())
    logging.shutdown()
    os.execv(sys.executable, [sys.executable, "-m", "rdfia_core.jobs"])


def _leave(_signal: int, _frame: FrameType | None) -> int:
    """End at once and leave the workers at work: the next dispatcher adopts them."""
    logger.info("dispatcher %s ends", os.getpid())
    logging.shutdown()
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
