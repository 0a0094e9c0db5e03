"""One sweep: where it stands, its heat map, and what its cells hold."""

from collections.abc import Sequence

import streamlit as st

from app import address, state
from app.identity import authorised_sweep, current_owner
from app.live import Command, sweep_view
from app.messages import shown_errors
from app.plain_text import plain
from app.resources import keep_dispatcher, settings, store, sweep_results
from pages.parts.sweeps.cell import draw_cell
from pages.parts.sweeps.curves import draw_curves
from pages.parts.sweeps.draft import PAGE
from pages.parts.sweeps.heat import cells_csv, heat_data
from pages.parts.sweeps.words import specs_of, told_seconds, told_value
from rdfia_core.experiments import experiment_named
from rdfia_core.figures.sweep_bands import Band
from rdfia_core.figures.sweep_grid import MEASURES, SweptRun, is_accuracy, measures_of, sweep_cells
from rdfia_core.jobs.sweeps import command_sweep
from rdfia_core.store import LIVE_STATES, RunRecord, RunState
from rdfia_core.store.sweep_results import seconds_left
from rdfia_core.store.sweep_store import (
    SweepProgress,
    SweepRecord,
    SweepState,
    SweepStore,
    progress_of,
)

POLL_SECONDS = 1.0
SEED = "seed"
CELL = "cell"
VIEW_KEY = "sweeps/view"
FIRST_MEASURE = "final_test_accuracy"
BANDS: dict[Band, str] = {"interval": "95 % interval of the mean", "range": "All runs"}


def draw_sweep(sweep: SweepRecord) -> None:
    """Draw a sweep of this visitor's."""
    _draw_head(sweep)
    is_live = _is_live(*_read(sweep.id))
    if is_live:
        keep_dispatcher()
    st.fragment(_draw_shown, run_every=POLL_SECONDS if is_live else None)(sweep.id, is_live)


def title_of(sweep: SweepRecord) -> str:
    """Return what a sweep is called: its name, or what varies in it."""
    specs = specs_of(sweep.experiment)
    named = [name for name in sweep.axes if name != SEED] or list(sweep.axes)
    varied = " × ".join(specs[name].label for name in named)
    return sweep.name or f"{experiment_named(sweep.experiment).title}: {varied}"


def _draw_head(sweep: SweepRecord) -> None:
    specs = specs_of(sweep.experiment)
    st.subheader(plain(title_of(sweep)))
    with st.container(horizontal=True):
        _draw_keeping(sweep)
    axes = " · ".join(
        f"{specs[name].label}: {', '.join(told_value(specs[name], value) for value in values[:12])}"
        + (" …" if len(values) > 12 else "")
        for name, values in sweep.axes.items()
    )
    base = ", ".join(
        f"{specs[name].label} {told_value(specs[name], value)}"
        for name, value in sweep.base.items()
    )
    rest = f"Beside the lab's settings, all runs have: {base}." if base else (
        "All else is as the lab sets it."
    )  # fmt: skip
    st.caption(plain(f"{experiment_named(sweep.experiment).title}. {axes}. {rest}"))


def _draw_keeping(sweep: SweepRecord) -> None:
    """Draw the way back, and what may be done with the sweep as a whole."""
    if st.button("All sweeps", icon=":material/arrow_back:", key="sweeps/leave"):
        address.forget_all()
        st.rerun()
    with st.popover("Rename", icon=":material/edit:"):
        name = st.text_input("Name", sweep.name, max_chars=80, key=f"sweeps/{sweep.id}/name")
        if st.button("Save the name", key="sweeps/rename"):
            SweepStore(store()).rename(sweep.id, name)
            st.rerun()
    if st.button("Delete", icon=":material/delete:", key="sweeps/delete"):
        delete_sweep(sweep.id)
        st.rerun()


def delete_sweep(sweep_id: str) -> None:
    """Cancel and delete a sweep; the list offers to take it back."""
    authorised_sweep(sweep_id, current_owner())
    command_sweep(store(), settings(), sweep_id, "cancel")
    SweepStore(store()).delete(sweep_id)
    state.form_values(PAGE)["deleted"] = sweep_id
    address.forget_all()


def _read(sweep_id: str) -> tuple[SweepRecord, list[RunRecord]]:
    sweep = authorised_sweep(sweep_id, current_owner())
    return sweep, SweepStore(store()).runs(sweep.id)


