"""Accuracy over C, and over C and gamma; a click shows the machine."""

from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st

from app import state
from app.controls import Form, apply_changes
from app.live import Command, OnCommand, figure_view
from app.resources import store
from app.side_task import draw_task
from pages.parts.svm_kernels.maps import draw_map
from rdfia_core.figures.svm_sweeps import c_path_figure, grid_figure
from rdfia_core.store import RunRecord

RANGES = {"sweep_C": "The report's 10 values", "sweep_C_fine": "25 values, wider"}
METRICS = {
    "test_accuracy": "Test accuracy",
    "cv_accuracy": "Cross-validated accuracy",
    "train_accuracy": "Training accuracy",
}


def draw_c_path(form: Form) -> None:
    """Draw the sweep over C, and below it the machine of the form."""
    st.markdown(
        "How do accuracy, support vectors and margin change with C? **Click a point** of the "
        "curves to see its machine below. Choose C by cross-validation: the test points report, "
        "they never choose."
    )
    task = st.segmented_control(
        "Values of C",
        list(RANGES),
        format_func=RANGES.__getitem__,
        default="sweep_C",
        required=True,
        key="svm_kernels/range",
    )
    draw_task(
        form, str(task), label="Sweep C", show=lambda run: _show_path(form, run), streams=True,
        varied=("C",),
    )  # fmt: skip
    draw_map(form, "path")


def _show_path(form: Form, run: RunRecord) -> None:
    columns = store().metrics(run.id).columns
    if "C" not in columns:
        return
    key = "svm_kernels/path"
    figure_view(
        c_path_figure(columns, form.values["C"]),
        key=f"{key}/figure",
        alt=f"Accuracy, support vectors and margin for {len(columns['C'])} values of C",
        on_command=_picker(form, lambda x, _: {"C": _nearest(columns["C"], x)}),
    )


def draw_grid(form: Form) -> None:
    """Draw the sweep over C and gamma (or the degree), and below it the machine of the form."""
    other = "degree" if form.values["kernel"] == "poly" else "gamma"
    st.markdown(
        f"Every cell is a machine of its own: C across, {other} upwards. **Click a cell** to see "
        "its machine below. Training accuracy rewards overfitting; compare it with the others."
    )
    if form.values["kernel"] in ("linear", "linear_svc"):
        st.info("The linear kernel has no gamma. Choose RBF, polynomial or sigmoid at the left.")
        return
    draw_task(
        form, "sweep_C_gamma", label=f"Sweep C and {other}", streams=True,
        show=lambda run: _show_grid(form, run), varied=("C", "gamma", "degree"),
    )  # fmt: skip
    draw_map(form, "grid")


def _show_grid(form: Form, run: RunRecord) -> None:
    columns = store().metrics(run.id).columns
    rows = "degree" if run.config["kernel"] == "poly" else "gamma"
    offered = [name for name in METRICS if name in columns]
    if not offered:
        return
    metric = st.segmented_control(
        "Colour",
        offered,
        format_func=METRICS.__getitem__,
        default=offered[0],
        required=True,
        key="svm_kernels/metric",
    )
    key = "svm_kernels/grid/figure"

    def changes(x: Any, y: Any) -> dict[str, Any]:
        C, other = _nearest(columns["C"], float(x)), _nearest(columns[rows], float(y))
        return {"C": C, rows: int(other) if rows == "degree" else f"{other:g}"}

    figure_view(
        grid_figure(columns, rows, rows.capitalize(), str(metric), METRICS[str(metric)]),
        key=key,
        alt=f"{METRICS[str(metric)]} for {len(columns['C'])} settings of C and {rows}",
        on_command=_picker(form, changes),
    )


def _nearest(values: np.ndarray, value: float) -> float:
    return float(values[np.argmin(np.abs(np.log(values) - np.log(value)))])


def _picker(form: Form, changes: Callable[[Any, Any], dict[str, Any]]) -> OnCommand:
    def pick(command: Command) -> None:
        if command.get("type") == "pick":
            apply_changes(form.experiment, changes(command.get("x"), command.get("y")))
            state.ask_full_rerun()

    return pick
