import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.understand.triage.places import Known, find_places, number_of

REGISTRY = [
    Known("a3", "3", "双菱新村"), Known("a12", "12", "双菱新村"), Known("b3", "3", "红梅小区"), Known("b5", "5A", "红梅小区"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "buildings", "entrance", "room"),
    [
        ("双菱新村3幢2单元301漏水", ("a3",), "2", "301"),
        ("双菱三号楼的灯坏了", ("a3",), "", ""),
        ("红梅3-2-301 停水", ("b3",), "2", "301"),
        ("十二幢电梯停了", ("a12",), "", ""),
        ("１２栋一单元", ("a12",), "1", ""),
        ("5a幢门禁坏", ("b5",), "", ""),
    ],
)
def test_the_ways_people_name_a_building(words, buildings, entrance, room):
    found = find_places(words, REGISTRY)
    assert [(p.buildings, p.entrance, p.room) for p in found] == [(buildings, entrance, room)]
    assert found[0].clear


def test_an_address_that_exists_twice_offers_both():
    found = find_places("3幢漏水", REGISTRY)
    assert found[0].buildings == ("a3", "b3")
    assert not found[0].clear


def test_a_building_that_nobody_has_is_no_place():
    assert find_places("99幢漏水，还有20元没退", REGISTRY) == []


@given(st.integers(1, 199))
def test_a_number_is_the_same_in_digits_and_in_words(n):
    digits = "零一二三四五六七八九"
    hundreds, tens, ones = n // 100, n // 10 % 10, n % 10
    words = f"{digits[hundreds]}百" if hundreds else ""
    if tens:
        words += ("" if tens == 1 and not hundreds else digits[tens]) + "十"
    elif hundreds and ones:
        words += "零"
    words += digits[ones] if ones else ""
    assert number_of(words) == str(n) == number_of(str(n))


@pytest.mark.parametrize(
    "words",
    [
        "A3区联丰路米兰春天G3栋320没有纳税", "麓谷明珠小区6栋和12栋的架空层", "我住在望江花园3幢", "东方航标12栋2楼有传销窝点", "水木轩三栋四单元",
        "红梅花园3幢", "双菱大厦12栋", "文三路119号3号楼868", "金刚镇的3幢塌了一角", "A市的3幢", "杜鹃文苑小区外有检测站，3幢最吵",
        "双菱新村旁边的万科名城3幢", "双菱新村B3幢",
    ],
)  # fmt: skip
def test_a_place_of_elsewhere_is_no_building_of_ours(words):
    found = find_places(words, REGISTRY)
    assert found
    assert not any(place.clear for place in found)
    assert all(place.against for place in found)


@pytest.mark.parametrize(
    "words",
    [
        "门前建一座人行天桥",
        "一栋小区楼一百多户",
        "小区共12栋",
        "在我们两栋之间",
        "这3栋都有",
        "盖了12栋房子",
        "那一幢楼",
    ],
)
def test_how_many_there_are_is_no_number_of_a_building(words):
    assert find_places(words, REGISTRY) == []


@pytest.mark.parametrize(
    "words",
    [
        "12幢的路灯不亮", "我们小区12号楼电梯坏了", "我是12幢的业主", "垃圾桶旁边的12幢", "王阿姨家12幢漏水", "今天小区大门打不开，我住12幢",
        "双菱新村12幢", "双菱12幢", "双菱小区12幢", "杭州市文三路双菱新村12幢", "晚河街道双菱新村十二幢", "广场舞太吵了！12幢2单元",
        "双菱新村的路灯坏了，就在12幢门口",
    ],
)  # fmt: skip
def test_what_people_say_of_their_own_building_names_it(words):
    found = [place for place in find_places(words, REGISTRY, ours={"晚河街道"}) if place.clear]
    assert [place.buildings for place in found] == [("a12",)], words


HAN = st.sampled_from("瑞景澜涛碧桂鹏翔锦绣钱塘滨江麓泉")


@given(
    st.text(HAN, min_size=2, max_size=4),
    st.sampled_from(["小区", "花园", "家园", "公寓", "新村", "大厦", "山庄"]),
    st.sampled_from(["3幢", "12号楼", "十二栋", "3-2-301", "5a幢"]),
    st.sampled_from(["", "你好，", "我住在", "请看一下"]),
)
def test_no_estate_that_we_do_not_know_lends_us_a_building(name, kind, number, before):
    assert not any(place.clear for place in find_places(f"{before}{name}{kind}{number}漏水", REGISTRY))


@given(st.text(max_size=40), st.text(max_size=40))
def test_an_estate_of_ours_right_before_the_number_is_ours_whatever_else_is_said(before, after):
    found = find_places(f"{before}。双菱新村12幢。{after}", REGISTRY)
    assert any(place.clear and place.buildings == ("a12",) for place in found)


@given(st.text())
def test_any_text_is_read(words):
    for place in find_places(words, REGISTRY):
        assert place.buildings
