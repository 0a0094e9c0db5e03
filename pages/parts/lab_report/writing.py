"""What a student chooses and writes; every change is kept at once, on the server."""

import time
from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from app import state
from app.identity import current_owner
from app.messages import shown_errors
from app.resources import settings, store
from rdfia_core.jobs.lab_report import MAX_NOTES, MAX_RUNS, run_title
from rdfia_core.jobs.report_draft import ReportDraft, load_draft, save_draft
from rdfia_core.store import RunRecord

MAX_LISTED = 200
HELP = (
    "A blank line starts a paragraph, lines that begin with - make a list, # makes a heading; "
    "**bold**, *italic* and `code` work. Everything else stays as you type it."
)


def reportable_runs(owner: str) -> dict[str, RunRecord]:
    """Return the owner's runs that have something to report, the newest first."""
    runs = store().runs(owner=owner, limit=MAX_LISTED, newest_first=True)
    return {
        run.id: run
        for run in runs
        if run.task == "train" and run.deleted is None and (run.step or run.is_over)
    }


def draw_writing(runs: Mapping[str, RunRecord]) -> ReportDraft:
    """Draw the choice of runs and the fields to write in; return what they say."""
    owner = current_owner()
    before: ReportDraft = state.report_draft(lambda: load_draft(settings(), owner))
    chosen = st.multiselect(
        "Runs",
        list(runs),
        default=[run_id for run_id in before.runs if run_id in runs],
        format_func=lambda run_id: _choice(runs[run_id]),
        max_selections=MAX_RUNS,
        placeholder=f"Choose 1 to {MAX_RUNS}, in the order of the report",
        key="lab_report/runs",
    )
    words = before.words
    left, right = st.columns([2, 1])
    title = left.text_input("Title", words.title, max_chars=120, key="lab_report/title")
    author = right.text_input(
        "Your name (optional)", words.author, max_chars=80, key="lab_report/author"
    )
    notes = st.text_area(
        "Notes on the whole report",
        words.notes,
        max_chars=MAX_NOTES,
        height=140,
        help=HELP,
        placeholder="What did you want to find out, and what did you find?",
        key="lab_report/notes",
    )
    run_notes = dict(words.run_notes)
    for number, run_id in enumerate(chosen, start=1):
        run_notes[run_id] = st.text_area(
            f"Notes on run {number}: {run_title(runs[run_id])}",
            run_notes.get(run_id, ""),
            max_chars=MAX_NOTES,
            height=90,
            key=f"lab_report/notes/{run_id}",
        )
    kept = {run_id: text for run_id, text in run_notes.items() if text.strip()}
    words = replace(words, title=title, author=author, notes=notes, run_notes=kept)
    draft = ReportDraft(tuple(chosen), words)
    if draft != before:
        state.set_report_draft(draft)
        with shown_errors():
            save_draft(settings(), owner, draft)
    return draft


def _choice(run: RunRecord) -> str:
    when = time.strftime("%d %b %H:%M", time.localtime(run.created))
    accuracy = run.metrics.get("test_accuracy")
    told = "" if accuracy is None else f", test accuracy {100 * accuracy:.1f} %"
    return f"{run_title(run)} · {when}{told} · {run.id[:6]}"
