"""One cell of a sweep: its curves, the picture of one of its runs, the way to that run's lab."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from app import address
from app.fit_panel import fit_item
from app.instant import picture_of
from app.live import answer_view, attention_view, figure_view, fit_view
from app.open_lab import open_run, open_settings
from app.points import points_of
from app.resources import sweep_results
from pages.parts.sweeps.heat import told_interval
from pages.parts.sweeps.words import specs_of, told_cell, told_mean
from rdfia_core.data.point_config import PointsConfig
from rdfia_core.errors import RdfiaError
from rdfia_core.experiments import experiment_named
from rdfia_core.figures.sweep_bands import Band, Group, bands_figure
from rdfia_core.figures.sweep_grid import MEASURES, Cell
from rdfia_core.store import RunRecord, RunState
from rdfia_core.store.sweep_store import SweepRecord

ANSWERS = {"vit": attention_view}
PARTS = {"train": "Training", "val": "Validation", "test": "Test"}
KINDS = {"accuracy": "Accuracy", "loss": "Loss"}


def draw_cell(
    sweep: SweepRecord,
    data: Mapping[str, Any],
    cells: Sequence[Cell],
    records: Mapping[str, RunRecord],
    measure: str,
    band: Band,
) -> None:
    """Draw the cell that is open, if one is.

    Args:
        sweep: Whose cell it is.
        data: What the heat map was told.
        cells: Those of the heat map, in the same order.
        records: The sweep's runs by id.
        measure: What the cells show.
        band: What bands hold.
    """
    keys = [cell["key"] for cell in data["cells"]]
    if data["chosen"] not in keys:
        return
    cell = cells[keys.index(data["chosen"])]
    specs = specs_of(sweep.experiment)
    with st.container(border=True):
        title, close = st.columns([6, 1], vertical_alignment="center")
        title.markdown(f"#### {told_cell(specs, cell.values)}")
        if close.button("Close", key="sweeps/cell/close", width="stretch"):
            address.write_word("cell", "")
            st.rerun()
        st.caption(_told(cell, measure))
        runs = [records[run_id] for run_id in cell.run_ids]
        if not any(run.is_over for run in runs):
            st.info("None of its runs has ended yet.", icon=":material/hourglass_top:")
            return
        left, right = st.columns([3, 2], gap="medium")
        with left:
            _draw_curves(runs, band)
        with right:
            _draw_run(runs, cell, sweep)


def _told(cell: Cell, measure: str) -> str:
    parts = [f"{cell.num_ended} of {cell.num_planned} runs ended"]
    if cell.mean is not None:
        words = f"{MEASURES[measure]} {told_mean(measure, cell.mean, cell.std)}"
        if cell.half is not None:
            words += f", 95 % interval of the mean {told_interval(cell, measure)} (Student's t)"
        parts.append(words)
    if cell.num_diverged:
        parts.append(f"{cell.num_diverged} diverged, left out of the mean")
    return "; ".join(parts) + "."


def _draw_curves(runs: Sequence[RunRecord], band: Band) -> None:
    ended = comparable(runs)
    curves = [sweep_results().curves(run.id) for run in ended]
    kinds = [k for k in KINDS if any(f"{part}_{k}" in c for part in PARTS for c in curves)]
    if not kinds or max(len(each["epoch"]) for each in curves) < 2:
        st.info("Its runs are solved at once: they have no curves.", icon=":material/show_chart:")
        return
    kind = str(
        st.segmented_control(
            "Curves",
            kinds,
            default=kinds[0],
            required=True,
            format_func=KINDS.__getitem__,
            key="sweeps/cell/kind",
            label_visibility="collapsed",
        )
    )
    groups = [
        Group(label, curves, f"{part}_{kind}", place, int(part == "test"))
        for place, (part, label) in enumerate(PARTS.items())
        if any(f"{part}_{kind}" in each for each in curves)
    ]
    figure_view(
        bands_figure(groups, KINDS[kind], band),
        key="sweeps/cell/curves",
        alt=f"{KINDS[kind]} over the epochs, mean and band over {len(ended)} runs",
    )
    diverged = any(run.state == RunState.DIVERGED for run in ended)
    st.caption(
        f"Mean and band over {len(ended)} {'run' if len(ended) == 1 else 'runs'}"
        + (", all of which diverged." if diverged else ".")
    )


def comparable(runs: Sequence[RunRecord]) -> list[RunRecord]:
    """Return the runs that may be averaged: the completed ones, else those that diverged."""
    completed = [run for run in runs if run.state == RunState.COMPLETED]
    return completed or [run for run in runs if run.state == RunState.DIVERGED]


def _draw_run(runs: Sequence[RunRecord], cell: Cell, sweep: SweepRecord) -> None:
    """Draw the final picture of one run, and the ways to its lab."""
    specs, ended = specs_of(sweep.experiment), [run for run in runs if run.is_over]
    others = [name for name in sweep.axes if name not in cell.values]

    def label(run_id: str) -> str:
        run = next(run for run in ended if run.id == run_id)
        words = told_cell(specs, {name: run.config[name] for name in others}) or "The run"
        return words if run.state == RunState.COMPLETED else f"{words} ({run.state})"

    ids = [run.id for run in ended]
    first = next((n for n, run in enumerate(ended) if run.state == RunState.COMPLETED), 0)
    chosen = st.selectbox(
        "Picture of", ids, index=first, format_func=label, key=f"sweeps/{cell.run_ids[0]}/run"
    )
    run = next(run for run in ended if run.id == chosen)
    _draw_picture(run)
    with st.container(horizontal=True):
        if st.button("Open this run in its lab", icon=":material/open_in_new:", key="sweeps/open"):
            open_run(run)
        if st.button(
            "Clone with changes",
            icon=":material/content_copy:",
            key="sweeps/clone",
            help="Fills the lab's form with this run's settings, to change and train anew.",
        ):
            open_settings(run)


def _draw_picture(run: RunRecord) -> None:
    config = experiment_named(run.experiment).config_class.build(run.config)
    if isinstance(config, PointsConfig):
        item = fit_item("", run, _caption)
        if run.state == RunState.COMPLETED and item["frame"] is None:
            item["message"] = "No picture was kept of this run"
        try:
            points = points_of(config)
        except RdfiaError as error:
            st.info(str(error), icon=":material/info:")
            return
        is_machine = hasattr(config, "kernel")
        data = {"maps": [item], "points": points, "editable": False, "plain": not is_machine}
        fit_view(data, key="sweeps/cell/map", on_command=lambda _: None)
        return
    frame = picture_of(run)
    if frame is None:
        st.info("No picture was kept of this run.", icon=":material/image_not_supported:")
        return
    ANSWERS.get(run.experiment, answer_view)(frame, key=f"sweeps/cell/{run.experiment}")


def _caption(run: RunRecord) -> str:
    accuracy = run.metrics.get("test_accuracy")
    return "" if accuracy is None else f"Test accuracy {accuracy:.1%} at the end"
