"""Topics, joint cases of many, the categories of the community, drafts: as staff meet them on the workbench."""

from datetime import timedelta

import pytest

from linli.act.casework import actions, queries
from linli.act.casework.models import Case, CaseRequest, State
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.events.dispatching import drain
from linli.foundation.notices.models import Notice
from linli.sense.requests.actions import Caller, Place
from linli.sense.requests.models import Channel, Request
from linli.understand.topics import actions as topics
from linli.understand.topics.models import Topic, TopicFollow
from linli.understand.topics.queries import followed_by, topics_for
from linli.understand.triage import categories as triage
from linli.understand.triage.models import Suggestion
from linli.understand.triage.taxonomy import categories, category, heir_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


def called(world, words: str, n: int, building: int = 0) -> Case:
    received = actions.receive(
        words,
        actor=world.actor("community_worker"),
        channel=Channel.PHONE,
        caller=Caller(name=f"住户{n}", phone=f"1990001{n:04d}"),
        place=Place(building_id=world.buildings[building].pk),
    )
    return received.case


def power_cut(world, n: int) -> list[Case]:
    return [called(world, f"我们这里停电了，冰箱里的东西要坏了，第{i}户", i, i % 2) for i in range(n)]


@pytest.fixture
def staff(world, client):
    client.force_login(world.accounts["community_director"])
    return client


def test_a_power_cut_is_offered_as_one_joint_case_and_everyone_is_answered(world, staff):
    with world.scope():
        cases = power_cut(world, 40)
        drain()
        [offer] = queries.joint_offers(world.actor("community_worker"))
        assert (offer.households, len(offer.case_ids), offer.category) == (40, 40, "050200")
        assert queries.joint_offers(world.actor("grid_worker")) == []
    address = f"/workbench/joint-cases/{offer.estate_id}/{offer.category}/"
    assert "40 户" in staff.get("/workbench/").content.decode()
    page = staff.get(address).content.decode()
    assert page.count('name="cases"') == 40
    left_out = cases[7].pk
    answer = staff.post(address, {"cases": [case.pk for case in cases if case.pk != left_out]})
    with world.scope():
        drain()
        joint = Case.objects.get(joined__request__joined__case__pk=cases[0].pk, joined__request=Request.objects.first())
        assert answer.url.endswith(f"/workbench/cases/{joint.pk}/")
        assert joint.joined.count() == 39
        assert set(joint.joined.values_list("request__speaker_phone_index", flat=True)).__len__() == 39
        assert joint.joined.order_by("request__said_at").first().request.said_at == cases[0].opened_at
        assert Case.objects.filter(state=State.MERGED, parent=joint).count() == 38
        assert Case.objects.get(pk=left_out).state != State.MERGED
        actions.start(joint.pk, actor=world.actor("community_worker"))
        actions.feed_back(
            joint.pk, outcome="fixed", result="电力公司修好了电缆。", actor=world.actor("community_worker")
        )
        drain()
        assert Notice.objects.filter(key__contains="fed_back", about=f"case:{joint.pk}").count() == 39


def test_five_hundred_are_joined_in_few_queries(world, django_assert_max_num_queries):
    with world.scope():
        cases = power_cut(world, 30)
        ids = [case.pk for case in cases]
        with django_assert_max_num_queries(60):
            done = actions.join_many(ids, actor=world.actor("community_worker"))
        assert (done.joined, done.left_out) == (29, 0)
        with pytest.raises(Conflict) as refused:
            actions.join_many(ids, actor=world.actor("community_worker"))
        assert refused.value.code == "too_few"
        later = power_cut(world, 2)
        with pytest.raises(NotFound):
            actions.join_many([case.pk for case in later], actor=world.actor("grid_worker"))


