"""A change of the charter: written by one, approved by another, shown to everybody, in force, and never before."""

from datetime import timedelta

import pytest
from django.db import connection

from linli.foundation import clock
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.events.models import Event
from linli.foundation.lifecycle.state_table import Undeclared
from linli.foundation.privacy.charter import actions, register
from linli.foundation.privacy.charter.changing import step
from linli.foundation.privacy.charter.models import WORKFLOW, Change, CharterVersion, Frozen, State
from linli.foundation.privacy.charter.queries import allowed_verbs, alterations, current, history
from linli.foundation.privacy.charter.tests.changing import (
    PUBLICITY,
    announced,
    drafted,
    in_force_after,
    proposed,
    shipped,
    tell_everybody,
)
from linli.foundation.privacy.purposes import all_purposes, as_agreed, ever, in_force

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

SHORTER = {"key": "case_contact", "keep_months": 24}


@pytest.fixture
def here(world):
    with world.scope():
        yield world


def test_a_community_begins_with_what_is_shipped(here):
    assert dict(in_force()) == all_purposes()
    first = actions.begin_charter()
    assert first is not None and first.number == 1
    assert dict(in_force()) == all_purposes()
    assert actions.begin_charter() is None
    assert Event.objects.get(kind="charter.in_force").data == {"number": 1, "digest": first.digest}


def test_a_change_holds_only_after_two_people_and_the_publicity(here, monday_morning):
    def kept() -> int:
        return in_force()["case_contact"].keep_months

    change = announced(here, SHORTER)
    assert change.shown_until == monday_morning + timedelta(days=7, hours=15), "the end of the seventh day"
    tell_everybody()
    with clock.frozen(change.shown_until - timedelta(seconds=1)):
        assert actions.take_effect_due() == 0
        assert kept() == 36
    with clock.frozen(change.shown_until):
        assert actions.take_effect_due() == 1
        assert kept() == 24
        assert actions.take_effect_due() == 0
    version = current()
    assert (version.number, version.change.pk) == (2, change.pk)
    assert in_force()["case_contact"].version == "2026-03.2"
    assert in_force()["emergency"] == all_purposes()["emergency"], "what was not changed keeps its text"
    assert [entry.verb for entry in change.entries.all()] == ["start", "write", "propose", "approve", "take_effect"]


def test_nothing_takes_effect_before_residents_were_sent_word(here):
    change = announced(here, SHORTER)
    with clock.frozen(clock.now() + PUBLICITY):
        assert actions.take_effect_due() == 0
        tell_everybody()
        assert actions.take_effect_due() == 1
    change.refresh_from_db()
    assert change.state == State.IN_FORCE


def test_nobody_approves_what_they_wrote(here):
    change = proposed(here, SHORTER)
    with pytest.raises(NotAllowed):
        actions.approve(change.pk, actor=here.actor("community_director"))
    with pytest.raises(NotAllowed):
        actions.send_back(change.pk, "不行", actor=here.actor("community_director"))
    actions.approve(change.pk, actor=here.actor("dpo"))


def test_nobody_approves_what_they_wrote_under_another_account(here):
    """Two accounts that one thing known joins are one person."""
    for who in ("community_director", "dpo"):
        account = here.accounts[who]
        account.email = "zhou.ping@example.org"
        account.save()
    change = proposed(here, SHORTER)
    with pytest.raises(NotAllowed):
        actions.approve(change.pk, actor=here.actor("dpo"))


@pytest.mark.parametrize(
    "who", ["community_worker", "grid_lead", "grid_worker", "auditor", "elder", "property_company"]
)
def test_only_the_director_and_the_data_protection_lead_change_the_charter(here, who):
    with pytest.raises(NotAllowed):
        actions.start_change(actor=here.actor(who))
    change = proposed(here, SHORTER)
    for act in (actions.approve, lambda pk, actor: actions.withdraw(pk, "不要", actor=actor)):
        with pytest.raises((NotAllowed, NotFound)):
            act(change.pk, actor=here.actor(who))


def test_a_change_sent_back_is_written_again(here):
    change = proposed(here, SHORTER)
    change = actions.send_back(change.pk, "英文再改改", actor=here.actor("dpo"))
    assert change.state == State.DRAFT
    actions.write_purpose(change.pk, {"key": "case_contact", "keep_months": 30}, actor=here.actor("community_director"))
    change = actions.propose(change.pk, "短一点。", "Shorter.", actor=here.actor("community_director"))
    assert change.state == State.PROPOSED


