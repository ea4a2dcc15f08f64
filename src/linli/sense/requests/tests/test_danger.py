import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.sense.requests.rules.danger import SIGNS, find_danger


@pytest.mark.parametrize(
    ("words", "sign"),
    [
        ("我妈被困在电梯里了", "trapped"),
        ("厨房里有煤气味", "gas"),
        ("三楼着火了！", "fire"),
        ("他说不想活了", "suicide"),
        ("围墙倒塌压到人", "collapse"),
        ("老人昏迷叫不醒", "injury"),
        ("Somebody is trapped in the lift", "trapped"),
    ],
)
def test_danger_to_life_is_seen_with_its_word(words, sign):
    found = find_danger(words)
    assert found is not None
    assert found.sign == sign
    assert found.word in words


@pytest.mark.parametrize(
    "words", ["楼道灯坏了", "没有着火，只是做饭的烟", "请加强防火宣传", "担心着火", "消防演习几点开始", "", "😀"]
)
def test_ordinary_and_denied_words_are_not_danger(words):
    assert find_danger(words) is None


@given(st.text())
def test_any_text_is_answered(words):
    found = find_danger(words)
    assert found is None or (found.sign in SIGNS and found.word in words)