def test_an_offer_put_aside_comes_back_when_twice_as_many_speak(world, staff):
    with world.scope():
        power_cut(world, 5)
        [offer] = queries.joint_offers(world.actor("community_worker"))
    address = f"/workbench/joint-cases/{offer.estate_id}/{offer.category}/"
    staff.post(address, {"aside": "1"})
    with world.scope():
        assert queries.joint_offers(world.actor("community_worker")) == []
        for n in range(5, 10):
            called(world, f"停电了还没来，第{n}户", n)
        assert [o.households for o in queries.joint_offers(world.actor("community_worker"))] == [10]


def test_one_household_that_calls_ten_times_is_one(world):
    with world.scope():
        for _n in range(10):
            called(world, "停电了", 1)
        assert queries.joint_offers(world.actor("community_worker")) == []


@pytest.fixture
def talked(world):
    """Last month the rubbish, this week suddenly the mixer on the building site; masked voices, one abusive."""
    with world.scope():
        now = clock.now()
        for n in range(6):
            with clock.frozen(now - timedelta(days=20 + n)):
                called(world, f"垃圾桶满了没有清运，味道很大，已经{n + 2}天", 20 + n)
        for n in range(8):
            with clock.frozen(now - timedelta(hours=n)):
                extra = "，你们这帮废物" if n == 3 else "，我电话13900001234" if n == 4 else ""
                called(world, f"东门工地的搅拌站半夜还在施工，噪音吵得睡不着{extra}，第{n}夜", n, n % 2)
        drain()
        topics.refresh(actor=Actor.for_system("topics", world.community.pk))
        yield


def test_topics_name_what_is_new_with_people_heat_and_masked_voices(world, staff, talked):
    with world.scope():
        week = list(topics_for(world.actor("community_director"), "week"))
        assert len(week) == 1
        assert (week[0].people, week[0].messages, week[0].trend) == (8, 8, "new")
        assert week[0].heat > 0 and "搅拌" in week[0].label + "".join(week[0].voices)
        assert "13900001234" not in str(week[0].voices) and "废物" not in str(week[0].voices)
        assert {n for _building, n in week[0].places} == {4}
        assert list(topics_for(world.actor("grid_worker"), "week")) == []
    page = staff.get("/workbench/topics/").content.decode()
    assert week[0].label in page and "新出现" in page and 'class="plan"' in page


def test_a_followed_topic_stays_the_same_when_more_is_said(world, staff, talked):
    with world.scope():
        topic = topics_for(world.actor("community_director"), "week").get()
    staff.post(f"/workbench/topics/{topic.pk}/follow/", {"on": "1"})
    with world.scope():
        for n in range(8, 11):
            called(world, f"搅拌站半夜又在施工，噪音太大睡不着，第{n}夜", n)
        drain()
        topics.refresh(actor=Actor.for_system("topics", world.community.pk))
        [row] = followed_by(world.actor("community_director"))
        assert (row.topic_id, row.topic.messages - row.seen) == (topic.pk, 3)
    staff.get(f"/workbench/topics/{topic.pk}/")
    with world.scope():
        assert TopicFollow.objects.get().seen == 11


def test_whoever_follows_a_topic_is_told_once_a_day_that_more_people_speak(world, staff, talked):
    director, system = world.accounts["community_director"], Actor.for_system("topics", world.community.pk)
    director.phone = "19900007777"
    director.save()
    with world.scope():
        topic = topics_for(world.actor("community_director"), "week").get()
    staff.post(f"/workbench/topics/{topic.pk}/follow/", {"on": "1"})

    def told() -> list[str]:
        with world.scope():
            topics.refresh(actor=system)
        return list(Notice.objects.filter(about="topics").order_by("pk").values_list("text", flat=True))

    def more(n: int) -> None:
        with world.scope():
            called(world, f"搅拌站半夜又在施工，噪音太大睡不着，第{n}夜", n)

    assert told() == [], "nobody else has spoken"
    more(8)
    more(9)
    assert ["多了 2 人说" in text and "搅拌站" in text for text in told()] == [True]
    more(10)
    assert len(told()) == 1, "once a day"
    with clock.frozen(clock.now() + timedelta(days=1, minutes=1)):
        assert ["多了 1 人说" in text for text in told()] == [False, True]
        assert len(told()) == 2
        more(11)
        staff.get(f"/workbench/topics/{topic.pk}/")
    with clock.frozen(clock.now() + timedelta(days=2, minutes=5)):
        more(12)
        staff.post(f"/workbench/topics/{topic.pk}/follow/", {"on": "0"})
        assert len(told()) == 2, "followed no more"


