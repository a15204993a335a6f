"""The small, safe language in which the ledger's claims are recomputed.

An expression is one line of Python syntax, of which little is allowed: numbers, texts, lists,
arithmetic, comparisons, `a if b else c`, names of a namespace with what lies below them
(`published.ablation.C3.srcc`, `published.losses["L-l2"].srcc`, `published.training_log.epoch[0]`),
and calls of the functions that the scope knows. It is read with `ast` and never given to `eval`.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from smartiqa.claims.quantities import Quantity, Value, common_unit, exact
from smartiqa.core.errors import InputError
from smartiqa.core.strict import unknown_name

ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
}
COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


LONGEST = 1000  # letters of an expression; those of the ledger have a quarter
LARGEST = 1e15  # beyond it whole numbers are no measurements, and Python would take any number
UNWORKABLE = (ArithmeticError, RecursionError, MemoryError)  # a thousand minus signs, 9999...9


@dataclass(frozen=True)
class Vocabulary:
    """What an expression may name.

    Attributes:
        namespaces: nested mappings whose leaves are numbers, texts, truth values or lists of them.
        functions: from values to a value.
        units: the unit of every leaf that is a number, by the leaf's key.
    """

    namespaces: Mapping[str, Mapping[str, Any]]
    functions: Mapping[str, Callable[..., Value]]
    units: Mapping[str, str | None]


def names_in(text: str) -> frozenset[str]:
    """The namespaces and functions that an expression names.

    Raises:
        InputError: it is not an expression.
    """
    return frozenset(node.id for node in ast.walk(_parsed(text)) if isinstance(node, ast.Name))


def texts_in(text: str) -> frozenset[str]:
    """The texts that stand in an expression, such as ids of experiments.

    Raises:
        InputError: it is not an expression.
    """
    nodes = [node.value for node in ast.walk(_parsed(text)) if isinstance(node, ast.Constant)]
    return frozenset(value for value in nodes if isinstance(value, str))


def evaluate(text: str, scope: Vocabulary) -> Value:
    """Evaluate an expression.

    Raises:
        InputError: syntax or a name that the language or the scope does not have, units that do
            not match, a function that refuses its arguments, or arithmetic without a result.
    """
    try:
        return _value(_parsed(text).body, scope)
    except UNWORKABLE as error:
        raise InputError(f"'{text}' cannot be worked out: {error}") from error


def _parsed(text: str) -> ast.Expression:
    if len(text) > LONGEST:
        raise InputError(f"'{text[:40]}...' has more than {LONGEST} letters; write less")
    try:
        return ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        problem = getattr(error, "msg", None) or error
        raise InputError(f"'{text}' is not an expression: {problem}") from error


def _value(node: ast.expr, scope: Vocabulary) -> Value:
    match node:
        case ast.Constant(value=bool() | str() as value):
            return value
        case ast.Constant(value=int() | float() as number):
            if abs(number) > LARGEST:
                raise InputError(f"'{ast.unparse(node)[:40]}' is too large a number")
            return exact(number)
        case ast.List(elts=elements):
            return [_value(element, scope) for element in elements]
        case ast.Name() | ast.Attribute() | ast.Subscript():
            return _lifted(*_looked_up(node, scope), ast.unparse(node), scope)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_number(operand, scope)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not _truth(operand, scope)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in ARITHMETIC:
            return _arithmetic(ARITHMETIC[type(op)], _value(left, scope), _value(right, scope))
        case ast.BoolOp(op=op, values=values):
            choose = all if isinstance(op, ast.And) else any
            return choose([_truth(value, scope) for value in values])
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in COMPARISONS:
            return _compared(COMPARISONS[type(op)], _value(left, scope), _value(right, scope))
        case ast.IfExp(test=test, body=body, orelse=otherwise):
            return _value(body if _truth(test, scope) else otherwise, scope)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            return _called(name, [_value(argument, scope) for argument in arguments], scope)
    raise InputError(f"'{ast.unparse(node)}' is not allowed in an expression")


def _looked_up(node: ast.expr, scope: Vocabulary) -> tuple[Any, str]:
    """What a path leads to, and the last key on the way, which knows the unit."""
    match node:
        case ast.Name(id=name):
            return _entry(scope.namespaces, name, "name"), name
        case (
            ast.Attribute(value=parent, attr=key)
            | ast.Subscript(value=parent, slice=ast.Constant(value=str() as key))
        ):
            content, _ = _looked_up(parent, scope)
            return _entry(content, key, f"name below {ast.unparse(parent)}"), key
        case ast.Subscript(value=parent, slice=index):
            content, key = _looked_up(parent, scope)
            return _element(content, index, ast.unparse(node)), key
    raise InputError(f"'{ast.unparse(node)}' does not name anything")


def _entry(content: Any, key: str, what: str) -> Any:
    names = list(content) if isinstance(content, Mapping) else []
    if key not in names:
        raise InputError(unknown_name(what, key, names))
    return content[key]


def _element(content: Any, index: ast.expr, text: str) -> Any:
    try:
        if isinstance(index, ast.Slice):
            ends = [end and ast.literal_eval(end) for end in (index.lower, index.upper)]
            return content[slice(*ends)]
        return content[ast.literal_eval(index)]
    except (IndexError, KeyError, TypeError, ValueError):
        raise InputError(f"'{text}' is not there") from None


def _lifted(content: Any, key: str, text: str, scope: Vocabulary) -> Value:
    if isinstance(content, str | bool):
        return content
    if isinstance(content, Sequence):
        return [_lifted(element, key, text, scope) for element in content]
    if not isinstance(content, int | float):
        raise InputError(f"'{text}' is a {type(content).__name__}, not a value")
    if key not in scope.units:
        raise InputError(f"'{text}': no unit lists the key '{key}'")
    return exact(content, scope.units[key])


def _number(node: ast.expr, scope: Vocabulary) -> Quantity:
    value = _value(node, scope)
    if not isinstance(value, Quantity):
        raise InputError(f"'{ast.unparse(node)}' is not a number")
    return value


def _truth(node: ast.expr, scope: Vocabulary) -> bool:
    value = _value(node, scope)
    if not isinstance(value, bool):
        raise InputError(f"'{ast.unparse(node)}' is neither true nor false")
    return value


def _arithmetic(operation: Callable[[Any, Any], Any], left: Value, right: Value) -> Value:
    joins = operation is operator.add and isinstance(left, list) and isinstance(right, list)
    if not joins and not (isinstance(left, Quantity) and isinstance(right, Quantity)):
        raise InputError("arithmetic needs two numbers, or a sum of two lists")
    value: Value = operation(left, right)
    return value


def _compared(operation: Callable[[Any, Any], bool], left: Value, right: Value) -> bool:
    if isinstance(left, Quantity) and isinstance(right, Quantity):
        common_unit(left, right)
        return operation(left.value, right.value)
    if operation not in (operator.eq, operator.ne) or type(left) is not type(right):
        raise InputError("only two numbers have an order, and only values of one type compare")
    return operation(_bare(left), _bare(right))


def _bare(value: Value) -> Any:
    """A value without units, for comparing lists that contain literals."""
    if isinstance(value, list):
        return [_bare(element) for element in value]
    return value.value if isinstance(value, Quantity) else value


def _called(name: str, arguments: list[Value], scope: Vocabulary) -> Value:
    if name not in scope.functions:
        raise InputError(unknown_name("function", name, list(scope.functions)))
    try:
        return scope.functions[name](*arguments)
    except (AttributeError, TypeError, ValueError) as error:
        raise InputError(f"{name}() does not take these arguments: {error}") from error
