"""RFC 6962: the vectors of the reference implementation, and every proof against every tree up to a size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.foundation.events.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)

# Inputs and roots of Certificate Transparency's own tests (merkle_tree_test.cc).
ENTRIES = [bytes.fromhex(h) for h in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]


def leaves_of(size: int) -> list[bytes]:
    return [leaf_hash(bytes([n])) for n in range(size)]


def test_the_roots_are_those_of_the_reference():
    assert root_of([]) == EMPTY_ROOT
    assert [root_of(LEAVES[: n + 1]).hex() for n in range(8)] == ROOTS


def test_the_reference_paths_are_found():
    assert [step.hex() for step in inclusion_proof(5, LEAVES)] == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    assert [step.hex() for step in consistency_proof(6, LEAVES)] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


@pytest.mark.parametrize("size", range(1, 34))
def test_every_proof_holds_for_its_own_tree_and_no_other(size):
    leaves = leaves_of(size)
    root = root_of(leaves)
    for index in range(size):
        proof = inclusion_proof(index, leaves)
        assert verify_inclusion(leaves[index], index, size, proof, root)
        assert not verify_inclusion(leaf_hash(b"other"), index, size, proof, root)
        assert not verify_inclusion(leaves[index], index, size, proof, EMPTY_ROOT)
        assert not verify_inclusion(leaves[index], index, size, [*proof, root], root)
        if proof:
            assert not verify_inclusion(leaves[index], index, size, proof[:-1], root)
            assert not verify_inclusion(leaves[index], (index + 1) % size, size, proof, root)
    for old in range(size + 1):
        proof, old_root = consistency_proof(old, leaves), root_of(leaves[:old])
        assert verify_consistency(old, old_root, size, root, proof)
        if 0 < old < size:
            assert not verify_consistency(old, leaf_hash(b"other"), size, root, proof)
            assert not verify_consistency(old, old_root, size, leaf_hash(b"other"), proof)
            assert not verify_consistency(old, old_root, size, root, proof[:-1])


@given(st.lists(st.binary(max_size=4), max_size=80), st.integers(0, 80))
def test_appending_in_two_goes_is_appending_at_once(entries, cut):
    leaves = [leaf_hash(entry) for entry in entries]
    grown = Frontier().extend(leaves[:cut]).extend(leaves[cut:])
    assert grown == Frontier().extend(leaves)
    assert len(grown.tops) == grown.size.bit_count()


def test_a_leaf_outside_the_tree_has_no_proof():
    with pytest.raises(IndexError):
        inclusion_proof(3, leaves_of(3))
    with pytest.raises(IndexError):
        consistency_proof(4, leaves_of(3))