def test_who_says_me_too_counts_in_the_heat_and_makes_no_topic_of_its_own(world, talked):
    system = Actor.for_system("topics", world.community.pk)
    with world.scope():
        before = topics_for(world.actor("community_director"), "week").get()
        case = Case.objects.filter(joined__request__in=before.requests.all()).first()
        card = actions.show_publicly(case.pk, title="搅拌站夜里施工", actor=world.actor("community_director"))
        for who in ("elder", "neighbour"):
            actions.me_too(card.pk, actor=world.actor(who))
        topics.refresh(actor=system)
        after = topics_for(world.actor("community_director"), "week").get()
        assert (after.pk, after.messages, after.people) == (before.pk, before.messages, before.people + 2)
        assert after.heat > before.heat
        assert not any("我也遇到了" in voice for voice in after.voices)


def test_one_joint_case_is_made_from_a_topic(world, staff, talked):
    with world.scope():
        topic = topics_for(world.actor("community_director"), "week").get()
        ids = list(Case.objects.filter(joined__request__in=topic.requests.all()).values_list("pk", flat=True))
    staff.post(f"/workbench/topics/{topic.pk}/join/", {"cases": ids})
    with world.scope():
        assert CaseRequest.objects.filter(request__in=topic.requests.all()).values("case").distinct().count() == 1
        assert Topic.objects.get(pk=topic.pk).people == 8


def test_what_somebody_said_leaves_the_topic_with_them(world, talked):
    with world.scope():
        topic = topics_for(world.actor("community_director"), "week").get()
        topics.forget_voices([topic.requests.first().pk])
        topic.refresh_from_db()
        assert topic.voices == [] and topic.requests.count() == 7


def test_messages_of_years_ago_that_are_brought_in_are_grouped_by_themselves(world, staff):
    with world.scope():
        then = clock.now() - timedelta(days=2000)
        for n in range(4):
            actions.receive(
                f"丽发小区旁边的搅拌站噪音粉尘扰民，严重影响居民生活，第{n}次反映",
                actor=world.actor("community_director"), channel=Channel.API, said_at=then + timedelta(days=n),
                outer_number=f"A{n}",
            )  # fmt: skip
        drain()
        topics.refresh(actor=Actor.for_system("topics", world.community.pk))
        assert list(topics_for(world.actor("community_director"), "week")) == []
        [past] = topics_for(world.actor("community_director"), "past")
        assert past.messages == 4 and "噪音" in past.label
    assert past.label in staff.get("/workbench/topics/?span=past").content.decode()
    page = staff.get("/workbench/understanding/?channel=api").content.decode()
    assert "读了 4 条诉求" in page


def test_the_digest_of_a_month_is_a_pdf(staff, talked):
    answer = staff.get("/workbench/topics/digest.pdf?month=2026-03")
    assert answer["Content-Type"] == "application/pdf" and answer.content[:5] == b"%PDF-"
    assert staff.get("/workbench/topics/digest.pdf?month=nonsense").status_code == 404


def test_the_community_adds_renames_and_retires_categories(world, staff):
    staff.post(
        "/workbench/understanding/categories/new/", {"zh": "快递柜、外卖柜", "of": "060000", "en": "Parcel lockers"}
    )
    with world.scope():
        [own] = [one for one in categories().values() if one.own]
        assert own.path("zh-hans") == "物业管理 › 快递柜、外卖柜"
        case = called(world, "楼下的快递柜打不开", 1)
        assert case.category == own.code
    assert "快递柜" in staff.get("/workbench/understanding/categories/").content.decode()
    staff.post(f"/workbench/understanding/categories/{own.code}/", {"what": "rename", "zh": "快递柜"})
    staff.post(
        f"/workbench/understanding/categories/{own.code}/", {"what": "retire", "successor": "060100", "move": "1"}
    )
    with world.scope():
        case.refresh_from_db()
        assert case.category == "060100"
        assert case.entries.filter(verb="reclassify").exists()
        assert own.code not in categories() and category(own.code).zh[-1] == "快递柜"
        assert heir_of(own.code) == "060100"
        assert called(world, "楼下的快递柜又打不开", 2).category != own.code
    staff.post(f"/workbench/understanding/categories/{own.code}/", {"what": "restore"})
    with world.scope():
        assert own.code in categories()


