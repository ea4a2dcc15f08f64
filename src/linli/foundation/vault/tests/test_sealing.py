"""What is sealed can be opened by who has the keys, for the column it was sealed for, and by nobody else."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.foundation.vault import keyring
from linli.foundation.vault.errors import Unreadable
from linli.foundation.vault.sealing import key_of, seal, seal_bytes, unseal, unseal_bytes

LABEL = "registry.resident.phone"

many = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@many
@given(text=st.text(min_size=1, max_size=200))
def test_whatever_is_sealed_opens_to_the_same(own_keys, cipher, text):
    token = seal(text, LABEL)
    assert unseal(token, LABEL) == text
    assert text not in token or len(text) < 3


@many
@given(data=st.binary(max_size=4000))
def test_so_does_a_file(own_keys, cipher, data):
    assert unseal_bytes(seal_bytes(data, LABEL), LABEL) == data


def test_the_same_text_looks_different_each_time(own_keys, cipher):
    assert len({seal("19900000001", LABEL) for _ in range(50)}) == 50


def test_the_empty_text_stays_empty(own_keys):
    assert (seal("", LABEL), unseal("", LABEL)) == ("", "")


def test_it_opens_for_its_own_column_only(own_keys, cipher):
    with pytest.raises(Unreadable):
        unseal(seal("19900000001", LABEL), "accounts.account.phone")


@many
@given(part=st.floats(0, 1, exclude_max=True), letters=st.permutations("ABCabc019_-."))
def test_whatever_is_changed_does_not_open(own_keys, cipher, part, letters):
    token = seal("330106194105201234", LABEL)
    # Each sealing draws its own nonce, so what is drawn here must not depend on what the token holds.
    place = int(part * len(token))
    other = next(letter for letter in letters if letter != token[place])
    changed = token[:place] + other + token[place + 1 :]
    try:
        opened = unseal(changed, LABEL)
    except Unreadable:
        return
    # The last letter of Base64 carries bits that nothing reads: another spelling of the same token.
    assert place == len(token) - 1 and opened == "330106194105201234"


def test_who_has_other_keys_opens_nothing(own_keys, cipher):
    token = seal("19900000001", LABEL)
    own_keys.unlink()
    (own_keys.parent / "box.pub").unlink()
    keyring.forget()
    with pytest.raises(Unreadable):
        unseal(token, LABEL)


def test_both_ciphers_open_what_the_other_sealed_before_the_choice_changed(own_keys, settings):
    settings.LINLI_CIPHER = "aes-gcm"
    before = seal("19900000001", LABEL)
    settings.LINLI_CIPHER = "sm4-gcm"
    assert unseal(before, LABEL) == "19900000001"
    assert (before.split(".")[1], seal("x", LABEL).split(".")[1]) == ("a", "s")
    assert key_of(before) == "k1"


def test_the_key_file_is_its_owners_alone(own_keys):
    seal("19900000001", LABEL)
    assert own_keys.stat().st_mode & 0o077 == 0
