"""The value of an expression, as far as it is known before it runs."""

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda value, several: value in several,
    ast.NotIn: lambda value, several: value not in several,
}


class UnknownError(Exception):
    """The value of an expression depends on what is not known."""


def evaluate(node: ast.expr, values: Mapping[str, Any]) -> Any:
    """Compute an expression from known values.

    Raises:
        UnknownError: If that is not possible.
    """
    if (written := ast.unparse(node)) in values:
        return values[written]
    match node:
        case ast.Constant(value):
            return value
        case ast.Tuple(elements) | ast.List(elements) | ast.Set(elements):
            return [evaluate(element, values) for element in elements]
        case ast.UnaryOp(ast.Not(), operand):
            return not evaluate(operand, values)
        case ast.Compare(left, [comparison], [right]) if type(comparison) in _COMPARE:
            compare = _COMPARE[type(comparison)]
            return compare(evaluate(left, values), evaluate(right, values))
        case ast.BoolOp(joint, parts):
            return _evaluate_joint(joint, parts, values)
    raise UnknownError(ast.dump(node))


def _evaluate_joint(joint: ast.boolop, parts: list[ast.expr], values: Mapping[str, Any]) -> Any:
    ends_with = isinstance(joint, ast.Or)
    is_known = True
    for part in parts:
        try:
            value = evaluate(part, values)
        except UnknownError:
            is_known = False
            continue
        if bool(value) == ends_with:
            return ends_with
    if not is_known:
        raise UnknownError
    return not ends_with
