"""A lab report from a student's runs: what each set, measured and showed, with the student's words.

The figures are given to it: matplotlib is not loaded here, so a page may call it.
"""

import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any

import numpy as np

from rdfia_core import __version__
from rdfia_core.config import field_specs
from rdfia_core.errors import ConfigError, DataUnavailableError, RdfiaError
from rdfia_core.experiments import experiment_named
from rdfia_core.figures.lab_report import LabReport, ReportRun, report_html
from rdfia_core.jobs.export import EXPORTS
from rdfia_core.settings import Settings
from rdfia_core.store import RunRecord, RunStore

MAX_RUNS = 10
MAX_NOTES = 20_000
FIGURES = {"curves.svg": "Loss and accuracy by epoch", "picture.svg": "The last picture of the run"}
_LIBRARIES = ("torch", "torchvision", "timm", "scikit-learn", "numpy")
_CURVES = (
    ("train", "training"),
    ("train_now", "training, after the epoch"),
    ("val", "validation"),
    ("test", "test"),
)

Figures = Mapping[tuple[str, str], str | RdfiaError]
"""SVG text, or why there is none, by run id and name of the export."""


@dataclass(frozen=True)
class Words:
    """What the student writes.

    Args:
        title: Of the report.
        author: Name, or "".
        notes: On all runs.
        run_notes: On single runs, by id.
    """

    title: str = "Lab report"
    author: str = ""
    notes: str = ""
    run_notes: Mapping[str, str] = field(default_factory=dict)


def wanted_figures(runs: Sequence[RunRecord]) -> list[tuple[str, str]]:
    """Return run id and export of each figure that a report of these runs holds."""
    return [
        (run.id, name) for run in runs for name in FIGURES if EXPORTS[name].suits(run.experiment)
    ]


def figures_here(store: RunStore, settings: Settings, runs: Sequence[RunRecord]) -> Figures:
    """Draw the figures in this process; loads matplotlib."""
    found: dict[tuple[str, str], str | RdfiaError] = {}
    by_id = {run.id: run for run in runs}
    for run_id, name in wanted_figures(runs):
        try:
            content = EXPORTS[name].make(store, settings, by_id[run_id])
            found[run_id, name] = content.decode()
        except DataUnavailableError as error:
            found[run_id, name] = error
    return found


def lab_report(
    store: RunStore,
    runs: Sequence[RunRecord],
    words: Words,
    figures: Figures,
    now: float | None = None,
) -> bytes:
    """Return a report as an HTML file that needs nothing else.

    Args:
        store: Where the runs lie.
        runs: 1 to 10, in the order of the report; the caller has authorised them.
        words: What the student writes.
        figures: Those that `wanted_figures` names.
        now: Seconds since 1970; the present by default.

    Raises:
        ConfigError: If there are too few or too many runs, or too many words.
    """
    if not 1 <= len(runs) <= MAX_RUNS:
        raise ConfigError(
            f"A report holds 1 to {MAX_RUNS} runs. Got {len(runs)}. Leave some out, or write a "
            "second report."
        )
    longest = max(len(text) for text in (words.notes, *words.run_notes.values()))
    if longest > MAX_NOTES:
        raise ConfigError(
            f"A note may have {MAX_NOTES:,} characters. Got {longest:,}. Shorten it, or spread it "
            "over several runs."
        )
    date = time.strftime("%d %B %Y", time.localtime(now))
    entries = [_entry(store, run, words, figures) for run in runs]
    title = words.title.strip() or Words.title
    report = LabReport(title, words.author.strip(), date, words.notes, entries, _versions())
    return report_html(report).encode()


def run_title(run: RunRecord) -> str:
    """Return what a run is called in lists: its lab, its name or what was set."""
    experiment = experiment_named(run.experiment)
    told = run.name or ", ".join(f"{k} {v}" for k, v in _changed(run).items()) or "defaults"
    return f"{experiment.title}: {told if len(told) <= 90 else told[:89] + '…'}"


def _entry(store: RunStore, run: RunRecord, words: Words, figures: Figures) -> ReportRun:
    drawn: list[tuple[str, str]] = []
    missing: list[str] = []
    for (run_id, name), made in figures.items():
        if run_id == run.id and isinstance(made, str):
            drawn.append((FIGURES[name], made))
        elif run_id == run.id:
            missing.append(str(made))
    return ReportRun(
        title=run_title(run),
        facts=_facts(run),
        numbers=_numbers(store.metrics(run.id).columns),
        settings=_labelled(run, {**run.config, **run.live}),
        changed=_changed(run),
        diagnoses=[f"Epoch {note.epoch:g}: {note.text}" for note in store.notes(run.id)],
        notes=words.run_notes.get(run.id, ""),
        figures=drawn,
        missing=missing,
    )


def _facts(run: RunRecord) -> list[tuple[str, str]]:
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(run.started or run.created))
    facts = [
        ("Run", run.id),
        ("State", str(run.state)),
        ("Seed", str(run.config.get("seed", "none"))),
        ("Device", run.device or "not started"),
        ("Epochs", f"{run.epoch:g} of {run.config.get('epochs', '–')}"),
        ("Steps", f"{run.step:,}"),
        ("Parameters", f"{run.num_parameters:,}"),
        ("Time at work", f"{run.seconds:,.1f} s"),
        ("Started", when),
    ]
    return [*facts, ("Outcome", run.sentence)] if run.sentence else facts


def _numbers(columns: Mapping[str, np.ndarray]) -> list[tuple[str, str, str]]:
    """Return last and best value of each loss and accuracy, and the epoch of the best."""
    rows = []
    for ending, word in (("_accuracy", "accuracy"), ("_loss", "loss")):
        for part, name in _CURVES:
            values = columns.get(f"{part}{ending}")
            if values is None or not np.isfinite(values).any():
                continue
            usable = np.where(
                np.isfinite(values), values, -np.inf if word == "accuracy" else np.inf
            )
            best = int(usable.argmax() if word == "accuracy" else usable.argmin())
            last = values[np.isfinite(values)][-1]
            told = f"{_number(values[best], word)} in epoch {columns['epoch'][best]:g}"
            rows.append((f"{name} {word}".capitalize(), _number(last, word), told))
    return rows


def _number(value: float, word: str) -> str:
    return f"{100 * value:.2f} %" if word == "accuracy" else f"{value:.4g}"


def _labelled(run: RunRecord, values: Mapping[str, Any]) -> dict[str, str]:
    config_class = experiment_named(run.experiment).config_class
    return {
        spec.label: str(values.get(spec.name, spec.default))
        for spec in field_specs(config_class)
        if spec.section not in config_class.hidden_sections and spec.has_effect(values)
    }


def _changed(run: RunRecord) -> dict[str, str]:
    values = {**run.config, **run.live}
    config_class = experiment_named(run.experiment).config_class
    defaults = {spec.label: str(spec.default) for spec in field_specs(config_class)}
    told = _labelled(run, values)
    return {label: text for label, text in told.items() if text != defaults[label]}


def _versions() -> dict[str, str]:
    """Return what is installed where the report is made."""
    found = {"RDFIA Playground": __version__, "Python": platform.python_version()}
    for library in _LIBRARIES:
        try:
            found[library] = metadata.version(library)
        except metadata.PackageNotFoundError:
            continue
    return found
