from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.understand.topics.describing import COURTESY, WordCounts, describe
from linli.understand.topics.finding import find_topics
from linli.understand.topics.grouping import Message, group
from linli.understand.topics.heat import Trend, Voice, concentration, freshness, heat, people, trend

NOW = datetime(2026, 3, 30, tzinfo=UTC)
WEEK = timedelta(days=7)


def message(key, title, text, *, days=1, person=None, names=()) -> Message:
    return Message(key, title, text, NOW - timedelta(days=days), person=person or key, names=names)


MIXER = [
    message("m1", "搅拌站噪音扰民", "丽水新城旁边的搅拌站夜里施工，噪音很大，灰尘也多", names=("丽水新城",)),
    message("m2", "投诉搅拌站", "丽水新城附近搅拌站噪音灰尘严重影响休息", days=2, names=("丽水新城",)),
    message("m3", "搅拌站何时搬走", "丽水新城小区边上的搅拌站灰尘太大，噪音不停", days=3, names=("丽水新城",)),
    message("m4", "睡不好", "住在丽水新城，凌晨总有大车进出", days=2, names=("丽水新城",)),
]
OTHERS = [
    message("o1", "食堂", "老年食堂的菜太咸了，希望清淡一点"),
    message("o2", "路灯", "北门两盏路灯不亮，晚上看不清"),
    message("o3", "快递", "快递柜满了，包裹堆在楼道里"),
]


def test_who_names_the_same_matter_is_in_one_group_and_others_are_alone():
    labels = group(MIXER + OTHERS)
    assert len(set(labels[:4])) == 1
    assert len(set(labels[4:])) == 3 and labels[0] not in labels[4:]


def test_a_topic_says_what_it_is_about_and_shows_masked_voices():
    named = [
        *MIXER,
        message("m5", "搅拌站", "丽水新城搅拌站噪音灰尘，请打13812345678找我", person="p5", names=("丽水新城",)),
    ]
    topics = find_topics(named + OTHERS, now=NOW)
    assert topics[0].description.name == "丽水新城"
    assert any("搅拌" in word or "噪音" in word or "灰尘" in word for word in topics[0].description.keywords)
    assert topics[0].people == 5
    assert sum(topics[0].days.values()) == 5
    assert topics[0].description.voices
    assert "13812345678" not in "".join(topics[0].description.voices)


def test_one_person_who_writes_often_is_no_topic():
    again = [message(n, "搅拌站噪音", "丽水新城搅拌站噪音灰尘", person="same") for n in range(5)]
    assert find_topics(again, now=NOW) == []


def test_what_is_not_kept_is_not_described_and_the_rest_is_the_same():
    longer = [*MIXER, message("a1", "食堂太咸", "老年食堂的菜太咸了", person="a", days=9),
              message("a2", "食堂咸", "老年食堂的菜还是太咸了", person="b", days=9)]  # fmt: skip
    whole = find_topics(longer + OTHERS, now=NOW)
    assert len(whole) == 2
    assert find_topics(longer + OTHERS, now=NOW, at_most=1) == whole[:1]
    assert find_topics(longer + OTHERS, now=NOW, since=NOW - WEEK) == [t for t in whole if t.last_at > NOW - WEEK]


@settings(max_examples=30)
@given(st.lists(st.text("搅拌站噪音漏水电梯停车路灯。，", max_size=20), max_size=12))
def test_every_message_is_in_exactly_one_group_and_the_biggest_has_number_0(texts):
    labels = group([message(n, "", text) for n, text in enumerate(texts)])
    assert len(labels) == len(texts)
    sizes = [labels.count(n) for n in range(len(set(labels)))]
    assert sizes == sorted(sizes, reverse=True)
    assert sum(sizes) == len(texts)


def voices(*days: float, level: str = "P2") -> list[Voice]:
    return [Voice(n, NOW - timedelta(days=d), level) for n, d in enumerate(days)]


def test_heat_grows_with_people_with_gravity_and_with_freshness():
    assert heat(voices(1, 1, 1), NOW) > heat(voices(1, 1), NOW)
    assert heat(voices(1, 1, level="P0"), NOW) > heat(voices(1, 1), NOW)
    assert heat(voices(1, 1), NOW) > heat(voices(20, 20), NOW)
    assert people([Voice("a", NOW), Voice("a", NOW)]) == 1
    assert people([Voice("a", NOW, supporters=10)]) > 1


def test_new_rising_steady_and_fading():
    assert trend(voices(1, 2, 3), NOW, WEEK) is Trend.NEW
    assert trend(voices(1, 1, 2, 2, 3, 3, 20), NOW, WEEK) is Trend.RISING
    assert trend(voices(1, 8, 15, 22, 29), NOW, WEEK) is Trend.STEADY
    assert trend(voices(8, 9, 10, 15, 16), NOW, WEEK) is Trend.FADING


@given(st.lists(st.floats(0, 400), min_size=1, max_size=15))
def test_freshness_and_concentration_are_shares(days):
    some = voices(*days)
    assert 0 <= freshness(some, NOW) <= 1
    inside = max(sum(0 <= other - day <= 30 for other in days) for day in days)
    assert concentration(some) == pytest.approx(inside / len(days), abs=1.01 / len(days) if len(days) > 1 else 0)


POLITE = ["您好", "你好，领导", "尊敬的领导您好", "请问一下", "麻烦您了"]


@pytest.mark.parametrize("many", [2, 3, 5])
def test_in_the_first_week_a_topic_is_named_by_what_is_said_and_not_by_how_politely(many):
    said = ["楼道灯不亮", "楼道灯坏了没人修", "三楼楼道灯不亮了", "楼道灯一直不亮", "楼道灯不亮，老人怕摔"]
    members = [
        message(f"l{n}", POLITE[n], f"{POLITE[n]}，{said[n]}，希望尽快处理，谢谢", person=f"p{n}") for n in range(many)
    ]
    keywords = describe(members, WordCounts(members)).keywords
    assert keywords and not COURTESY & set(keywords)
    assert any("灯" in word or "楼道" in word or "亮" in word for word in keywords), keywords


def test_where_nobody_names_anything_the_topic_bears_what_was_said():
    members = [message(f"g{n}", "您好", "您好，谢谢", person=f"p{n}") for n in range(3)]
    assert describe(members, WordCounts(members)).keywords == ()
    assert describe(members, WordCounts(members)).label == "谢谢"
