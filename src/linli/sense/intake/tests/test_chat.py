"""What a pasted chat log becomes: what may be a request waits for a person, and nothing is brought in twice."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.foundation.errors import Invalid, NotAllowed, NotFound
from linli.foundation.events.models import Event
from linli.sense.intake.actions import confirm, drop, paste_chat, take_up
from linli.sense.intake.models import Arrival, State
from linli.sense.intake.rules.chat import home_in, phone_in, read_chat
from linli.sense.intake.store import content_of
from linli.sense.requests.actions import Caller
from linli.sense.requests.models import Request

ZONE = ZoneInfo("Asia/Shanghai")
TODAY = date(2026, 3, 2)

COMPUTER = """张阿姨 1-502 2026/3/1 8:12
楼道灯又不亮了
晚上看不见

老李 2026/3/1 8:13
收到
张阿姨 1-502 2026/3/1 8:14
[图片]
王姐 2-201 2026/3/1 20:05
我们家也停水了
物业小陈 2026/3/1 20:06
@所有人 【通知】明天上午洗水箱
"""
MAILED = """—————  2026-03-01  —————


张阿姨  08:12

楼道灯又不亮了

老李  下午1:13

电梯一直响，谁管一下
"""
TYPED = "张阿姨：楼道灯不亮\n老李：谢谢\n王姐：下水道堵了，13900001234"
NAMES_FIRST = "张阿姨:\n2026/3/1 8:12\n楼道灯不亮\n\n老李:\n好的\n"
BRACKETS = "[2026-03-01 08:12] 张阿姨: 楼道灯不亮\n[2026-03-01 08:13] 老李: 好的"


def read(text):
    return read_chat(text, today=TODAY, zone=ZONE)


def test_a_log_copied_on_a_computer_is_read_by_person_and_moment():
    said = read(COMPUTER)
    assert [(one.name, one.likely) for one in said] == [
        ("张阿姨 1-502", True), ("老李", False), ("张阿姨 1-502", False), ("王姐 2-201", True), ("物业小陈", False),
    ]  # fmt: skip
    assert said[0].words == "楼道灯又不亮了\n晚上看不见"
    assert said[0].at == datetime(2026, 3, 1, 8, 12, tzinfo=ZONE)


@pytest.mark.parametrize("log", [MAILED, TYPED, NAMES_FIRST, BRACKETS])
def test_other_ways_of_copying_are_read_too(log):
    said = read(log)
    assert said[0].name == "张阿姨"
    assert said[0].words.startswith("楼道灯")
    assert said[0].likely
    assert len(said) >= 2


def test_the_afternoon_is_known_and_the_day_line_gives_the_day():
    said = read(MAILED)
    assert [one.at for one in said] == [
        datetime(2026, 3, 1, 8, 12, tzinfo=ZONE), datetime(2026, 3, 1, 13, 13, tzinfo=ZONE),
    ]  # fmt: skip


def test_plus_one_is_kept_with_what_it_follows():
    said = read("张阿姨：三幢停水了，什么时候来？\n老李：+1\n小王：我们楼也没水")
    assert [one.likely for one in said] == [True, True, True]
    assert said[1].before == "三幢停水了，什么时候来？"


@pytest.mark.parametrize(
    "words",
    [
        "收到",
        "谢谢大家",
        "早上好！",
        "[玫瑰][玫瑰]",
        "团购草莓，满减优惠",
        "@所有人 【通知】停电",
        "👍",
        "。",
        "好的好的",
    ],
)
def test_politeness_sales_and_notices_lie_aside(words):
    assert not any(one.likely for one in read(f"张阿姨：{words}\n老李：{words}"))


@given(st.text(max_size=300))
def test_any_text_is_read_without_a_word_made_up(text):
    for one in read(text):
        assert one.name.strip() and one.words.strip()
        for line in one.words.split("\n"):
            assert line in "".join(c for c in text.replace("\r", "\n")) or any(not c.isprintable() for c in text)


def test_names_of_a_house_group_tell_the_home():
    assert home_in("枫杨里3-1-502 张") == "3 幢 1 单元 502"
    assert home_in("3幢502李姐") == "3 幢 502"
    assert home_in("小王") == ""
    assert phone_in("打我电话 139 0000 1234") == "13900001234"


def test_a_paste_waits_for_a_person_and_a_second_paste_brings_nothing_twice(world, monday_morning):
    worker = world.actor("community_worker")
    with world.scope():
        first = paste_chat(COMPUTER, group="业主群", actor=worker)
        assert (len(first.fresh), first.known, first.waiting) == (5, 0, 2)
        again = paste_chat(COMPUTER + "老李 2026/3/2 8:00\n电梯坏了\n", group="别的名字", actor=worker)
        assert (len(again.fresh), again.known, again.waiting) == (1, 5, 1)
        assert not Request.objects.exists()


def test_a_person_confirms_and_the_words_are_filed_once_as_said(world, monday_morning):
    worker = world.actor("community_worker")
    with world.scope():
        arrival = paste_chat(COMPUTER, group="", actor=worker).fresh[0]
        assert content_of(arrival).home == "1 幢 502"
        assert arrival.building == world.buildings[0]
        filed = confirm(arrival.pk, content_of(arrival).words, actor=worker, caller=Caller("张阿姨"))
        again = confirm(arrival.pk, "别的话", actor=worker)
        assert again.repeated and again.request == filed.request
        kept = Request.objects.get()
        assert (kept.channel, kept.words, kept.speaker_name) == ("group_chat", "楼道灯又不亮了\n晚上看不见", "张阿姨")
        assert kept.said_at.astimezone(ZONE) == datetime(2026, 3, 1, 8, 12, tzinfo=ZONE)
        arrival.refresh_from_db()
        assert (arrival.state, bytes(arrival.content)) == (State.FILED, b"")


def test_what_is_dropped_is_forgotten_and_what_lies_aside_can_be_taken_up(world, monday_morning):
    worker = world.actor("community_worker")
    with world.scope():
        fresh = paste_chat(COMPUTER, group="", actor=worker).fresh
        drop(fresh[0].pk, actor=worker)
        assert content_of(Arrival.objects.get(pk=fresh[0].pk)).words == ""
        take_up(fresh[1].pk, actor=worker)
        assert Arrival.objects.get(pk=fresh[1].pk).state == State.WAITING


def test_names_and_numbers_lie_sealed_and_stay_out_of_the_log(world, monday_morning):
    with world.scope():
        arrival = paste_chat(TYPED, group="", actor=world.actor("community_worker")).fresh[2]
        assert content_of(arrival).phone == "13900001234"
        stored = bytes(Arrival.objects.get(pk=arrival.pk).content)
        assert b"13900001234" not in stored and "王姐".encode() not in stored
        assert not any("1390000" in str(event.data) or "王姐" in str(event.data) for event in Event.objects.all())


def test_only_staff_paste_and_see_what_waits(world, other_world, monday_morning):
    with world.scope():
        arrival = paste_chat(COMPUTER, group="", actor=world.actor("community_worker")).fresh[0]
        for who in ("elder", "property_company", "wall_display", "other_grid_worker"):
            assert not Arrival.objects.visible_to(world.actor(who)).filter(pk=arrival.pk).exists()
        assert Arrival.objects.visible_to(world.actor("grid_worker")).filter(pk=arrival.pk).exists()
        with pytest.raises(NotAllowed):
            paste_chat(COMPUTER, group="", actor=world.actor("elder"))
        with pytest.raises(Invalid):
            paste_chat("  ", group="", actor=world.actor("community_worker"))
    with other_world.scope(), pytest.raises(NotFound):
        confirm(arrival.pk, "x", actor=other_world.actor("community_worker"))
