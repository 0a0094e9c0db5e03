"""What a watch-only link shows: runs, live or ended, their settings, and no way to act on them."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app import address, state
from app.identity import shared_runs
from app.live import RUN_VIEWS, figure_view
from app.open_lab import open_lab
from app.plain_text import plain
from app.points import points_of, shown_points
from app.resources import store
from app.settings_table import settings_table, told_changes
from app.side_view import note_routes
from app.waiting import packet_text
from rdfia_core.data.point_config import PointsConfig
from rdfia_core.experiments import Experiment, experiment_named
from rdfia_core.figures.run_curves import CURVES, run_curves_figure
from rdfia_core.store import RunRecord
from rdfia_core.store.share_store import WATCH, ShareStore

FALLBACK_SECONDS = 0.25
CURVES_SECONDS = 2.0
KEY = "watch"


def draw_watched() -> None:
    """Draw what the link of the address shows.

    Raises:
        ShareNotFoundError: If it shows nothing.
    """
    share_id = address.share_id()
    if not share_id:
        st.info(
            "This page shows runs that somebody shares. Open it by the link that you were given. "
            "To share a run of yours, press **Share** below it.",
            icon=":material/share:",
        )
        return
    runs = shared_runs(share_id)
    view = str(ShareStore(store()).share(share_id, WATCH).content["view"])
    experiment = experiment_named(runs[0].experiment)
    st.caption(f"{experiment.title}. You are watching: only the owner of a run can control it.")
    shown = runs[0]
    if len(runs) > 1:
        _draw_curves(share_id, any(not run.is_over for run in runs))
        labels = _labels(experiment, runs)
        place = st.segmented_control(
            "Watch",
            range(len(runs)),
            format_func=lambda place: plain(labels[place]),
            default=0,
            required=True,
            key=f"{KEY}/run",
        )
        shown = runs[int(place or 0)]
    is_polled = not state.routes_answer() and not shown.is_over
    drawn = st.fragment(_draw_run, run_every=FALLBACK_SECONDS if is_polled else None)
    drawn(share_id, shown.id, view)
    _draw_settings(experiment, runs, shown)


def _draw_run(share_id: str, run_id: str, view: str) -> None:
    """Mount the component on the run; all it may tell us is that it reaches no routes."""
    run = next((run for run in shared_runs(share_id) if run.id == run_id), None)
    if state.take_full_rerun() or run is None:
        st.rerun()
    RUN_VIEWS[view](_data(run, share_id), key=f"{KEY}/live", on_command=note_routes)


def _data(run: RunRecord, share_id: str) -> dict[str, Any]:
    config = experiment_named(run.experiment).config_class.build(run.config)
    has_points = isinstance(config, PointsConfig)
    data: dict[str, Any] = {
        "run": run.id,
        "share": share_id,
        "recording": None,
        "points": shown_points(points_of, config) if has_points else None,
        "editable": False,
        "control": False,
        "stale": False,
        "speeds": [],
        "speed": None,
        "title": run.name,
    }
    if not state.routes_answer():
        data["packet"] = packet_text(run)
    return data


def _labels(experiment: Experiment, runs: list[RunRecord]) -> list[str]:
    """Return what each run is called: by its name, or by what it changed of the first."""
    first = runs[0].config
    changes = [told_changes(experiment, run.config, first) for run in runs]
    changes[0] = told_changes(experiment, first, runs[1].config) or "First run"
    return [
        run.name or changed or f"Run {place}"
        for place, (run, changed) in enumerate(zip(runs, changes, strict=True), start=1)
    ]


def _draw_curves(share_id: str, is_live: bool) -> None:
    drawn = st.fragment(_draw_overlay, run_every=CURVES_SECONDS if is_live else None)
    drawn(share_id, is_live)


def _draw_overlay(share_id: str, was_live: bool) -> None:
    runs = shared_runs(share_id)
    if was_live and all(run.is_over for run in runs):
        st.rerun()
    of = st.segmented_control(
        "Curve",
        list(CURVES),
        format_func=str.capitalize,
        default="loss",
        required=True,
        key=f"{KEY}/curve",
        label_visibility="collapsed",
    )
    labels = _labels(experiment_named(runs[0].experiment), runs)
    curves: list[tuple[str, Mapping[str, Any]]] = [
        (label, columns)
        for label, run in zip(labels, runs, strict=True)
        if (columns := store().metrics(run.id).columns)
    ]
    figure = run_curves_figure(curves, str(of))
    figure_view(figure, key=f"{KEY}/overlay", alt=f"{of} of {len(curves)} runs over the epochs")


def _draw_settings(experiment: Experiment, runs: list[RunRecord], shown: RunRecord) -> None:
    settings = {**shown.config, **shown.live}
    if st.button(
        "Open these settings in the lab",
        icon=":material/science:",
        help="Fills your own form with a copy of them. The run you watch is not touched.",
        key=f"{KEY}/open",
    ):
        open_lab(experiment.name, settings)
    if len(runs) > 1:
        st.subheader("What differs")
        labels = _labels(experiment, runs)
        st.markdown(
            settings_table(
                experiment,
                {label: run.config for label, run in zip(labels, runs, strict=True)},
                differing=True,
            )
        )
    with st.expander("All settings", expanded=len(runs) == 1):
        st.markdown(settings_table(experiment, {"Value": settings}))
