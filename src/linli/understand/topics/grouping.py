"""What is talked about: messages of one matter brought together, without knowing any matter beforehand.

Two steps. Messages that resemble each other (text and opening, cosine of rare character runs) are merged from the most
alike upward by the mean resemblance of whole groups (average linkage, Sokal and Michener 1958). Then each group that has a
*name of its own*, a place, body or programme that most of its messages name and that is seldom named elsewhere, takes in
whoever else names it: people write of one building site in many words, but they all call it by its name.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from linli.understand.text.cutting import squeezed
from linli.understand.text.vectors import Space, char_grams, similarities

APART = 0.9
"""Mean distance (1 − resemblance) above which groups are not merged."""
SMALLEST_WITH_NAME = 3
NAMED_BY = 0.6
"""Share of a group's messages that must name its name."""
OWNS = 0.35
"""Share of all messages with the name that must already be in the group."""
NAME_SHORTEST, NAME_LONGEST = 3, 8
COMMON = 0.03
"""A name that a greater share of all messages has is no name of one matter."""
ROUNDS = 3
FEW = 200
"""Up to so many messages, what only one of them has counts too: it keeps short ones apart."""
MOST_AT_ONCE = 6000
"""Messages that are compared all with all; beyond it only the newest are grouped (memory grows with the square)."""

ADMINISTRATIVE = re.compile(r"(?:街道(?:办(?:事处)?)?|[省市区县镇乡州]|政府|[区县]委|书记|局|法院)$")
_RUNS = re.compile(r"[\u4e00-\u9fffa-z0-9]+")


@dataclass(frozen=True)
class Message:
    """``names`` are places, bodies and programmes found in the text; ``place`` is where it is about, when that is known."""

    key: Hashable
    title: str
    text: str
    said_at: datetime
    person: Hashable = None
    names: tuple[str, ...] = ()
    place: Hashable | None = None


def group(messages: Sequence[Message]) -> list[int]:
    """A group number for each message, 0 for the biggest group; a message alone is a group of one."""
    if len(messages) > MOST_AT_ONCE:
        newest = sorted(range(len(messages)), key=lambda n: messages[n].said_at, reverse=True)[:MOST_AT_ONCE]
        inside = group([messages[n] for n in newest])
        numbers = [-1] * len(messages)
        for n, number in zip(newest, inside, strict=True):
            numbers[n] = number
        return _by_size([number if number >= 0 else len(messages) + n for n, number in enumerate(numbers)])
    if len(messages) < 2:
        return [0] * len(messages)
    labels = _merged(messages)
    return _by_size(_named(messages, labels))


def _merged(messages: Sequence[Message]) -> list[int]:
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    alike = np.zeros((len(messages), len(messages)), dtype=np.float32)
    whole = [squeezed(f"{message.title}。{message.text}") for message in messages]
    titles = [squeezed(message.title) or text[:30] for message, text in zip(messages, whole, strict=True)]
    for texts in (whole, titles):
        analysed = [list(char_grams(text, 2, 3)) for text in texts]
        space = Space.learn(
            analysed, at_least=2 if len(messages) > FEW else 1, at_most=0.1 if len(messages) > 50 else 1.0
        )
        rows = space.rows(analysed)
        alike += similarities(rows, rows) / 2
    apart = np.clip(1 - alike, 0, 1)
    np.fill_diagonal(apart, 0)
    tree = linkage(squareform(apart, checks=False), "average")
    return [int(label) for label in fcluster(tree, APART, "distance")]


def _named(messages: Sequence[Message], labels: Sequence[int]) -> list[int]:
    """Groups with a name of their own take in who else names it."""
    given = list(labels)
    texts = [_possible_names(message) for message in messages]
    seen = Counter(name for names in texts for name in names)
    most = max(6, int(COMMON * len(messages)))
    known = {name for name, n in seen.items() if SMALLEST_WITH_NAME <= n <= most and not name.isdigit()}
    having: dict[str, list[int]] = defaultdict(list)
    for number, names in enumerate(texts):
        texts[number] = names & known
        for name in texts[number]:
            having[name].append(number)
    for _ in range(ROUNDS):
        if not _take_in(messages, given, texts, having):
            break
    return given


def _take_in(
    messages: Sequence[Message], given: list[int], texts: Sequence[set[str]], having: dict[str, list[int]]
) -> int:
    """One round; how many messages moved."""
    members: dict[int, list[int]] = defaultdict(list)
    for number, label in enumerate(given):
        members[label].append(number)
    claims: list[tuple[float, int, str]] = []
    for label, inside in members.items():
        if len(inside) < SMALLEST_WITH_NAME:
            continue
        spoken = Counter(name for number in inside for name in texts[number])
        called = {piece for number in inside for piece in messages[number].names}
        for name, n in spoken.items():
            named, owned = n / len(inside), n / len(having[name])
            if named >= NAMED_BY and owned >= OWNS and _is_name(name, called):
                claims.append((named * owned * np.log(len(given) / len(having[name])) * len(name) ** 0.5, label, name))
    claims.sort(key=lambda claim: (-claim[0], claim[1], claim[2]))
    taken: dict[int, int] = {}
    for _, label, name in claims:
        for number in having[name]:
            own = given[number]
            if own != label and number not in taken and len(members[own]) < len(members[label]):
                taken[number] = label
    by_source: dict[int, list[int]] = defaultdict(list)
    for number in taken:
        by_source[given[number]].append(number)
    moved = 0
    for source, numbers in by_source.items():
        target, votes = Counter(taken[number] for number in numbers).most_common(1)[0]
        if votes * 2 >= len(members[source]):
            for number in members[source]:
                given[number] = target
            moved += votes
        elif len(members[source]) < SMALLEST_WITH_NAME + 1:
            for number in numbers:
                given[number] = taken[number]
            moved += len(numbers)
    return moved


def _possible_names(message: Message) -> set[str]:
    """Runs of three to eight characters: what a name of a matter may look like."""
    text = squeezed(f"{message.title}。{message.text}")
    return {piece for run in _RUNS.findall(text) for piece in char_grams(run, NAME_SHORTEST, NAME_LONGEST)}


def _is_name(piece: str, called: Iterable[str]) -> bool:
    """Whether the piece is part of something that was recognised as a name, or holds such a name.

    A street office, a town, a district is where many matters are: its name is no matter's own.
    """
    return not ADMINISTRATIVE.search(piece) and any(
        (piece in name or (len(name) > 2 and name in piece)) and not ADMINISTRATIVE.search(name) for name in called
    )


def _by_size(labels: Sequence[int]) -> list[int]:
    """Numbers from 0 by size, ties by first appearance."""
    order = {label: n for n, (label, _) in enumerate(Counter(labels).most_common())}
    return [order[label] for label in labels]
