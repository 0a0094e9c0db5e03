"""The measurements: those that come with the product, and this server's own where there are any."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from app.resources import settings
from rdfia_core.reproduction.findings import Finding, findings_of
from rdfia_core.reproduction.kept import SHIPPED, KeptMeasurements, shipped_measurements
from rdfia_core.reproduction.measured import pooled


@dataclass(frozen=True)
class Found:
    """What the page shows.

    Args:
        findings: Of every entry.
        own: Runs that this server measured itself, by their place in memory.
    """

    findings: list[Finding]
    own: frozenset[int]


def all_findings() -> Found:
    """Return what there is; read anew only when a measurement has come since."""
    folder = KeptMeasurements(settings().home).folder
    return _read(settings().home, _stamp(folder), _stamp(SHIPPED))


def _stamp(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else 0


@st.cache_resource(max_entries=2, show_spinner="Reading the measurements …")
def _read(home: Path, own_stamp: int, shipped_stamp: int) -> Found:
    """Judge all there is; the stamps are there to notice what is new."""
    del own_stamp, shipped_stamp
    own = list(KeptMeasurements(home).all())
    findings = findings_of(pooled(shipped_measurements(), own))
    return Found(findings, frozenset(map(id, own)))