def test_a_withdrawn_change_never_takes_effect(here):
    change = announced(here, SHORTER)
    tell_everybody()
    actions.withdraw(change.pk, "居民不同意", actor=here.actor("dpo"))
    with clock.frozen(clock.now() + PUBLICITY):
        assert actions.take_effect_due() == 0
    assert in_force()["case_contact"].keep_months == 36
    assert announced(here, SHORTER).state == State.ANNOUNCED, "the way is free for another"


def test_an_opinion_without_an_answer_holds_it_up(here):
    change = announced(here, SHORTER)
    tell_everybody()
    opinion = actions.say_opinion(
        change.pk, "太短了，查不到以前的事", resident=here.residents["elder"], actor=here.actor("elder")
    )
    noted = actions.say_opinion(change.pk, "没意见", channel="phone", actor=here.actor("community_worker"))
    with clock.frozen(clock.now() + PUBLICITY):
        assert actions.take_effect_due() == 0
        actions.answer_opinion(opinion.pk, "要查的，办结时另外存一份结果。", actor=here.actor("dpo"))
        assert actions.take_effect_due() == 0
        actions.answer_opinion(noted.pk, "谢谢。", actor=here.actor("community_director"))
        assert actions.take_effect_due() == 1
    with pytest.raises(Conflict) as late:
        actions.say_opinion(change.pk, "晚了", resident=here.residents["elder"], actor=here.actor("elder"))
    assert late.value.code == "not_announced"
    with pytest.raises(Conflict):
        actions.answer_opinion(noted.pk, "再答一次", actor=here.actor("dpo"))


def test_a_resident_says_only_its_own_opinion_and_reads_no_others(here):
    change = announced(here, SHORTER)
    with pytest.raises(NotFound):
        actions.say_opinion(change.pk, "替他说", resident=here.residents["neighbour"], actor=here.actor("elder"))
    own = actions.say_opinion(change.pk, "我说的", resident=here.residents["elder"], actor=here.actor("elder"))
    visible = type(own).objects.visible_to
    assert not visible(here.actor("resident")).exists()
    assert visible(here.actor("elder")).get() == own


def test_words_alone_can_be_made_clearer_without_being_another_use(here):
    clearer = {
        "key": "water_care",
        "words": {"zh": "很久没用水，就请网格员去看看。", "en": "No water for long: somebody looks in."},
    }
    change = drafted(here, clearer)
    change = actions.propose(
        change.pk, "说得更清楚。", "Clearer.", clearer=["water_care"], actor=here.actor("community_director")
    )
    (altered,) = alterations(change)
    assert not altered.wider and not altered.ends_consents


def test_a_removed_purpose_can_be_taken_up_again_and_is_named_meanwhile(here):
    old = in_force()["care_round"]
    in_force_after(here, removed=("care_round",))
    assert "care_round" not in in_force()
    assert ever()["care_round"].name == old.name
    assert as_agreed("care_round", old.version) == old
    with clock.frozen(clock.now() + 2 * PUBLICITY):
        change = actions.start_change(actor=here.actor("dpo"))
        change = actions.restore(change.pk, "care_round", actor=here.actor("dpo"))
        actions.propose(change.pk, "大家想要。", "People want it.", actor=here.actor("dpo"))
        actions.approve(change.pk, actor=here.actor("community_director"))
        tell_everybody()
        with clock.frozen(clock.now() + PUBLICITY):
            actions.take_effect_due()
    assert in_force()["care_round"].fields == old.fields
    assert in_force()["care_round"].version == "2026-03.3"


def test_history_tells_what_each_version_changed(here):
    in_force_after(here, SHORTER)
    second, first = history()
    assert (first.version.number, first.altered) == (1, ())
    (altered,) = second.altered
    assert (altered.key, [one.part for one in altered.differences]) == ("case_contact", ["keep_months"])


def test_a_published_version_stays_as_it_was(here):
    version = actions.begin_charter()
    version.document = []
    for tamper in (
        version.save,
        version.delete,
        CharterVersion.objects.all().delete,
        lambda: CharterVersion.objects.update(document=[]),
    ):
        with pytest.raises(Frozen):
            tamper()


def test_a_version_changed_behind_our_back_is_not_read_under(here):
    version = actions.begin_charter()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE charter_charterversion SET document = '[]' WHERE id = %s", [version.pk])
    register._parsed.cache_clear()
    with pytest.raises(Frozen):
        in_force()


