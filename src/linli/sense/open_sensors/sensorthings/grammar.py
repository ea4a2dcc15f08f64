"""Expressions of ``$filter`` and ``$orderby``: text to tree. Pure.

The grammar is OData's as OGC 18-088 (SensorThings 1.1) §9.3.3.5 narrows it: comparisons, ``and or not``, arithmetic, the
built-in functions of its tables 23 and 24, literals for text, numbers, booleans, times, durations and null, and paths with
``/``. ``odata-query`` was tried: it knows neither ``@iot.id`` nor ``substringof`` nor ``not(…)``, and stumbles over names
that begin with ``all``, ``any`` or ``true``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

MOST_DEEP = 40
MOST_LETTERS = 4_000

FUNCTIONS: Mapping[str, tuple[int, ...]] = {
    "substringof": (2,), "endswith": (2,), "startswith": (2,), "contains": (2,), "length": (1,), "indexof": (2,),
    "substring": (2, 3), "tolower": (1,), "toupper": (1,), "trim": (1,), "concat": (2,),
    "year": (1,), "month": (1,), "day": (1,), "hour": (1,), "minute": (1,), "second": (1,), "fractionalseconds": (1,),
    "date": (1,), "totaloffsetminutes": (1,), "now": (0,), "mindatetime": (0,), "maxdatetime": (0,),
    "round": (1,), "floor": (1,), "ceiling": (1,),
}  # fmt: skip
"""Functions and how many arguments each takes."""
GEOMETRY = re.compile(r"(geo\.|st_)", re.IGNORECASE)

_COMPARISONS = frozenset({"eq", "ne", "gt", "ge", "lt", "le"})
_BINDING = {"or": 1, "and": 2, **dict.fromkeys(_COMPARISONS, 3), "add": 4, "sub": 4, "mul": 5, "div": 5, "mod": 5}
_TOKEN = re.compile(
    r"\s*(?:"
    r"(?P<text>'(?:[^']|'')*')"
    r"|(?P<duration>duration'(?P<span>[^']*)')"
    r"|(?P<geography>geography'[^']*')"
    r"|(?P<time>\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,12})?)?(?:Z|[+-]\d{2}:\d{2})?)"
    r"|(?P<date>\d{4}-\d{2}-\d{2})"
    r"|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.]))"
    r"|(?P<name>@?[^\W\d][\w.]*(?:/@?[^\W\d][\w.]*)*)"
    r"|(?P<sign>[(),-])"
    r")"
)
_DURATION = re.compile(r"([+-]?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")


class Unreadable(ValueError):
    """``at`` is the position of the letter from which on the text makes no sense."""

    def __init__(self, why: str, at: int) -> None:
        super().__init__(why)
        self.why, self.at = why, at


@dataclass(frozen=True)
class Literal:
    """``value`` is text, a number, a boolean, a :class:`datetime` in UTC, a :class:`timedelta` or ``None``."""

    value: str | float | bool | datetime | timedelta | None


@dataclass(frozen=True)
class Path:
    parts: tuple[str, ...]


@dataclass(frozen=True)
class Call:
    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Binary:
    operator: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Unary:
    """``operator`` is ``not`` or ``-``."""

    operator: str
    operand: Node


Node = Literal | Path | Call | Binary | Unary


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    at: int


def parse(text: str) -> Node:
    """The tree of one expression; raises :class:`Unreadable`."""
    parser = _Parser(text)
    tree = parser.expression(0, 0)
    parser.end()
    return tree


def parse_order(text: str) -> list[tuple[Node, bool]]:
    """``a/b desc,c`` as (expression, whether it falls); raises :class:`Unreadable`."""
    parser = _Parser(text)
    keys: list[tuple[Node, bool]] = []
    while True:
        tree = parser.expression(0, 0)
        falls = False
        if parser.next is not None and parser.next.text.lower() in ("asc", "desc"):
            falls = parser.take().text.lower() == "desc"
        keys.append((tree, falls))
        if parser.next is None:
            return keys
        parser.expect(",")


def paths_of(tree: Node) -> set[tuple[str, ...]]:
    """Every path that the expression names."""
    if isinstance(tree, Path):
        return {tree.parts}
    if isinstance(tree, Call):
        return set().union(*map(paths_of, tree.arguments)) if tree.arguments else set()
    if isinstance(tree, Binary):
        return paths_of(tree.left) | paths_of(tree.right)
    return paths_of(tree.operand) if isinstance(tree, Unary) else set()


def conjuncts(tree: Node | None) -> list[Node]:
    """The parts that must all hold."""
    if isinstance(tree, Binary) and tree.operator == "and":
        return conjuncts(tree.left) + conjuncts(tree.right)
    return [] if tree is None else [tree]


def together(parts: list[Node]) -> Node | None:
    """The opposite of :func:`conjuncts`."""
    tree: Node | None = None
    for part in parts:
        tree = part if tree is None else Binary("and", tree, part)
    return tree


class _Parser:
    def __init__(self, text: str) -> None:
        if len(text) > MOST_LETTERS:
            raise Unreadable("too long", MOST_LETTERS)
        self._tokens = _tokens(text)
        self._index = 0
        self._length = len(text)

    @property
    def next(self) -> _Token | None:
        return self._tokens[self._index] if self._index < len(self._tokens) else None

    def take(self) -> _Token:
        if self.next is None:
            raise Unreadable("something is missing at the end", self._length)
        self._index += 1
        return self._tokens[self._index - 1]

    def expect(self, sign: str) -> None:
        token = self.take()
        if token.kind != "sign" or token.text != sign:
            raise Unreadable(f"“{sign}” was expected", token.at)

    def end(self) -> None:
        if self.next is not None:
            raise Unreadable(f"“{self.next.text}” was not expected", self.next.at)

    def expression(self, least: int, depth: int) -> Node:
        if depth > MOST_DEEP:
            raise Unreadable("nested too deeply", self.next.at if self.next else self._length)
        left = self._operand(depth)
        while (token := self.next) is not None and token.kind == "name":
            binding = _BINDING.get(token.text, 0)
            if binding <= least:
                break
            self.take()
            left = Binary(token.text, left, self.expression(binding, depth + 1))
        return left

    def _operand(self, depth: int) -> Node:
        token = self.take()
        if token.kind == "sign" and token.text == "(":
            inner = self.expression(0, depth + 1)
            self.expect(")")
            return inner
        if token.kind == "sign" and token.text == "-":
            return Unary("-", self.expression(5, depth + 1))
        if token.kind == "name":
            return self._named(token, depth)
        if token.kind in ("sign", "geography"):
            raise Unreadable(f"“{token.text}” was not expected", token.at)
        return Literal(_value(token))

    def _named(self, token: _Token, depth: int) -> Node:
        if token.text == "not":
            return Unary("not", self.expression(3 if self._opens() else 2, depth + 1))
        if token.text in ("true", "false"):
            return Literal(token.text == "true")
        if token.text == "null":
            return Literal(None)
        if token.text in _BINDING:
            raise Unreadable(f"something is missing before “{token.text}”", token.at)
        if not self._opens():
            return Path(tuple(token.text.split("/")))
        if token.text not in FUNCTIONS:
            raise Unreadable(f"there is no function “{token.text}”", token.at)
        self.take()
        arguments: list[Node] = []
        while not (self.next is not None and self.next.text == ")" and not arguments):
            arguments.append(self.expression(0, depth + 1))
            if self.next is None or self.next.text != ",":
                break
            self.take()
        self.expect(")")
        if len(arguments) not in FUNCTIONS[token.text]:
            raise Unreadable(f"“{token.text}” takes another number of arguments", token.at)
        return Call(token.text, tuple(arguments))

    def _opens(self) -> bool:
        return self.next is not None and self.next.kind == "sign" and self.next.text == "("


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    end = len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise Unreadable(f"“{text[at : at + 12].strip()}” makes no sense here", at)
        kind = "duration" if match["duration"] else str(match.lastgroup)
        found.append(_Token(kind, match["span"] if kind == "duration" else match[kind], match.start(kind)))
        at = match.end()
    return found


def _value(token: _Token) -> str | float | datetime | timedelta:
    if token.kind == "text":
        return token.text[1:-1].replace("''", "'")
    if token.kind == "number":
        return float(token.text)
    try:
        if token.kind == "date":
            day = date.fromisoformat(token.text)
            return datetime(day.year, day.month, day.day, tzinfo=UTC)
        if token.kind == "time":
            return moment_of(token.text)
    except (ValueError, OverflowError):
        raise Unreadable(f"“{token.text}” is no time", token.at) from None
    return _duration(token)


def moment_of(text: str) -> datetime:
    """An ISO 8601 time in UTC; without a zone it is UTC, as the standard's own examples read it. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _duration(token: _Token) -> timedelta:
    found = _DURATION.fullmatch(token.text)
    if found is None or not any(found.groups()[1:]):
        raise Unreadable(f"“{token.text}” is no duration", token.at)
    sign, days, hours, minutes, seconds = found.groups()
    try:
        length = timedelta(
            days=int(days or 0), hours=int(hours or 0), minutes=int(minutes or 0), seconds=float(seconds or 0)
        )
    except OverflowError:
        raise Unreadable(f"“{token.text}” is no duration", token.at) from None
    return -length if sign == "-" else length
