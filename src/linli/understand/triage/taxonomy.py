"""The event classes: a code of 2 + 2 + 2 digits and its names (``domain.md`` §2.4)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

OTHER = "990000"
SILENT_DEVICE = "051000"


@dataclass(frozen=True)
class Category:
    """``path`` runs from the class to the kind; ``restricted`` classes are for staff with a duty to see them."""

    code: str
    zh: tuple[str, ...]
    en: tuple[str, ...]
    restricted: bool = False

    def path(self, language: str) -> str:
        """``设施与水电气 › 渗水、漏水``."""
        return " › ".join(self.en if language.startswith("en") else self.zh)

    def name(self, language: str) -> str:
        """The most exact name alone."""
        return (self.en if language.startswith("en") else self.zh)[-1]


@cache
def categories() -> dict[str, Category]:
    """Every category by code, in the order of the file."""
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


def category(code: str) -> Category:
    """The category of ``code``, or the nearest wider one that is known; unknown codes are 其他."""
    known = categories()
    for candidate in (code, f"{code[:4]}00", f"{code[:2]}0000"):
        if candidate in known:
            return known[candidate]
    return known[OTHER]
