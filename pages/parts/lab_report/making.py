"""The report itself: made on request, then offered and shown."""

import re
from collections.abc import Mapping, Sequence

import streamlit as st

from app.resources import settings, store
from rdfia_core.errors import DataUnavailableError
from rdfia_core.jobs.apart import make_apart
from rdfia_core.jobs.lab_report import lab_report, wanted_figures
from rdfia_core.jobs.report_draft import ReportDraft
from rdfia_core.store import RunRecord

PREVIEW_HEIGHT = 720

Moment = tuple[str, int, int, str]
"""Run id, attempt, step and state: a run's figures change with them."""


def draw_making(draft: ReportDraft, runs: Mapping[str, RunRecord]) -> None:
    """Draw the switch that makes the report, the download, and how it will look."""
    chosen = [runs[run_id] for run_id in draft.runs]
    if not chosen:
        st.info("Choose at least one run. Your words are kept meanwhile.", icon=":material/info:")
        return
    if not st.toggle("Make the report", key="lab_report/made"):
        st.caption("The figures are drawn on the server, about three seconds a run.")
        return
    moments = tuple((run.id, run.attempt, run.step, str(run.state)) for run in chosen)
    content = lab_report(store(), chosen, draft.words, _figures(moments, chosen))
    st.download_button(
        "Download the report",
        content,
        file_name=f"{_file_name(draft.words.title)}.html",
        mime="text/html",
        icon=":material/download:",
        type="primary",
        key="lab_report/download",
        on_click="ignore",
    )
    st.caption(
        "One HTML file that needs no network: open it in any browser, send it, or print it to "
        "PDF. It follows what you write."
    )
    st.iframe(content.decode(), height=PREVIEW_HEIGHT, alt="Preview of the report")


def _figures(
    moments: Sequence[Moment], runs: Sequence[RunRecord]
) -> dict[tuple[str, str], str | DataUnavailableError]:
    drawn = _drawn(tuple(moments), tuple(wanted_figures(runs)))
    return {
        wanted: DataUnavailableError(problem) if problem else svg
        for wanted, (svg, problem) in drawn.items()
    }


@st.cache_data(max_entries=16, show_spinner="Drawing the figures: about three seconds a run")
def _drawn(
    moments: tuple[Moment, ...], wanted: tuple[tuple[str, str], ...]
) -> dict[tuple[str, str], tuple[str, str]]:
    """Draw once for each moment of the runs; return for each figure its SVG, or what is wrong."""
    del moments
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for item, made in zip(wanted, make_apart(settings(), wanted), strict=True):
        found[item] = (made.decode(), "") if isinstance(made, bytes) else ("", str(made))
    return found


def _file_name(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60] or "lab-report"
