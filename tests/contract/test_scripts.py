"""What the exported script of every experiment must be."""

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

from rdfia_core.experiments import Experiment, experiments
from rdfia_core.scripts.recipe import Ran
from rdfia_core.scripts.writing import notebook_text, script_text
from tests.exported_scripts import context_in

LABS = list(experiments().values())
KNOWN = {"torch", "torchvision", "sklearn", "timm", "numpy", "safetensors"}


def recipe_of(experiment: Experiment, home: Path, **values: Any) -> Any:
    config = experiment.config_class.build(values)
    return experiment.recipe(config, context_in(home), Ran("cpu", 1))


def configs_of(experiment: Experiment) -> list[dict[str, Any]]:
    presets = [dict(preset.values) for preset in experiment.presets]
    return [{}, *presets]


@pytest.mark.parametrize("experiment", LABS, ids=lambda e: e.name)
def test_every_preset_has_a_script_that_imports_nothing_of_ours(
    experiment: Experiment, tmp_path: Path
) -> None:
    for number, values in enumerate(configs_of(experiment)):
        text = script_text(recipe_of(experiment, tmp_path, **values), "A run", ())
        assert "rdfia_core" not in text
        imported = {
            (node.module or "" if isinstance(node, ast.ImportFrom) else node.names[0].name)
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Import | ast.ImportFrom)
        }
        assert {name.split(".")[0] for name in imported} <= KNOWN | sys.stdlib_module_names
        assert len(text.splitlines()) < 1100
        (tmp_path / f"script_{number}.py").write_text(text, encoding="utf-8")
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F,E9", str(tmp_path)]
    found = subprocess.run(ruff, capture_output=True, text=True, timeout=120, check=False)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize("experiment", LABS, ids=lambda e: e.name)
def test_a_notebook_holds_the_same_code_with_words_between(
    experiment: Experiment, tmp_path: Path
) -> None:
    recipe = recipe_of(experiment, tmp_path)
    notebook = nbformat.reads(notebook_text(recipe, "A run", ()), as_version=4)
    nbformat.validate(notebook)
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    in_script = ast.dump(ast.parse(script_text(recipe, "A run", ()).split('"""', 2)[2]))
    assert ast.dump(ast.parse("\n\n".join(cells))) == in_script
    kinds = [cell.cell_type for cell in notebook.cells]
    assert kinds[0] == "markdown"
    assert kinds[1:] == ["markdown", "code"] * len(cells)


def test_a_title_cannot_end_the_text_that_it_stands_in(tmp_path: Path) -> None:
    recipe = recipe_of(experiments()["circle_mlp"], tmp_path)
    title = 'Mine""" \\"""\nraise SystemExit(1)  #'
    tree = ast.parse(script_text(recipe, title, ()))
    assert (ast.get_docstring(tree, clean=False) or "").startswith(title)
    assert not any(isinstance(node, ast.Raise) for node in tree.body)
    json.loads(notebook_text(recipe, title, ()))
