"""Chinese identity numbers (GB 11643-1999): one canonical form, so that both lists write one person the same way.

Eighteen characters: six digits of division, eight of birth date, three of sequence, and the check character of
ISO 7064 MOD 11-2. A number of fifteen digits from before 1999 becomes the eighteen that its holder has now.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"

_EIGHTEEN = re.compile(r"[1-9][0-9]{16}[0-9X]")
_FIFTEEN = re.compile(r"[1-9][0-9]{14}")


class BadIdentity(ValueError):
    """No identity number: ``code`` is ``shape``, ``birth_date`` or ``check``. Its words never repeat the number."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def check_character(first_seventeen: str) -> str:
    """The eighteenth character."""
    return CHECKS[sum(int(digit) * weight for digit, weight in zip(first_seventeen, WEIGHTS, strict=True)) % 11]


def normalised(text: object) -> str:
    """The eighteen characters; raises :class:`BadIdentity`. Full-width digits, spaces, dashes and ``x`` are understood."""
    said = "".join(c for c in unicodedata.normalize("NFKC", str(text)).upper() if not c.isspace() and c not in "-'")
    if _FIFTEEN.fullmatch(said):
        said = said[:6] + "19" + said[6:]
        said += check_character(said)
    if not _EIGHTEEN.fullmatch(said):
        raise BadIdentity("shape")
    birth_date_of(said)
    if check_character(said[:17]) != said[17]:
        raise BadIdentity("check")
    return said


def birth_date_of(number: str) -> date:
    """The date in a number of eighteen characters; raises :class:`BadIdentity`."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise BadIdentity("birth_date") from None


@dataclass(frozen=True)
class Checked:
    """``numbers`` are distinct and canonical; ``wrong`` are (line, code); ``twice`` counts further mentions."""

    numbers: frozenset[str]
    wrong: tuple[tuple[int, str], ...] = field(default=())
    twice: int = 0


def checked(lines: Iterable[tuple[int, object]]) -> Checked:
    """A list read from a file: each line number with its cell. Never raises; says which lines are wrong."""
    found: set[str] = set()
    wrong: list[tuple[int, str]] = []
    twice = 0
    for line, cell in lines:
        try:
            number = normalised(cell)
        except BadIdentity as bad:
            wrong.append((line, bad.code))
            continue
        twice += number in found
        found.add(number)
    return Checked(frozenset(found), tuple(wrong), twice)