@pytest.mark.parametrize(
    ("facts", "part"),
    [
        ({"key": "case_contact", "fields": ["shoe_size"]}, "fields"),
        ({"key": "case_contact", "roles": []}, "roles"),
        ({"key": "case_contact", "roles": ["resident"]}, "roles"),
        ({"key": "case_contact", "about": ["gossip"]}, "about"),
        ({"key": "case_contact", "keep_months": 0}, "keep_months"),
        ({"key": "case_contact", "keep_months": 361}, "keep_months"),
        ({"key": "case_contact", "without": {"zh": "没有", "en": ""}}, "without"),
        ({"key": "case_contact", "machine": ["phone"]}, "machine"),
        ({"key": "case_contact", "ground": "emergency"}, "ground"),
        ({"key": "water_care", "ground": "duty"}, "ground"),
        ({"key": "water_care", "ground": "consent"}, "ground"),
        ({"key": "water_care", "senses": ["camera"]}, "senses"),
        ({"key": "water_care", "alternative": {"zh": "", "en": ""}}, "alternative"),
        ({"key": "fraud_drill", "ground": "duty"}, "ground"),
        ({"key": "sign_in", "machine": []}, "machine"),
        ({"key": "case_contact", "shared_with": []}, "shared_with"),
        ({"key": "new_thing"}, "name"),
        ({"key": "case_contact", "colour": "red"}, "colour"),
        ({"key": "Case"}, "key"),
    ],
)
def test_only_what_the_code_enforces_can_be_written(here, facts, part):
    change = drafted(here)
    with pytest.raises(Invalid) as refused:
        actions.write_purpose(change.pk, facts, actor=here.actor("community_director"))
    parts = {one["part"] for one in refused.value.details.get("problems", [])} | {refused.value.field}
    assert part in parts


@pytest.mark.parametrize("key", ["rights_request", "emergency", "sign_in", "matter_notice"])
def test_what_no_charter_can_do_without_cannot_be_removed(here, key):
    change = drafted(here)
    with pytest.raises(Invalid) as refused:
        actions.remove_purpose(change.pk, key, actor=here.actor("community_director"))
    assert refused.value.code == "indispensable"


def test_a_new_purpose_with_a_key_of_its_own_comes_into_force(here):
    club = shipped("care_round") | {"key": "summer_club", "fields": ["name", "phone"], "about": ["visit"]}
    in_force_after(here, {part: value for part, value in club.items() if part != "version"})
    assert in_force()["summer_club"].fields == {"name", "phone"}
    assert list(in_force())[-1] == "summer_club"


def test_a_change_without_a_change_is_not_proposed(here):
    change = drafted(here)
    with pytest.raises(Invalid) as refused:
        actions.propose(change.pk, "没有", "Nothing", actor=here.actor("community_director"))
    assert refused.value.code == "nothing_changed"


def test_every_state_and_verb_is_as_the_table_says(here):
    """What is not declared raises, and no verb is open to anybody whom the table does not name."""
    change = drafted(here, SHORTER)
    given = {"reason": "x", "reason_zh": "x", "reason_en": "x", "text": "x"}
    holders = {
        "author": {"community_director"},
        "second": {"dpo"},
        "lead": {"community_director", "dpo"},
        "system": set(),
    }
    tried = 0
    for state, verb, transition in WORKFLOW.steps():
        Change.objects.filter(pk=change.pk).update(state=state)
        change.refresh_from_db()
        for who in ("community_director", "dpo", "community_worker", "auditor", "elder"):
            actor = here.actor(who)
            tried += 1
            if transition is None:
                with pytest.raises(Undeclared):
                    step(change, verb, actor, **given)
                continue
            allowed = any(who in holders[name] for name in transition.who)
            assert (verb in allowed_verbs(change, actor)) == allowed, (state, verb, who)
            if allowed:
                assert step(change, verb, actor, **given).target(state) in State.values
                for need in transition.needs:
                    with pytest.raises(Invalid):
                        step(change, verb, actor, **{**given, need: ""})
            else:
                with pytest.raises(NotAllowed):
                    step(change, verb, actor, **given)
    assert tried == len(State.values) * len(WORKFLOW.verbs) * 5
    assert WORKFLOW.reachable() == set(State.values)
    assert WORKFLOW.final() == {State.IN_FORCE, State.WITHDRAWN}


def test_another_community_keeps_its_own_charter(here, other_world):
    in_force_after(here, SHORTER)
    with other_world.scope():
        assert in_force()["case_contact"].keep_months == 36
        assert not Change.objects.exists()
