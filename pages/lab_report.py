"""Turn runs of yours into one file to hand in: figures, settings, numbers, and what you found."""

import streamlit as st

from app.identity import current_owner
from app.messages import shown_errors
from pages.parts.lab_report.making import draw_making
from pages.parts.lab_report.writing import draw_writing, reportable_runs

TITLE = "Lab report"
ICON = ":material/description:"
ORDER = 80
SECTION = "Runs"

st.title("Lab report")
st.markdown(
    "Choose runs, write what you found, and download **one HTML file** with their curves, last "
    "pictures, settings, numbers and diagnoses. What you write is kept on this server."
)
with shown_errors():
    runs = reportable_runs(current_owner())
    if runs:
        draw_making(draw_writing(runs), runs)
    else:
        st.info(
            "You have no runs yet. Train something in one of the labs, then come back.",
            icon=":material/info:",
        )
