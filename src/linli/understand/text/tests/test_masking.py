import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.understand.text.masking import ADDRESS, SURNAMES, find, mask

DIGITS = re.compile(r"\d")
SINGLE = st.sampled_from(
    sorted(name for name in "王李张刘陈杨赵黄周吴徐孙朱林何郭马罗梁宋郑谢韩唐冯董萧程曹袁邓许傅沈")
)
GIVEN_NAME = st.text("伟芳娜敏静丽强磊洋勇艳杰娟涛超秀英华慧巧淑惠珠翠雅芝玉萍红", min_size=1, max_size=2)
MOBILE = st.builds(
    lambda second, rest: f"1{second}{rest}", st.sampled_from("3456789"), st.text("0123456789", min_size=9, max_size=9)
)
AROUND = st.sampled_from(["", "请打", "电话：", "楼上漏水，联系", "我的手机是"])
AFTER = st.sampled_from(["", "，谢谢", "。请尽快", " 找我"])


def spaced(number: str, gap: str) -> str:
    return gap.join((number[:3], number[3:7], number[7:]))


@settings(max_examples=60)
@given(AROUND, MOBILE, st.sampled_from(["", " ", "-", "—", "."]), AFTER, st.booleans())
def test_no_digit_of_a_mobile_number_is_let_through_however_it_is_written(before, number, gap, after, wide):
    written = spaced(number, gap)
    if wide:
        written = "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in written)
    masked = mask(before + written + after)
    assert not DIGITS.search(masked)
    assert len(masked) == len(before + written + after)


@settings(max_examples=60)
@given(
    st.integers(100000, 999999),
    st.integers(1930, 2015),
    st.integers(1, 12),
    st.integers(1, 28),
    st.integers(0, 999),
    AFTER,
)
def test_no_digit_of_an_identity_number_is_let_through(region, year, month, day, serial, after):
    number = f"{region}{year}{month:02}{day:02}{serial:03}X"
    assert mask(f"身份证{number}{after}") == f"身份证{'*' * 18}{after}"


@settings(max_examples=40)
@given(SINGLE, GIVEN_NAME)
def test_of_a_name_that_is_introduced_only_the_surname_stays(surname, given_name):
    masked = mask(f"联系人：{surname}{given_name}，请尽快")
    assert masked.startswith(f"联系人：{surname}")
    assert not set(given_name) & set(masked.removeprefix(f"联系人：{surname}"))


@settings(max_examples=40)
@given(st.integers(1, 99), st.integers(1, 9), st.integers(101, 2904))
def test_a_home_is_covered_in_each_way_of_writing_it(building, entrance, room):
    for home in (
        f"{building}幢{entrance}单元{room}室",
        f"{building}-{entrance}-{room}",
        f"{building}号楼{entrance}单元{room}",
    ):
        assert not DIGITS.search(mask(f"{home}漏水"))


@settings(max_examples=60)
@given(st.text(max_size=120))
def test_marks_lie_inside_the_text_in_order_and_apart(text):
    marks = find(text)
    assert all(0 <= mark.start < mark.end <= len(text) for mark in marks)
    assert all(one.end <= other.start for one, other in pairwise(marks))
    assert len(mask(text)) == len(text)


@settings(max_examples=40)
@given(st.text("我叫王小明住在双菱新村5幢电话138123，。", max_size=40), st.text("电话：联系人", max_size=6))
def test_masking_what_is_masked_lets_nothing_new_through(text, before):
    once = mask(before + text)
    kept = set(mask(once).replace("*", ""))
    assert kept <= set(once)


@pytest.mark.parametrize(
    "words",
    ["楼上噪音很大，晚上睡不着", "小区南门路灯坏了，建议尽快修", "垃圾桶满了没有人清运", "电梯又停了，老人下不了楼"],
)
def test_words_about_the_trouble_stay_readable(words):
    assert mask(words) == words


@pytest.mark.parametrize(
    ("words", "gone"),
    [
        ("请陈阿姨给我回电话 0571-87654321", "87654321"),
        ("邮箱 wang.fang@example.com 联系", "wang.fang"),
        ("车牌浙A12345堵住了门口", "12345"),
        ("加微信：wxid_abc123", "wxid_abc123"),
        ("家住文三路 12 号", "文三路"),
    ],
)
def test_other_ways_to_reach_somebody_are_covered(words, gone):
    assert gone not in mask(words)


def test_common_surnames_are_known():
    assert {"王", "李", "欧阳", "诸葛"} <= SURNAMES


@pytest.mark.parametrize(
    ("text", "stays", "goes"),
    [
        ("枫杨里3幢2单元502漏水，我叫王芳", ["枫杨里3幢", "漏水"], ["502", "2单元", "王芳"]),
        ("枫杨里 12 号楼 1102 室没有水", ["枫杨里", "12 号楼"], ["1102"]),
        ("家住枫杨里3幢502室的李建国摔倒了", ["枫杨里3幢"], ["502", "建国"]),
        ("打我 13900001234，枫杨里3幢门口", ["枫杨里3幢"], ["13900001234"]),
    ],
)
def test_who_must_judge_where_it_is_reads_the_building_and_neither_the_door_nor_the_person(text, stays, goes):
    shown = mask(text, estates={"枫杨里"})
    assert len(shown) == len(text)
    assert all(one in shown for one in stays), shown
    assert not any(one in shown for one in goes), shown
    assert "3幢" not in mask(text) and "12 号楼" not in mask(text)


@given(st.text(st.sampled_from("枫杨里王芳李3幢12号楼单元502室 -，在家住"), max_size=30))
def test_showing_the_building_covers_nothing_less_of_what_is_no_address(text):
    shown, covered = mask(text, estates={"枫杨里"}), mask(text)
    opened = {at for at, (one, other) in enumerate(zip(shown, covered, strict=True)) if one != other}
    assert opened <= {at for mark in find(text) if mark.kind == ADDRESS for at in range(mark.start, mark.end)}
