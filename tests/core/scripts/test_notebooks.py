"""Notebooks, executed as a student would, end with the final values of the run, bit for bit."""

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from rdfia_core.scripts.writing import notebook_text
from tests.exported_scripts import SECONDS, context_in, trained

SMALL: dict[str, dict[str, Any]] = {
    "circle_mlp": {"epochs": 5, "num_points": 60},
    "svm_kernels": {},
    "mnist_mlp": {"epochs": 1, "num_train": 200},
    "cifar_cnn": {"dataset": "digits", "num_train": 100, "num_val": 20, "epochs": 1},
    "vit": {"num_train": 100, "num_val": 20, "epochs": 1, "depth": 1},
}


# A kernel's own libraries warn while they start.
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::RuntimeWarning")
@pytest.mark.parametrize("name", list(SMALL))
def test_a_notebook_ends_as_the_run(name: str, tmp_path: Path) -> None:
    expected, recipe = trained(name, SMALL[name], context_in(tmp_path))
    notebook = nbformat.reads(notebook_text(recipe, "A run", ()), as_version=4)
    resources = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(
        notebook, timeout=SECONDS, startup_timeout=SECONDS, resources=resources
    ).execute()
    printed = "".join(output.text for output in notebook.cells[-1].outputs)
    # Without any tolerance: only nan is allowed to equal itself.
    found = json.loads(printed.strip().splitlines()[-1])
    assert found == pytest.approx(expected, abs=0, rel=0, nan_ok=True)