def _progress(sweep: SweepRecord, runs: Sequence[RunRecord]) -> SweepProgress:
    return progress_of(sweep, [(run.state, run.seconds) for run in runs])


def _is_live(sweep: SweepRecord, runs: Sequence[RunRecord]) -> bool:
    """Whether anything may still change by itself."""
    at_work = any(run.state in LIVE_STATES and run.state != RunState.QUEUED for run in runs)
    return at_work or _progress(sweep, runs).state == SweepState.RUNNING


def _draw_shown(sweep_id: str, was_live: bool) -> None:
    with shown_errors():
        _draw(sweep_id, was_live)


def _draw(sweep_id: str, was_live: bool) -> None:
    sweep, runs = _read(sweep_id)
    is_gone = sweep.deleted is not None  # in another tab
    if state.take_full_rerun() or is_gone or _is_live(sweep, runs) != was_live:
        st.rerun()
    with st.container():  # its notices come and go, and what follows keeps its place
        _draw_progress(sweep, runs)
    specs = specs_of(sweep.experiment)
    swept = sweep_results().swept(runs, list(sweep.axes))
    measure, shown, band = _draw_choices(sweep, swept)
    cells = sweep_cells(sweep.axes, shown, swept, measure)
    data = heat_data(cells, shown, specs, measure, address.word(CELL))
    sweep_view(data, key=VIEW_KEY, on_command=_choose_cell)
    st.download_button(
        "Cells as CSV",
        lambda: cells_csv(cells, shown, measure),
        file_name=f"sweep-{sweep.id[:6]}.csv",
        mime="text/csv",
        key="sweeps/csv",
        icon=":material/download:",
        on_click="ignore",
    )
    records = {run.id: run for run in runs}
    draw_cell(sweep, data, cells, records, measure, band)
    draw_curves(sweep, swept, band)


def _choose_cell(command: Command) -> None:
    """Open the cell that was pressed; the one that is open is closed."""
    if command.get("type") == "pick":
        key = str(command.get("cell", ""))[:200]
        address.write_word(CELL, "" if key == address.word(CELL) else key)


def _draw_progress(sweep: SweepRecord, runs: Sequence[RunRecord]) -> None:
    progress = _progress(sweep, runs)
    share = progress.num_over / max(1, progress.total)
    st.progress(min(1.0, share), text=_told_progress(sweep, runs, progress))
    with st.container(horizontal=True):
        if progress.state == SweepState.RUNNING and sweep.command != "pause":
            _draw_command(sweep, "pause", "Pause", ":material/pause:")
        elif progress.state != SweepState.COMPLETED:
            _draw_command(sweep, "run", "Resume", ":material/play_arrow:")
        if progress.state in (SweepState.RUNNING, SweepState.PAUSED):
            _draw_command(sweep, "cancel", "Cancel", ":material/close:")
    if sweep.sentence:
        st.info(sweep.sentence, icon=":material/info:")
    if sweep.budget_seconds is not None and progress.seconds > sweep.budget_seconds:
        _offer_budget(sweep, progress)
    failed = [run for run in runs if run.state in (RunState.FAILED, RunState.LOST)]
    if share == 0 and _is_live(sweep, runs) and experiment_named(sweep.experiment).train_many:
        st.caption("A server's first sweep compiles its code, which can take over a minute.")
    if failed:
        sentences = list(dict.fromkeys(run.sentence for run in failed if run.sentence))[:3]
        st.error(
            f"{len(failed)} of the runs failed: {' '.join(sentences)}", icon=":material/error:"
        )


def _offer_budget(sweep: SweepRecord, progress: SweepProgress) -> None:
    """Draw what lets a sweep go on whose budget is used up."""
    if progress.state == SweepState.COMPLETED:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        minutes = st.number_input(
            "More minutes",
            min_value=0.1,
            value=max(0.1, round((sweep.budget_seconds or 0.0) / 60, 1)),
            key=f"sweeps/{sweep.id}/more",
            width=160,
        )
        if st.button("Go on with more", icon=":material/more_time:", key="sweeps/more"):
            keep_dispatcher()
            budget = progress.seconds + 60 * minutes
            command_sweep(store(), settings(), sweep.id, "run", budget)
            st.rerun()


def _draw_command(sweep: SweepRecord, command: str, label: str, icon: str) -> None:
    if st.button(label, icon=icon, key=f"sweeps/{command}"):
        keep_dispatcher()
        command_sweep(store(), settings(), sweep.id, command)
        st.rerun()


