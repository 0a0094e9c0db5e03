"""Two or more runs compared: curves on top of one another, side by side, setting by setting."""

from collections.abc import Callable, Sequence

import streamlit as st

from app import state
from app.live import overlay_view
from app.run_choice import chosen_runs
from app.run_words import names_among
from app.side_view import note_routes, watch_run
from app.waiting import packet_text
from pages.parts.runs.differences import draw_differences
from rdfia_core.store import RunRecord

MAX_RUNS = 10
FEED_SECONDS = 1.0
OVERLAY = "runs/overlay"


def draw_comparison() -> None:
    """Draw the chosen runs beside one another, once there are two."""
    runs = chosen_runs()
    if len(runs) < 2:
        if runs:
            st.caption("Tick a second run to compare the two.")
        return
    st.subheader("Compare")
    view = st.segmented_control(
        "Compare by",
        list(VIEWS),
        default=next(iter(VIEWS)),
        required=True,
        key="compare",
        bind="query-params",
        label_visibility="collapsed",
    )
    if len(runs) > MAX_RUNS:
        st.caption(
            f"The first {MAX_RUNS} of {len(runs)} runs: more colours could not be told apart."
        )
    # Where the browser does not reach the routes, the page itself feeds the views of live runs.
    feeds = not state.routes_answer() and any(not run.is_over for run in runs)
    drawn = st.fragment(_draw, run_every=FEED_SECONDS if feeds else None)
    drawn(str(view), [run.id for run in runs[:MAX_RUNS]])


def _draw(view: str, ids: Sequence[str]) -> None:
    if state.take_full_rerun():
        st.rerun()
    VIEWS[view]([run for run in chosen_runs() if run.id in ids])


def _draw_overlay(runs: Sequence[RunRecord]) -> None:
    names = names_among(runs)
    data = {"runs": [{"id": run.id, "name": n} for run, n in zip(runs, names, strict=True)]}
    if not state.routes_answer():
        data["packets"] = {run.id: packet_text(run, pictures=False) for run in runs}  # type: ignore[assignment]
    overlay_view(data, key=OVERLAY, on_command=note_routes)


def _draw_sides(runs: Sequence[RunRecord]) -> None:
    names = dict(zip([run.id for run in runs], names_among(runs), strict=True))
    by_id = {run.id: run for run in runs}
    st.caption(
        "Both views move together: the slider under the picture to the nearest epoch, and a zoom "
        "into the curves to the same stretch of the axes."
    )
    for side, column, first in zip("AB", st.columns(2), (0, 1), strict=True):
        with column:
            run_id = runs[first].id
            if len(runs) > 2:
                run_id = st.selectbox(
                    side,
                    list(names),
                    index=first,
                    format_func=names.__getitem__,
                    key=f"runs/{side}",
                )
            watch_run(
                by_id[run_id],
                key=f"runs/side/{side}",
                title=f"{side}: {names[run_id]}",
                link="runs/side",
            )


VIEWS: dict[str, Callable[[Sequence[RunRecord]], None]] = {
    "Curves": _draw_overlay,
    "Side by side": _draw_sides,
    "Settings": draw_differences,
}
