"""Our modules as text: where a name is defined, and the lines that define it."""

import ast
import symtable
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "rdfia_core"
Definition = ast.FunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign


@dataclass(frozen=True, slots=True)
class External:
    """A name that another package gives: `import module` or `from module import attribute`."""

    module: str
    attribute: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Own:
    """A name that one of our modules defines; without a name, the module itself."""

    module: str
    name: str = ""


@dataclass(frozen=True)
class Source:
    """One module of ours.

    Args:
        name: Dotted.
        text: Its source.
        lines: The first and last line (from 1) of each definition, comments above it included.
        imports: What its imported names stand for.
    """

    name: str
    text: str
    lines: dict[str, tuple[int, int]] = field(default_factory=dict)
    imports: dict[str, Own | External] = field(default_factory=dict)

    def definition(self, name: str) -> str:
        """Return the source of a definition."""
        begin, end = self.lines[name]
        return "\n".join(self.text.split("\n")[begin - 1 : end])


@cache
def read_source(name: str) -> Source:
    """Read a module of ours."""
    path = ROOT.joinpath(*name.split("."))
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    source = Source(name, path.read_text(encoding="utf-8"))
    body = ast.parse(source.text).body
    for node, following in zip(body, [*body[1:], None], strict=True):
        if (defined := _defined_name(node)) is not None:
            # A string below an assignment is its docstring.
            is_documented = isinstance(node, ast.Assign | ast.AnnAssign) and _is_text(following)
            last = following if is_documented and following is not None else node
            source.lines[defined] = (_first_line(node, source.text), last.end_lineno or 0)
    for part in ast.walk(ast.parse(source.text)):
        source.imports.update(imports_of(part))
    return source


def resolve(module: str, name: str) -> Own | External | None:
    """Find out what a name means in a module of ours; None for what Python itself has."""
    source = read_source(module)
    if name in source.lines:
        return Own(module, name)
    meant = source.imports.get(name)
    if isinstance(meant, Own) and meant.name:
        return resolve(meant.module, meant.name)
    return meant


def imports_of(node: ast.AST) -> dict[str, Own | External]:
    """Return what the names that an import binds stand for; nothing for other statements."""
    found: dict[str, Own | External] = {}
    if isinstance(node, ast.Import):
        for alias in node.names:
            found[alias.asname or alias.name] = External(alias.name)
    elif isinstance(node, ast.ImportFrom) and node.module:
        for alias in node.names:
            found[alias.asname or alias.name] = _imported(node.module, alias.name)
    return found


def _imported(module: str, name: str) -> Own | External:
    if module.split(".")[0] != PACKAGE:
        # `from torch.nn import functional as F` and `import torch.nn.functional as F` are one.
        is_module = (module, name) == ("torch.nn", "functional")
        return External(f"{module}.{name}") if is_module else External(module, name)
    path = ROOT.joinpath(*module.split("."), name)
    is_module = path.is_dir() or path.with_suffix(".py").exists()
    return Own(f"{module}.{name}") if is_module else Own(module, name)


@lru_cache(4096)
def free_names(text: str) -> tuple[str, ...]:
    """Return the names that a piece of source takes from around it, in order of appearance."""
    table = symtable.symtable(text, "<bundle>", "exec")
    found = {
        symbol.get_name()
        for symbol in table.get_symbols()
        if symbol.is_referenced() and not symbol.is_assigned()
    }
    pending = list(table.get_children())
    while pending:
        scope = pending.pop()
        pending += scope.get_children()
        found |= {s.get_name() for s in scope.get_symbols() if s.is_global() and s.is_referenced()}
    tree = ast.parse(text)
    own = {name for node in tree.body if (name := _defined_name(node)) is not None}
    names = [node.id for node in _in_order(tree) if isinstance(node, ast.Name) and node.id in found]
    names += [
        inner.id
        for annotation in _text_annotations(tree)
        for inner in ast.walk(ast.parse(annotation, mode="eval"))
        if isinstance(inner, ast.Name)
    ]
    return tuple(name for name in dict.fromkeys(names) if name not in own)


@lru_cache(4096)
def accessed_attributes(text: str) -> frozenset[str]:
    """Return the names after a dot, and those that `getattr` is given."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "getattr":
            found |= {str(arg.value) for arg in node.args if isinstance(arg, ast.Constant)}
    return frozenset(found)


def _in_order(tree: ast.AST) -> list[ast.AST]:
    nodes = [node for node in ast.walk(tree) if hasattr(node, "lineno")]
    return sorted(nodes, key=lambda node: (node.lineno, node.col_offset))  # type: ignore[attr-defined]


def _text_annotations(tree: ast.AST) -> list[str]:
    """Return annotations that are written as texts, such as "torch.Generator"."""
    annotations: list[ast.expr | None] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.arg | ast.AnnAssign):
            annotations.append(node.annotation)
        elif isinstance(node, ast.FunctionDef):
            annotations.append(node.returns)
    return [
        part.value
        for annotation in annotations
        if annotation is not None
        for part in ast.walk(annotation)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    ]


def _defined_name(node: ast.stmt | None) -> str | None:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return node.name
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target = node.targets[0]
        return target.id if isinstance(target, ast.Name) else None
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return node.target.id
    return None


def _is_text(node: ast.stmt | None) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _first_line(node: ast.stmt, text: str) -> int:
    """Return where a definition begins, decorators and the comment above it included."""
    decorators = node.decorator_list if isinstance(node, ast.FunctionDef | ast.ClassDef) else []
    first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    lines = text.split("\n")
    while first > 1 and lines[first - 2].startswith("#"):
        first -= 1
    return first
