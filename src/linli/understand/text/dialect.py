"""Dialect as it is typed, in standard words, so that the open word lists can read it too.

Only expressions that mean one thing in a report are here: Wu (Shanghai, Hangzhou), Cantonese, Sichuanese, north-eastern. The
text that was said is never changed; :class:`Plain` leads every found word back to where it stood in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

STANDARD = {
    # Wu
    "勿来三": "不行", "勿好用": "不能用", "勿亮": "不亮", "勿响": "不响", "呒没": "没有", "呒得": "没有", "伐得": "没有", "坏脱": "坏了",
    "塌脱": "塌了", "断脱": "断了", "落脱": "掉下来", "汰": "洗", "屋里厢": "家里", "屋里向": "家里", "夜到": "晚上", "夜里厢": "晚上",
    "日里厢": "白天", "老早": "以前", "邪气吵": "很吵", "邪气": "很", "交关": "很多", "龌龊": "脏", "齷齪": "脏", "垃圾桶满脱": "桶满",
    "阿拉": "我们", "侬": "你", "伊拉": "他们", "啥辰光": "什么时候", "辰光": "时候", "哪能办": "怎么办", "哪能": "怎么", "水门汀": "路面",
    "扶梯": "楼梯", "电火": "电灯", "自来火": "火柴", "漏得来": "漏水", "水漏": "漏水", "老头子": "老人", "老太婆": "老人",
    "囡囡": "孩子", "小囡": "孩子", "小鬼头": "孩子", "小人": "孩子", "好伐": "好吗",
    # Cantonese
    "唔见": "不见", "唔": "不", "冇水": "没水", "冇电": "没电", "冇": "没有", "嘅": "的", "喺": "在", "佢": "他", "好嘈": "很吵",
    "嘈": "吵", "垃圾冚": "垃圾", "熄咗": "不亮", "坏咗": "坏了", "细路": "孩子", "阿婆": "老人", "阿伯": "老人", "点解": "为什么",
    # Sichuan and Chongqing
    "啷个办": "怎么办", "啷个": "怎么", "莫得": "没有", "娃儿": "孩子", "屋头": "家里", "老汉儿": "老人", "闹麻了": "很吵", "好脏哦": "脏",
    "整巴": "坏了", "搞不赢": "来不及", "爬坡上坎": "台阶",
    # North-east
    "埋汰": "脏", "整不了": "办不了", "老吵了": "很吵", "嘎达": "地方", "旮旯": "角落", "坏菜了": "坏了",
}  # fmt: skip
_PATTERN = re.compile("|".join(re.escape(word) for word in sorted(STANDARD, key=len, reverse=True)))


@dataclass(frozen=True)
class Plain:
    """``text`` in standard words; ``at[n]`` is where its n-th character stood in what was said, start and end."""

    said: str
    text: str
    at: tuple[tuple[int, int], ...]

    def as_said(self, word: str) -> str:
        """The words of the speaker behind ``word`` of :attr:`text`; ``word`` itself where it is not in there."""
        start = self.text.find(word)
        if start < 0 or not word:
            return word
        return self.said[self.at[start][0] : self.at[start + len(word) - 1][1]]


def in_standard_words(said: str) -> Plain:
    """Known dialect expressions replaced, everything else as it is."""
    out: list[str] = []
    at: list[tuple[int, int]] = []
    end = 0
    for match in _PATTERN.finditer(said):
        out.append(said[end : match.start()])
        at += [(n, n + 1) for n in range(end, match.start())]
        standard = STANDARD[match.group()]
        out.append(standard)
        at += [match.span()] * len(standard)
        end = match.end()
    out.append(said[end:])
    at += [(n, n + 1) for n in range(end, len(said))]
    return Plain(said, "".join(out), tuple(at))
