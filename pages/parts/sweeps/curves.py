"""Curves of a whole sweep over one another: one band for each value of an axis."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

from app.live import figure_view
from app.resources import sweep_results
from pages.parts.sweeps.words import specs_of, told_value
from rdfia_core.figures.sweep_bands import Band, bands_figure, compared
from rdfia_core.figures.sweep_grid import CURVES, Outcome, SweptRun
from rdfia_core.store.sweep_store import SweepRecord

MAX_GROUPS = 20
TOGETHER = "All runs together"


def draw_curves(sweep: SweepRecord, swept: Sequence[SweptRun], band: Band) -> None:
    """Draw the comparison, once it is asked for; a race of choices shows it at once."""
    specs = specs_of(sweep.experiment)
    choices = [name for name in sweep.axes if specs[name].kind in ("choice", "switch", "text")]
    is_wanted = st.toggle(
        "Compare curves",
        bool(choices),
        key=f"sweeps/{sweep.id}/compare",
        help="One line and one band for each value of an axis, over all runs that have it.",
    )
    if not is_wanted:
        return
    axes = [name for name in sweep.axes if name != "seed"]
    options = [*axes, TOGETHER]
    first = next((name for name in choices if name in axes), options[0])
    left, right = st.columns(2)
    with left:
        axis = st.selectbox(
            "One band for each", options, index=options.index(first),
            format_func=lambda name: name if name == TOGETHER else specs[name].label,
            key=f"sweeps/{sweep.id}/axis",
        )  # fmt: skip
    groups, left_out = _groups(sweep, swept, axis)
    offered = [n for n in CURVES if any(n in c for runs in groups.values() for c in runs)]
    if not offered:
        st.info("No run with curves has completed yet.", icon=":material/hourglass_top:")
        return
    with right:
        curve = st.selectbox(
            "Curve",
            offered,
            format_func=lambda name: CURVES[name].capitalize(),
            key="sweeps/curve",
        )
    figure_view(
        bands_figure(compared(groups, curve), CURVES[curve].capitalize(), band),
        key="sweeps/curves",
        alt=f"{CURVES[curve].capitalize()} over the epochs for {', '.join(groups)}",
    )
    st.caption(
        "Lines are means over the completed runs, bands as chosen above; runs that diverged are "
        "left out." + (f" The last {left_out} values are not drawn." if left_out else "")
    )


def _groups(
    sweep: SweepRecord, swept: Sequence[SweptRun], axis: str
) -> tuple[dict[str, list[Mapping[str, np.ndarray]]], int]:
    """Return the curves by value of the axis, and how many values were left out."""
    completed = [run for run in swept if run.outcome is Outcome.COMPLETED]
    read = sweep_results().curves
    if axis == TOGETHER:
        return {TOGETHER: [read(run.id) for run in completed]}, 0
    spec, values = specs_of(sweep.experiment)[axis], list(sweep.axes[axis])
    shown: list[Any] = values[:MAX_GROUPS]
    groups = {
        f"{spec.label} {told_value(spec, value)}": [
            read(run.id) for run in completed if run.values[axis] == value
        ]
        for value in shown
    }
    return groups, len(values) - len(shown)
