"""Names of processes that a later process with the same number is not taken for."""

import psutil


def process_handle(pid: int | None = None) -> str:
    """Name a running process by its number and the moment of its birth."""
    process = psutil.Process(pid)
    return f"{process.pid}:{process.create_time():.2f}"


def find_process(handle: str) -> psutil.Process | None:
    """Return the process of that name, or None if it has ended."""
    if ":" not in handle:
        return None
    pid, born = handle.split(":")
    try:
        process = psutil.Process(int(pid))
        if f"{process.create_time():.2f}" == born and process.status() != psutil.STATUS_ZOMBIE:
            return process
    except psutil.NoSuchProcess:
        pass
    return None
