"""The table of runs, drawn again while one of them lives."""

import hashlib
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import streamlit as st
from streamlit import column_config as columns

from app import address, state
from app.resources import store
from app.run_choice import PAGE, chosen_runs, lists, own_runs, owner
from app.run_words import named, numbers_of, state_words
from pages.parts.runs.waiting import draw_waiting
from rdfia_core.figures.arrow_columns import (
    list_column,
    number_column,
    text_column,
    time_column,
)
from rdfia_core.figures.run_names import NamedRun, changed_words
from rdfia_core.figures.run_numbers import PART_WORDS
from rdfia_core.store import RunRecord
from rdfia_core.store.run_lists import RunQuery

POLL_SECONDS = 2.0
MAX_ROWS = 200
ROW_PIXELS = 35
MAX_PIXELS = 430

CONFIG = {
    "pin": columns.TextColumn("★", width=28, help="Pinned runs stand first"),
    "name": columns.TextColumn("Name", width=120),
    "lab": columns.TextColumn("Lab", width=100),
    "differs": columns.TextColumn("Differs from the defaults in", width=250),
    "state": columns.TextColumn("State", width=150),
    "spark": columns.LineChartColumn("Loss", width=100, help="Or accuracy, if there is no loss"),
    "best_accuracy": columns.NumberColumn("Best accuracy", format="percent", width=100),
    "best_epoch": columns.NumberColumn("at epoch", format="%.4g", width=70),
    "last_accuracy": columns.NumberColumn("Last accuracy", format="percent", width=100),
    "best_loss": columns.NumberColumn("Lowest loss", format="%.4g", width=90),
    "last_loss": columns.NumberColumn("Last loss", format="%.4g", width=80),
    "part": columns.TextColumn("Measured on", width=90, help="Validation, where there is one"),
    "seconds": columns.NumberColumn("At work (s)", format="%.1f", width=90),
    "started": columns.DatetimeColumn("Started", format="distance", width=120),
    "tags": columns.ListColumn("Tags", width=120),
    "id": columns.TextColumn("Id", width=70),
}  # fmt: skip


def draw_runs(query: RunQuery) -> None:
    """Draw the queue and the table, and both again while a run lives, be it listed or not."""
    moment = _moment()
    st.fragment(_draw, run_every=POLL_SECONDS if moment[0] else None)(query, moment)


def _moment() -> tuple[Any, ...]:
    """Return what the rest of the page depends on: what lives, and how the chosen runs stand."""
    chosen = own_runs(address.run_ids())
    return store().count_live(owner()) > 0, *(run.state for run in chosen)


def _draw(query: RunQuery, moment: tuple[Any, ...]) -> None:
    if state.take_full_rerun() or _moment() != moment:
        st.rerun()
    draw_waiting()
    found = lists().listed(query)
    if not found:
        st.info(
            "No run fits what is set above. Take something back, or list the runs of sweeps and "
            "the side tasks too.",
            icon=":material/filter_alt_off:",
        )
        return
    if len(found) > MAX_ROWS:
        st.caption(f"The first {MAX_ROWS} of {len(found)} runs; narrow the choice to see others.")
    _draw_table(found[:MAX_ROWS])


def _draw_table(found: Sequence[RunRecord]) -> None:
    ids = [run.id for run in found]
    # Another list of runs is another widget: ticks are kept by row, and rows have moved.
    digest = hashlib.sha256(",".join(ids).encode()).hexdigest()[:8]
    key = f"runs/table/{digest}/{state.run_table()}"
    ticked = [ids.index(run.id) for run in chosen_runs() if run.id in ids]
    st.dataframe(
        _rows(found),
        key=key,
        hide_index=True,
        column_order=[name for name in CONFIG if name != "name" or any(run.name for run in found)],
        column_config=CONFIG,
        selection_mode="multi-row",
        selection_default={"selection": {"rows": ticked, "columns": [], "cells": []}},
        on_select=lambda: _choose(key, ids),
        height=min(MAX_PIXELS, ROW_PIXELS * (len(found) + 1) + 3),
        alt="Your runs, one a row",
    )


def _rows(found: Sequence[RunRecord]) -> pa.Table:
    """Return the table's cells, a column for each entry of CONFIG."""
    names = [named(run) for run in found]
    numbers = [numbers_of(run) for run in found]
    accuracies, losses = [n.accuracy for n in numbers], [n.loss for n in numbers]
    judged = [accuracy or loss for accuracy, loss in zip(accuracies, losses, strict=True)]
    cells = {
        "pin": text_column(["★" if run.pinned else "" for run in found]),
        "name": text_column([run.name for run in found]),
        "lab": text_column([_lab(run, known) for run, known in zip(found, names, strict=True)]),
        "differs": text_column([changed_words(known) for known in names]),
        "state": text_column([state_words(run) for run in found]),
        "spark": list_column([n.spark for n in numbers]),
        "best_accuracy": number_column([m.best if m else None for m in accuracies]),
        "best_epoch": number_column([m.best_epoch if m else None for m in judged]),
        "last_accuracy": number_column([m.last if m else None for m in accuracies]),
        "best_loss": number_column([m.best if m else None for m in losses]),
        "last_loss": number_column([m.last if m else None for m in losses]),
        "part": text_column([PART_WORDS[m.part].capitalize() if m else "" for m in judged]),
        "seconds": number_column([run.seconds for run in found]),
        "started": time_column([run.started or run.created for run in found]),
        "tags": list_column([list(run.tags) for run in found]),
        "id": text_column([run.id[:6] for run in found]),
    }
    return pa.Table.from_arrays(list(cells.values()), names=list(cells))


def _lab(run: RunRecord, known: NamedRun) -> str:
    return known.title if run.task == "train" else f"{known.title}, {run.task}"


def _choose(key: str, ids: Sequence[str]) -> None:
    """Choose what is ticked; what the filter hides stays chosen."""
    rows = state.widget_value(key)["selection"]["rows"]
    ticked = [ids[row] for row in rows if row < len(ids)]
    kept = [run_id for run_id in address.run_ids() if run_id not in ids or run_id in ticked]
    chosen = [*kept, *(run_id for run_id in ticked if run_id not in kept)]
    if len(chosen) > address.MAX_RUNS:
        state.leave_message(
            PAGE,
            f"At most {address.MAX_RUNS} runs can be chosen at once. Got {len(chosen)}: the last "
            "ones are not chosen. Do what you want with these first, or tick fewer.",
        )
        state.renew_run_table()
    address.set_run_ids(chosen)
    state.ask_full_rerun()
