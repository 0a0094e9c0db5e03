"""Lessons: what is written is what is opened, and their recorded runs are files of their own."""

from pathlib import Path
from typing import Any

import pytest

from rdfia_core.errors import ConfigError, LimitError, ShareNotFoundError, StoreError
from rdfia_core.store import RunStore, lessons
from rdfia_core.store.lessons import Draft, Lessons
from rdfia_core.store.share_store import LESSON, ShareStore

DRAFT = Draft("circle_mlp", "Title", "Do it.", "Why.", {"seed": 3}, ["seed"], ["noise"])


def changed(**more: Any) -> Draft:
    return Draft(**{name: getattr(DRAFT, name) for name in Draft.__slots__} | more)


@pytest.fixture
def shares(store: RunStore) -> ShareStore:
    return ShareStore(store)


@pytest.fixture
def classroom(shares: ShareStore, tmp_path: Path) -> Lessons:
    return Lessons(shares, tmp_path / "lessons")


def test_what_was_written_is_opened(classroom: Lessons) -> None:
    lesson = classroom.lesson(classroom.create("ada", DRAFT))
    assert (lesson.owner, lesson.draft) == ("ada", DRAFT)


def test_a_recording_is_kept_until_the_lesson_is_revoked(
    classroom: Lessons, tmp_path: Path
) -> None:
    lesson_id = classroom.create("ada", DRAFT, b"packet")
    assert classroom.recording(lesson_id) == b"packet"
    classroom.revoke(lesson_id, "bob")
    assert classroom.recording(lesson_id) == b"packet"
    classroom.revoke(lesson_id, "ada")
    with pytest.raises(ShareNotFoundError):
        classroom.recording(lesson_id)
    assert list((tmp_path / "lessons").iterdir()) == []


@pytest.mark.parametrize("lesson_id", ["", "../runs.db", "0" * 32])
def test_only_a_lesson_that_works_has_a_recording(classroom: Lessons, lesson_id: str) -> None:
    with pytest.raises(ShareNotFoundError):
        classroom.recording(lesson_id)


def test_a_lesson_without_a_recording_has_none(classroom: Lessons) -> None:
    with pytest.raises(ShareNotFoundError):
        classroom.recording(classroom.create("ada", DRAFT))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"title": " "}, "must have a title"),
        ({"title": "x" * 81}, "at most 80 characters. Got 81"),
        ({"task": "x" * 6001}, "at most 6000 characters"),
        ({"explanation": "x" * 6001}, "at most 6000 characters"),
        ({"values": {"seed": -1}}, "'seed'"),
        ({"free": ["nope"]}, "no parameter 'nope'"),
        ({"fixed": ["seed"]}, "both free and fixed"),
    ],
)
def test_a_draft_that_cannot_be_is_refused(
    classroom: Lessons, change: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ConfigError, match=sentence):
        classroom.create("ada", changed(**change))
    assert classroom.of_owner("ada") == []


def test_a_recording_that_is_too_large_is_refused(
    classroom: Lessons, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lessons, "MAX_RECORDING_BYTES", 4)
    with pytest.raises(LimitError, match="leave the recording out"):
        classroom.create("ada", DRAFT, b"12345")
    assert classroom.of_owner("ada") == []


def test_a_disk_without_room_leaves_no_half_lesson(
    classroom: Lessons, shares: ShareStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(StoreError, match="No space left on device"):
        classroom.create("ada", DRAFT, b"packet")
    assert shares.of_owner("ada", LESSON) == []
    assert list((tmp_path / "lessons").iterdir()) == []
