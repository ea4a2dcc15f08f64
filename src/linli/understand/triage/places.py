"""From the words of a request to the place it names: estate, building, entrance, room, by the community's own registry.

Numbers are read as people write them: 5 幢, 五号楼, 5-2-301, １２栋. A building number that exists in several estates, none of
which is named, gives every candidate: a person chooses.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_NUMBER = r"(?:[0-9]{1,3}[a-z]?|[零〇一二两三四五六七八九十百]{1,4})"
_BUILDING = re.compile(rf"(?P<building>{_NUMBER})\s?(?:号楼|幢|栋|座)(?!房)")
_REST = re.compile(
    rf"^\s?(?P<entrance>{_NUMBER})\s?(?:单元|门洞|号门)\s?(?P<room>[0-9]{{3,4}})?|^\s?(?P<only>[0-9]{{3,4}})(?:室|号|户)?"
)
_DASHED = re.compile(
    r"(?<![0-9\-])(?P<building>[0-9]{1,3}[a-z]?)-(?P<entrance>[0-9]{1,2})-(?P<room>[0-9]{3,4})(?![0-9\-])"
)
_TAIL = re.compile(r"(小区|社区|新村|公寓|花园|家园|苑|里|村)$")

_ESTATE_BEFORE = re.compile(
    r"[\u4e00-\u9fff]{2,}(?:小区|社区|新村|公寓|花园|家园|花苑|苑|城|府|湾|春天)[一二三四五六七八九十\d]{0,2}期?$"
)


@dataclass(frozen=True)
class Known:
    """A building of the registry: ``number`` as on its plate, ``estate`` by name."""

    key: Hashable
    number: str
    estate: str


@dataclass(frozen=True)
class Named:
    """``buildings`` are all that the words may mean, one when it is clear; ``words`` is the part of the text that says so."""

    buildings: tuple[Hashable, ...]
    entrance: str
    room: str
    words: str

    @property
    def clear(self) -> bool:
        return len(self.buildings) == 1


def number_of(text: str) -> str:
    """``十二`` → ``12``, ``１２a`` → ``12A``; what is no number stays."""
    text = unicodedata.normalize("NFKC", text).upper()
    if not text or any(c not in _DIGITS and c not in "十百" for c in text):
        return text
    if not set(text) & set("十百"):
        return str(int("".join(str(_DIGITS[c]) for c in text)))
    total, last = 0, None
    for c in text:
        if c in _DIGITS:
            last = _DIGITS[c]
        else:
            total += (1 if last is None else last) * (10 if c == "十" else 100)
            last = 0
    return str(total + (last or 0))


def find_places(text: str, registry: Sequence[Known]) -> list[Named]:
    """Every building that the text names and the registry knows, in the order of the text, each once."""
    plain = unicodedata.normalize("NFKC", text).lower()
    found: dict[tuple[tuple[Hashable, ...], str, str], Named] = {}
    for match in sorted((*_BUILDING.finditer(plain), *_DASHED.finditer(plain)), key=lambda m: m.start()):
        number = number_of(match["building"])
        same = [known for known in registry if number_of(known.number) == number]
        if not same:
            continue
        named = [known for known in same if _names(plain[max(0, match.start() - 24) : match.start()], known.estate)]
        if not named:
            named = [known for known in same if _names(plain, known.estate)]
        entrance, room, end = "", "", match.end()
        if "entrance" in match.re.groupindex:
            entrance, room = match["entrance"], match["room"]
        elif rest := _REST.match(plain[match.end() :]):
            entrance, room = number_of(rest["entrance"] or ""), rest["room"] or rest["only"] or ""
            end += rest.end()
        buildings = tuple(known.key for known in named or same)
        found.setdefault((buildings, entrance, room), Named(buildings, entrance, room, plain[match.start() : end]))
    return list(found.values())


def elsewhere(text: str, named: Named, estates: Sequence[str]) -> bool:
    """Whether the number stands right behind the name of an estate that is none of ours, or behind a letter (G2栋)."""
    plain = unicodedata.normalize("NFKC", text).lower()
    before = plain[: max(0, plain.find(named.words))][-16:].rstrip()
    if before[-1:].isascii() and before[-1:].isalpha():
        return True
    return bool(_ESTATE_BEFORE.search(before)) and not any(_names(before, estate) for estate in estates)


def _names(text: str, estate: str) -> bool:
    """Whether the estate is named, in full or without its 小区, 新村 …."""
    estate = unicodedata.normalize("NFKC", estate).lower()
    short = _TAIL.sub("", estate)
    return estate in text or (len(short) >= 2 and short in text)
