"""Even without the encryption, what passes between the two cannot be matched against any list of people.

The whole region of the test is small enough to try every identity number that can exist: as the number itself, under each
usual hash, and as the element that the number maps to.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from cryptography.hazmat.primitives import hashes

from linli.foundation.privacy.joint.exchange.sides import points_of
from linli.foundation.privacy.joint.tests.people import Pair, some, whole_region

USUAL = ("md5", "sha1", "sha224", "sha256", "sha512", "sha3_256", "blake2b", "blake2s")
WINDOW = 8
"""Bytes by which a digest is recognised."""


def guesses(number: str) -> Iterator[bytes]:
    """Everything that a careless protocol might send in place of a number."""
    text = number.encode()
    yield text
    for name in USUAL:
        digest = hashlib.new(name, text)
        yield digest.digest()
        yield digest.hexdigest().encode()
    sm3 = hashes.Hash(hashes.SM3())
    sm3.update(text)
    yield sm3.finalize()
    yield points_of([number])[0]


def recognised(transcript: bytes) -> list[str]:
    """Numbers of the region that the attack finds in what was seen."""
    windows = {transcript[start : start + WINDOW] for start in range(len(transcript))}
    return [one for one in whole_region() if any(guess[:WINDOW] in windows for guess in guesses(one))]


def test_a_dictionary_of_everybody_who_can_exist_finds_nobody(tmp_path):
    pair = Pair.make(tmp_path)
    pair.run([some(150, 1)], some(150, 2))
    assert len(pair.seen) > 20_000
    assert recognised(pair.seen) == []


def test_the_attack_would_find_plain_hashes():
    """So that the test above can fail."""
    people = some(30, 3)
    careless = b"".join(hashlib.sha256(one.encode()).digest() for one in people[:10])
    careless += b"".join(hashlib.md5(one.encode()).hexdigest().encode() for one in people[10:20])
    careless += b"".join(points_of(people[20:]))
    assert set(recognised(careless)) == set(people)


def test_no_element_ever_passes_twice_even_for_the_same_lists(tmp_path):
    pair, ours, theirs = Pair.make(tmp_path), some(150, 4), some(150, 5)
    passed: list[bytes] = []
    for run in (1, 2):
        pair.run([ours], theirs, run=run)
        passed += pair.points
    assert len(passed) > 1000
    assert len(set(passed)) == len(passed)


def test_elements_of_two_other_lists_look_alike(tmp_path):
    """As many of them, and each bit as often set: nothing to tell one list from another."""
    pair = Pair.make(tmp_path)
    shares = []
    for seed in (6, 8):
        pair.run([some(150, seed)], some(150, seed + 1), run=seed)
        points = pair.points
        ones = sum((int.from_bytes(one, "little") >> 1 & ((1 << 250) - 1)).bit_count() for one in points)
        shares.append((len(points), ones / (250 * len(points))))
    assert shares[0][0] == shares[1][0]
    assert all(abs(share - 0.5) < 0.005 for _count, share in shares)
