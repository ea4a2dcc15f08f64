"""Staff keep an eye on a case and name each other in notes; both end where somebody works no more."""

from datetime import timedelta

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from linli.act.casework import actions, queries
from linli.act.casework.models import CaseWatch, Mention
from linli.act.casework.rules.mentions import named_in
from linli.foundation import clock
from linli.foundation.accounts.actions import end_grant
from linli.foundation.accounts.models import Grant
from linli.foundation.errors import Invalid, NotAllowed, NotFound
from linli.foundation.events.dispatching import drain
from linli.foundation.notices.models import Notice

pytestmark = pytest.mark.usefixtures("monday_morning")


@pytest.fixture
def case(world):
    for n, who in enumerate(("grid_worker", "grid_lead", "community_worker", "other_grid_worker")):
        world.accounts[who].phone = f"1990000040{n}"
        world.accounts[who].save()
    with world.scope():
        opened = actions.receive("楼道灯坏了", actor=world.actor("resident")).case
        actions.accept(opened.pk, actor=world.actor("community_worker"))
        yield actions.take(opened.pk, actor=world.actor("grid_worker"))


def told(world, who, kind):
    account = world.accounts[who].pk
    return Notice.objects.filter(key__contains=f"{kind}:", key__endswith=f":account:{account}").count()


def test_who_watches_is_told_of_what_others_do_and_never_of_its_own_deeds(world, case):
    lead, worker = world.actor("grid_lead"), world.actor("grid_worker")
    actions.watch(case.pk, actor=lead, on=True)
    actions.watch(case.pk, actor=lead, on=True)
    assert [one.fresh for one in queries.watched_by(lead)] == [0]
    actions.start(case.pk, actor=worker)
    actions.add_note(case.pk, text="去看看", actor=worker)
    actions.add_note(case.pk, text="我也去", actor=lead)
    drain()
    assert told(world, "grid_lead", "watched") == 1, "of the start; notes wait on the list"
    assert "/workbench/cases/" in Notice.objects.get(key__contains="watched:").text
    assert [one.fresh for one in queries.watched_by(lead, fresh_only=True)] == [2]
    actions.look(case.pk, actor=lead)
    assert queries.watched_by(lead, fresh_only=True) == []
    actions.watch(case.pk, actor=lead, on=False)
    assert queries.watched_by(lead) == []


def test_only_who_works_on_the_case_may_watch_it(world, case):
    for who, error in (("other_grid_worker", NotFound), ("resident", NotAllowed), ("neighbour", NotFound)):
        with pytest.raises(error):
            actions.watch(case.pk, actor=world.actor(who), on=True)


def test_watching_ends_with_the_role(world, case):
    lead = world.actor("grid_lead")
    actions.watch(case.pk, actor=lead, on=True)
    actions.add_note(case.pk, text="@grid_lead 请看", actor=world.actor("grid_worker"))
    grant = Grant.objects.get(account=world.accounts["grid_lead"])
    with clock.frozen(clock.now() + timedelta(hours=1)):
        end_grant(grant, actor=world.actor("community_director"))
        former = world.actor("grid_lead")
        assert queries.watched_by(former) == [] and queries.mentions_of(former) == []
        before = told(world, "grid_lead", "watched")
        actions.start(case.pk, actor=world.actor("grid_worker"))
        drain()
        assert told(world, "grid_lead", "watched") == before
        assert not CaseWatch.objects.exists()


@pytest.mark.parametrize("how", ["one", "many"])
def test_who_watches_a_case_that_is_merged_watches_the_one_that_goes_on(world, case, how):
    lead = world.actor("grid_lead")
    other = actions.receive("楼道灯还是坏的", actor=world.actor("elder")).case
    actions.accept(other.pk, actor=world.actor("community_worker"))
    actions.watch(other.pk, actor=lead, on=True)
    if how == "one":
        actions.merge(other.pk, into_id=case.pk, actor=world.actor("community_worker"))
    else:
        assert actions.join_many([case.pk, other.pk], actor=world.actor("community_worker")).case == case
    assert {one.case for one in queries.watched_by(lead)} == {case, other}
    assert next(one.fresh for one in queries.watched_by(lead) if one.case == case) == 1


