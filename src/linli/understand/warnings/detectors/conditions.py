"""A condition on a device's values, written as one line in ``rules.toml``. Pure.

``car_occupied == 1 and not abs(speed) > still``: metrics and settings by name, ``+ - * abs``, comparisons,
``and or not``. A comparison with a metric that the device has not said yet is false.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping

Values = Mapping[str, float]
Number = Callable[[Values], "float | None"]
Truth = Callable[[Values], bool]

_COMPARING = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_RECKONING = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul}


class Condition:
    """``metrics`` are the names in ``text`` that are no setting. Raises :class:`ValueError` for anything unknown."""

    def __init__(self, text: str, settings: Mapping[str, object] | None = None) -> None:
        self.text = text
        self._settings = {name: value for name, value in (settings or {}).items() if isinstance(value, int | float)}
        names = {node.id for node in ast.walk(ast.parse(text, mode="eval")) if isinstance(node, ast.Name)}
        self.metrics = frozenset(names - self._settings.keys() - {"abs"})
        self._truth = self._truth_of(ast.parse(text, mode="eval").body)

    def holds(self, values: Values) -> bool:
        return self._truth(values)

    def _truth_of(self, node: ast.expr) -> Truth:
        match node:
            case ast.BoolOp(op=op, values=parts):
                truths = [self._truth_of(part) for part in parts]
                every = all if isinstance(op, ast.And) else any
                return lambda values: every(truth(values) for truth in truths)
            case ast.UnaryOp(op=ast.Not(), operand=inner):
                truth = self._truth_of(inner)
                return lambda values: not truth(values)
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARING:
                one, other, compare = self._number_of(left), self._number_of(right), _COMPARING[type(op)]
                return lambda values: _compared(compare, one(values), other(values))
        raise ValueError(f"no condition: {ast.unparse(node)!r} in {self.text!r}")

    def _number_of(self, node: ast.expr) -> Number:
        match node:
            case ast.Constant(value=int() | float() as value):
                return lambda values: value
            case ast.Name(id=name) if name in self._settings:
                value = self._settings[name]
                return lambda values: value
            case ast.Name(id=name):
                return lambda values: values.get(name)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _RECKONING:
                one, other, reckon = self._number_of(left), self._number_of(right), _RECKONING[type(op)]
                return lambda values: _reckoned(reckon, one(values), other(values))
            case ast.Call(func=ast.Name(id="abs"), args=[inner], keywords=[]):
                number = self._number_of(inner)
                return lambda values: None if (found := number(values)) is None else abs(found)
        raise ValueError(f"no number: {ast.unparse(node)!r} in {self.text!r}")


def _compared(compare: Callable, one: float | None, other: float | None) -> bool:
    return one is not None and other is not None and bool(compare(one, other))


def _reckoned(reckon: Callable, one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else reckon(one, other)
