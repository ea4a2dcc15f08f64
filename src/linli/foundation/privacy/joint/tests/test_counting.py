"""Two sides learn how many are on both lists: the same as plain sets say, and as another library says."""

import random
from itertools import pairwise

import pytest

from linli.foundation.privacy.joint.exchange.frames import Breach
from linli.foundation.privacy.joint.rules.noise import centre_for
from linli.foundation.privacy.joint.rules.terms import BadTerms
from linli.foundation.privacy.joint.tests.people import Pair, some, whole_region

psi = pytest.importorskip("private_set_intersection.python", reason="openmined-psi has no wheel for this machine")


def openmined(ours: list[str], theirs: list[str]) -> int:
    client, server = psi.client.CreateWithNewKey(False), psi.server.CreateWithNewKey(False)
    setup = server.CreateSetupMessage(0.0, len(ours), theirs, psi.DataStructure.RAW)
    answer = server.ProcessRequest(client.CreateRequest(ours))
    return client.GetIntersectionSize(setup, answer)


@pytest.mark.slow
def test_a_hundred_random_cases_agree_with_plain_sets_and_with_openmined_psi(tmp_path):
    pair, dice, everybody = Pair.make(tmp_path), random.Random(4), list(whole_region())
    for case in range(100):
        ours = dice.sample(everybody, dice.randint(100, 180))
        both = dice.sample(ours, dice.randint(0, 100))
        theirs = list({*both, *dice.sample(everybody, dice.randint(100, 180))})
        expected = len({*ours} & {*theirs})
        community, station = pair.run([ours], theirs, run=case + 1, centred=True)
        assert community.counts == station.counts == (expected,)
        assert openmined(ours, theirs) == expected


def test_each_band_is_counted_by_itself(tmp_path):
    people = some(500, 1)
    groups = [people[start : start + 100] for start in range(0, 500, 100)]
    theirs = [*groups[0][:60], *groups[1][:30], *groups[4], *some(200, 2)]
    community, station = Pair.make(tmp_path).run(groups, theirs, centred=True)
    assert community.counts == station.counts == tuple(len({*group} & {*theirs}) for group in groups)


def test_the_published_count_is_near_and_never_twice_the_same_for_sure(tmp_path):
    pair, ours = Pair.make(tmp_path), some(120, 3)
    counts = [pair.run([ours], ours, run=n)[0].counts[0] for n in range(1, 9)]
    assert all(abs(one - 120) <= 2 * centre_for(0.5) for one in counts)
    assert len(set(counts)) > 1


def test_both_sides_can_show_what_the_other_signed(tmp_path):
    pair = Pair.make(tmp_path, "sm2")
    pair.run([some(110, 5)], some(110, 6))
    [ours] = [facts for kind, facts in pair.logs["community"] if kind == "finished"]
    [theirs] = [facts for kind, facts in pair.logs["station"] if kind == "finished"]
    assert ours["transcript"] == theirs["transcript"]
    assert ours["counts"] == theirs["counts"]
    assert len(theirs["their_signature"]) == 128
    sent = [facts["digest"] for kind, facts in pair.logs["community"] if kind == "sent"]
    received = [facts["digest"] for kind, facts in pair.logs["station"] if kind == "received"]
    assert sent == received


def test_no_log_names_a_person(tmp_path):
    pair, ours, theirs = Pair.make(tmp_path), some(110, 7), some(130, 8)
    pair.run([ours], theirs)
    written = repr(pair.logs)
    assert not any(one in written for one in [*ours, *theirs])


def test_a_list_too_short_to_hide_anybody_is_refused_before_anything_is_sent(tmp_path):
    pair = Pair.make(tmp_path)
    with pytest.raises(BadTerms, match="list_size"):
        pair.run([some(99, 9)], some(150, 10))
    assert b"Hello" not in pair.seen


def test_the_same_element_twice_is_refused(tmp_path):
    """Somebody who sends one person a hundred times over would see whether the count leaps."""
    frames: list[bytes] = []

    def double(data: bytes, direction: str) -> bytes:
        frames.append(data)
        start = data.find(b"points\xc5")
        if direction == "out" and start >= 0:
            first = start + len(b"points\xc5") + 2
            return data[: first + 32] + data[first : first + 32] + data[first + 64 :]
        return data

    pair = Pair.make(tmp_path)
    with pytest.raises(Breach):
        pair.run([some(100, 11)], some(100, 12), meddle=double)
    assert isinstance(pair.outcomes["station"], Breach)
    assert pair.outcomes["station"].code == "repeated"
    assert "spent" not in [kind for kind, _facts in pair.logs["station"]]


def test_lists_of_the_same_length_look_the_same_from_outside(tmp_path):
    pair = Pair.make(tmp_path)
    lengths = []
    for n, (ours, theirs) in enumerate([(some(150, 13), some(120, 14)), (some(101, 15), some(199, 16))], start=1):
        pair.run([ours], theirs, run=n)
        lengths.append(len(pair.seen))
    assert all(one == other for one, other in pairwise(lengths))
