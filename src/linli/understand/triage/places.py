"""From the words of a request to the place it names: estate, building, entrance, room, by the community's own registry.

Numbers are read as people write them: 5 幢, 五号楼, 5-2-301, １２栋. A building number that exists in several estates, none of
which is named, gives every candidate: a person chooses. Where the text names another place, it says so: a number alone makes no
building of ours.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass

from linli.understand.triage.other_places import Other, other_places, unknown_before

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
_NEAR = 24
"""So many characters before a number the name of its estate may stand."""

_COUNTED_BEFORE = re.compile(
    r"(?:共|共有|有|约|近|多达|其中|新建|建了?|盖了?|拆了?|这|那|同|整|每|某|另|各|前|后|几|数|独|[一二两三]个)$"
)
_COUNTED_BEHIND = re.compile(
    r"\s?(?:居民|小区|住宅|高层|多层|楼|房|别墅|建筑|民房|厂房|商铺|公厕|人行|天桥|桥|大山|山|塔|加油|垃圾|[0-9一二三四五六七八九十]+层|高|大的?|小的?|旧|老|新)"
)
_QUANTITY = frozenset("一两几")
_BOUND = re.compile(r"[，。！？；：,.!?;:、（）()\s\"“”]$|[在住是到叫]$")


@dataclass(frozen=True)
class Known:
    """A building of the registry: ``number`` as on its plate, ``estate`` by name."""

    key: Hashable
    number: str
    estate: str


@dataclass(frozen=True)
class Named:
    """``buildings`` are all that the words may mean; ``words`` is the part of the text that says so.

    ``against`` is a place that the text names and that is none of ours: then it is no building of ours as long as nobody says so.
    """

    buildings: tuple[Hashable, ...]
    entrance: str
    room: str
    words: str
    against: str = ""

    @property
    def clear(self) -> bool:
        return len(self.buildings) == 1 and not self.against


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


def find_places(text: str, registry: Sequence[Known], *, ours: Collection[str] = ()) -> list[Named]:
    """Every building that the text names and the registry knows, in the order of the text, each once.

    ``ours`` are further names of this place: the community, its street. How many there are of something ("一栋楼", "共7栋") is
    no number of a building.
    """
    plain = unicodedata.normalize("NFKC", text).lower()
    matches = sorted((*_BUILDING.finditer(plain), *_DASHED.finditer(plain)), key=lambda m: m.start())
    if not matches:
        return []
    mentioned = _mentions(plain, sorted({known.estate for known in registry}))
    own_names = {unicodedata.normalize("NFKC", known.estate).lower() for known in registry} | set(ours)
    others = list(other_places(plain, own_names))
    found: dict[tuple[tuple[Hashable, ...], str, str], Named] = {}
    for match in matches:
        number = number_of(match["building"])
        same = [known for known in registry if number_of(known.number) == number]
        if not same:
            continue
        near = _nearest(mentioned, match.start())
        rest = None if "entrance" in match.re.groupindex else _REST.match(plain[match.end() :])
        if near is None and rest is None and _is_quantity(plain, match):
            continue
        estates, against = _estates_meant(plain, match.start(), near, mentioned, others, own_names)
        buildings = tuple(known.key for known in same if known.estate in estates) or tuple(known.key for known in same)
        entrance, room, end = "", "", match.end()
        if "entrance" in match.re.groupindex:
            entrance, room = match["entrance"], match["room"]
        elif rest:
            entrance, room = number_of(rest["entrance"] or ""), rest["room"] or rest["only"] or ""
            end += rest.end()
        found.setdefault(
            (buildings, entrance, room), Named(buildings, entrance, room, plain[match.start() : end], against)
        )
    return list(found.values())


def _estates_meant(
    text: str,
    start: int,
    near: Mention | None,
    mentioned: Sequence[Mention],
    others: Sequence[Other],
    ours: Collection[str],
) -> tuple[set[str], str]:
    """The estates of ours that the number may belong to, and the place that speaks against all of ours."""
    letter = text[:start].rstrip()[-1:]
    if letter.isascii() and letter.isalpha():
        return ({near.estate} if near else set()), letter
    before = [other for other in others if start - _NEAR <= other.end <= start]
    if near is not None:
        between = [other.name for other in before if other.start >= near.end and not other.around]
        return {near.estate}, between[-1] if between else ""
    if mentioned:
        closer = [other.name for other in before if not other.around]
        return {mention.estate for mention in mentioned}, closer[-1] if closer else ""
    if before:
        return set(), before[-1].name
    return set(), unknown_before(text, start, ours) or (others[0].name if others else "")


@dataclass(frozen=True)
class Mention:
    """``text[start:end]`` names ``estate``."""

    start: int
    end: int
    estate: str


def _mentions(text: str, estates: Sequence[str]) -> list[Mention]:
    """Where estates of ours are named, in full, or without their 小区, 新村 … where no other name goes on from there."""
    found = []
    for estate in estates:
        full = unicodedata.normalize("NFKC", estate).lower()
        short = _TAIL.sub("", full)
        either = f"{re.escape(full)}|{re.escape(short)}{_ENDS_HERE}" if len(short) >= 2 else re.escape(full)
        found += [Mention(match.start(), match.end(), estate) for match in re.finditer(either, text)]
    return sorted(found, key=lambda mention: mention.end)


_ENDS_HERE = (
    rf"(?:小区|社区)?(?=$|[^\u4e00-\u9fff]|{_NUMBER}\s?(?:号楼|幢|栋|座)|的|这|那|里面|有人|住户|业主|居民|门口)"
)


def _nearest(mentioned: Sequence[Mention], start: int) -> Mention | None:
    near = [mention for mention in mentioned if start - _NEAR <= mention.end <= start]
    return near[-1] if near else None


def _is_quantity(text: str, match: re.Match[str]) -> bool:
    before, number = text[: match.start()], match["building"]
    if _COUNTED_BEFORE.search(before) or number == "两":
        return True
    if match.group().endswith("号楼") or "entrance" in match.re.groupindex:
        return False
    behind = _COUNTED_BEHIND.match(text, match.end())
    if number in _QUANTITY or (match.group().endswith("座") and not number.isascii()):
        return bool(behind) or not (not before or _BOUND.search(before))
    return bool(behind) and match.group().endswith("座")
