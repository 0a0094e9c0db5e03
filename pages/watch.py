"""Watch runs that somebody shares by a link."""

import streamlit as st

from app.watching import draw_watched

TITLE = "Watch"
ICON = ":material/visibility:"
ORDER = 900
SECTION = "Hidden"

st.title("Watch")
draw_watched()
