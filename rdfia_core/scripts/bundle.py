"""Copies our definitions into a program, each before the section that first needs it.

A definition is copied with its comments. What the recipe knows is decided in it, methods that
nobody calls are left out, and names that two modules give to different things are told apart.
"""

import ast
import builtins
import re
import sys
from dataclasses import dataclass, field
from itertools import pairwise

from rdfia_core.scripts.folding import fold, is_empty_function
from rdfia_core.scripts.program import Program, read_program
from rdfia_core.scripts.recipe import Recipe, Section
from rdfia_core.scripts.sources import (
    External,
    Own,
    accessed_attributes,
    free_names,
    read_source,
    resolve,
)

ERRORS = "rdfia_core.errors"
PROGRAMS = "rdfia_core.scripts."
"""What a program takes from here it has from a section before."""
_REMARKS = re.compile(r"\s*# (?:noqa|type: ignore)\b.*$", re.MULTILINE)
_LEFT_OUT = ("Args:", "Attributes:", "Returns:", "Yields:", "Raises:")
CALLED_BY_OTHERS = ("forward",)


@dataclass
class Bundle:
    """A script in the making.

    Args:
        recipe: Of the run.
        accessed: Names after a dot anywhere in the script, as far as is known: methods of other
            names are left out.
        folded: Definitions with all their methods, as far as they have been made.
    """

    recipe: Recipe
    accessed: set[str]
    folded: dict[Own, str]
    texts: dict[Own, str] = field(default_factory=dict)
    imports: dict[str, External] = field(default_factory=dict)
    names: dict[Own, str] = field(default_factory=dict)

    def text(self, own: Own) -> str:
        """Return a definition as it is copied, before names are told apart."""
        if own not in self.texts:
            if own not in self.folded:
                self.folded[own] = self._folded(own)
            self.texts[own] = _without_methods(self.folded[own], self.accessed)
        return self.texts[own]

    def _folded(self, own: Own) -> str:
        source = read_source(own.module)
        errors = [
            name
            for name, meant in source.imports.items()
            if isinstance(meant, Own) and meant.module == ERRORS
        ]
        written = _with_short_docstrings(_REMARKS.sub("", source.definition(own.name)))
        checks: list[str] = []
        if isinstance(ast.parse(written).body[0], ast.FunctionDef | ast.ClassDef):
            checks = [name for name in free_names(written) if self._only_checks(own, name)]
        return fold(written, self.recipe.facts(own.name, errors, checks))

    def _only_checks(self, user: Own, name: str) -> bool:
        meant = resolve(user.module, name)
        if not isinstance(meant, Own) or not meant.name or meant == user:
            return False
        source = read_source(meant.module).definition(meant.name)
        return source.lstrip("#\n ").startswith("def ") and is_empty_function(self.text(meant))

    def meaning(self, module: str, name: str) -> Own | External | None:
        """Resolve a name, and put in what stands for it."""
        meant = resolve(module, name)
        if isinstance(meant, Own):
            other = self.recipe.instead.get(f"{meant.module}:{meant.name}")
            if other:
                return Own(*other.split(":"))
        return meant

    def needs(self, module: str, text: str) -> dict[str, Own]:
        """Return our definitions that a text needs, by how it writes them; note its imports."""
        found: dict[str, Own] = {}
        for name in free_names(text):
            meant = self.meaning(module, name)
            if meant is None:
                is_known = hasattr(builtins, name) or module in self.recipe.program
                assert is_known, f"{name} in {module} is defined in a way that is not understood"
            elif isinstance(meant, External):
                self._note_import(name, meant)
            elif meant.name:
                found[name] = meant
            else:  # a module of ours: what is written is module.name
                for node in ast.walk(ast.parse(text)):
                    if isinstance(node, ast.Attribute) and ast.unparse(node.value) == name:
                        inner = self.meaning(meant.module, node.attr)
                        assert isinstance(inner, Own), f"{name}.{node.attr} is ours"
                        found[f"{name}.{node.attr}"] = inner
        return found

    def _note_import(self, name: str, meant: External) -> None:
        known = self.imports.setdefault(name, meant)
        assert known == meant, f"{name} means {known} and {meant}: give one another name"

    def named(self, own: Own, taken: set[str]) -> str:
        """Return the name of a definition in the script."""
        if own not in self.names:
            twin = next((o for o in self.names if o.name == own.name), None)
            if twin is not None and self.text(twin) == self.text(own):
                self.names[own] = self.names[twin]
            elif twin is not None or own.name in taken:
                self.names[own] = f"{own.name}_{own.module.rpartition('.')[2]}"
            else:
                self.names[own] = own.name
            clash = self.names[own] in self.imports or self.names[own] in taken
            assert not clash, f"{self.names[own]} of {own.module} means something else here"
        return self.names[own]


def bundle(recipe: Recipe) -> list[Section]:
    """Return the sections of a script; the first holds the imports.

    Methods are kept where their name is accessed. What is kept may access more, so it is done
    again until nothing is added.
    """
    program = read_program(recipe)
    accessed = {name for section in program.sections for name in accessed_attributes(section.code)}
    folded: dict[Own, str] = {}
    while True:
        made = Bundle(recipe, accessed, folded)
        sections = _sections(made, program)
        found = accessed | {n for section in sections for n in accessed_attributes(section.code)}
        if found == accessed:
            return [Section("Imports", "", _import_lines(made.imports)), *sections]
        accessed = found


