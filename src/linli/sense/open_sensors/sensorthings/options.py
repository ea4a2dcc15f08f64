"""Query options: ``$filter``, ``$expand`` with options of its own, ``$orderby``, ``$top``, ``$skip``, ``$count``, ``$select``,
``$resultFormat``. Pure; the source is OGC 18-088 §9.3."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from linli.sense.open_sensors.sensorthings.grammar import GEOMETRY, Node, Unreadable, parse, parse_order

PAGE, MOST_ON_A_PAGE = 100, 1_000
MOST_SKIPPED = 10_000_000
MOST_EXPANDED_DEEP = 5
KNOWN = frozenset(
    {"$filter", "$expand", "$orderby", "$top", "$skip", "$count", "$select", "$resultFormat", "$skiptoken"}
)


class BadOption(ValueError):
    """``option`` and what is wrong with it. ``known``: whether the standard has it and it is only not offered here."""

    def __init__(self, option: str, why: str, *, not_offered: bool = False) -> None:
        super().__init__(why)
        self.option, self.why, self.not_offered = option, why, not_offered


@dataclass(frozen=True)
class Options:
    """``top`` is what the client asked for, at most :data:`MOST_ON_A_PAGE`. ``given`` keeps the options as written."""

    filter: Node | None = None
    expand: Mapping[str, Options] = field(default_factory=dict)
    order: tuple[tuple[Node, bool], ...] = ()
    top: int | None = None
    skip: int = 0
    count: bool = False
    select: frozenset[str] = frozenset()
    data_array: bool = False
    token: str = ""
    given: Mapping[str, str] = field(default_factory=dict)

    @property
    def page(self) -> int:
        return PAGE if self.top is None else self.top


def read(pairs: Iterable[tuple[str, str]], *, depth: int = 0) -> Options:
    """Options from the pairs of a query string; those without ``$`` are not ours and are passed over.

    Raises :class:`BadOption`.
    """
    given: dict[str, str] = {}
    for name, text in pairs:
        if not name.startswith("$"):
            continue
        if name not in KNOWN or (depth and name in ("$resultFormat", "$skiptoken")):
            raise BadOption(name, "there is no such option")
        if name in given:
            raise BadOption(name, "it stands there twice")
        given[name] = text
    return Options(
        filter=_parsed(given, "$filter"),
        expand=_expand(given["$expand"], depth) if given.get("$expand", "").strip() else {},
        order=_order(given),
        top=_top(given),
        skip=_whole(given, "$skip", MOST_SKIPPED) or 0,
        count=_truth(given, "$count"),
        select=_select(given),
        data_array=_data_array(given),
        token=given.get("$skiptoken", ""),
        given=given,
    )


def _parsed(given: Mapping[str, str], name: str) -> Node | None:
    text = given.get(name, "")
    if not text.strip():
        return None
    try:
        return parse(text)
    except Unreadable as bad:
        raise _unreadable(name, text, bad) from None


def _order(given: Mapping[str, str]) -> tuple[tuple[Node, bool], ...]:
    text = given.get("$orderby", "")
    if not text.strip():
        return ()
    try:
        return tuple(parse_order(text))
    except Unreadable as bad:
        raise _unreadable("$orderby", text, bad) from None


def _unreadable(name: str, text: str, bad: Unreadable) -> BadOption:
    if GEOMETRY.search(text):
        return BadOption(name, "functions of geometry are not offered here", not_offered=True)
    return BadOption(name, f"{bad.why} (letter {bad.at + 1})")


def _top(given: Mapping[str, str]) -> int | None:
    top = _whole(given, "$top", None)
    return None if top is None else min(top, MOST_ON_A_PAGE)


def _whole(given: Mapping[str, str], name: str, most: int | None) -> int | None:
    if name not in given:
        return None
    text = given[name]
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise BadOption(name, "it must be a whole number, 0 or more")
    if most is not None and int(text) > most:
        raise BadOption(name, f"it may be at most {most}")
    return int(text)


def _truth(given: Mapping[str, str], name: str) -> bool:
    text = given.get(name, "false").lower()
    if text not in ("true", "false"):
        raise BadOption(name, "it must be true or false")
    return text == "true"


def _select(given: Mapping[str, str]) -> frozenset[str]:
    names = [one.strip() for one in given.get("$select", "").split(",")]
    if "$select" in given and not all(names):
        raise BadOption("$select", "a name is missing")
    return frozenset({"@iot.id": "id"}.get(one, one) for one in names if one and one != "*")


def _data_array(given: Mapping[str, str]) -> bool:
    text = given.get("$resultFormat", "")
    if text and text != "dataArray":
        raise BadOption("$resultFormat", "only dataArray is offered")
    return bool(text)


def _expand(text: str, depth: int) -> dict[str, Options]:
    if depth >= MOST_EXPANDED_DEEP:
        raise BadOption("$expand", "nested too deeply")
    expanded: dict[str, Options] = {}
    for item in _split(text, ","):
        path, _, rest = item.strip().partition("(")
        if rest and not rest.endswith(")"):
            raise BadOption("$expand", "a bracket is missing")
        names = [name.strip() for name in path.split("/")]
        if not all(names) or len(names) > MOST_EXPANDED_DEEP:
            raise BadOption("$expand", "a name is missing")
        inner = read(_pairs(rest[:-1]), depth=depth + 1) if rest else Options()
        for name in reversed(names[1:]):
            inner = Options(expand={name: inner})
        first = names[0]
        expanded[first] = _merged(expanded[first], inner) if first in expanded else inner
    return expanded


def _merged(one: Options, other: Options) -> Options:
    """``Datastreams,Datastreams/Sensor`` is one expansion of Datastreams."""
    expand = dict(one.expand)
    for name, inner in other.expand.items():
        expand[name] = _merged(expand[name], inner) if name in expand else inner
    base = other if other.given else one
    return replace(base, expand=expand)


def _pairs(text: str) -> list[tuple[str, str]]:
    pairs = []
    for one in _split(text, ";"):
        name, equals, value = one.partition("=")
        if not equals:
            raise BadOption("$expand", "an option inside the brackets has no “=”")
        pairs.append((name.strip(), value.strip()))
    return pairs


def _split(text: str, mark: str) -> list[str]:
    """Split at ``mark`` outside of quotes and brackets."""
    parts, depth, quoted, start = [], 0, False, 0
    for at, letter in enumerate(text):
        if letter == "'":
            quoted = not quoted
        elif quoted:
            continue
        elif letter == "(":
            depth += 1
        elif letter == ")":
            depth -= 1
            if depth < 0:
                raise BadOption("$expand", "a bracket is missing")
        elif letter == mark and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    if quoted or depth:
        raise BadOption("$expand", "a quote or a bracket is not closed")
    return [*parts, text[start:]]
