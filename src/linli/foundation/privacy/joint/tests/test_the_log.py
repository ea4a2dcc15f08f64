"""A signed log shows every change to it."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.foundation.privacy.joint.keys import BadCard, Card, PartyKeys
from linli.foundation.privacy.joint.rules.chain import Entry, first_fault, following


@pytest.fixture(scope="module", params=["ed25519", "sm2"])
def keys(request, tmp_path_factory) -> PartyKeys:
    return PartyKeys.make(tmp_path_factory.mktemp("keys") / "party", "卫生站", request.param)


def written(keys: PartyKeys, entries: int) -> list[Entry]:
    log: list[Entry] = []
    for n in range(entries):
        last = log[-1] if log else None
        log.append(
            following(
                last, at=f"2026-03-02T01:{n:02d}:00+00:00", kind="sent", run="ab", facts={"points": n}, sign=keys.sign
            )
        )
    return log


def test_a_log_that_nobody_touched_is_whole(keys):
    assert first_fault(written(keys, 5), keys.card.verifies) is None
    assert first_fault([], keys.card.verifies) is None


@settings(max_examples=12)
@given(st.data())
def test_whatever_is_changed_left_out_or_moved_is_found(keys, data):
    log = written(keys, 4)
    where = data.draw(st.integers(0, 3))
    how = data.draw(st.sampled_from(["facts", "at", "kind", "run", "left out", "moved", "twice"]))
    match how:
        case "left out":
            if where == 3:
                return
            del log[where]
        case "moved":
            log[where], log[(where + 1) % 4] = log[(where + 1) % 4], log[where]
        case "twice":
            log.insert(where, log[where])
        case "facts":
            log[where] = replace(log[where], facts={"points": 99})
        case _:
            log[where] = replace(log[where], **{how: "2026"})
    assert first_fault(log, keys.card.verifies) is not None


def test_another_partys_signature_does_not_pass(keys, tmp_path):
    other = PartyKeys.make(tmp_path / "other", "卫生站", keys.card.algorithm)
    assert first_fault(written(other, 2), keys.card.verifies) == 1


def test_a_card_reads_back_and_a_changed_one_has_another_fingerprint(keys):
    text = keys.card.as_text()
    assert Card.from_text(text).fingerprint == keys.card.fingerprint
    assert keys.card.spoken.replace(" ", "") == keys.card.fingerprint
    other = replace(keys.card, sign=keys.card.sign[:-2] + ("00" if keys.card.sign[-2:] != "00" else "01"))
    assert other.fingerprint != keys.card.fingerprint


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"linli_joint_card": 1, "name": "x"}', "null"])
def test_what_is_no_card_is_refused(text):
    with pytest.raises(BadCard):
        Card.from_text(text)


def test_the_keys_can_be_read_by_their_owner_only(keys):
    for name in ("party.json", "tls.pem"):
        assert (keys.folder / name).stat().st_mode & 0o077 == 0