def test_a_colleague_named_in_a_note_is_told_and_finds_it(world, case):
    worker, lead = world.actor("grid_worker"), world.actor("grid_lead")
    desk = world.accounts["community_worker"].pk
    actions.add_note(case.pk, text="@grid_lead 灯座也坏了", mention_ids=[desk], actor=worker)
    drain()
    assert told(world, "grid_lead", "mentioned") == told(world, "community_worker", "mentioned") == 1
    line = queries.case_page(queries.load_case(case.pk, actor=lead), lead).timeline[-1]
    assert set(line.mentions) == {"grid_lead", "community_worker"} and not line.public
    assert [(one.text, one.seen) for one in queries.mentions_of(lead)] == [("@grid_lead 灯座也坏了", False)]
    actions.look(case.pk, actor=lead)
    assert [one.seen for one in queries.mentions_of(lead)] == [True]
    assert [one.seen for one in queries.mentions_of(world.actor("community_worker"))] == [False]


@pytest.mark.parametrize("how", ["typed", "picked"])
def test_who_may_not_see_the_case_cannot_be_named(world, case, how):
    other = world.accounts["other_grid_worker"]
    given = {"text": "@other_grid_worker 帮忙看看"} if how == "typed" else {"text": "看看", "mention_ids": [other.pk]}
    with pytest.raises(Invalid) as refused:
        actions.add_note(case.pk, actor=world.actor("grid_worker"), **given)
    assert (refused.value.code, refused.value.field) == ("cannot_see_case", "text")
    assert "other_grid_worker" in str(refused.value)
    assert not Mention.objects.exists() and not case.entries.filter(verb="note").exists()


def test_what_residents_read_names_no_colleague(world, case):
    worker = world.actor("grid_worker")
    with pytest.raises(Invalid) as refused:
        actions.add_note(case.pk, text="好了", public=True, mention_ids=[world.accounts["grid_lead"].pk], actor=worker)
    assert refused.value.code == "mention_in_public"
    with pytest.raises(Invalid) as refused:
        actions.add_note(case.pk, text="@grid_lead 好了", public=True, actor=worker)
    assert refused.value.code == "mention_in_public"
    assert not Mention.objects.exists() and not case.entries.filter(verb="note").exists()


def test_a_note_to_nobody_is_kept_and_its_writer_hears_that_nobody_was_told(world, case):
    client = Client()
    client.force_login(world.accounts["grid_worker"])
    path = f"/workbench/cases/{case.pk}/do/note/"
    for text, unknown in (("@孙安玲 去看看", "孙安玲"), ("写信给 a@b.example", ""), ("@grid_lead 看看", "")):
        case.refresh_from_db()
        answer = client.post(path, {"text": text, "version": case.version}, follow=True)
        page = answer.content.decode()
        assert "进展记下了" in page
        assert ("没有人收到提醒" in page) == bool(unknown) and (f"@{unknown}”" in page or not unknown)
    assert case.entries.filter(verb="note").count() == 3


def test_of_two_of_one_name_somebody_says_which(world, case):
    world.accounts["community_worker"].display_name = "grid_lead"
    world.accounts["community_worker"].save()
    worker = world.actor("grid_worker")
    with pytest.raises(Invalid) as refused:
        actions.add_note(case.pk, text="@grid_lead 看看", actor=worker)
    assert refused.value.code == "name_ambiguous"
    actions.add_note(case.pk, text="@grid_lead 看看", mention_ids=[world.accounts["grid_lead"].pk], actor=worker)
    assert Mention.objects.get().account == world.accounts["grid_lead"]


def test_nobody_of_another_community_can_be_named(world, other_world, case):
    stranger = other_world.accounts["community_worker"]
    with pytest.raises(NotFound):
        actions.add_note(case.pk, text="看看", mention_ids=[stranger.pk], actor=world.actor("grid_worker"))


NAMES = st.sampled_from(["王静", "王静怡", "周平", "李"])


@given(st.lists(NAMES), st.sampled_from(["", " ", "，灯坏了 "]))
def test_the_longest_name_behind_the_mark_is_meant(named, between):
    text = between.join(f"@{name} " for name in named)
    assert named_in(text, ["王静", "王静怡", "周平", "李"]) == set(named)


def test_an_address_names_nobody():
    assert named_in("写信到 a@b.cn 或 @陌生人", ["王静"]) == frozenset()
