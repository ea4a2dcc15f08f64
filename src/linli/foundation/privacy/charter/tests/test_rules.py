"""The rules of the charter as properties: comparing, merging, and what may be written."""

import copy

from hypothesis import given
from hypothesis import strategies as st

from linli.foundation.privacy.charter.queries import known_kinds
from linli.foundation.privacy.charter.register import shipped_document
from linli.foundation.privacy.charter.rules.comparing import compare
from linli.foundation.privacy.charter.rules.document import (
    PARTS,
    by_key,
    digest,
    document_of,
    enforceable,
    purpose_of,
)
from linli.foundation.privacy.charter.rules.merging import Clash, merge
from linli.foundation.privacy.charter.rules.permitted import problems
from linli.foundation.privacy.purposes import FIELDS, GROUNDS, all_purposes, shipped_tables

KEYS = sorted(all_purposes())
ROLES = ["community_director", "grid_worker", "dpo", "resident", "property_company"]
words = st.sampled_from(["", "一句话。", "另一句话。"]).flatmap(
    lambda zh: st.sampled_from(["", "A sentence.", "Another."]).map(lambda en: {"zh": zh, "en": en})
)
VALUES = {
    "name": words,
    "words": words,
    "without": words,
    "alternative": words,
    "ground": st.sampled_from(sorted(GROUNDS)),
    "law": st.sampled_from(["", "PIPL art. 13(1)", "《某某条例》第 3 条"]),
    "fields": st.lists(st.sampled_from([*sorted(FIELDS), "shoe_size"]), unique=True, max_size=4).map(sorted),
    "machine": st.lists(st.sampled_from(sorted(FIELDS)), unique=True, max_size=2).map(sorted),
    "senses": st.lists(st.sampled_from(["water_meter", "camera"]), unique=True).map(sorted),
    "roles": st.lists(st.sampled_from(ROLES), unique=True).map(sorted),
    "about": st.lists(st.sampled_from(["case", "visit", "gossip"]), unique=True).map(sorted),
    "minors": st.booleans(),
    "keep_months": st.integers(-1, 400),
    "shared_with": st.lists(words, max_size=2),
}


@st.composite
def documents(draw):
    """The shipped document with some parts changed, some purposes gone, some new: not all of it may be published."""
    document = copy.deepcopy(shipped_document())
    for key in draw(st.lists(st.sampled_from(KEYS), max_size=2, unique=True)):
        document = [facts for facts in document if facts["key"] != key]
    if draw(st.booleans()):
        document.append(copy.deepcopy(by_key(shipped_document())["care_round"]) | {"key": "new_thing"})
    for _ in range(draw(st.integers(0, 3))):
        facts = draw(st.sampled_from(document))
        part = draw(st.sampled_from(PARTS))
        facts[part] = draw(VALUES[part])
    return document


def test_the_shipped_file_may_be_published_and_says_the_same_as_the_code():
    shipped = document_of(shipped_tables())
    assert problems(shipped, shipped, shipped, kinds=known_kinds()) == []
    assert {facts["key"]: purpose_of(facts) for facts in shipped} == all_purposes()


@given(documents(), documents())
def test_what_may_be_written_can_be_enforced_and_keeps_every_promise(document, current):
    shipped = shipped_document()
    current = [facts for facts in current if facts["key"] in enforceable(current)]
    if problems(document, current, shipped, kinds=known_kinds()):
        return
    enforced = enforceable(document)
    assert list(enforced) == [facts["key"] for facts in document]
    for key, purpose in enforced.items():
        before = enforceable(current).get(key)
        known = all_purposes().get(key)
        assert purpose.machine <= (known.machine if known else frozenset())
        assert purpose.senses <= (known.senses if known else frozenset())
        assert not (before and before.needs_consent and not purpose.needs_consent)
        assert purpose.ground != "emergency" or (known and known.ground == "emergency")
        assert "resident" not in purpose.roles


@given(documents(), documents())
def test_comparing_finds_exactly_what_is_different(old, new):
    altered = compare(old, new)
    before, after = by_key(old), by_key(new)
    assert {one.key for one in altered if one.kind == "added"} == after.keys() - before.keys()
    assert {one.key for one in altered if one.kind == "removed"} == before.keys() - after.keys()
    for one in altered:
        if one.kind == "changed":
            assert {d.part for d in one.differences} == {p for p in PARTS if before[one.key][p] != after[one.key][p]}
    assert compare(old, old) == ()
    rebuilt = {key: dict(facts) for key, facts in before.items() if key in after}
    for one in altered:
        if one.kind == "added":
            rebuilt[one.key] = one.after
        for difference in one.differences:
            rebuilt[one.key][difference.part] = difference.after
    assert {key: {part: facts[part] for part in PARTS} for key, facts in rebuilt.items()} == {
        key: {part: facts[part] for part in PARTS} for key, facts in after.items()
    }


@given(documents(), documents())
def test_whatever_lets_more_be_done_with_data_counts_as_wider(old, new):
    """Checked against the enforced purposes, not against the documents."""
    was, is_ = enforceable(old), enforceable(new)
    for one in compare(old, new):
        if one.kind != "changed" or one.key not in was or one.key not in is_:
            continue
        before, after = was[one.key], is_[one.key]
        more = (
            after.fields - before.fields
            or after.machine - before.machine
            or after.senses - before.senses
            or after.roles - before.roles
            or after.about - before.about
            or (after.minors and not before.minors)
            or after.keep_months > before.keep_months
            or after.words != before.words
            or after.ground != before.ground
        )
        assert one.wider >= bool(more)
        if before.needs_consent and more:
            assert one.ends_consents


@given(documents(), documents())
def test_merging_with_no_change_on_one_side_gives_the_other(base, other):
    assert merge(base, other, base)[1] == ()
    assert by_key(merge(base, other, base)[0]) == by_key(other)
    assert merge(base, base, other) == (other, ())


@given(documents(), documents(), documents())
def test_merging_loses_no_change_of_either_side_without_saying_so(base, mine, theirs):
    merged, clashes = merge(base, mine, theirs)
    clashing = {(clash.key, clash.part) for clash in clashes}
    for side in (mine, theirs):
        for one in compare(base, side):
            there = by_key(merged).get(one.key)
            if (one.key, "") in clashing:
                continue
            if one.kind == "removed":
                assert there is None
                continue
            assert there is not None
            for part in PARTS if one.kind == "added" else [d.part for d in one.differences]:
                assert (
                    there[part] == one.after[part]
                    or (one.key, part) in clashing
                    or (side is theirs and (Clash(one.key, part) in clashes))
                )


@given(documents())
def test_the_digest_changes_with_every_word_and_with_nothing_else(document):
    assert digest(document) == digest(copy.deepcopy(document))
    assert digest(list(reversed(document))) != digest(document)
    document[0]["law"] += " "
    assert digest(document) != digest(copy.deepcopy(document)[:-1])
