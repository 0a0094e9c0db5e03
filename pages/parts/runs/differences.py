"""Settings compared: a table of those that differ, and parallel axes for three runs or more."""

from collections.abc import Sequence

import streamlit as st

from app.live import figure_view
from app.plain_text import plain
from app.run_words import named, names_among, numbers_of, state_words
from rdfia_core.figures.parallel_axes import parallel_figure
from rdfia_core.figures.run_names import config_difference, differing_fields
from rdfia_core.figures.run_numbers import PART_WORDS, Measured
from rdfia_core.figures.tables import markdown_table
from rdfia_core.store import RunRecord

LEAST_RUNS = 3


def draw_differences(runs: Sequence[RunRecord]) -> None:
    """Draw what differs among runs, and what came out of each."""
    _draw_parallel(runs)
    rows = config_difference([named(run) for run in runs])
    if not rows:
        st.caption("No setting differs: these runs did the same.")
    labs = [named(run).title for run in runs]
    facts = [["Lab", *labs]] if len(set(labs)) > 1 else []
    facts += [[label, *values] for label, values in rows]
    facts += [
        ["State", *(state_words(run) for run in runs)],
        ["Best accuracy", *(_best(numbers_of(run).accuracy, "{:.1%}") for run in runs)],
        ["Last accuracy", *(_last(numbers_of(run).accuracy, "{:.1%}") for run in runs)],
        ["Lowest loss", *(_best(numbers_of(run).loss, "{:.4g}") for run in runs)],
        ["Last loss", *(_last(numbers_of(run).loss, "{:.4g}") for run in runs)],
        ["At work", *(f"{run.seconds:.1f} s" for run in runs)],
        ["Device", *(run.device or "–" for run in runs)],
    ]
    header = ["", *(run.name or run.id[:6] for run in runs)]
    cells = [[plain(cell) for cell in row] for row in facts]
    st.markdown(markdown_table([plain(cell) for cell in header], cells))


def _draw_parallel(runs: Sequence[RunRecord]) -> None:
    """Draw the runs of the lab that has the most of them, where three of it are chosen."""
    labs = [run.experiment for run in runs]
    lab = max(dict.fromkeys(labs), key=labs.count)
    same = [run for run in runs if run.experiment == lab]
    known = [named(run) for run in same]
    if len(same) < LEAST_RUNS:
        st.caption("Tick three runs of one lab to see them as lines across parallel axes, too.")
        return
    if not differing_fields(known):
        return
    figure_view(
        parallel_figure(known, [numbers_of(run) for run in same]),
        key="runs/parallel",
        alt=f"{len(same)} runs of {known[0].title} as lines: {'; '.join(names_among(same))}",
    )
    st.caption(
        f"Each line is a run of {known[0].title}; its colour follows the first result. Drag along "
        "an axis to keep only the runs that pass there, and drag a name to move its axis."
    )


def _best(measured: Measured | None, form: str) -> str:
    if measured is None:
        return "–"
    epoch = f"{measured.best_epoch:.4g}"
    return f"{form.format(measured.best)} {PART_WORDS[measured.part]}, epoch {epoch}"


def _last(measured: Measured | None, form: str) -> str:
    return "–" if measured is None else form.format(measured.last)
