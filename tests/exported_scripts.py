"""Runs a lab here and its exported script elsewhere, for tests that compare the two."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from rdfia_core.config import field_specs
from rdfia_core.events import End, Note
from rdfia_core.experiments import Context, context_of, experiment_named
from rdfia_core.scripts.recipe import Ran, Recipe
from rdfia_core.scripts.writing import script_text
from rdfia_core.settings import Settings

THREADS = 2
SECONDS = 300

# Executes scripts one after the other as fresh main programs, and says what each printed last.
RUNNER = """
import contextlib, io, json, runpy, sys
for path in sys.argv[1:]:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        runpy.run_path(path, run_name="__main__")
    print("LAST", printed.getvalue().strip().splitlines()[-1])
"""


@contextmanager
def threads(number: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def trained(
    name: str, values: Mapping[str, Any], context: Context
) -> tuple[dict[str, float], Recipe]:
    """Train here; return the final metrics, and the recipe of the script."""
    experiment = experiment_named(name)
    config = experiment.config_class.build(experiment.completed(values, context))
    experiment.check_config(config, context)
    specs = field_specs(experiment.config_class)
    context.live = {spec.name: getattr(config, spec.name) for spec in specs if spec.live}
    context.attentive = False
    notes: dict[str, Any] = {}
    metrics: dict[str, float] = {}
    with threads(THREADS):
        for event in experiment.load_task("train")(config, context):
            if isinstance(event, Note):
                notes[event.kind] = event.evidence
            elif isinstance(event, End):
                metrics = dict(event.metrics)
    assert metrics, "the run has ended"
    return metrics, experiment.recipe(config, context, Ran("cpu", THREADS, notes))


def context_in(home: Path) -> Context:
    return context_of(Settings(home=home, data_dir=None))


def run_scripts(texts: Sequence[str], folder: Path, data_dir: Path | None = None) -> list[Any]:
    """Execute scripts where none of our modules can be imported; return their last lines."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, text in enumerate(texts):
        path = folder / f"train_{number}.py"
        path.write_text(text, encoding="utf-8")
        paths.append(str(path))
    environment = {k: v for k, v in os.environ.items() if not k.startswith("RDFIA_")}
    if data_dir is not None:
        environment["RDFIA_DATA_DIR"] = str(data_dir)
    command = ["-c", RUNNER, *paths] if len(paths) > 1 else paths
    done = subprocess.run(
        [sys.executable, "-I", *command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    lines = done.stdout.strip().splitlines()
    found = [line.removeprefix("LAST ") for line in lines if line.startswith("LAST ")]
    return [json.loads(line) for line in (found if len(paths) > 1 else lines[-1:])]


def differences(
    name: str,
    several: Sequence[Mapping[str, Any]],
    home: Path,
    data_dir: Path | None = None,
    context: Context | None = None,
) -> list[str]:
    """Say which final values a script and its run do not have in common, bit for bit."""
    context = context or context_in(home)
    runs = [trained(name, values, context) for values in several]
    texts = [script_text(recipe, "A run", ()) for _, recipe in runs]
    with tempfile.TemporaryDirectory() as folder:
        printed = run_scripts(texts, Path(folder), data_dir)
    assert len(printed) == len(runs), "each script has printed its result"
    return [
        f"{values}: {key} {expected.get(key)} {found.get(key)}"
        for values, (expected, _), found in zip(several, runs, printed, strict=True)
        for key in sorted({*expected, *found})
        # As texts, since a value that is no number equals nothing.
        if repr(expected.get(key)) != repr(found.get(key))
    ]
