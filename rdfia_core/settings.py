"""Settings of a deployment, read from RDFIA_* environment variables. No experiment reads them."""

import os
from functools import cached_property
from pathlib import Path
from typing import Literal

import platformdirs
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

SMALL_MEMORY_BYTES = 3 * 2**30
"""Under this much memory (Streamlit Community Cloud gives 2.7 GB) the small profile is chosen."""
SMALL_SWEEP_RUNS = 300


def _memory_limit_bytes() -> int:
    """Memory this process may use: the cgroup's limit where there is one, else the machine's."""
    pages = os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else 0
    limits = [pages * os.sysconf("SC_PAGE_SIZE")] if pages > 0 else [SMALL_MEMORY_BYTES]
    cgroup = Path("/sys/fs/cgroup/memory.max")
    if cgroup.exists() and (text := cgroup.read_text().strip()).isdigit():
        limits.append(int(text))
    return min(limits)


class Settings(BaseSettings):
    """Where things lie and how much of the machine may be used."""

    model_config = SettingsConfigDict(env_prefix="RDFIA_", frozen=True)

    home: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_path("rdfia-playground")),
        description="Everything the product writes lies here",
    )
    data_dir: Path | None = Field(None, description="Folder with NAME.npz image data sets")
    database_url: str = Field("", description="SQLAlchemy URL; default: SQLite under home")
    profile: Literal["auto", "small", "full"] = "auto"
    slots: int = Field(0, ge=0, le=256, description="Runs at once; 0: one a core")
    max_running_per_owner: int = Field(4, ge=1)
    max_queued_per_owner: int = Field(20, ge=1)
    max_queued: int = Field(500, ge=1)
    max_sweep_runs: int = Field(2000, ge=1, description="Runs of one sweep; small profile: 300")
    max_run_seconds: float = Field(3600, gt=0, description="A run is stopped after this long")
    max_memory_bytes: int = Field(
        0, ge=0, description="Data memory of a run beyond torch's own; 0: no limit"
    )
    pause_idle_seconds: float = Field(300, gt=0, description="Then a paused worker makes room")
    idle_exit_seconds: float = Field(1800, gt=0, description="Then the idle dispatcher exits")
    max_live_hz: float = Field(10, gt=0, le=30, description="Live updates a second and viewer")
    keep_runs_per_owner: int = Field(200, ge=1, description="Older ended runs are deleted")

    @cached_property
    def is_small(self) -> bool:
        """Whether the small profile applies: one worker, fewer updates."""
        if self.profile == "auto":
            return _memory_limit_bytes() < SMALL_MEMORY_BYTES
        return self.profile == "small"

    @property
    def num_slots(self) -> int:
        """Runs at once on this machine."""
        if self.slots:
            return self.slots
        return 1 if self.is_small else max(1, os.cpu_count() or 1)

    @property
    def threads_per_run(self) -> int:
        """Cores divided by slots, at least one."""
        return self.threads_for(1)

    def threads_for(self, share: float) -> int:
        """Return the threads of a run that takes this many slots, at least one."""
        cores = os.cpu_count() or 1
        return max(1, int(cores * min(share, self.num_slots) / self.num_slots))

    @property
    def live_hz(self) -> float:
        """Live updates a second for one viewer."""
        return min(self.max_live_hz, 4.0) if self.is_small else self.max_live_hz

    @property
    def sweep_runs(self) -> int:
        """How many runs one sweep may have."""
        return min(self.max_sweep_runs, SMALL_SWEEP_RUNS) if self.is_small else self.max_sweep_runs

    @property
    def store_url(self) -> str:
        """SQLAlchemy URL of the run store."""
        return self.database_url or f"sqlite:///{self.home / 'runs.db'}"

    @property
    def uploads_dir(self) -> Path:
        """Folder of the imported data files."""
        return self.home / "uploads"

    @property
    def lessons_dir(self) -> Path:
        """Folder of the recorded runs that lessons show."""
        return self.home / "lessons"

    @property
    def weights_dir(self) -> Path:
        """Folder of weights that were trained elsewhere and downloaded."""
        return self.home / "weights"

    def run_dir(self, run_id: str) -> Path:
        """Folder of one run's checkpoint and weights."""
        return self.home / "runs" / run_id
