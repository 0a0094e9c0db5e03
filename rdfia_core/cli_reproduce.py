"""`reproduce`: measure the report's experiments again, and say which of them agree."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rdfia_core.cli_output import ProgressLine, sentences
from rdfia_core.errors import ConfigError
from rdfia_core.figures.tables import markdown_table
from rdfia_core.reproduction.catalogue import ENTRIES, entries_named
from rdfia_core.reproduction.document import document, write_between_marks
from rdfia_core.reproduction.entries import FULL, QUICK, Entry
from rdfia_core.reproduction.findings import Finding, findings_of, judged_claims
from rdfia_core.reproduction.kept import (
    SHIPPED,
    KeptMeasurements,
    shipped_measurements,
    shipped_text,
    write_whole,
)
from rdfia_core.reproduction.measured import MOST_SEEDS, Measured, pooled
from rdfia_core.settings import Settings

if TYPE_CHECKING:
    from rdfia_core.reproduction.running import Moment

INTERRUPTED = 130


def reproduce(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[ENTRY]...", help="All, if none is named.")
    ] = None,
    full: Annotated[
        bool, typer.Option("--full/--quick", help="As printed: hours; or a subset: minutes.")
    ] = False,
    only_list: Annotated[bool, typer.Option("--list", help="Only list the entries.")] = False,
    seeds: Annotated[
        int | None,
        typer.Option(help="Seeds of each setting, 1 to 100; default: the entry's own."),
    ] = None,
    device: Annotated[
        str, typer.Option(help="auto, cpu, cuda or mps; labs on points stay on the processor.")
    ] = "auto",
    write: Annotated[
        Path | None, typer.Option(help="Write the tables into this file, between the marks.")
    ] = None,
    ship: Annotated[
        bool, typer.Option("--ship", help="Also write the file that the report page shows.")
    ] = False,
) -> None:
    """Measure the report's experiments again; what is measured already is not run again."""
    with sentences():
        entries = entries_named(names or [])
        variant = FULL if full else QUICK
        if only_list:
            _print_list(variant)
            return
        if seeds is not None and not 1 <= seeds <= MOST_SEEDS:
            raise ConfigError(f"The number of seeds must be 1 to {MOST_SEEDS}. Got {seeds}.")
        if device not in ("auto", "cpu", "cuda", "mps"):
            raise ConfigError(f"The device must be auto, cpu, cuda or mps. Got {device[:20]!r}.")
        settings = Settings()
        reasons, is_interrupted = _run(settings, entries, variant, seeds, device)
        measured = list(KeptMeasurements(settings.home).all())
        findings = findings_of(pooled(measured), variant)
        chosen = {entry.name for entry in entries}
        _print_findings([each for each in findings if each.entry.name in chosen], reasons)
        if write is not None or ship:
            _write(measured, reasons, write, ship=ship)
        if is_interrupted:
            typer.echo("Interrupted: what is finished is kept, the next call goes on from there.")
            raise typer.Exit(INTERRUPTED)


def _print_list(variant: str) -> None:
    for entry in ENTRIES:
        runs = len(entry.planned(variant))
        typer.echo(f"{entry.name:<28} {entry.title}: {runs} runs. {entry.variant(variant).says}.")


def _run(
    settings: Settings, entries: Sequence[Entry], variant: str, seeds: int | None, device: str
) -> tuple[dict[str, str], bool]:
    """Run what is missing; return why some of it was not, and whether it was broken off."""
    from rdfia_core.reproduction.running import Session  # noqa: PLC0415  loads torch

    line = ProgressLine()

    def tell(moment: "Moment") -> None:
        if line.is_due():
            line.write(_progress(moment))

    session = Session(settings, device, tell)
    is_interrupted = False
    try:
        session.run(entries, variant, seeds)
    except KeyboardInterrupt:
        is_interrupted = True
    finally:
        line.end()
    return session.outcome.reasons, is_interrupted


def _progress(moment: "Moment") -> str:
    planned = moment.planned
    left = "" if moment.seconds_left is None else f"  about {_duration(moment.seconds_left)} left"
    return (
        f"{moment.place}/{moment.count}  {planned.entry.name}, {planned.arm.label}, seed "
        f"{planned.seed}  {moment.share:.0%}{left}"
    )


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _print_findings(findings: list[Finding], reasons: dict[str, str]) -> None:
    rows = [[each.entry.name, each.judgement.verdict.value] for each in findings]
    typer.echo(markdown_table(["entry", "verdict"], rows))
    for each in findings:
        typer.echo(f"\n{each.entry.name}: {each.judgement.evidence}")
        if each.entry.name in reasons:
            typer.echo(f"  not measured: {reasons[each.entry.name]}")


def _write(
    measured: list[Measured], reasons: dict[str, str], path: Path | None, *, ship: bool
) -> None:
    """Write document and shipped file; what was shipped before counts where nothing is new."""
    pool = pooled(shipped_measurements(), measured)
    findings = findings_of(pool)
    if path is not None:
        write_between_marks(path, document(findings, judged_claims(findings), reasons))
        typer.echo(f"\nWritten: {path}")
    if ship:
        shown = {
            id(run): run
            for finding in findings
            for runs in finding.measured.values()
            for run in runs.values()
        }
        write_whole(SHIPPED, shipped_text(list(shown.values())))
        typer.echo(f"Written: {SHIPPED}")
