"""Words that mean danger to life: show 110, 119 and 120 at once, keep the record afterwards.

Urgent danger to life goes to the emergency numbers first and never waits in a queue (``domain.md`` §2.1). The list
is short and open to reading: a false alarm costs a telephone call, a missed one may cost a life, so a word is here
whenever it is plainly about danger and plainly denied words ("没有着火") are the only exception.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

SIGNS: dict[str, tuple[str, ...]] = {
    "trapped": (
        r"困在",
        r"被困",
        r"困人",
        r"关[在勒]电梯",
        r"电梯.{0,6}(出不来|打不开门|卡住了?人)",
        r"trapped",
        r"stuck in the (lift|elevator)",
    ),
    "gas": (
        r"(煤气|天然气|燃气|液化气|瓦斯).{0,8}(味|漏|泄|中毒)",
        r"一氧化碳",
        r"(smell|leak)\w* (of )?gas",
        r"gas (smell|leak)",
    ),
    "fire": (
        r"着火",
        r"起火",
        r"失火",
        r"火灾",
        r"冒(出)?(浓|黑|大)烟",
        r"冒烟",
        r"爆炸",
        r"烧起来",
        r"\bon fire\b",
        r"explosion",
    ),
    "suicide": (
        r"自杀", r"跳楼", r"轻生", r"[不勿唔]想(再)?活", r"割腕", r"活[不勿]下去", r"活着没(什么)?意思", r"一了百了", r"遗书", r"寻短见",
        r"结束(自己的?)?生命", r"了结(自己|一生|生命)", r"安眠药.{0,6}(吃了|一瓶|都吃)", r"等我(走|死)了?(以后|之后)", r"不如死了", r"想死了?(?!你|我)",
        r"下辈子再(见|报答)", r"永别了", r"suicid", r"kill (my|him|her)self", r"want to die", r"end my life",
    ),
    "collapse": (r"倒塌", r"坍塌", r"塌了", r"塌下来", r"塌陷", r"要塌", r"墙.{0,4}倒了", r"collaps"),
    "injury": (
        r"昏迷",
        r"昏倒",
        r"晕倒",
        r"没有?呼吸",
        r"大出血",
        r"叫不醒",
        r"触电",
        r"溺水",
        r"落水",
        r"unconscious",
        r"not breathing",
    ),
    "violence": (r"持刀", r"拿刀", r"砍人", r"捅人", r"杀人", r"with a knife"),
}  # fmt: skip

NOT_REALLY = re.compile(
    r"(没有?|并未|不是|防止|预防|以防|防火|灭火|消防演习|演练|担心|怕|万一|容易|可能)[^，。！？,.!?]{0,4}$"
)

_PATTERNS = {sign: re.compile("|".join(patterns), re.IGNORECASE) for sign, patterns in SIGNS.items()}


@dataclass(frozen=True)
class Danger:
    """``sign`` is a key of :data:`SIGNS`; ``word`` is the part of the text that shows it."""

    sign: str
    word: str


def find_danger(words: str) -> Danger | None:
    """The first plain sign of danger to life in ``words``, or ``None``."""
    found = [
        (match.start(), Danger(sign, match.group()))
        for sign, pattern in _PATTERNS.items()
        for match in pattern.finditer(words)
        if not NOT_REALLY.search(words[max(0, match.start() - 8) : match.start()])
    ]
    return min(found, key=lambda at: at[0])[1] if found else None
