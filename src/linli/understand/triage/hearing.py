"""Who may come to harm and how somebody speaks, from the words alone: open lists that anybody may read and argue with.

A mood never changes what is done or when; it tells the person who answers how to begin. Who is abusive is answered too
(``domain.md`` §2.5: never block the person).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

AT_RISK: dict[str, tuple[str, ...]] = {
    "elder": (
        r"独居老[人年]", r"孤寡老人", r"老人家?", r"老爷爷", r"老奶奶", r"(?:[七八九]十|[6-9]\d)多?岁", r"我[爸妈]一个人",
        r"老[爸妈]", r"老太太?", r"老大爷", r"老头",
    ),
    "child": (r"孩子", r"小孩", r"儿童", r"宝宝", r"婴儿", r"娃", r"小学生", r"未成年"),
    "pregnant": (r"孕妇", r"怀孕", r"坐月子", r"产妇"),
    "disabled": (r"残疾", r"轮椅", r"盲人", r"失明", r"瘫痪", r"腿脚不(?:好|便|方便)", r"走不了路", r"拄拐"),
    "ill": (r"高血压", r"心脏病", r"透析", r"癌", r"卧床", r"手术后?", r"病人", r"糖尿病", r"哮喘", r"吸氧", r"呼吸机"),
}  # fmt: skip
"""Groups of ``domain.md`` §2.2 whom the same trouble hits harder."""

MOODS: dict[str, tuple[str, ...]] = {
    "despair": (r"活不下去", r"不想活", r"活着没意思", r"没有?意思了", r"绝望", r"撑不住", r"熬不下去", r"一了百了", r"遗书"),
    "abusive": (
        r"他妈的?", r"妈的", r"傻[逼比叉X]", r"[sS][bB](?![a-zA-Z])", r"王八蛋", r"混蛋", r"去死", r"狗东西", r"废物", r"滚蛋", r"畜生",
        r"不要脸", r"白痴", r"脑残", r"吃屎",
    ),
    "angry": (
        r"太过分", r"气死", r"忍无可忍", r"无法忍受", r"岂有此理", r"投诉", r"不作为", r"踢皮球", r"推诿", r"说了(?:多少|无数|几十?)[次遍]",
        r"还要不要", r"曝光", r"😡", r"🤬", r"👿", r"💢", r"[!！]{2,}",
    ),
    "worried": (r"担心", r"害怕", r"吓人", r"吓死", r"怕", r"着急", r"急死", r"😨", r"😰", r"😱", r"😟"),
    "sad": (r"难过", r"伤心", r"没人管", r"孤单", r"😭", r"😢", r"💔"),
    "thankful": (r"感谢", r"谢谢", r"点赞", r"表扬", r"辛苦了", r"👍", r"🙏", r"❤"),
}  # fmt: skip
"""In the order in which they win over each other."""

_RISKS = {group: re.compile("|".join(words)) for group, words in AT_RISK.items()}
_MOODS = {mood: re.compile("|".join(words)) for mood, words in MOODS.items()}
_LETTER = re.compile(r"\w")
_POLITE_END = re.compile(r"(谢谢|感谢)[您你们大家了。！!~～]*\s*$")


@dataclass(frozen=True)
class Heard:
    """``what`` is a key of the list, ``words`` the parts of the text that led there."""

    what: str
    words: tuple[str, ...]


def at_risk(words: str) -> list[Heard]:
    """Every group that is named, once."""
    return [
        Heard(group, tuple(dict.fromkeys(m.group() for m in pattern.finditer(words))))
        for group, pattern in _RISKS.items()
        if pattern.search(words)
    ]


def mood(words: str) -> Heard | None:
    """The one that weighs most; ``None`` for an even tone. A closing 谢谢 is manners, no thanks."""
    text = _POLITE_END.sub("", words)
    for name, pattern in _MOODS.items():
        if found := tuple(dict.fromkeys(match.group() for match in pattern.finditer(text))):
            return Heard(name, found)
    return None


def has_words(text: str) -> bool:
    """False for emoji, marks and blanks alone: there is nothing to read, and somebody has to ask."""
    return bool(_LETTER.search(text))


def abusive_words(text: str) -> tuple[str, ...]:
    """What is covered before a voice is shown to others."""
    return tuple(dict.fromkeys(match.group() for match in _MOODS["abusive"].finditer(text)))
