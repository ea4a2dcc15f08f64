import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.sense.requests.rules.danger import SIGNS, find_danger

CALLS = [
    ("我妈被困在电梯里了", "trapped"), ("有人被困电梯", "trapped"), ("电梯里关了两个人", "trapped"), ("楼上有人喊救命", "trapped"),
    ("厨房里有煤气味", "gas"), ("可能煤气泄漏了", "gas"), ("燃气报警器一直响", "gas"),
    ("三楼着火了", "fire"), ("楼道里都是烟，不晓得哪家着火了", "fire"), ("火灾报警器响了", "fire"), ("我看到三楼窗户冒烟", "fire"),
    ("刚发生火灾", "fire"), ("去年装的热水器冒烟了", "fire"), ("好像可能着火了", "fire"),
    ("他说不想活了", "suicide"), ("再没人管我就跳楼", "suicide"), ("要是不给解决我就喝农药", "suicide"),
    ("围墙倒塌压到人", "collapse"), ("1989年的老房子要塌了", "collapse"),
    ("老人昏迷叫不醒", "injury"), ("担心老人昏倒了", "injury"), ("老太太摔倒了起不来", "injury"), ("孩子掉进河里", "injury"),
    ("有人拿刀砍门", "violence"), ("Somebody is trapped in the lift", "trapped"),
]  # fmt: skip
LONG_WINDED = [
    "你好", "物业一直不管", "打了好几次电话没人接", "以前也反映过", "去年装修的时候就说过", "我们小区是老小区", "如果方便请派人来",
    "说过一次了没动静", "停车位也很紧张", "希望领导重视", "真的很着急", "他家常年堆着杂物", "谢谢", "2019年交的房", "邻居都很害怕",
]  # fmt: skip


@pytest.mark.parametrize(("words", "sign"), CALLS)
def test_danger_to_life_is_seen_with_its_word(words, sign):
    found = find_danger(words)
    assert found is not None
    assert found.sign == sign
    assert found.word in words


COUNTED = [
    ("我妈今年八十五了，晕倒两次，没人在家", "injury"),
    ("奶奶今年90多岁昏倒两次了", "injury"),
    ("孩子今年3岁，晕倒两次", "injury"),
]
"""What is counted is over where the words before say of which time, so these stand alone."""


@pytest.mark.parametrize(("said", "kind"), COUNTED)
def test_an_age_tells_no_time(said, kind):
    assert find_danger(said) is not None, kind


@given(
    st.sampled_from(CALLS),
    st.lists(st.sampled_from(LONG_WINDED), max_size=6),
    st.lists(st.sampled_from(LONG_WINDED), max_size=6),
    st.sampled_from("，。！ \n"),
)
def test_whatever_else_is_said_around_it_takes_no_call_back(call, before, after, mark):
    words = mark.join([*before, call[0], *after])
    found = find_danger(words)
    assert found is not None, words
    assert found.sign == call[1] or call[1] in {"trapped", "fire", "injury"}


@given(st.sampled_from([words for words, _sign in CALLS]), st.text(max_size=60))
def test_another_sentence_takes_no_call_back(call, text):
    assert find_danger(f"{call}。{text}") is not None
    assert find_danger(f"{text}。{call}。") is not None


@pytest.mark.parametrize(
    "words",
    [
        "我一回家就看到我爸昏迷", "我和老伴一起吃饭她昏倒了", "第一次看到有人晕倒在楼下", "几个孩子被困在一起", "5楼二次起火", "楼下接连爆炸",
        "老人频繁抽搐", "困在电梯超过半小时", "老人昏迷超过十分钟", "晕倒过了十分钟还没醒", "呼吸困难过敏", "有人落水危险", "老人晕倒可能中风",
        "屋里没人应，可能老人昏迷在家", "楼道起火没法逃生", "着火了无法逃生", "三楼起火报警电话打不通", "电表箱冒烟保险丝烧断",
        "3幢电瓶车充电引发火灾，快来人啊", "厨房着火了，火还没扑灭", "着火了火势没控制住", "着火了，请来扑灭", "着火了，火灭了又起",
        "老人晕倒两次", "我妈昏倒两次了", "电梯困人两次", "孩子抽搐三回，嘴唇发紫",
        "上次报修没人管，因漏电老人触电倒地", "可怕的爆炸", "交易市场起火", "灭火器打不开着火了", "防火门后面冒烟",
    ],
)  # fmt: skip
def test_a_call_is_not_taken_for_a_hazard_a_habit_or_the_past(words):
    assert find_danger(words) is not None


@pytest.mark.parametrize(
    "words",
    [
        "楼道灯坏了", "没有着火，只是做饭的烟", "请加强防火宣传", "担心着火", "消防演习几点开始", "", "😀",
        "消防通道停满了车，一旦发生火灾，消防车进不来", "万一着火了怎么办", "如果电瓶爆炸，后果不堪设想", "楼道堆物有很大的火灾隐患",
        "电线裸露，小孩容易触电", "去年发生过一次火灾，到现在没换灭火器", "电梯经常困人", "今年已有三次火灾隐患排查",
        "落水管坏了，雨水流到墙上", "火车站的出租车洗车，看着火车站广场都是水", "农业转移贫困人口有什么政策", "这是个信息爆炸的时代",
        "飞线充电会引发火灾", "有触电危险", "今年有两起火灾", "失火被控制住了", "去年老人晕倒两次", "这个月电梯困人三次", "最近晕倒两次，想问哪里可以检查", "救命路被堵住了", "厨房起火，保安已经扑灭，但是消防栓没有水",
    ],
)  # fmt: skip
def test_what_has_not_happened_is_long_past_or_something_else_is_no_danger(words):
    assert find_danger(words) is None


@given(st.text())
def test_any_text_is_answered(words):
    found = find_danger(words)
    assert found is None or (found.sign in SIGNS and found.word in words)
