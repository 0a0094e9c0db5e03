"""The report's 13 conclusions with their verdicts, as a table."""

from collections.abc import Sequence

import streamlit as st

from pages.parts.report.badges import MEANINGS, badge
from rdfia_core.figures.tables import markdown_table
from rdfia_core.reproduction.claims import Claim
from rdfia_core.reproduction.findings import Finding
from rdfia_core.reproduction.verdicts import Judgement, Verdict


def draw_claims(claims: Sequence[tuple[Claim, Judgement]], findings: Sequence[Finding]) -> None:
    """Draw how many of each verdict there are, the table, and the evidence below it."""
    st.header(f"{len(claims)} conclusions of the report", anchor="conclusions")
    counts = {verdict: [j.verdict for _, j in claims].count(verdict) for verdict in Verdict}
    st.markdown(
        " ".join(f"{badge(verdict)} **{count}**" for verdict, count in counts.items() if count)
    )
    variants = {finding.entry.name: finding.variant for finding in findings}
    rows = [
        [
            f"{claim.number}. [{claim.says}](#{anchor(claim.entries[0])})",
            badge(judgement.verdict),
            " ".join(dict.fromkeys(variants[name] for name in claim.entries)),
        ]
        for claim, judgement in claims
    ]
    st.markdown(markdown_table(["The report says", "Our verdict", "Run"], rows))
    with st.expander("The evidence, conclusion by conclusion", icon=":material/data_check:"):
        for claim, judgement in claims:
            links = ", ".join(f"[{name}](#{anchor(name)})" for name in claim.entries)
            st.markdown(
                f"**{claim.number}. {claim.says}** {badge(judgement.verdict)}  \n"
                f"{judgement.evidence} Measured in: {links}."
            )
    with st.expander("What the verdicts mean", icon=":material/help:"):
        st.markdown("\n".join(f"- {badge(v)} {words}." for v, words in MEANINGS.items()))
        st.markdown(
            "Two settings are compared seed by seed: a difference counts if the 95 % interval of "
            "its mean (Student's t) keeps clear of 0. **Quick** runs use a subset, which each "
            "experiment names; **full** runs use the printed settings."
        )


def anchor(entry: str) -> str:
    """Return the place of an entry on the page."""
    return f"entry-{entry.replace('_', '-').lower()}"
