"""Scripts of stored runs: what they say of the run, and what is refused."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rdfia_core.errors import DataUnavailableError
from rdfia_core.jobs.execution import Execution
from rdfia_core.jobs.export import EXPORTS
from rdfia_core.jobs.scripts import training_notebook, training_script
from rdfia_core.jobs.submission import submit
from rdfia_core.settings import Settings
from rdfia_core.store import RunRecord, RunState, RunStore

ROOT = Path(__file__).resolve().parents[3]
SMALL: dict[str, Any] = {"epochs": 3, "num_points": 40}


def submitted(store: RunStore, settings: Settings, task: str = "train") -> RunRecord:
    state = RunState.STARTING
    run_id = submit(store, settings, "circle_mlp", SMALL, owner="ada", task=task, state=state)
    return store.run(run_id)


def head_of(script: bytes) -> str:
    return script.decode().split('"""')[1].replace("\n", " ")


def test_the_head_says_how_the_run_ended(store: RunStore, settings: Settings) -> None:
    run = submitted(store, settings)
    Execution(store, run, settings).run()
    run = store.run(run.id)
    head = head_of(training_script(store, settings, run))
    assert run.id in head
    assert f"test_accuracy {run.metrics['test_accuracy']:.6g}" in head
    assert "changed" not in head


def test_a_run_that_was_changed_while_it_lived_says_so(store: RunStore, settings: Settings) -> None:
    run = submitted(store, settings)
    store.update_run(run.id, live={"learning_rate": 0.5})
    script = training_script(store, settings, store.run(run.id))
    assert "its owner changed learning_rate" in head_of(script)
    assert b"LEARNING_RATE = 0.03" in script


def test_a_run_that_was_stopped_says_so(store: RunStore, settings: Settings) -> None:
    run = submitted(store, settings)
    store.update_run(run.id, state=RunState.STOPPED, epoch=1.5)
    head = head_of(training_script(store, settings, store.run(run.id)))
    assert "stopped in epoch 1.5" in head


def test_words_of_the_owner_do_not_get_into_the_code(store: RunStore, settings: Settings) -> None:
    run = submitted(store, settings)
    store.update_run(run.id, name='"""\nimport os  # evil', tags=["evil"])
    for export in (training_script, training_notebook):
        assert b"evil" not in export(store, settings, store.run(run.id))


def test_a_task_that_is_no_training_has_no_script(store: RunStore, settings: Settings) -> None:
    run = submitted(store, settings, task="compare_stages")
    with pytest.raises(DataUnavailableError, match="Only a training has a script"):
        training_script(store, settings, run)


def test_a_notebook_is_json(store: RunStore, settings: Settings) -> None:
    run = submitted(store, settings)
    assert json.loads(EXPORTS["train.ipynb"].make(store, settings, run))["nbformat"] == 4


def test_writing_a_script_loads_nothing_heavy(settings: Settings) -> None:
    code = (
        "import sys\n"
        "from rdfia_core.experiments import context_of, experiments\n"
        "from rdfia_core.jobs.export import EXPORTS\n"
        "from rdfia_core.scripts.recipe import Ran\n"
        "from rdfia_core.scripts.writing import notebook_text\n"
        "from rdfia_core.settings import Settings\n"
        "for experiment in experiments().values():\n"
        "    config = experiment.config_class.build({})\n"
        "    recipe = experiment.recipe(config, context_of(Settings()), Ran('cpu', 1))\n"
        "    assert notebook_text(recipe, 'A run', ())\n"
        "assert 'train.py' in EXPORTS\n"
        "print(*sorted({'torch', 'torchvision', 'timm', 'sklearn'} & set(sys.modules)))\n"
    )
    environment = {"RDFIA_HOME": str(settings.home), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() == ""
