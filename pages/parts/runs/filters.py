"""Which runs are listed; the choice is in the address."""

import streamlit as st

from app.navigation import LABS, sections
from app.run_choice import lists, owner
from app.run_words import STATE_WORDS
from rdfia_core.experiments import experiments
from rdfia_core.store import RunState
from rdfia_core.store.run_lists import RunQuery

SWEEPS = "Runs of sweeps"
SIDE = "Side tasks and instant answers"
STATES: dict[str, tuple[RunState, ...]] = {
    "Under way": (RunState.QUEUED, RunState.STARTING, RunState.RUNNING, RunState.PAUSED),
    **{words: (state,) for state, words in STATE_WORDS.items()},
}


def has_runs() -> bool:
    """Whether this visitor has any run; if not, say what to do."""
    if lists().has_any(owner()):
        return True
    st.info(
        "You have no runs yet. Open a lab and press **Play**: the run is listed here while it "
        "trains, and kept when it has ended.",
        icon=":material/play_circle:",
    )
    with st.container(horizontal=True):
        for page in sections()[LABS]:
            st.page_link(page.path, label=f"Open {page.title}", icon=page.icon)
    return False


def draw_filters() -> RunQuery:
    """Draw the choice of runs and return it."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        lab = st.selectbox(
            "Lab",
            list(experiments()),
            index=None,
            format_func=lambda name: experiments()[name].title,
            placeholder="All labs",
            key="lab",
            bind="query-params",
            width=190,
        )
        state = st.selectbox(
            "State",
            list(STATES),
            index=None,
            placeholder="Any state",
            key="state",
            bind="query-params",
            width=160,
        )
        tags = lists().tags_of(owner())
        tag = None
        if tags:
            tag = st.selectbox("Tag", tags, index=None, placeholder="Any tag", key="tag", width=160)
        text = st.text_input(
            "Find",
            key="find",
            bind="query-params",
            placeholder="learning_rate=0.1",
            help="Words in the name, a tag, the lab, or a setting that differs from its default, "
            "such as `seed=3`. All of them must be there.",
            width=220,
        )
        also = st.pills(
            "List also",
            [SWEEPS, SIDE],
            selection_mode="multi",
            key="also",
            bind="query-params",
            help="Sweeps make runs by the hundred. Side tasks are gradient checks, studies and the "
            "like; instant answers are what the SVM lab solves at each change.",
        )
    return RunQuery(
        owner(),
        experiment=lab or "",
        states=STATES[state] if state else (),
        tag=tag or "",
        text=text or "",
        sweeps=SWEEPS in also,
        side=SIDE in also,
    )
