"""Deleted runs, while they can be had back."""

import time
from collections.abc import Sequence

import streamlit as st

from app import state
from app.plain_text import plain
from app.run_choice import choose, lists, owner
from app.run_words import named
from rdfia_core.figures.run_names import changed_words
from rdfia_core.store import RunRecord
from rdfia_core.store.run_lists import UNDO_SECONDS

MAX_ROWS = 20


def draw_undo() -> None:
    """Offer to undo this tab's last deletion."""
    waiting = {run.id for run in lists().deleted(owner())}
    ids = [run_id for run_id in state.just_deleted() if run_id in waiting]
    if not ids:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        what = "1 run is deleted." if len(ids) == 1 else f"{len(ids)} runs are deleted."
        st.markdown(f":material/delete: {what}")
        st.button("Undo", icon=":material/undo:", key="runs/undo", on_click=lambda: _restore(ids))


def draw_deleted() -> None:
    """List what was deleted within the last hour."""
    gone = lists().deleted(owner())
    if not gone:
        return
    with st.expander(f"Deleted within the last hour ({len(gone)})", icon=":material/delete:"):
        st.caption(
            "After an hour a deleted run is cleared away for good, its weights and pictures "
            "included. One that was stopped by deleting it stays stopped."
        )
        for run in gone[:MAX_ROWS]:
            _draw_row(run)
        if len(gone) > MAX_ROWS:
            st.button(
                f"Have all {len(gone)} back",
                key="runs/restore/all",
                on_click=lambda: _restore([run.id for run in gone]),
            )


def _draw_row(run: RunRecord) -> None:
    known = named(run)
    minutes = max(1, round((UNDO_SECONDS - (time.time() - (run.deleted or 0))) / 60))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Have it back",
            key=f"runs/restore/{run.id}",
            on_click=lambda: _restore([run.id]),
        )
        st.markdown(
            f"{plain(known.title)}: {plain(run.name or changed_words(known))} "
            f":small[({minutes} min left)]"
        )


def _restore(ids: Sequence[str]) -> None:
    """Have deleted runs of this visitor back, and choose them."""
    mine = [run.id for run in lists().deleted(owner()) if run.id in ids]
    lists().restore(mine)
    state.just_deleted().clear()
    choose(mine)
