"""Which experiments are shown: of which part, with which verdict."""

from collections.abc import Sequence

import streamlit as st

from pages.parts.report.badges import icon_of
from rdfia_core.reproduction.catalogue import PARTS
from rdfia_core.reproduction.findings import Finding
from rdfia_core.reproduction.verdicts import Verdict

ALL = "All"


def draw_filters(findings: Sequence[Finding]) -> list[Finding]:
    """Draw the two choices, kept in the address; return what is to be shown."""
    titles = {title: number for number, title in PARTS.items()}
    part = st.segmented_control(
        "Part",
        [ALL, *titles],
        default=ALL,
        required=True,
        key="part",
        bind="query-params",
    )
    there = {finding.judgement.verdict for finding in findings}
    verdict = st.pills(
        "Verdict",
        [ALL, *(each.value for each in Verdict if each in there)],
        default=ALL,
        required=True,
        format_func=_told,
        key="verdict",
        bind="query-params",
    )
    return [
        finding
        for finding in findings
        if part in (ALL, PARTS[finding.entry.part])
        and verdict in (ALL, finding.judgement.verdict.value)
    ]


def _told(name: str) -> str:
    return name if name == ALL else f"{icon_of(Verdict(name))} {name.capitalize()}"