def _told_progress(sweep: SweepRecord, runs: Sequence[RunRecord], progress: SweepProgress) -> str:
    ended = f"{progress.num_over:,} of {progress.total:,} runs ended"
    at_work = sum(progress.counts.get(s, 0) for s in (RunState.STARTING, RunState.RUNNING))
    words = {
        SweepState.RUNNING: f"Running: {ended}, {at_work} at work",
        SweepState.PAUSED: f"Paused: {ended}",
        SweepState.CANCELLED: f"Cancelled: {ended}; what was finished is kept",
        SweepState.COMPLETED: f"Completed: {ended}",
    }[progress.state]
    if progress.state == SweepState.RUNNING and sweep.command == "pause":
        words = f"Pausing: {ended}, {at_work} at work run to their end"
    elif progress.state == SweepState.RUNNING:
        left = seconds_left(runs, progress.total - progress.num_over)
        words += "" if left is None else f", about {told_seconds(left)} left"
    words += f". {told_seconds(progress.seconds)} of work"
    if sweep.budget_seconds is not None:
        words += f", budget {told_seconds(sweep.budget_seconds)}"
    return words


def _draw_choices(sweep: SweepRecord, swept: Sequence[SweptRun]) -> tuple[str, list[str], Band]:
    """Draw what the cells show, the axes they lie on, and what bands hold."""
    specs, axes = specs_of(sweep.experiment), list(sweep.axes)
    ordered = [name for name in axes if name != SEED] or axes
    places = st.columns([3, 2, 2, 3])
    measures = measures_of(swept) or [FIRST_MEASURE]
    with places[0]:
        measure = st.selectbox(
            "Cells show",
            measures,
            index=measures.index(FIRST_MEASURE) if FIRST_MEASURE in measures else 0,
            format_func=MEASURES.__getitem__,
            key="sweeps/measure",
            help="The mean over the runs of a cell, ± their standard deviation (n - 1). Choose "
            "settings by the validation part; the test part only reports. A best epoch chosen by "
            "the test part flatters.",
        )
    shown = ordered[:2]
    if len(axes) > 1:
        with places[1]:
            down = st.selectbox(
                "Down", axes, index=axes.index(ordered[0]),
                format_func=lambda name: specs[name].label, key=f"sweeps/{sweep.id}/down",
            )  # fmt: skip
        others = ["", *(name for name in axes if name != down)]
        second = next((name for name in ordered if name != down), "")
        with places[2]:
            across = st.selectbox(
                "Across", others, index=others.index(second),
                format_func=lambda name: specs[name].label if name else "Nothing",
                key=f"sweeps/{sweep.id}/across",
                help="What lies on neither axis is averaged over.",
            )  # fmt: skip
        shown = [down, across] if across else [down]
    with places[3]:
        band = st.segmented_control(
            "Bands hold",
            list(BANDS),
            default="interval",
            required=True,
            format_func=BANDS.__getitem__,
            key="sweeps/band",
        )
    averaged = [specs[name].label.lower() for name in axes if name not in shown]
    if averaged:
        count = sweep.count
        for name in shown:
            count //= len(sweep.axes[name])
        st.caption(
            f"Each cell: mean ± standard deviation over {' and '.join(averaged)} ({count} runs). "
            "**Click a cell** for its curves and its picture."
        )
    else:
        st.caption("Each cell is one run. **Click a cell** for its curves and its picture.")
    _draw_overall(sweep, swept, measure)
    return measure, shown, band


def _draw_overall(sweep: SweepRecord, swept: Sequence[SweptRun], measure: str) -> None:
    """Say how far chance alone spreads the runs, where they differ in nothing but the seed."""
    if list(sweep.axes) != [SEED]:
        return
    (cell,) = sweep_cells(sweep.axes, [], swept, measure)
    numbers = [run.numbers[measure] for run in swept if measure in run.numbers]
    if cell.mean is None or cell.std is None:
        return
    scale, unit = (100, " points") if is_accuracy(measure) else (1, "")
    st.markdown(
        f"**{MEASURES[measure]}**: {scale * cell.mean:.3g} on average, standard deviation "
        f"{scale * cell.std:.2g}{unit}, from {scale * min(numbers):.3g} to "
        f"{scale * max(numbers):.3g} over {cell.count} seeds. Two single runs of the same settings "
        f"easily differ by {scale * 2**0.5 * cell.std:.2g}{unit}: what is smaller may be chance."
    )
