"""Sweeps on the command line: here, or in the background; broken off and gone on with."""

import json
import math
import signal
import time
from typing import Annotated, Any

import typer

from rdfia_core.cli_output import BAD_VALUE, ProgressLine, sentences
from rdfia_core.jobs.launch import ensure_dispatcher
from rdfia_core.jobs.sweep_plan import SweepPlan
from rdfia_core.jobs.sweep_summary import SCORES, CellSummary, Score, summary_of
from rdfia_core.jobs.sweeps import check_budget, command_sweep, estimate_seconds, start_sweep
from rdfia_core.settings import Settings
from rdfia_core.store import RunRecord, RunStore
from rdfia_core.store.sweep_store import SweepRecord, SweepStore

OWNER = "command line"


def sweep(
    experiment: Annotated[str, typer.Argument(help="Name of an experiment.")] = "",
    assignments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FIELD=VALUE,VALUE]...",
            help='Values: 0.1,0.01 or a range 0..19; of texts "10|10,10".',
        ),
    ] = None,
    preset: Annotated[str, typer.Option(help="Start from this preset.")] = "",
    name: Annotated[str, typer.Option(help="What you call it.")] = "",
    budget: Annotated[
        float | None, typer.Option(help="Working seconds after which no more runs start.")
    ] = None,
    resume: Annotated[str, typer.Option(metavar="ID", help="Go on with this sweep.")] = "",
    background: Annotated[
        bool, typer.Option("--background", help="Hand the sweep to the dispatcher.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="End with one line of JSON.")] = False,
) -> None:
    """Train every combination of the values, and compare what comes out over the seeds."""
    with sentences():
        settings = Settings()
        store = RunStore(settings.store_url)
        if resume:
            sweep_id = resume
            check_budget(budget)
            command_sweep(store, settings, sweep_id, "run" if background else "pause", budget)
            if not background:
                SweepStore(store).queued_again(sweep_id)
        else:
            sweep_id = _start(
                store, settings, experiment, assignments or [], preset, name, budget, background
            )
        if background:
            ensure_dispatcher(settings)
            typer.echo(sweep_id)
            return
        begun = time.perf_counter()
        _work(store, settings, sweep_id)
        _report(store, sweep_id, time.perf_counter() - begun, as_json)


def _start(
    store: RunStore,
    settings: Settings,
    experiment: str,
    words: list[str],
    preset: str,
    name: str,
    budget: float | None,
    background: bool,
) -> str:
    """Build the plan, say what it is and how long it may take, and store it."""
    if not experiment:
        typer.echo("Error: Name an experiment, or a sweep to go on with: --resume ID.", err=True)
        raise typer.Exit(BAD_VALUE)
    plan = SweepPlan.build(experiment, words, preset=preset, max_runs=settings.sweep_runs)
    sizes = " × ".join(f"{len(values)} {field}" for field, values in plan.axes.items())
    seconds = estimate_seconds(store, settings, plan)
    told = (
        "no run like these has been measured yet, so how long it takes is not known"
        if seconds is None
        else f"about {_duration(seconds)}, by runs measured earlier"
    )
    typer.echo(f"{plan.count} runs{f' ({sizes})' if sizes else ''}; {told}.", err=True)
    command = "run" if background else "pause"
    return start_sweep(store, settings, plan, OWNER, name, budget, command=command)


def _work(store: RunStore, settings: Settings, sweep_id: str) -> None:
    """Execute what is missing in this process; Ctrl-C pauses the sweep."""
    from rdfia_core.experiments import experiment_named  # noqa: PLC0415
    from rdfia_core.jobs.batch_execution import BatchExecution  # noqa: PLC0415  loads torch
    from rdfia_core.jobs.worker import make_room  # noqa: PLC0415

    sweeps = SweepStore(store)
    sweep_record = sweeps.sweep(sweep_id)
    make_room(settings, experiment_named(sweep_record.experiment).share_of("train"))
    line = ProgressLine()
    num_over = sweeps.progress(sweep_record).num_over

    def show(run: RunRecord) -> None:
        nonlocal num_over
        num_over += run.is_over
        line.write(f"{num_over} of {sweep_record.count} runs")

    batch = BatchExecution(store, settings, show)
    before = signal.signal(signal.SIGINT, batch.interrupt)
    try:
        batch.work_here(sweep_id)
    finally:
        signal.signal(signal.SIGINT, before)
        line.end()


def _report(store: RunStore, sweep_id: str, seconds: float, as_json: bool) -> None:
    sweeps = SweepStore(store)
    record = sweeps.sweep(sweep_id)
    progress = sweeps.progress(record)
    cells = summary_of(record, sweeps.runs(sweep_id))
    if as_json:
        told = {
            "sweep_id": sweep_id,
            "status": progress.state,
            "experiment": record.experiment,
            "count": progress.total,
            "seconds": round(seconds, 4),
            "sentence": record.sentence,
            "cells": [_cell_json(cell) for cell in cells],
        }
        typer.echo(json.dumps(told))
    else:
        typer.echo(_table(cells))
        typer.echo(
            f"{sweep_id}  {progress.state}  {progress.num_over} of {progress.total} runs in "
            f"{_duration(seconds)}  {record.sentence}".rstrip()
        )
    if progress.num_over < progress.total:
        typer.echo(f"To go on: python -m rdfia_core sweep --resume {sweep_id}", err=True)


def _cell_json(cell: CellSummary) -> dict[str, Any]:
    return {
        "values": dict(cell.values),
        "n": cell.num_completed,
        "diverged": cell.num_diverged,
        "mean": {name: score.mean for name, score in cell.scores.items()},
        "sd": {
            name: None if math.isnan(score.sd) else score.sd for name, score in cell.scores.items()
        },
        "run_ids": [run.id for run in cell.runs],
    }


def _table(cells: list[CellSummary]) -> str:
    """Lay the cells out: a row each, mean ± standard deviation over the completed seeds."""
    names = [name for name in SCORES if any(name in cell.scores for cell in cells)]
    axes = list(cells[0].values)
    rows = [[*axes, "n", "diverged", *names]]
    for cell in cells:
        shown = [_score(cell.scores.get(name)) for name in names]
        counts = [str(cell.num_completed), str(cell.num_diverged)]
        rows.append([*(str(cell.values[name]) for name in axes), *counts, *shown])
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    return "\n".join(
        "  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True))
        for row in rows
    )


def _score(score: Score | None) -> str:
    if score is None:
        return "-"
    return f"{score.mean:.4f}" + ("" if math.isnan(score.sd) else f" ± {score.sd:.4f}")


def _duration(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.2g} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def list_sweeps(limit: Annotated[int, typer.Option(help="How many.", min=1)] = 20) -> None:
    """List the newest sweeps."""
    with sentences():
        sweeps = SweepStore(RunStore(Settings().store_url))
        for record in sweeps.sweeps(limit=limit):
            typer.echo(_line(sweeps, record))


def _line(sweeps: SweepStore, record: SweepRecord) -> str:
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(record.created))
    progress = sweeps.progress(record)
    axes = " ".join(f"{name}={','.join(map(str, v))}" for name, v in record.axes.items())
    done = f"{progress.num_over}/{progress.total}"
    line = f"{record.id}  {when}  {progress.state:<9}  {done:>9}  {record.experiment}  {axes}"
    return f"{line}  {record.name}".rstrip()


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(sweep)
    app.command("sweeps")(list_sweeps)
