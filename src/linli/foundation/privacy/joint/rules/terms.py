"""What two parties agree on before a run: the same text on both sides, known by its digest."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date

from linli.foundation.privacy.joint.rules.bands import BANDS
from linli.foundation.privacy.joint.rules.noise import centre_for

VERSION = 1
FEWEST_ON_A_LIST = 100
"""A shorter list is refused: one made of a single person and inventions would ask about that person."""
MOST_ON_A_LIST = 200_000
PADDED_TO = 100
"""Lists are filled up to a multiple, so that their exact length is not told either."""
EPSILON = 0.5
"""Of one run. A year's runs with one partner together cost at most :data:`~..limits.EPSILON_A_YEAR`."""


class BadTerms(ValueError):
    """Terms that cannot be agreed to."""


@dataclass(frozen=True)
class Terms:
    """``question`` in words; ``banded`` counts by the age bands of ``on`` instead of one number.

    ``counter`` and ``answerer`` are the fingerprints of the two parties: the counter proposes, knows the ages, and tells
    the result. ``run`` is 128 bits in hexadecimal, used once.
    """

    run: str
    question: str
    counter: str
    answerer: str
    banded: bool
    on: str
    epsilon: float = EPSILON
    version: int = VERSION

    @property
    def groups(self) -> int:
        return len(BANDS) if self.banded else 1

    @property
    def pool(self) -> int:
        """Invented people of each side in each group."""
        return 2 * centre_for(self.epsilon)

    @property
    def digest(self) -> str:
        return hashlib.sha256(canonical(asdict(self))).hexdigest()

    def check(self) -> None:
        """Raises :class:`BadTerms`."""
        try:
            date.fromisoformat(self.on)
            centre_for(self.epsilon)
            fits = len(bytes.fromhex(self.run)) == 16 and self.run == self.run.lower()
        except ValueError as error:
            raise BadTerms(str(error)) from error
        if not fits or self.version != VERSION or self.epsilon > EPSILON or self.counter == self.answerer:
            raise BadTerms("terms of another version, or looser than allowed")
        if not 1 <= len(self.question) <= 200:
            raise BadTerms("the question is missing or too long")


def canonical(facts: dict) -> bytes:
    """One way to write it: sorted keys, no spaces, UTF-8."""
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def padded(size: int) -> int:
    """The length that the other side is told."""
    return -(-size // PADDED_TO) * PADDED_TO


def check_size(size: int) -> None:
    """Raises :class:`BadTerms` for a list too short to hide anybody, or too long to be one."""
    if not FEWEST_ON_A_LIST <= size <= MOST_ON_A_LIST:
        raise BadTerms("list_size")
