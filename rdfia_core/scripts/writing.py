"""A run as a script, and as a notebook: the same sections, with a head that says what it is."""

import json
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from rdfia_core.scripts.bundle import bundle
from rdfia_core.scripts.recipe import Recipe, Section

_PACKAGES = {
    "torch": "torch",
    "torchvision": "torchvision",
    "numpy": "numpy",
    "sklearn": "scikit-learn",
    "timm": "timm",
    "safetensors": "safetensors",
}


def script_text(recipe: Recipe, title: str, remarks: tuple[str, ...]) -> str:
    """Return a run as one Python file.

    Args:
        recipe: Of the run.
        title: First line.
        remarks: What there is to say about the run, a sentence each.
    """
    sections = bundle(recipe)
    said = "\n".join([title, "", *_head(recipe, sections, remarks)])
    pieces = [_docstring(said)]
    for section in sections:
        lines = [f"# %% {section.title}"]
        lines += [f"# {line}".rstrip() for line in section.text.split("\n") if section.text]
        pieces.append("\n".join(lines) + "\n" + section.code.strip("\n"))
    return "\n\n\n".join(pieces) + "\n"


def notebook_text(recipe: Recipe, title: str, remarks: tuple[str, ...]) -> str:
    """Return a run as a Jupyter notebook; arguments as `script_text`."""
    sections = bundle(recipe)
    cells = [_cell("markdown", "\n".join([f"# {title}", "", *_head(recipe, sections, remarks)]))]
    for section in sections:
        cells.append(_cell("markdown", f"## {section.title}\n\n{section.text}".strip()))
        cells.append(_cell("code", section.code.strip("\n")))
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    notebook = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def _head(recipe: Recipe, sections: list[Section], remarks: tuple[str, ...]) -> list[str]:
    imported = sections[0].code
    needed = [
        f"{package} {found}"
        for module, package in _PACKAGES.items()
        if f" {module}" in imported and (found := _version(package))
    ]
    return [
        f"Needs {', '.join(needed)} (the versions of the run).",
        "Made by the RDFIA Playground from the run's settings. The code is the lab's own, without",
        "what this run does not use. On a processor the final values are equal to the run's, to",
        "the last bit, with the same version of PyTorch.",
        *(f"\n{sentence}" for sentence in (*recipe.needs, *remarks)),
    ]


def _version(package: str) -> str:
    try:
        return version(package).split("+")[0]
    except PackageNotFoundError:
        return ""


def _docstring(said: str) -> str:
    escaped = said.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return f'"""{escaped}\n"""'


def _cell(kind: str, source: str) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": kind, "metadata": {}}
    cell["source"] = source.splitlines(keepends=True)
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    return cell
