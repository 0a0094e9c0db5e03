"""Maps of models that are solved at once, and what is to be said of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from app import state
from app.controls import Form, apply_changes
from app.instant import Ask, Runs, draw_answers, picture_of
from app.live import Command, fit_view
from app.points import points_of, points_so_far
from rdfia_core.errors import RdfiaError
from rdfia_core.store import RunRecord, RunState

SOLVING = "Solving"


@dataclass(frozen=True)
class FitPanel:
    """Maps beside each other, one for each slot.

    Args:
        form: What the visitor has set.
        asked: What each slot shows.
        titles: Of the maps, by slot; where it is empty, the caption is only read out.
        caption: One line below a title, from the slot's run.
        show: Draws what belongs beside the maps, from the runs that are completed; or None.
        key: The component's key.
    """

    form: Form
    asked: Mapping[str, Ask]
    titles: Mapping[str, str]
    caption: Callable[[RunRecord], str]
    key: str
    show: Callable[[Runs], None] | None = None


def draw_fits(panel: FitPanel) -> None:
    """Solve what is asked and draw it; what takes longer is drawn when it is there."""
    config = panel.form.config
    if config is None:
        return
    if sentence := state.message(panel.form.experiment.name):
        st.error(sentence, icon=":material/error:")
    try:
        points = points_of(config)
        draw_answers(panel.form.experiment, panel.asked, lambda runs: _draw(panel, points, runs))
    except RdfiaError as error:
        st.info(str(error), icon=":material/info:")
        _draw(panel, points_so_far(config), {})


def _draw(panel: FitPanel, points: Mapping[str, Any] | None, runs: Runs) -> None:
    for sentence in dict.fromkeys(r.sentence for r in runs.values() if r.sentence):
        st.error(sentence, icon=":material/error:")
    if panel.show is None:
        _draw_maps(panel, runs, points)
        return
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _draw_maps(panel, runs, points)
    with right:
        done = {slot: run for slot, run in runs.items() if run.state == RunState.COMPLETED}
        panel.show(done)


def _draw_maps(panel: FitPanel, runs: Runs, points: Mapping[str, Any] | None) -> None:
    maps = [fit_item(title, runs.get(slot), panel.caption) for slot, title in panel.titles.items()]
    data = {
        "maps": maps,
        "points": points,
        "editable": panel.form.values.get("dataset") == "points",
    }
    fit_view(data, key=panel.key, on_command=lambda command: _obey(panel, command))


def fit_item(
    title: str, run: RunRecord | None, caption: Callable[[RunRecord], str]
) -> dict[str, Any]:
    """Return what the fit view is told of one map (docs/live.md)."""
    item: dict[str, Any] = {"title": title, "message": "", "frame": None, "id": ""}
    if run is None:
        return item | {"message": "Nothing to solve yet"}
    if not run.is_over:
        return item | {"message": SOLVING}
    if run.state != RunState.COMPLETED:
        return item | {"message": f"The run {run.state}"}
    words = caption(run)
    shown = {"label": words, "caption": words if title else ""}
    return item | shown | {"frame": picture_of(run), "id": run.id}


def _obey(panel: FitPanel, command: Command) -> None:
    if command.get("type") != "points":
        return
    try:
        apply_changes(panel.form.experiment, {"points": str(command.get("value", ""))})
    except RdfiaError as error:
        state.leave_message(panel.form.experiment.name, str(error))
    state.ask_full_rerun()
