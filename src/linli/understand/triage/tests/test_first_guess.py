import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.understand.triage.first_guess import LEVELS, LIFE, NAMES, guess
from linli.understand.triage.taxonomy import OTHER, categories, category


@pytest.mark.parametrize(
    ("words", "code", "level"),
    [
        ("我被困在电梯里了，快来人", "070100", "P0"),
        ("楼道里有煤气味，很重", "010400", "P0"),
        ("5 幢 2 单元楼道渗水，地上湿滑", "050300", "P2"),
        ("家里停水一上午了", "050100", "P1"),
        ("外来车乱停，挡道了", "080100", "P2"),
        ("加装电梯补贴怎么申请？", "070400", "Q"),
        ("楼顶漏水三年了没人修", "050300", "P3"),
        ("楼下垃圾桶满了没人清运", "040100", "P2"),
        ("对门敲门没人应，老人好几天没见了", "100100", "P0"),
        ("谢谢小陈帮我修好了门", "200000", "Q"),
        ("楼上水管爆了，水往下哗哗流。什么时候能解决？谢谢", "050100", "P1"),
        ("急！电梯停运了，什么时候能修好", "070200", "P1"),
        ("单元门坏了，请问怎么办", "050600", "P2"),
        ("急！有人把电瓶车推进楼里充电", "020200", "P1"),
        ("有人把电动车推进楼里充电", "020200", "P1"),
        ("楼下电动车充电桩坏了", "020500", "P2"),
    ],
)
def test_plain_words_lead_to_their_category_and_level(words, code, level):
    got = guess(words)
    assert (got.category, got.level) == (code, level)
    assert got.evidence
    assert all(word in words for word in got.evidence)


def test_what_no_word_names_is_other_and_ordinary_and_shows_no_evidence():
    assert guess("😀") == guess("嗯") and guess("嗯").category == OTHER
    assert guess("嗯").level == "P2"
    assert guess("嗯").evidence == ()


@given(st.text(max_size=300))
def test_any_text_gets_a_known_category_and_evidence_that_it_contains(words):
    got = guess(words)
    assert got.category in categories()
    assert got.level in {"P0", "P1", "P2", "P3", "P4", "Q"}
    assert all(word in words for word in got.evidence)


def test_every_code_that_a_rule_names_is_in_the_taxonomy():
    assert set(NAMES) | set(LEVELS) | set(LIFE.values()) <= set(categories())


def test_the_taxonomy_has_the_21_classes_and_unique_six_digit_codes():
    assert len({code[:2] for code in categories()}) == 21
    assert all(len(code) == 6 and code.isdigit() for code in categories())
    assert all(all(c.zh) and all(c.en) and len(c.zh) == len(c.en) for c in categories().values())


def test_an_unknown_detail_falls_back_to_the_nearest_known_category():
    assert category("050399").code == "050300"
    assert category("059900").code == "050000"
    assert category("770000").code == OTHER
    assert category("050300").path("zh-hans") == "设施与水电气 › 渗水、漏水"
    assert category("050300").path("en") == "Facilities and utilities › Leaks"


@pytest.mark.parametrize(
    "words", ["小区里开麻将馆扰民，请管一管，谢谢！", "感谢您百忙之中看这封信，请处理开发商", "公交车太少了。感谢！"]
)
def test_thanks_at_the_end_of_a_complaint_are_no_praise(words):
    assert guess(words).category != "200000"


@pytest.mark.parametrize("words", ["谢谢社区帮忙，办得蛮好", "感谢帮老人修好了灯", "表扬一下网格员，上门很及时"])
def test_praise_is_praise(words):
    assert guess(words).category == "200000"
