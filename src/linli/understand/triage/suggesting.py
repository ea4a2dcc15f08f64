"""What the machine suggests of one request, and how sure it is. Plain functions on plain data.

A trained model says its calibrated confidence. What open lists and the registry's place names say is as sure as staff have
found it: the share that they let stand, starting from :data:`START` as if twenty had been decided. A list that is often
corrected so stops being applied by itself.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from linli.sense.requests.rules.danger import find_danger
from linli.understand.triage.hearing import at_risk, mood
from linli.understand.triage.places import Named
from linli.understand.triage.reading import Read
from linli.understand.triage.taxonomy import OTHER

START = 0.8
WORTH = 20
"""How many decisions the starting share counts for (a Beta prior of 16 and 4)."""
TWO_MEANT = 0.6
"""Of the confidence that is left when two categories are named as plainly as each other."""
OF_SPEAKERS_ESTATE = 0.7
ELSEWHERE = 0.5
"""Of the confidence that is left when the number stands behind an estate's name that the register does not know."""
USUAL_LEVEL = "P2"


@dataclass(frozen=True)
class Made:
    """``kind`` and ``by`` as in the table; ``facts`` are numbers and keys that the sentence beside it needs."""

    kind: str
    value: str
    confidence: float
    by: str
    evidence: tuple[str, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)


Stood = Mapping[tuple[str, str], tuple[int, int]]
"""By kind and value: how many suggestions of open lists staff let stand, and how many they decided."""


def share_that_stood(stood: Stood, kind: str, value: str) -> tuple[float, dict[str, object]]:
    """The confidence of an open list and the numbers behind it."""
    right, decided = stood.get((kind, value), (0, 0))
    share = (right + START * WORTH) / (decided + WORTH)
    return round(share, 4), {"right": right, "decided": decided}


def of_category(found: Read, stood: Stood) -> Made:
    """The category; ``nobody`` has confidence 0, so that a person decides."""
    if found.by == "model":
        return Made("category", found.category, found.confidence or 0.0, "model", found.evidence)
    if found.by == "nobody":
        return Made("category", OTHER, 0.0, "words")
    share, facts = share_that_stood(stood, "category", found.category)
    if found.by == "words" and found.torn:
        share, facts = round(share * TWO_MEANT, 4), facts | {"torn": found.torn}
    return Made("category", found.category, share, found.by, found.evidence, facts)


def of_level(found: Read, category: Made, stood: Stood) -> Made:
    """As sure as the list that heard haste, or as the category whose usual level it is."""
    if found.by == "danger":
        return Made("level", found.level, 1.0, "danger", found.evidence)
    if found.level == "P1" and found.haste:
        share, facts = share_that_stood(stood, "level", found.level)
        return Made("level", found.level, share, "words", (found.haste,), facts)
    return Made("level", found.level, category.confidence, category.by, category.evidence, {"usual": True})


def of_places(
    named: Sequence[Named],
    stood: Stood,
    *,
    estates: Mapping[Hashable, Hashable],
    speakers_estate: Hashable | None,
    elsewhere: bool = False,
) -> list[Made]:
    """One for each building that the words may mean: the first place that they name counts.

    ``estates`` is the estate of each building. An address that exists twice gives every one; where the speaker lives in one
    of those estates that one is likelier, but a person decides. ``elsewhere``: the words name an estate that is none of ours.
    """
    if not named:
        return []
    first = named[0]
    base, facts = share_that_stood(stood, "place", "")
    if elsewhere:
        base, facts = base * ELSEWHERE, facts | {"elsewhere": True}
    if first.clear:
        return [Made("place", str(first.buildings[0]), round(base, 4), "registry", (first.words,), facts)]
    own = [key for key in first.buildings if speakers_estate is not None and estates.get(key) == speakers_estate]
    rest = len(first.buildings) - len(own)
    made = []
    for key in first.buildings:
        near = len(own) == 1 and key == own[0]
        share = (
            OF_SPEAKERS_ESTATE
            if near
            else (1 - OF_SPEAKERS_ESTATE) / rest
            if len(own) == 1
            else 1 / len(first.buildings)
        )
        facts = {"of": len(first.buildings), "speaker": near}
        made.append(
            Made("place", str(key), round(min(share, OF_SPEAKERS_ESTATE) * base, 4), "registry", (first.words,), facts)
        )
    return made


def of_people_and_mood(words: str, stood: Stood) -> list[Made]:
    """Groups whom the trouble may hit harder, and the tone."""
    made = []
    for heard in at_risk(words):
        share, facts = share_that_stood(stood, "at_risk", heard.what)
        made.append(Made("at_risk", heard.what, share, "words", heard.words, facts))
    tone = mood(words)
    if (danger := find_danger(words)) is not None and danger.sign == "suicide":
        made.append(Made("mood", "despair", 1.0, "danger", (danger.word,)))
    elif tone is not None:
        share, facts = share_that_stood(stood, "mood", tone.what)
        made.append(Made("mood", tone.what, share, "words", tone.words, facts))
    return made


def provisional_level(suggested: str, *, sure: bool) -> str:
    """The level that deadlines are reckoned by until a person has decided: never a milder one than usual on a guess."""
    return suggested if sure or suggested in {"P0", "P1"} else USUAL_LEVEL
