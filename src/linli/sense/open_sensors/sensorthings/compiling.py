"""From an expression's tree to DuckDB SQL with parameters. Pure.

Comparison with ``null`` is SQL's own: what is unknown is not chosen. Times are milliseconds since 1970, UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from linli.sense.open_sensors.sensorthings.grammar import Binary, Call, Literal, Node, Path, Unary

NUMBER, TEXT, TRUTH, TIME, SPAN, NOTHING = "number", "text", "truth", "time", "duration", "null"

_COMPARE: Mapping[str, str] = {"eq": "=", "ne": "<>", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_RECKON: Mapping[str, str] = {"add": "+", "sub": "-", "mul": "*", "div": "/", "mod": "%"}
_PART: Mapping[str, str] = {
    "year": "year", "month": "month", "day": "day", "hour": "hour", "minute": "minute",
}  # fmt: skip
EARLIEST, LATEST = -62_135_596_800_000, 253_402_300_799_999


class Mismatch(ValueError):
    """The parts of an expression do not fit together; the words say which."""


@dataclass(frozen=True)
class Sql:
    """A piece of SQL and what it stands for."""

    text: str
    kind: str


@dataclass
class Compiler:
    """``column`` says where a path stands; raises for one that does not exist. ``parameters`` fills as it compiles."""

    column: Callable[[tuple[str, ...]], Sql]
    now: datetime
    parameters: dict[str, Any] = field(default_factory=dict)

    def condition(self, tree: Node) -> str:
        """SQL of an expression that is true or false; raises :class:`Mismatch`."""
        return self._of(tree, TRUTH).text

    def any_of(self, tree: Node) -> Sql:
        """SQL of any expression."""
        if isinstance(tree, Literal):
            return self._literal(tree)
        if isinstance(tree, Path):
            return self.column(tree.parts)
        if isinstance(tree, Unary):
            if tree.operator == "not":
                return Sql(f"(NOT {self._of(tree.operand, TRUTH).text})", TRUTH)
            return Sql(f"(-{self._of(tree.operand, NUMBER).text})", NUMBER)
        return self._binary(tree) if isinstance(tree, Binary) else self._call(tree)

    def _of(self, tree: Node, kind: str) -> Sql:
        made = self.any_of(tree)
        if made.kind not in (kind, NOTHING):
            raise Mismatch(f"{kind} was expected, not {made.kind}")
        return made

    def _literal(self, tree: Literal) -> Sql:
        value = tree.value
        if value is None:
            return Sql("NULL", NOTHING)
        if isinstance(value, bool):
            return Sql("TRUE" if value else "FALSE", TRUTH)
        if isinstance(value, datetime):
            return self._parameter(round(value.timestamp() * 1000), TIME)
        if isinstance(value, timedelta):
            return self._parameter(round(value.total_seconds() * 1000), SPAN)
        return self._parameter(value, TEXT if isinstance(value, str) else NUMBER)

    def _parameter(self, value: Any, kind: str) -> Sql:
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        cast = {TEXT: "VARCHAR", NUMBER: "DOUBLE"}.get(kind, "BIGINT")
        return Sql(f"CAST(${name} AS {cast})", kind)

    def _binary(self, tree: Binary) -> Sql:
        operator = tree.operator
        if operator in ("and", "or"):
            left, right = self._of(tree.left, TRUTH), self._of(tree.right, TRUTH)
            return Sql(f"({left.text} {operator.upper()} {right.text})", TRUTH)
        left, right = self.any_of(tree.left), self.any_of(tree.right)
        if operator in _COMPARE:
            return _compared(operator, left, right)
        return _reckoned(operator, left, right)

    def _call(self, tree: Call) -> Sql:
        name, given = tree.name, tree.arguments
        if name in ("substringof", "contains"):
            part, whole = given if name == "substringof" else given[::-1]
            return Sql(f"contains({self._of(whole, TEXT).text}, {self._of(part, TEXT).text})", TRUTH)
        if name in ("startswith", "endswith"):
            function = "starts_with" if name == "startswith" else "suffix"
            return Sql(f"{function}({self._of(given[0], TEXT).text}, {self._of(given[1], TEXT).text})", TRUTH)
        if name in ("tolower", "toupper", "trim"):
            return Sql(
                f"{ {'tolower': 'lower', 'toupper': 'upper', 'trim': 'trim'}[name] }({self._of(given[0], TEXT).text})",
                TEXT,
            )
        if name == "concat":
            return Sql(f"({self._of(given[0], TEXT).text} || {self._of(given[1], TEXT).text})", TEXT)
        if name == "length":
            return Sql(f"length({self._of(given[0], TEXT).text})", NUMBER)
        if name == "indexof":
            return Sql(f"(strpos({self._of(given[0], TEXT).text}, {self._of(given[1], TEXT).text}) - 1)", NUMBER)
        if name == "substring":
            numbers = [f"CAST({self._of(one, NUMBER).text} AS BIGINT)" for one in given[1:]]
            rest = f", greatest({numbers[1]}, 0)" if len(numbers) == 2 else ""
            return Sql(f"substring({self._of(given[0], TEXT).text}, greatest({numbers[0]}, 0) + 1{rest})", TEXT)
        if name in ("round", "floor", "ceiling"):
            return Sql(f"{'ceil' if name == 'ceiling' else name}({self._of(given[0], NUMBER).text})", NUMBER)
        return self._moment(name, given)

    def _moment(self, name: str, given: tuple[Node, ...]) -> Sql:
        if name == "now":
            return self._literal(Literal(self.now))
        if name in ("mindatetime", "maxdatetime"):
            return Sql(str(EARLIEST if name == "mindatetime" else LATEST), TIME)
        time = self._of(given[0], TIME).text
        if name == "totaloffsetminutes":
            return Sql(f"({time} * 0)", NUMBER)
        if name == "date":
            return Sql(f"({time} - (({time} % 86400000) + 86400000) % 86400000)", TIME)
        if name in ("second", "fractionalseconds"):
            within = f"((({time} % 60000) + 60000) % 60000)"
            return Sql(f"({within} // 1000)" if name == "second" else f"(({within} % 1000) / 1000.0)", NUMBER)
        return Sql(f"{_PART[name]}(make_timestamp(({time}) * 1000))", NUMBER)


def _compared(operator: str, left: Sql, right: Sql) -> Sql:
    if NOTHING in (left.kind, right.kind):
        if operator not in ("eq", "ne"):
            raise Mismatch("null can only be compared with eq and ne")
        other = right if left.kind == NOTHING else left
        return Sql(f"({other.text} IS {'NOT ' if operator == 'ne' else ''}NULL)", TRUTH)
    if left.kind != right.kind:
        raise Mismatch(f"{left.kind} cannot be compared with {right.kind}")
    return Sql(f"({left.text} {_COMPARE[operator]} {right.text})", TRUTH)


def _reckoned(operator: str, left: Sql, right: Sql) -> Sql:
    kinds = (left.kind, right.kind)
    made = {
        (NUMBER, NUMBER): NUMBER,
        (TIME, SPAN): TIME,
        (SPAN, SPAN): SPAN,
        **({(TIME, TIME): SPAN} if operator == "sub" else {}),
    }.get(kinds)  # fmt: skip
    if made is None or (made != NUMBER and operator not in ("add", "sub")):
        raise Mismatch(f"{left.kind} {operator} {right.kind} means nothing")
    right_text = f"NULLIF({right.text}, 0)" if operator in ("div", "mod") else right.text
    return Sql(f"({left.text} {_RECKON[operator]} {right_text})", made)
