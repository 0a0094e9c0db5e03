"""Train every combination of some settings, with several seeds each, and see what matters."""

import streamlit as st

from app import address, state
from app.identity import authorised_sweep, current_owner
from pages.parts.sweeps.draft import PAGE
from pages.parts.sweeps.listing import draw_list, restore_sweep
from pages.parts.sweeps.results import draw_sweep
from pages.parts.sweeps.setup import draw_setup
from rdfia_core.errors import RunNotFoundError
from rdfia_core.store.sweep_store import SweepRecord

TITLE = "Sweeps"
ICON = ":material/grid_on:"
ORDER = 60
SECTION = "Runs"


def named_sweep() -> SweepRecord | None:
    """Return the sweep that the address names, if it is this visitor's."""
    sweep_id = address.run_id("sweep")
    if not sweep_id:
        return None
    try:
        return authorised_sweep(sweep_id, current_owner())
    except RunNotFoundError as error:
        state.leave_message(PAGE, str(error))
        address.set_run_id("", "sweep")
        return None


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
