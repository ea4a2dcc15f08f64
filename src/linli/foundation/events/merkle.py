"""The Merkle tree of RFC 6962 §2.1: append, roots, inclusion and consistency proofs, and their verification. Pure.

A tree over ``n`` leaves splits at the largest power of two smaller than ``n``. Leaves and nodes are hashed under
different prefixes, so that neither can pass for the other. Hashes are 32 bytes (SHA-256).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

EMPTY_ROOT = sha256().digest()


def leaf_hash(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True)
class Frontier:
    """The tops of the full subtrees of a tree, largest first: all that appending and the root need.

    There is one top for each bit set in ``size``.
    """

    size: int = 0
    tops: tuple[bytes, ...] = ()

    def append(self, leaf: bytes) -> Frontier:
        """One more leaf hash, in O(log n)."""
        tops, carry, size = list(self.tops), leaf, self.size
        while size & 1:
            carry = node_hash(tops.pop(), carry)
            size >>= 1
        return Frontier(self.size + 1, (*tops, carry))

    def extend(self, leaves: Iterable[bytes]) -> Frontier:
        grown = self
        for leaf in leaves:
            grown = grown.append(leaf)
        return grown

    def root(self) -> bytes:
        if not self.tops:
            return EMPTY_ROOT
        root = self.tops[-1]
        for top in reversed(self.tops[:-1]):
            root = node_hash(top, root)
        return root


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Root over leaf hashes."""
    return Frontier().extend(leaves).root()


def inclusion_proof(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """The audit path of leaf ``index``, lowest first. Raises :class:`IndexError` outside the tree."""
    if not 0 <= index < len(leaves):
        raise IndexError(f"leaf {index} of {len(leaves)}")
    path: list[bytes] = []
    while len(leaves) > 1:
        split = _split(len(leaves))
        if index < split:
            path.append(root_of(leaves[split:]))
            leaves = leaves[:split]
        else:
            path.append(root_of(leaves[:split]))
            leaves, index = leaves[split:], index - split
    return path[::-1]


def consistency_proof(old_size: int, leaves: Sequence[bytes]) -> list[bytes]:
    """Proof that the tree over ``leaves`` only appended to its first ``old_size``. Raises :class:`IndexError`."""
    if not 0 <= old_size <= len(leaves):
        raise IndexError(f"size {old_size} of {len(leaves)}")
    if old_size in (0, len(leaves)):
        return []
    return _subproof(old_size, leaves, whole=True)


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether ``proof`` leads from ``leaf`` at ``index`` to the root of a tree of ``size`` (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        return False
    here, last, reached = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if here & 1 or here == last:
            reached = node_hash(sibling, reached)
            while here and not here & 1:
                here >>= 1
                last >>= 1
        else:
            reached = node_hash(reached, sibling)
        here >>= 1
        last >>= 1
    return last == 0 and reached == root


def verify_consistency(old_size: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the tree of ``size`` begins with the tree of ``old_size`` (RFC 9162 §2.1.4.2)."""
    if old_size == size:
        return not proof and old_root == root
    if old_size == 0:
        return not proof and old_root == EMPTY_ROOT
    if not 0 < old_size < size or not proof:
        return False
    path = list(proof)
    if old_size & (old_size - 1) == 0:
        path.insert(0, old_root)
    here, last = old_size - 1, size - 1
    while here & 1:
        here >>= 1
        last >>= 1
    reached_old = reached = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            reached_old, reached = node_hash(sibling, reached_old), node_hash(sibling, reached)
            while here and not here & 1:
                here >>= 1
                last >>= 1
        else:
            reached = node_hash(reached, sibling)
        here >>= 1
        last >>= 1
    return last == 0 and reached_old == old_root and reached == root


def _subproof(old_size: int, leaves: Sequence[bytes], *, whole: bool) -> list[bytes]:
    if old_size == len(leaves):
        return [] if whole else [root_of(leaves)]
    split = _split(len(leaves))
    if old_size <= split:
        return [*_subproof(old_size, leaves[:split], whole=whole), root_of(leaves[split:])]
    return [*_subproof(old_size - split, leaves[split:], whole=False), root_of(leaves[:split])]


def _split(size: int) -> int:
    """Largest power of two smaller than ``size`` (at least 2)."""
    return 1 << ((size - 1).bit_length() - 1)
