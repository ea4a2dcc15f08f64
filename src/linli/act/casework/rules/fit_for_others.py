"""What words about a matter must not hold once people outside the case read them. Pure.

Who reported and where somebody lives stay inside (PIPL art. 6, no more than the purpose needs); a building, an entrance or a
facility says enough of the place.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

NUMBER, NAME, HOME = "number_in_words", "name_in_words", "home_in_words"
SHORTEST_DOOR = 3
"""Digits from which a home's number standing alone is taken for that home: 8 may be anything, 502 next to it is not."""

_LONG = re.compile(r"\d{7,}|[0-9X]{15,}", re.IGNORECASE)
_DIGIT = r"[0-9〇零一二三四五六七八九]"
_COUNTED = r"(?![0-9年月日路线户人家元块米吨度次天个台盏辆%])"
_DOORS = (
    re.compile(rf"(?:{_DIGIT}{{2,4}}|[十百{_DIGIT[1:-1]}]{{2,5}})(?:号房|房间?号?|室)(?!外|内|[0-9一二两三四]厅)"),
    re.compile(rf"(?:单元|号楼|[幢栋座撞门])[-#]?{_DIGIT}{{3,4}}{_COUNTED}"),
    re.compile(rf"(?<![0-9\-.])[0-9]{{1,3}}(?:[-#][0-9]{{1,2}})?[-#][0-9]{{3,4}}(?![0-9\-.]){_COUNTED}"),
    re.compile(r"(?:room|flat|apt\.?|apartment|home)(?:no\.?|number)?#?[0-9]{1,4}(?![0-9])", re.IGNORECASE),
)
_DASHES = str.maketrans("－—–", "---")


def unfit(words: str, *, names: Collection[str], doors: Collection[str], places: Collection[str] = ()) -> str:
    """Why others must not read ``words``: :data:`NUMBER`, :data:`NAME`, :data:`HOME`, or nothing.

    ``names`` are the people concerned, ``doors`` the numbers of their homes, ``places`` what may be said although a name
    or a number is in it: the facility, the building.
    """
    said = _plain(words)
    if _LONG.search(said):
        return NUMBER
    for place in sorted((_plain(place) for place in places if place), key=len, reverse=True):
        said = said.replace(place, "，")
    if any(len(name) > 1 and name in said for name in map(_plain, names)):
        return NAME
    alone = [door for door in map(_plain, doors) if len(door) >= SHORTEST_DOOR]
    if any(re.search(rf"(?<![0-9A-Za-z]){re.escape(door)}{_COUNTED}(?![A-Za-z])", said) for door in alone):
        return HOME
    return HOME if any(pattern.search(said) for pattern in _DOORS) else ""


def _plain(text: str) -> str:
    """Full width as ordinary, without spaces, so that 沈 远 嘉 and １０１ 室 are found."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).translate(_DASHES)
