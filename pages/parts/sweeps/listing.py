"""One's own sweeps, newest first."""

import time

import streamlit as st

from app import address, state
from app.identity import authorised_sweep, current_owner
from app.plain_text import plain
from app.resources import store
from pages.parts.sweeps.draft import PAGE
from pages.parts.sweeps.results import delete_sweep, title_of
from pages.parts.sweeps.words import told_seconds
from rdfia_core.errors import RunNotFoundError
from rdfia_core.store.sweep_store import SweepRecord, SweepStore

MOST = 30


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


def draw_list() -> None:
    """Draw the list, and the way back for one that was just deleted."""
    _offer_undo()
    sweeps = SweepStore(store())
    found = sweeps.sweeps(current_owner(), MOST)
    st.subheader("Your sweeps")
    if not found:
        st.caption("None yet. They stay here, and go on when you close the page.")
    for sweep in found:
        with st.container(border=True):
            words, opened, deleted = st.columns([6, 1.2, 1.2], vertical_alignment="center")
            words.markdown(f"**{plain(title_of(sweep))}**  \n{_told(sweeps, sweep)}")
            if opened.button("Open", key=f"sweeps/open/{sweep.id}", width="stretch"):
                address.forget_all()
                address.set_run_id(sweep.id, "sweep")
                st.rerun()
            if deleted.button("Delete", key=f"sweeps/delete/{sweep.id}", width="stretch"):
                delete_sweep(sweep.id)
                st.rerun()


def _told(sweeps: SweepStore, sweep: SweepRecord) -> str:
    progress = sweeps.progress(sweep)
    age = told_seconds(max(1.0, time.time() - sweep.created))
    return (
        f"{str(progress.state).capitalize()}, {progress.num_over:,} of {progress.total:,} runs "
        f"ended · started {age} ago"
    )


def _offer_undo() -> None:
    deleted = str(state.form_values(PAGE).get("deleted", ""))
    if not deleted:
        return
    try:
        sweep = authorised_sweep(deleted, current_owner())
    except RunNotFoundError:  # cleared away since
        state.form_values(PAGE).pop("deleted")
        return
    words, undo = st.columns([6, 1.4], vertical_alignment="center")
    words.info(f"Deleted: {plain(title_of(sweep))}", icon=":material/delete:")
    if undo.button("Undo", icon=":material/undo:", key="sweeps/undo", width="stretch"):
        restore_sweep(sweep)


def restore_sweep(sweep: SweepRecord) -> None:
    """Take a deletion back, and show the sweep again."""
    SweepStore(store()).restore(sweep.id)
    state.form_values(PAGE).pop("deleted", None)
    address.forget_all()
    address.set_run_id(sweep.id, "sweep")
    st.rerun()
