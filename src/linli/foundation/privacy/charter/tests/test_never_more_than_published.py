"""Whatever leads do and in whatever order, the registry in force says what a published version says, never more."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.foundation import clock
from linli.foundation.errors import Refusal
from linli.foundation.privacy.charter import actions, telling
from linli.foundation.privacy.charter.models import Change, CharterVersion
from linli.foundation.privacy.charter.register import shipped_document
from linli.foundation.privacy.charter.rules.document import by_key, enforceable
from linli.foundation.privacy.purposes import FIELDS, in_force

pytestmark = [pytest.mark.django_db]

LEADS = ("community_director", "dpo")
EDITS = (
    {"key": "case_contact", "fields": ["name"]},
    {"key": "case_contact", "fields": ["health", "name", "phone"]},
    {"key": "water_care", "keep_months": 12},
    {"key": "care_round", "roles": ["property_company"]},
    {"key": "emergency", "keep_months": 12},
)
REMOVED = ("fraud_drill", "care_round", "statistics")

who = st.sampled_from(LEADS * 4 + ("community_worker", "elder"))
edit = st.one_of(
    st.tuples(st.just("write"), who, st.sampled_from(EDITS)),
    st.tuples(st.just("remove"), who, st.sampled_from(REMOVED)),
)
alone = st.one_of(
    edit,
    st.tuples(st.sampled_from(["start", "catch_up", "propose", "send_back", "approve", "withdraw"]), who, st.none()),
    st.tuples(st.sampled_from(["tell", "tick"]), st.none(), st.none()),
    st.tuples(st.just("days"), st.none(), st.integers(1, 8)),
)


@st.composite
def the_whole_way(draw):
    """From a draft to its day, with something else in between at times."""
    author, second = draw(st.sampled_from([LEADS, LEADS, LEADS[::-1], (LEADS[0], LEADS[0]), ("elder", LEADS[1])]))
    what = draw(edit)
    way = [("start", author, None), (what[0], author, what[2]), ("propose", author, None), ("approve", second, None)]
    way += [("tell", None, None), ("days", None, draw(st.sampled_from([8, 8, 7, 6]))), ("tick", None, None)]
    for _ in range(draw(st.sampled_from([0, 0, 1, 3]))):
        way.insert(draw(st.integers(0, len(way))), draw(alone))
    return way


steps = st.lists(the_whole_way(), min_size=1, max_size=3).map(lambda ways: [step for way in ways for step in way])


@dataclass
class Model:
    """What should hold, kept by hand: one document, and what each open change went through."""

    holds: list = field(default_factory=lambda: copy.deepcopy(shipped_document()))
    author: dict[int, int] = field(default_factory=dict)
    approved: dict[int, tuple[int, object]] = field(default_factory=dict)


def test_no_sequence_of_steps_puts_in_force_what_two_people_did_not_publish(world, monday_morning):
    came_in = []

    @settings(max_examples=30)
    @given(steps)
    def follow(taken):
        with transaction.atomic(), world.scope():
            came_in.append(_follow(world, monday_morning, taken))
            transaction.set_rollback(True)

    follow()
    assert sum(count > 0 for count in came_in) > 10, (
        f"{len(came_in)} tried: sequences that change nothing prove nothing"
    )


def _follow(world, now, taken) -> int:
    """Take the steps, checking after each; returns how many changes came into force."""
    model = Model()
    for verb, by, what in taken:
        with clock.frozen(now):
            if verb == "days":
                now += timedelta(days=what)
            elif verb == "tell":
                telling.tell_some()
            elif verb == "tick":
                _tick(model, now)
            else:
                _step(world, model, verb, by, what, now)
        _enforces(model)
    return Change.objects.filter(state="in_force").count()


def _step(world, model, verb, by, what, now):
    actor = world.actor(by)
    change = Change.objects.order_by("-pk").first()
    try:
        if verb == "start":
            started = actions.start_change(actor=actor)
            model.author[started.pk] = actor.account_id
        elif change is None:
            return
        elif verb == "write":
            actions.write_purpose(change.pk, what, actor=actor)
        elif verb == "remove":
            actions.remove_purpose(change.pk, what, actor=actor)
        elif verb == "propose":
            actions.propose(change.pk, "因为", "Because", actor=actor)
        elif verb == "approve":
            actions.approve(change.pk, actor=actor)
            assert actor.account_id != model.author[change.pk]
            model.approved[change.pk] = (actor.account_id, now)
        elif verb == "withdraw":
            actions.withdraw(change.pk, "算了", actor=actor)
            model.approved.pop(change.pk, None)
        elif verb == "send_back":
            actions.send_back(change.pk, "改改", actor=actor)
        elif verb == "catch_up":
            actions.catch_up(change.pk, actor=actor)
    except Refusal:
        return
    assert by in LEADS


def _tick(model, now):
    actions.take_effect_due()
    for change in Change.objects.filter(state="in_force", pk__in=model.approved):
        second, approved_at = model.approved.pop(change.pk)
        assert second != model.author[change.pk]
        assert now >= approved_at + timedelta(days=7)
        assert change.told_at is not None
        model.holds = change.document


def _enforces(model):
    expected, held = enforceable(model.holds), in_force()
    assert held.keys() == expected.keys()
    published = [enforceable(one) for one in CharterVersion.objects.values_list("document", flat=True)]
    for key, purpose in held.items():
        assert purpose.fields == expected[key].fields and purpose.roles == expected[key].roles
        assert purpose.keep_months == expected[key].keep_months
        for name in FIELDS:
            if name in purpose.fields and published:
                assert any(key in one and name in one[key].fields for one in published)
    assert by_key(model.holds).keys() == held.keys()
