"""The few value templates that are understood: which value of a state message is meant. Nothing from the wire is evaluated.

``{{ value }}``, ``{{ value_json.a.b }}``, ``{{ value_json['a'][0] }}``, followed by the filters ``float``, ``int``,
``round(n)`` and ``is_defined``. A default that a filter names is never used: a value that is missing says nothing, and a
zero in its place would be a lie. Everything else is refused when it is announced.

Source: https://www.home-assistant.io/docs/configuration/templating/#using-templates-with-the-mqtt-integration
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

LONGEST = 300
MOST_STEPS = 8

_ROOT = re.compile(r"(?P<root>value_json|value)\b")
_STEP = re.compile(
    r"\.(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?![A-Za-z0-9_(])"
    r"|\[\s*(?:'(?P<single>[^'\\]*)'|\"(?P<double>[^\"\\]*)\"|(?P<index>\d{1,3}))\s*\]"
)
_FILTER = re.compile(
    r"\s*\|\s*(?P<filter>float|int|round|is_defined)\b\s*(?:\(\s*(?P<given>[^()]*?)\s*\))?(?=\s*(?:\||$))"
)
_DEFAULT = re.compile(r"(?:default\s*=\s*)?(?:-?\d+(?:\.\d+)?|none|None|'[^']*')?")
_DIGITS = re.compile(r"\d?")


class NotUnderstood(ValueError):
    """The template asks for more than which value is meant."""


class Silent(Exception):
    """The message says nothing of it: no such key, or a word that stands for not knowing."""


@dataclass(frozen=True)
class Template:
    """``path`` leads into the message's JSON; ``None`` takes the message as it is. ``filters`` are (name, digits)."""

    path: tuple[str | int, ...] | None
    filters: tuple[tuple[str, int], ...] = ()

    @property
    def wants_json(self) -> bool:
        return self.path is not None


AS_IT_IS = Template(None)
UNKNOWN = frozenset({"", "none", "null", "unknown", "unavailable"})
"""What gateways write for a value that they do not know."""


@lru_cache(maxsize=5_000)
def understood(text: str) -> Template:
    """The template that ``text`` writes; empty text takes the message as it is. Raises :class:`NotUnderstood`."""
    if not text.strip():
        return AS_IT_IS
    whole = text.strip()
    inside = whole[2:-2].removeprefix("-").removesuffix("-").strip()
    if len(text) > LONGEST or not (whole.startswith("{{") and whole.endswith("}}")) or "{" in inside or "}" in inside:
        raise NotUnderstood(text)
    root = _ROOT.match(inside)
    if root is None:
        raise NotUnderstood(text)
    place = root.end()
    path: list[str | int] = []
    while step := _STEP.match(inside, place):
        name = next(
            given for given in (step["name"], step["single"], step["double"], step["index"]) if given is not None
        )
        path.append(int(name) if step["index"] is not None else name)
        place = step.end()
    filters = []
    while found := _FILTER.match(inside, place):
        filters.append((found["filter"], _digits(found["filter"], found["given"] or "", text)))
        place = found.end()
    wants_json = root["root"] == "value_json"
    if place != len(inside) or len(path) + len(filters) > MOST_STEPS or wants_json != bool(path):
        raise NotUnderstood(text)
    return Template(tuple(path) if wants_json else None, tuple(filters))


def _digits(name: str, given: str, text: str) -> int:
    if name == "round":
        first = given.partition(",")[0].strip()
        if not _DIGITS.fullmatch(first) or "," in given:
            raise NotUnderstood(text)
        return int(first or 0)
    if not _DEFAULT.fullmatch(given) or (name == "is_defined" and given):
        raise NotUnderstood(text)
    return 0


def taken(template: Template, message: object) -> object:
    """The value that ``template`` takes from ``message``: its JSON where :attr:`Template.wants_json`, else its text.

    A filter leaves what is no number as it is. Raises :class:`Silent`.
    """
    for step in template.path or ():
        if isinstance(step, int):
            if not isinstance(message, list) or step >= len(message):
                raise Silent
            message = message[step]
        elif isinstance(message, dict) and step in message:
            message = message[step]
        else:
            raise Silent
    if message is None or (isinstance(message, str) and message.strip().lower() in UNKNOWN):
        raise Silent
    for name, digits in template.filters:
        message = _filtered(name, digits, message)
    return message


def _filtered(name: str, digits: int, value: object) -> object:
    if name == "is_defined":
        return value
    number = as_number(value)
    if number is None:
        return value
    try:
        return float(int(number)) if name == "int" else round(number, digits) if name == "round" else number
    except (OverflowError, ValueError):
        return number


def as_number(value: object) -> float | None:
    """``value`` as a number where it is one or writes one; neither yes nor no are numbers."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def as_word(value: object) -> str:
    """How a yes or no, or another value, is written where it is compared with ``payload_on``."""
    return value.strip() if isinstance(value, str) else str(value)
