"""The event classes: a code of 2 + 2 + 2 digits and its names (``domain.md`` §2.4), as the community has made them its own."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

OTHER = "990000"
SILENT_DEVICE = "051000"
BROKEN_DEVICE = "051100"
OF_DEVICES = frozenset({SILENT_DEVICE, BROKEN_DEVICE})
"""Where somebody has to go to a device; no resident waits for a call."""


@dataclass(frozen=True)
class Category:
    """``path`` runs from the class to the kind; ``restricted`` classes are for staff with a duty to see them.

    A ``retired`` one is neither suggested nor chosen any more; ``successor`` is where its matters go.
    """

    code: str
    zh: tuple[str, ...]
    en: tuple[str, ...]
    restricted: bool = False
    retired: bool = False
    successor: str = ""
    own: bool = False

    def path(self, language: str) -> str:
        """``设施与水电气 › 渗水、漏水``."""
        return " › ".join(self.en if language.startswith("en") else self.zh)

    def name(self, language: str) -> str:
        """The most exact name alone."""
        return (self.en if language.startswith("en") else self.zh)[-1]

    @property
    def is_class(self) -> bool:
        """The first of the two levels."""
        return self.code.endswith("0000")

    @property
    def of(self) -> str:
        """The code of its class."""
        return f"{self.code[:2]}0000"


@dataclass(frozen=True)
class Change:
    """One row of the community's own: a code that is new, or what was shipped under it renamed or retired."""

    code: str
    zh: str
    en: str = ""
    retired: bool = False
    successor: str = ""


@cache
def shipped() -> dict[str, Category]:
    """Every category as shipped, by code, in the order of the file."""
    table = tomllib.loads(files(__package__).joinpath("taxonomy.toml").read_text(encoding="utf-8"))
    table.pop("version")
    found: dict[str, Category] = {}
    for top, entry in table.items():
        restricted = entry.get("restricted", False)
        found[f"{top}0000"] = Category(f"{top}0000", (entry["zh"],), (entry["en"],), restricted)
        for kind, (zh, en) in entry["kinds"].items():
            code = f"{top}{kind}00"
            found[code] = Category(code, (entry["zh"], zh), (entry["en"], en), restricted)
    return found


def changed(known: dict[str, Category], changes: tuple[Change, ...]) -> dict[str, Category]:
    """``known`` with the changes of a community laid over it; a kind of a class that nobody has is left out."""
    names = {code: (one.zh[-1], one.en[-1]) for code, one in known.items()}
    names |= {change.code: (change.zh, change.en or change.zh) for change in changes}
    own = {change.code: change for change in changes}
    found: dict[str, Category] = {}
    for code in sorted(names):
        top = f"{code[:2]}0000"
        if top not in names:
            continue
        path = (top,) if code == top else (top, code)
        base = known.get(code)
        change = own.get(code)
        above = own.get(top)
        found[code] = Category(
            code,
            tuple(names[part][0] for part in path),
            tuple(names[part][1] for part in path),
            restricted=base.restricted if base else (known[top].restricted if top in known else False),
            retired=bool((change and change.retired) or (above and above.retired)),
            successor=(change.successor if change else "") or (above.successor if above else ""),
            own=base is None,
        )
    return found


def every_category() -> dict[str, Category]:
    """Every category of the active community, those retired included; as shipped where no community is active."""
    from linli.understand.triage.own_categories import of_active_community

    return of_active_community()


def categories() -> dict[str, Category]:
    """What may be chosen and suggested now, by code."""
    return {code: one for code, one in every_category().items() if not one.retired}


def category(code: str) -> Category:
    """The category of ``code``, retired or not, or the nearest wider one that is known; unknown codes are 其他."""
    known = every_category()
    for candidate in (code, f"{code[:4]}00", f"{code[:2]}0000"):
        if candidate in known:
            return known[candidate]
    return known[OTHER]


def heir_of(code: str) -> str:
    """Where a matter of this code goes now: itself, or of a retired one its successor, however often that moved on."""
    known = every_category()
    seen: set[str] = set()
    while (one := known.get(code)) is not None and one.retired and code not in seen:
        seen.add(code)
        code = one.successor or OTHER
    return code if code in known and code not in seen else OTHER
