"""Links for others: watch-only ones to runs, made and revoked here, and the address of a form."""

from collections.abc import Callable
from urllib.parse import urlencode, urljoin

import streamlit as st

from app.controls import Form
from app.identity import current_owner
from app.live import view_name
from app.messages import shown_errors
from app.resources import store
from rdfia_core.store import RunRecord
from rdfia_core.store.share_store import WATCH, ShareRecord, ShareStore

MAX_COMPARED = 6
MAX_OFFERED = 30


def address_of(page: str, **query: str) -> str:
    """Return the whole address of a page of this site, for others to open."""
    return urljoin(str(st.context.url or ""), f"{page}?{urlencode(query)}")


def draw_share(run: RunRecord, mount: Callable[..., None]) -> None:
    """Draw what makes and revokes the links that show a run.

    Args:
        run: The visitor's own.
        mount: The component that shows it.
    """
    with st.popover("Share", icon=":material/share:"):
        st.fragment(_draw_links)(run, mount)


def draw_address(form: Form) -> None:
    """Draw the address of a lab that answers at once: whoever opens it needs no run of ours."""
    values = {} if form.config is None else form.config.changed()
    with st.popover("Share", icon=":material/share:"):
        st.caption(
            "Whoever opens this address sees the same points with the same settings, solved anew, "
            "and can change them without touching yours."
        )
        address = address_of(
            form.experiment.name, **{name: str(value) for name, value in values.items()}
        )
        st.code(address, language=None, wrap_lines=True)


def _draw_links(run: RunRecord, mount: Callable[..., None]) -> None:
    key = f"{run.experiment}/share"
    st.caption(
        "Whoever has the link watches the run, now or when it has ended, and reads its "
        "settings. Nobody but you can control it."
    )
    others = _other_runs(run)
    beside = st.multiselect(
        "Compare with",
        list(others),
        format_func=lambda run_id: others[run_id],
        max_selections=MAX_COMPARED - 1,
        placeholder="Only this run",
        help="Runs of yours in this lab that the link shows beside this one.",
        key=f"{key}/beside",
    )
    if st.button("Make a link", key=f"{key}/make", icon=":material/add_link:"):
        content = {"runs": [run.id, *beside], "view": view_name(mount)}
        with shown_errors():
            ShareStore(store()).create(current_owner(), WATCH, content)
    for share in _shares_of(run):
        _draw_link(share, key)


def _draw_link(share: ShareRecord, key: str) -> None:
    more = len(share.content["runs"]) - 1
    st.caption(f"This run and {more} beside it" if more else "This run")
    st.code(address_of("watch", share=share.id), language=None, wrap_lines=True)
    st.button(
        "Revoke",
        key=f"{key}/revoke/{share.id}",
        icon=":material/link_off:",
        help="From then on the link shows nothing, to nobody.",
        on_click=_revoke,
        args=(share.id,),
    )


def _revoke(share_id: str) -> None:
    ShareStore(store()).revoke(share_id, current_owner())


def _shares_of(run: RunRecord) -> list[ShareRecord]:
    mine = ShareStore(store()).of_owner(current_owner(), WATCH)
    return [share for share in mine if share.content["runs"][0] == run.id]


def _other_runs(run: RunRecord) -> dict[str, str]:
    """Return what else may be shown beside a run, newest first: labels by id."""
    recent = store().runs(owner=current_owner(), limit=MAX_OFFERED, newest_first=True)
    return {
        other.id: label_of(other)
        for other in recent
        if other.id != run.id
        and (other.experiment, other.task) == (run.experiment, "train")
        and other.deleted is None
    }


def label_of(run: RunRecord) -> str:
    """Return what a run is called in a list: its name, or its beginning and its epochs."""
    return run.name or f"{run.id[:6]}, {run.state} at epoch {run.epoch:.0f}"
