"""Train every combination of some settings, with several seeds each, and see what matters."""

import streamlit as st

from pages.parts.sweeps.listing import draw_list, named_sweep, restore_sweep
from pages.parts.sweeps.results import draw_sweep
from pages.parts.sweeps.setup import draw_setup

TITLE = "Sweeps"
ICON = ":material/grid_on:"
ORDER = 60
SECTION = "Runs"

st.title("Sweeps")
sweep = named_sweep()
if sweep is None:
    st.markdown(
        "Does a larger learning rate help, and is it luck? A sweep trains **every combination** of "
        "the values you name, with several seeds, and draws what comes out as a map."
    )
    draw_setup()
    draw_list()
elif sweep.deleted is not None:
    st.info("You have deleted this sweep. Its runs are kept for a while.", icon=":material/delete:")
    if st.button("Take it back", icon=":material/undo:", key="sweeps/restore"):
        restore_sweep(sweep)
else:
    draw_sweep(sweep)
