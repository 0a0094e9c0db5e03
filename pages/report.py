"""See what the printed report says of each experiment, and what we measured instead."""

import streamlit as st

from pages.parts.report.claims import draw_claims
from pages.parts.report.entry import draw_entry
from pages.parts.report.filters import draw_filters
from pages.parts.report.found import all_findings
from rdfia_core.reproduction.findings import judged_claims

TITLE = "Report"
ICON = ":material/fact_check:"
ORDER = 70
SECTION = ""

st.title("The report, measured again")
st.markdown(
    "The lab sessions come with a **printed report**. Here is what it concludes, what we measured "
    "when we ran its experiments again, and **who is right**. Every verdict is computed from the "
    "measurements."
)
found = all_findings()
draw_claims(judged_claims(found.findings), found.findings)
st.header("Every experiment", anchor="experiments")
shown = draw_filters(found.findings)
if not shown:
    st.info("No experiment has this verdict in this part.", icon=":material/filter_alt_off:")
for finding in shown:
    draw_entry(finding, found)
