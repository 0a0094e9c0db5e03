"""One experiment: what is printed beside what was measured, the verdict, and a way to try it."""

import streamlit as st

from app.live import figure_view
from app.open_lab import open_lab
from pages.parts.report.badges import badge
from pages.parts.report.claims import anchor
from pages.parts.report.found import Found
from rdfia_core.experiments import experiment_named
from rdfia_core.figures.reproduction import reproduction_figure
from rdfia_core.figures.study import study_curves_figure
from rdfia_core.figures.tables import markdown_table
from rdfia_core.reproduction.entries import QUICK, Entry
from rdfia_core.reproduction.findings import Finding
from rdfia_core.reproduction.summary import (
    arm_rows,
    curve_runs,
    made_words,
    metric_title,
    more_cells,
    table_cells,
)

MOST_DRAWN = 12


def draw_entry(finding: Finding, found: Found) -> None:
    """Draw one experiment in a box of its own."""
    entry = finding.entry
    with st.container(border=True, key=f"report-{entry.name}"):
        figures = f" · {entry.figures}" if entry.figures else ""
        st.subheader(f"{entry.title}{figures}", anchor=anchor(entry.name))
        st.markdown(f"{badge(finding.judgement.verdict)} {finding.judgement.evidence}")
        st.markdown(f"**The report:** {entry.says}")
        if finding.is_empty:
            st.caption(_how_to_measure(finding))
        else:
            st.markdown(markdown_table(*table_cells(finding, [entry.metric])))
            _draw_figures(finding)
            if entry.also:
                with st.expander("What else was measured", icon=":material/table_rows:"):
                    st.markdown(markdown_table(*more_cells(finding)))
            st.caption(_provenance(finding, found))
        _draw_try(entry, finding.variant)


def _how_to_measure(finding: Finding) -> str:
    return (
        "Nobody has measured this yet. On the command line: `python -m rdfia_core reproduce "
        f"{finding.entry.name}`. It says what is missing if it cannot."
    )


def _draw_figures(finding: Finding) -> None:
    entry = finding.entry
    rows = arm_rows(finding)
    title = metric_title(entry.metric)
    has_spread = any(len(row.values) > 1 or row.printed for row in rows)
    if has_spread and 1 < len(rows) <= MOST_DRAWN:
        figure_view(
            reproduction_figure(rows, title),
            key=f"report/{entry.name}/dots",
            alt=f"{title} measured and printed, for each setting of {entry.title}",
        )
    labels, runs = curve_runs(finding)
    if runs and len(labels) <= MOST_DRAWN:
        figure_view(
            study_curves_figure(labels, runs, entry.metric, title),
            key=f"report/{entry.name}/curves",
            alt=f"{title} over the epochs, mean over the seeds, for {', '.join(labels)}",
        )


def _provenance(finding: Finding, found: Found) -> str:
    runs = [run for seeds in finding.measured.values() for run in seeds.values()]
    own = sum(id(run) in found.own for run in runs)
    here = f" {own} of {len(runs)} runs were measured on this server." if own else ""
    kind = ":material/bolt: **Quick run**, a subset" if finding.variant == QUICK else "**Full run**"
    return f"{kind}: {finding.entry.variant(finding.variant).says}. {made_words(finding)}{here}"


def _draw_try(entry: Entry, variant: str) -> None:
    """Draw a button for each setting that opens the lab with it."""
    arms = [arm for arm in entry.arms_of(variant) if not arm.option] or list(entry.arms[:1])
    lab = experiment_named(entry.experiment)
    with st.popover("Try it", icon=":material/play_circle:"):
        st.caption(f"Opens the {lab.title} lab with these settings.")
        for arm in arms:
            key = f"report/{entry.name}/try/{arm.name}"
            if st.button(arm.label, key=key, width="stretch"):
                view = {"view": entry.view} if entry.view else {}
                open_lab(entry.experiment, entry.values(variant, arm), view)
