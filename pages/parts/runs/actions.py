"""What can be done with the chosen runs."""

from collections.abc import Callable, Sequence

import streamlit as st

from app import state
from app.messages import shown_errors
from app.open_lab import open_run, open_settings
from app.plain_text import plain
from app.resources import store
from app.run_choice import PAGE, choose, chosen_runs, lists, own_runs
from app.run_words import names_among
from rdfia_core.errors import RdfiaError
from rdfia_core.experiments import experiments
from rdfia_core.store import RunRecord

MAX_NAMES = 4


def draw_actions() -> None:
    """Draw the actions on what is chosen, and what that is."""
    runs = chosen_runs()
    if not runs:
        st.caption("No run is ticked.")
        return
    names = [plain(name) for name in names_among(runs)]
    more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
    st.markdown(f"**{len(runs)} chosen:** {'; '.join(names[:MAX_NAMES])}{more}")
    ids = [run.id for run in runs]
    with st.container(horizontal=True):
        if len(runs) == 1:
            _draw_one(runs[0])
        _draw_tags(runs)
        is_pinned = all(run.pinned for run in runs)
        _button(
            "Unpin" if is_pinned else "Pin",
            ":material/keep_off:" if is_pinned else ":material/keep:",
            lambda: lists().pin(_mine(ids), not is_pinned),
        )
        if any(not run.is_over for run in runs):
            _button("Stop", ":material/stop:", lambda: _stop(ids))
        _button("Delete", ":material/delete:", lambda: _delete(ids))
        _button("Tick none", ":material/deselect:", lambda: choose([]))


def _button(label: str, icon: str, act: Callable[[], None]) -> None:
    st.button(label, icon=icon, key=f"runs/{label}", on_click=lambda: _attempt(act))


def _attempt(act: Callable[[], None]) -> None:
    """Do something; a refusal becomes a sentence on the page."""
    try:
        act()
    except RdfiaError as error:
        state.leave_message(PAGE, str(error))


def _mine(ids: Sequence[str]) -> list[str]:
    return [run.id for run in own_runs(ids)]


# One run


def _draw_one(run: RunRecord) -> None:
    if run.experiment in experiments():
        if st.button("Open in the lab", icon=":material/open_in_new:", key="runs/open"):
            with shown_errors():
                open_run(run)
        if st.button(
            "Clone with changes",
            icon=":material/content_copy:",
            key="runs/clone",
            help="Opens the lab with the settings of this run. Change some, then press Play.",
        ):
            with shown_errors():
                open_settings(run)
    with (
        st.popover("Rename", icon=":material/edit:"),
        st.form(f"runs/rename/{run.id}", border=False),
    ):
        key = f"runs/name/{run.id}"
        st.text_input(
            "Name",
            value=run.name,
            key=key,
            help="Without a name, a run is called by its settings.",
        )
        st.form_submit_button(
            "Rename",
            on_click=lambda: _attempt(lambda: _rename(run.id, str(state.widget_value(key)))),
        )


def _rename(run_id: str, name: str) -> None:
    for mine in _mine([run_id]):
        lists().rename(mine, name)


# One or several


def _draw_tags(runs: Sequence[RunRecord]) -> None:
    ids = [run.id for run in runs]
    common = [tag for tag in runs[0].tags if all(tag in run.tags for run in runs)]
    key = f"runs/tags/{'-'.join(run_id[:6] for run_id in ids)}"
    with st.popover("Tag", icon=":material/label:"), st.form(f"{key}/form", border=False):
        st.multiselect(
            "Tags of the run" if len(runs) == 1 else f"Tags of all {len(runs)} runs",
            sorted({*lists().tags_of(runs[0].owner), *common}),
            default=common,
            accept_new_options=True,
            key=key,
            placeholder="Type a word, press Enter",
        )
        st.form_submit_button(
            "Tag",
            on_click=lambda: _attempt(lambda: _tag(ids, common, list(state.widget_value(key)))),
        )


def _tag(ids: Sequence[str], common: Sequence[str], wanted: Sequence[str]) -> None:
    """Change what the runs have in common; each keeps the tags that it alone has."""
    for run in own_runs(ids):
        own = [tag for tag in run.tags if tag not in common]
        lists().tag([run.id], [*own, *wanted])


def _stop(ids: Sequence[str]) -> None:
    for run in own_runs(ids):
        if not run.is_over:
            store().command(run.id, "stop")


def _delete(ids: Sequence[str]) -> None:
    gone = _mine(ids)
    lists().delete(gone)
    state.just_deleted()[:] = gone
    choose([])
