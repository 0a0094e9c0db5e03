"""A student's unfinished lab report, kept in a file: no closed tab and no restart loses it."""

import json
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rdfia_core.errors import StoreError
from rdfia_core.jobs.lab_report import Words
from rdfia_core.settings import Settings
from rdfia_core.training.checkpoints import save_file

_OWNER = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class ReportDraft:
    """What was chosen and written so far.

    Args:
        runs: Ids, in the order of the report.
        words: What was written.
    """

    runs: tuple[str, ...] = ()
    words: Words = field(default_factory=Words)


def load_draft(settings: Settings, owner: str) -> ReportDraft:
    """Return an owner's draft; an empty one if there is none, or it cannot be read."""
    path = _path(settings, owner)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return ReportDraft(tuple(found["runs"]), Words(**found["words"]))
    except (OSError, ValueError, KeyError, TypeError):
        return ReportDraft()


def save_draft(settings: Settings, owner: str, draft: ReportDraft) -> None:
    """Keep an owner's draft.

    Raises:
        StoreError: If it cannot be written; the draft before it is kept.
    """
    content = json.dumps(asdict(draft)).encode()
    try:
        save_file(_path(settings, owner), content)
    except OSError as error:
        raise StoreError(
            f"What you have written could not be kept on the server ({error.strerror}). It stays "
            "on this page: download the report before you close the tab."
        ) from error


def _path(settings: Settings, owner: str) -> Path:
    assert _OWNER.fullmatch(owner), "an owner is a digest, so it can name a file"
    return settings.home / "reports" / f"{owner}.json"