def test_no_loop_of_successors_and_no_name_twice(world):
    with world.scope():
        director = world.actor("community_director")
        triage.retire_category("160400", successor="150300", actor=director)
        with pytest.raises(Invalid):
            triage.retire_category("150300", successor="160400", actor=director)
        with pytest.raises(Conflict):
            triage.add_category(zh="邻居噪声", of="150000", actor=director)
        with pytest.raises(Conflict):
            triage.retire_category("990000", successor="150300", actor=director)
        with pytest.raises(NotAllowed):
            triage.add_category(zh="别的", of="150000", actor=world.actor("grid_worker"))


def test_one_communitys_categories_are_no_others(world, other_world):
    with world.scope():
        code = triage.add_category(zh="快递柜", of="060000", actor=world.actor("community_director")).code
        assert code in categories()
    with other_world.scope():
        assert code not in categories()


def test_a_draft_comes_from_an_answer_that_was_liked_and_says_from_which(world, staff):
    with world.scope():
        worker = world.actor("community_worker")
        old = actions.receive("楼道灯不亮", actor=world.actor("resident")).case
        actions.start(actions.accept(old.pk, actor=worker).pk, actor=worker)
        told = "楼道灯的灯泡和声控开关都换了新的，晚上会亮，电话13900001234。"
        actions.feed_back(old.pk, outcome="fixed", result=told, actor=worker)
        actions.rate(old.pk, solved=True, satisfaction=5, reason="", actor=world.actor("resident"))
        new = called(world, "三楼楼道灯又不亮了，声控没反应", 3)
        actions.start(actions.accept(new.pk, actor=worker).pk, actor=worker)
    page = staff.get(f"/workbench/cases/{new.pk}/do/feed_back/").content.decode()
    assert old.number in page and "声控开关" in page and "13900001234" not in page
    filled = staff.get(f"/workbench/cases/{new.pk}/do/feed_back/?from={old.pk}").content.decode()
    assert "声控开关" in filled.partition("<textarea")[2].partition("</textarea>")[0]


def test_the_reading_page_says_what_was_read_and_what_waits(world, staff):
    with world.scope():
        called(world, "楼道灯不亮", 1)
        called(world, "😡😡", 2)
        drain()
        assert Suggestion.objects.filter(state="open", kind="category").count() == 1
    page = staff.get("/workbench/understanding/").content.decode()
    assert "读了 2 条诉求" in page and "楼道灯不亮" in page
    waiting = staff.get("/workbench/understanding/?open=1").content.decode()
    assert "😡😡" in waiting and "楼道灯不亮" not in waiting
    staff.post("/workbench/understanding/rules/", {"applied_from": "90"})
    assert 'value="90"' in staff.get("/workbench/understanding/").content.decode()


def test_where_nothing_can_be_joined_no_button_asks_for_it_and_each_says_why(world, staff, talked):
    with world.scope():
        topic = topics_for(world.actor("community_director"), "week").get()
        cases = Case.objects.filter(joined__request__in=topic.requests.all())
    address = f"/workbench/topics/{topic.pk}/join/"
    button = '<button class="btn primary">'
    assert button in staff.get(address).content.decode()
    with world.scope():
        Case.objects.filter(pk__in=cases.values("pk")).update(state=State.EVALUATING)
    page = staff.get(address).content.decode()
    assert button not in page and "能并的不到两件" in page
    assert f"{State.EVALUATING.label}，现在并不了" in page