def _sections(made: Bundle, program: Program) -> list[Section]:
    written: set[str] = set()
    sections = []
    for section, module in zip(program.sections, program.modules, strict=True):
        needs = {
            name: own
            for name, own in made.needs(module, section.code).items()
            if own.module not in program.modules and not own.module.startswith(PROGRAMS)
        }
        ordered: list[Own] = []
        for own in needs.values():
            _visit(made, own, ordered)
        pieces = []
        for own in ordered:
            name = made.named(own, program.names)
            if name not in written:
                written.add(name)
                pieces.append(_renamed(made, own, program.names))
        code = _replaced(section.code, needs, made, program.names)
        sections.append(
            Section(section.title, section.text, _joined([*pieces, code.strip("\n")]) + "\n")
        )
    return sections


def _joined(pieces: list[str]) -> str:
    """Put definitions below one another, constants without empty lines between them."""
    text = pieces[0]
    for before, piece in pairwise(pieces):
        are_constants = all(re.match(r"\w+\b[^\n]* = [^\n]*\Z", part) for part in (before, piece))
        text += ("\n" if are_constants else "\n\n\n") + piece
    return text


def _visit(made: Bundle, own: Own, ordered: list[Own], above: tuple[Own, ...] = ()) -> None:
    """List what a definition needs before itself; a circle is cut where it closes."""
    if own in ordered or own in above:
        return
    for needed in made.needs(own.module, made.text(own)).values():
        _visit(made, needed, ordered, (*above, own))
    ordered.append(own)


def _renamed(made: Bundle, own: Own, taken: set[str]) -> str:
    """Return a definition with the names of this script."""
    text = made.text(own)
    needs = made.needs(own.module, text)
    text = _replaced(text, needs, made, taken)
    name = made.named(own, taken)
    if name != own.name:
        text = re.sub(rf"^((?:def|class) )?{own.name}\b", rf"\g<1>{name}", text, flags=re.MULTILINE)
    return text.strip("\n")


def _replaced(text: str, needs: dict[str, Own], made: Bundle, taken: set[str]) -> str:
    for written, own in needs.items():
        name = made.named(own, taken)
        if name == written:
            continue
        bound = {
            node.arg if isinstance(node, ast.arg) else node.id
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.arg)
            or (isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load))
        }
        assert written not in bound, f"{written} is also a local variable"
        text = _replace_names(text, written, name)
    return text


def _replace_names(text: str, written: str, name: str) -> str:
    places = [
        (node.lineno, node.col_offset)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Name | ast.Attribute) and ast.unparse(node) == written
    ]
    lines = [line.encode() for line in text.split("\n")]
    for line, column in sorted(places, reverse=True):
        whole = lines[line - 1]
        assert whole[column:].startswith(written.encode()), f"{written} stands on one line"
        rest = whole[column + len(written.encode()) :]
        lines[line - 1] = whole[:column] + name.encode() + rest
    return b"\n".join(lines).decode()


def _without_methods(text: str, accessed: set[str]) -> str:
    node = ast.parse(text).body[0]
    if not isinstance(node, ast.ClassDef):
        return text
    lines = text.split("\n")
    for part in reversed(node.body):
        if not isinstance(part, ast.FunctionDef) or part.name in (*accessed, *CALLED_BY_OTHERS):
            continue
        if part.name.startswith("__") and not isinstance(part.body[0], ast.Pass):
            continue
        first = min([part.lineno, *(d.lineno for d in part.decorator_list)])
        while not lines[first - 2].strip():
            first -= 1
        del lines[first - 1 : part.end_lineno]
    return "\n".join(lines)


def _with_short_docstrings(text: str) -> str:
    """Leave the lists of arguments and results out of docstrings: the names say the shapes."""
    lines = text.split("\n")
    owners = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef | ast.ClassDef)]
    for owner in sorted(owners, key=lambda node: -node.lineno):
        first = owner.body[0]
        if ast.get_docstring(owner) is not None and first.end_lineno != first.lineno:
            written = _short(lines[first.lineno - 1 : first.end_lineno])
            lines[first.lineno - 1 : first.end_lineno] = written
    return "\n".join(lines)


def _short(docstring: list[str]) -> list[str]:
    *body, end = docstring
    margin = len(end) - len(end.lstrip())
    kept: list[str] = []
    is_kept = True
    for line in body:
        if line.strip() and len(line) - len(line.lstrip()) == margin:
            is_kept = line.strip() not in _LEFT_OUT
        if is_kept:
            kept.append(line)
    while not kept[-1].strip():
        kept.pop()
    return [kept[0] + end.strip()] if len(kept) == 1 else [*kept, end]


def _import_lines(imports: dict[str, External]) -> str:
    """Return the imports: Python's own first, then the others."""
    plain: set[str] = set()
    members: dict[str, set[str]] = {}
    for name, meant in imports.items():
        written = meant.attribute or meant.module
        alias = "" if name == written else f" as {name}"
        if meant.attribute:
            members.setdefault(meant.module, set()).add(meant.attribute + alias)
        else:
            plain.add(f"import {meant.module}{alias}")
    lines = sorted(plain)
    lines += [f"from {m} import {', '.join(sorted(names))}" for m, names in sorted(members.items())]
    own = [line for line in lines if line.split()[1].split(".")[0] in sys.stdlib_module_names]
    others = [line for line in lines if line not in own]
    return "\n\n".join("\n".join(part) for part in (own, others) if part) + "\n"
