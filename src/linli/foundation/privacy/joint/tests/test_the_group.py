"""Texts are mapped to the group as the standards say: their own test vectors."""

from hashlib import sha512

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.foundation.privacy.joint.rules.group import (
    NotAnElement,
    expand_message,
    filler,
    hash_to_group,
    new_scalar,
    raised,
)

EXPANDER = b"QUUX-V01-CS02-with-expander-SHA512-256"


@pytest.mark.parametrize(
    ("message", "length", "expected"),
    [
        (b"", 0x20, "6b9a7312411d92f921c6f68ca0b6380730a1a4d982c507211a90964c394179ba"),
        (b"abc", 0x20, "0da749f12fbe5483eb066a5f595055679b976e93abe9be6f0f6318bce7aca8dc"),
        (b"", 0x80, "".join([
            "41b037d1734a5f8df225dd8c7de38f851efdb45c372887be655212d07251b921b052b62eaed99b46f72f2ef4cc96bfaf",
            "254ebbbec091e1a3b9e4fb5e5b619d2e0c5414800a1d882b62bb5cd1778f098b8eb6cb399d5d9d18f5d5842cf5d13d7e",
            "b00a7cff859b605da678b318bd0e65ebff70bec88c753b159a805d2c89c55961",
        ])),
    ],
)  # fmt: skip
def test_messages_are_expanded_as_rfc_9380_k_3_shows(message, length, expected):
    assert expand_message(message, EXPANDER, length).hex() == expected


def test_a_blinded_input_is_that_of_rfc_9497_a_1_1():
    tag = b"HashToGroup-OPRFV1-\x00-ristretto255-SHA512"
    blind = bytes.fromhex("64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706")
    secret = bytes.fromhex("5ebcea5ee37023ccb9fc2d2019f9d7737be85591ae8652ffa9ef0f4d37063b0e")
    [blinded] = raised([hash_to_group(b"\x00", tag)], blind)
    assert blinded.hex() == "609a0ae68c15a3cf6903766461307e5c8bb2f95e7e6550e1ffa2dc99e412803c"
    [evaluated] = raised([blinded], secret)
    assert evaluated.hex() == "7ec6578ae5120958eb2db1745758ff379e77cb64fe77b0b2d8cc917ea0869c7e"


@given(st.binary(max_size=40))
@settings(max_examples=25)
def test_two_secrets_commute_and_only_equal_texts_meet(text):
    a, b = new_scalar(), new_scalar()
    point, other = hash_to_group(text, b"t"), hash_to_group(text + b"!", b"t")
    assert raised(raised([point], a), b) == raised(raised([point], b), a)
    assert raised(raised([point], a), b) != raised(raised([other], b), a)
    assert point != hash_to_group(text, b"another tag")


@pytest.mark.parametrize(
    "bad",
    [bytes(32), b"\xff" * 32, sha512(b"x").digest()[:31], filler()[:-1] + b"\xff", filler() + b"x"],
    ids=["zero", "too large", "too short", "beyond the field", "too long"],
)
def test_what_is_no_element_is_refused(bad):
    with pytest.raises(NotAnElement):
        raised([bad], new_scalar())
