"""A lab's program as text: its sections, with the values of one config."""

import ast
import re
from dataclasses import dataclass
from typing import Any

from rdfia_core.scripts.folding import Facts, fold
from rdfia_core.scripts.recipe import Code, Recipe, Section
from rdfia_core.scripts.sources import read_source

_SECTION = re.compile(r"^# %% (.+)$", re.MULTILINE)
_REMARKS = re.compile(r"\s*# (?:noqa|type: ignore)\b.*$", re.MULTILINE)
_WIDTH = 96


@dataclass(frozen=True)
class Program:
    """The sections of a script before our definitions are copied into it.

    Args:
        sections: In order.
        modules: Which module each comes from.
        names: All names that the program itself defines.
    """

    sections: tuple[Section, ...]
    modules: tuple[str, ...]
    names: set[str]


def read_program(recipe: Recipe) -> Program:
    """Read the modules of a program, with the constants of the recipe and what they decide."""
    values = {name: v for name, v in recipe.constants.items() if not isinstance(v, Code)}
    sections: list[Section] = []
    modules: list[str] = []
    declared: set[str] = set()
    for module in recipe.program:
        text = _REMARKS.sub("", read_source(module).text)
        text, found = _with_constants(text, recipe.constants)
        declared |= found
        text = fold(text, Facts(values))
        pieces = _SECTION.split(text)[1:]
        for title, body in zip(pieces[::2], pieces[1::2], strict=True):
            sections.append(_section(title, body))
            modules.append(module)
    assert declared == set(recipe.constants), f"undeclared: {set(recipe.constants) - declared}"
    sections = _without_unread(sections, declared)
    kept = [place for place, section in enumerate(sections) if section.code.strip()]
    names = {name for section in sections for name in _defined(section.code)}
    return Program(
        tuple(sections[place] for place in kept), tuple(modules[place] for place in kept), names
    )


def _section(title: str, body: str) -> Section:
    lines = body.strip("\n").split("\n")
    said = []
    while lines and lines[0].startswith("#"):
        said.append(lines.pop(0).removeprefix("#").removeprefix(" "))
    code = "\n".join(line for line in lines)
    return Section(title, "\n".join(said), _without_own_imports(code).strip("\n") + "\n")


def _without_own_imports(code: str) -> str:
    lines = code.split("\n")
    for node in reversed(ast.parse(code).body):
        if isinstance(node, ast.Import | ast.ImportFrom):
            del lines[node.lineno - 1 : node.end_lineno]
    return "\n".join(lines)


def _with_constants(text: str, constants: dict[str, Any] | Any) -> tuple[str, set[str]]:
    """Put values into the assignments that declare them; return the names found, too."""
    lines = text.split("\n")
    found = set()
    for node in reversed(ast.parse(text).body):
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
            continue
        name = node.target.id
        if name not in constants or node.value is None:
            continue
        found.add(name)
        last = node.end_lineno or node.lineno
        rest = lines[last - 1].encode()[node.end_col_offset or 0 :].decode()  # columns count bytes
        written = f"{name} = {_literal(constants[name], len(name) + 3)}{rest}"
        lines[node.lineno - 1 : last] = written.split("\n")
    return "\n".join(lines), found


def _literal(value: Any, used: int) -> str:
    """Write a value as Python text. `repr` of plain values alone, so that no text becomes code."""
    if isinstance(value, Code):
        return value.text
    if isinstance(value, dict):
        entries = [f"    {key!r}: {_indented(_literal(item, 8))},\n" for key, item in value.items()]
        return "{\n" + "".join(entries) + "}" if entries else "{}"
    assert isinstance(value, str | int | float | bool | tuple | list | None), f"plain: {value!r}"
    written = repr(value)
    if len(written) + used <= _WIDTH or not isinstance(value, tuple | list):
        return written
    lines = [""]
    for item in value:
        word = f"{item!r}, "
        if len(lines[-1]) + len(word) > _WIDTH - 4:
            lines.append("")
        lines[-1] += word
    body = "\n".join(f"    {line.rstrip()}" for line in lines)
    begin, end = ("(", ")") if isinstance(value, tuple) else ("[", "]")
    return f"{begin}\n{body}\n{end}"


def _indented(text: str) -> str:
    return text.replace("\n", "\n    ")


def _without_unread(sections: list[Section], names: set[str]) -> list[Section]:
    """Drop constants that nothing reads once everything is decided."""
    read = {
        node.id
        for section in sections
        for node in ast.walk(ast.parse(section.code))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    kept = []
    for section in sections:
        lines = section.code.split("\n")
        for node in reversed(ast.parse(section.code).body):
            target = node.targets[0] if isinstance(node, ast.Assign) else None
            if isinstance(target, ast.Name) and target.id in names - read:
                del lines[node.lineno - 1 : node.end_lineno]
        kept.append(Section(section.title, section.text, "\n".join(lines)))
    return kept if kept == sections else _without_unread(kept, names)


def _defined(code: str) -> set[str]:
    """Return the names that a program's top level binds."""
    found: set[str] = set()
    for node in ast.parse(code).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        else:
            found |= {
                part.id
                for part in ast.walk(node)
                if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
            }
    return found
