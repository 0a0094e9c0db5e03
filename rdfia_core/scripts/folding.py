"""What is known beforehand is decided beforehand: branches that a run never takes go.

Works on source text, one edit at a time until none is left, so comments and layout stay. Long
because it is a list of such edits, a few lines each.
"""

import ast
import re
import textwrap
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rdfia_core.scripts.known import UnknownError, evaluate

_PURE = (
    "all",
    "any",
    "len",
    "float",
    "int",
    "max",
    "min",
    "set",
    "str",
    "tuple",
    "getattr",
    "np.unique",
)
"""Functions whose result may go if nobody reads it."""


@dataclass(frozen=True)
class Facts:
    """What is known of a piece of source.

    Args:
        values: Values of expressions, as they are written.
        kept: Keys that are left of a dictionary, by the dictionary's name.
        errors: Names of errors: tests that only raise one are left out, for the config was checked.
        checks: Names of functions that do nothing else.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    kept: Mapping[str, Collection[Any]] = field(default_factory=dict)
    errors: Collection[str] = ()
    checks: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class _Edit:
    """Bytes to replace."""

    begin: int
    end: int
    text: str


def fold(text: str, facts: Facts) -> str:
    """Return source without what the facts decide; it is a whole definition, or a program."""
    before = text
    while (edit := next(_edits(text, facts), None)) is not None:
        raw = text.encode()
        text = (raw[: edit.begin] + edit.text.encode() + raw[edit.end :]).decode()
    if text == before:
        return text
    # No empty line where a body begins, none twice inside of one.
    text = re.sub(r"\n\n\n+(?= )", "\n\n", text)
    return re.sub(r"(:|\"\"\")\n\n+(?= +(?!def |class |@|#)\S)", r"\1\n", text)


def is_empty_function(text: str) -> bool:
    """Whether nothing is left of a function but its docstring."""
    node = ast.parse(text).body[0]
    return isinstance(node, ast.FunctionDef) and all(
        isinstance(part, ast.Pass)
        or (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))
        for part in node.body
    )


class _Text:
    """A source text with the places of its nodes in bytes."""

    def __init__(self, text: str) -> None:
        self.lines = [line.encode() + b"\n" for line in text.split("\n")]
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line))
        self.starts[-1] -= 1  # no line end after the last line
        self.raw = text.encode()

    def span(self, node: ast.expr) -> tuple[int, int]:
        begin = self.starts[node.lineno - 1] + node.col_offset
        return begin, self.starts[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)

    def of(self, node: ast.expr) -> str:
        begin, end = self.span(node)
        return self.raw[begin:end].decode()

    def first_line(self, node: ast.stmt) -> int:
        """Return the line (from 1) of a statement, or of the comment right above it."""
        decorators = node.decorator_list if isinstance(node, ast.FunctionDef | ast.ClassDef) else []
        first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
        while first > 1 and self.lines[first - 2].lstrip().startswith(b"#"):
            if self.lines[first - 2].startswith(b"# %%"):
                break
            first -= 1
        return first

    def is_elif(self, node: ast.stmt) -> bool:
        return self.lines[node.lineno - 1][node.col_offset :].startswith(b"elif")

    def block(self, body: list[ast.stmt], indent: int) -> str:
        """Return statements with another indentation."""
        first, last = self.first_line(body[0]), body[-1].end_lineno or 0
        written = b"".join(self.lines[first - 1 : last]).decode()
        return textwrap.indent(textwrap.dedent(written), " " * indent)

    def replace(self, first: int, last: int, text: str) -> _Edit:
        return _Edit(self.starts[first - 1], self.starts[last], text)


def _edits(text: str, facts: Facts) -> Iterator[_Edit]:
    tree = ast.parse(text)
    source = _Text(text)
    for owner in ast.walk(tree):
        for body in _bodies(owner):
            yield from _statement_edits(source, owner, body, facts)
        if isinstance(owner, ast.expr):
            yield from _expression_edits(source, owner, facts)
        if isinstance(owner, ast.Assign | ast.AnnAssign):
            yield from _dictionary_edits(source, owner, facts)
        if isinstance(owner, ast.FunctionDef):
            yield from _unread_edits(source, owner)


def _bodies(node: ast.AST) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        body = getattr(node, name, None)
        if isinstance(body, list) and body:
            yield body


def _statement_edits(
    source: _Text, owner: ast.AST, body: list[ast.stmt], facts: Facts
) -> Iterator[_Edit]:
    for place, node in enumerate(body):
        if isinstance(node, ast.Return | ast.Raise) and place + 1 < len(body):
            yield _without(source, owner, body[place + 1 :], body)
        if isinstance(node, ast.Import | ast.ImportFrom) and not isinstance(owner, ast.Module):
            yield _without(source, owner, [node], body)
        if isinstance(node, ast.For) and all(isinstance(inner, ast.Pass) for inner in node.body):
            yield _without(source, owner, [node], body)
        if _is_check(node, facts):
            yield _without(source, owner, [node], body)
        if isinstance(node, ast.If):
            if _only_raises(node, facts) and not source.is_elif(node):
                yield _without(source, owner, [node], body)
            try:
                is_true = bool(evaluate(node.test, facts.values))
            except UnknownError:
                continue
            yield _decided(source, owner, node, body, is_true)


def _is_check(node: ast.stmt, facts: Facts) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and ast.unparse(node.value.func) in facts.checks
    )


def _only_raises(node: ast.If, facts: Facts) -> bool:
    """Whether a test only refuses what a checked config cannot ask for."""
    *before, last = node.body
    return (
        not node.orelse
        and isinstance(last, ast.Raise)
        and isinstance(last.exc, ast.Call)
        and ast.unparse(last.exc.func) in facts.errors
        and all(isinstance(part, ast.Assign) for part in before)
    )


def _without(source: _Text, owner: ast.AST, gone: list[ast.stmt], body: list[ast.stmt]) -> _Edit:
    first, last = source.first_line(gone[0]), gone[-1].end_lineno or 0
    is_last_one = len(gone) == len(body) and not isinstance(owner, ast.Module)
    return source.replace(first, last, " " * gone[0].col_offset + "pass\n" if is_last_one else "")


def _decided(
    source: _Text, owner: ast.AST, node: ast.If, body: list[ast.stmt], is_true: bool
) -> _Edit:
    chosen = node.body if is_true else node.orelse
    is_elif = source.is_elif(node)
    if not chosen and not is_elif:
        return _without(source, owner, [node], body)
    last = node.end_lineno or 0
    if not is_elif:
        if not is_true and source.is_elif(chosen[0]):
            raw = b"".join(source.lines[chosen[0].lineno - 1 : last]).decode()
            written = raw.replace("elif", "if", 1)
        else:
            written = source.block(chosen, node.col_offset)
        return source.replace(node.lineno, last, written)
    if is_true:
        written = " " * node.col_offset + "else:\n" + source.block(chosen, node.col_offset + 4)
    elif not chosen:
        written = ""
    elif source.is_elif(chosen[0]):
        written = b"".join(source.lines[chosen[0].lineno - 1 : last]).decode()
    else:
        written = " " * node.col_offset + "else:\n" + source.block(chosen, node.col_offset + 4)
    return source.replace(node.lineno, last, written)


def _expression_edits(source: _Text, node: ast.expr, facts: Facts) -> Iterator[_Edit]:
    if isinstance(node, ast.IfExp):
        try:
            chosen = node.body if evaluate(node.test, facts.values) else node.orelse
        except UnknownError:
            return
        yield _Edit(*source.span(node), source.of(chosen))
    elif isinstance(node, ast.BoolOp) and not _is_known(node, facts):
        unknown = [part for part in node.values if not _is_known(part, facts)]
        if 0 < len(unknown) < len(node.values):
            word = " and " if isinstance(node.op, ast.And) else " or "
            yield _Edit(*source.span(node), word.join(map(source.of, unknown)))
    elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Dict):
        with_key = _value_of(node.value, node.slice, facts)
        if with_key is not None:
            yield _Edit(*source.span(node), source.of(with_key))


def _is_known(node: ast.expr, facts: Facts) -> bool:
    try:
        evaluate(node, facts.values)
    except UnknownError:
        return False
    return True


def _value_of(table: ast.Dict, key: ast.expr, facts: Facts) -> ast.expr | None:
    if not _is_known(key, facts):
        return None
    wanted = evaluate(key, facts.values)
    for entry, value in zip(table.keys, table.values, strict=True):
        if isinstance(entry, ast.Constant) and entry.value == wanted:
            return value
    return None


def _dictionary_edits(
    source: _Text, node: ast.Assign | ast.AnnAssign, facts: Facts
) -> Iterator[_Edit]:
    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
    kept = facts.kept.get(ast.unparse(target))
    if kept is None or not isinstance(node.value, ast.Dict):
        return
    pairs = list(zip(node.value.keys, node.value.values, strict=True))
    left = [
        (key, value)
        for key, value in pairs
        if key is None or not isinstance(key, ast.Constant) or key.value in kept
    ]
    if len(left) == len(pairs):
        return
    gone = [pair for pair in pairs if pair not in left]
    starts = [value.lineno if key is None else key.lineno for key, value in pairs]
    if len(set(starts)) == len(pairs) and starts[0] > node.value.lineno:
        key, value = gone[-1]
        first = value.lineno if key is None else key.lineno
        yield source.replace(first, value.end_lineno or first, "")
    else:
        written = ", ".join(
            f"{source.of(key)}: {source.of(value)}" if key else f"**{source.of(value)}"
            for key, value in left
        )
        yield _Edit(*source.span(node.value), "{" + written + "}")


def _unread_edits(source: _Text, function: ast.FunctionDef) -> Iterator[_Edit]:
    """Drop variables that nobody reads any more, where computing them does nothing else."""
    read = {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store)
    }
    for owner in ast.walk(function):
        for body in _bodies(owner):
            for node in body:
                target = node.targets[0] if isinstance(node, ast.Assign) else None
                if (
                    isinstance(node, ast.Assign)
                    and isinstance(target, ast.Name)
                    and target.id not in read
                    and _is_pure(node.value)
                ):
                    yield _without(source, owner, [node], body)


def _is_pure(node: ast.expr) -> bool:
    calls = [part for part in ast.walk(node) if isinstance(part, ast.Call)]
    return all(ast.unparse(call.func) in _PURE for call in calls)
