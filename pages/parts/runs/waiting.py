"""The queue as its visitor meets it: places, shares of the slots, and when things will happen."""

import streamlit as st

from app.plain_text import plain
from app.run_choice import owner
from app.run_words import duration_words, named
from app.status import num_slots
from app.waiting import queue
from rdfia_core.figures.run_names import changed_words
from rdfia_core.figures.tables import markdown_table
from rdfia_core.jobs.queue_outlook import Outlook, SlotUse, slot_uses
from rdfia_core.store import RunRecord

MAX_ROWS = 12


def draw_waiting() -> None:
    """Draw the queue while a run of this visitor is in it."""
    ahead = queue()
    shown = [look for look in ahead if look.run.owner == owner() and look.run.deleted is None]
    if not shown:
        return
    waiting = sum(look.place is not None for look in shown)
    with st.expander(
        f"Queue: {len(shown) - waiting} of your runs at work, {waiting} waiting",
        icon=":material/hourglass_top:",
        expanded=waiting > 0,
    ):
        uses = slot_uses([look.run for look in ahead], owner(), num_slots())
        st.markdown(" ".join(_share_words(use) for use in uses) or "No slot is taken.")
        header = ["Run", "Place", "Starts in", "Ends in"]
        st.markdown(markdown_table(header, [_row(look) for look in shown[:MAX_ROWS]]))
        rest = len(shown) - MAX_ROWS
        more = f" {rest} more of your runs wait behind these." if rest > 0 else ""
        st.caption(
            "Whoever has the fewest runs at work comes next, then the oldest run. Times follow "
            "from the pace measured of each owner's runs, and change when others start or stop."
            f"{more}"
        )


def _share_words(use: SlotUse) -> str:
    what = "Light runs share" if use.is_light else "Runs share"
    return (
        f"{what} {num_slots():g} {'slot' if num_slots() == 1 else 'slots'}: yours take "
        f"**{use.mine:g}**, those of others {use.others:g}."
    )


def _row(look: Outlook) -> list[str]:
    at_work = look.place is None
    starts = "at work" if at_work else duration_words(look.starts_s)
    place = "–" if at_work else str(look.place)
    return [_name(look.run), place, starts, duration_words(look.ends_s)]


def _name(run: RunRecord) -> str:
    known = named(run)
    return plain(f"{known.title}: {run.name or changed_words(known)}")
