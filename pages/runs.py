"""All your runs: find them, compare them, name them, tidy up."""

import streamlit as st

from app import state
from app.resources import keep_dispatcher
from app.run_choice import PAGE, chosen_runs
from pages.parts.runs.actions import draw_actions
from pages.parts.runs.compare import draw_comparison
from pages.parts.runs.deleted import draw_deleted, draw_undo
from pages.parts.runs.filters import draw_filters, has_runs
from pages.parts.runs.table import draw_runs

TITLE = "Runs"
ICON = ":material/list_alt:"
ORDER = 55
SECTION = "Runs"

st.title("Runs")
keep_dispatcher()
chosen_runs()  # before the message: it may leave one
with st.container():  # empty or not, what follows keeps its place
    if sentence := state.message(PAGE):
        st.error(sentence, icon=":material/error:")
    draw_undo()
if has_runs():
    st.markdown(
        "Everything you have trained. **Tick runs** in the table to open, name or delete them; "
        "tick two or more to compare them below."
    )
    draw_runs(draw_filters())
    draw_actions()
    draw_comparison()
draw_deleted()
