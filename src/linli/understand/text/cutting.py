"""From a message to its words: the one way in which every part that reads text cuts it."""

from __future__ import annotations

import re
import unicodedata

FUNCTION_WORDS = frozenset(
    [
        "的",
        "了",
        "着",
        "过",
        "地",
        "得",
        "是",
        "在",
        "有",
        "和",
        "与",
        "及",
        "或",
        "而",
        "并",
        "但",
        "也",
        "都",
        "就",
        "还",
        "又",
        "再",
        "才",
        "很",
        "太",
        "更",
        "最",
        "不",
        "没",
        "没有",
        "被",
        "把",
        "给",
        "让",
        "向",
        "从",
        "到",
        "对",
        "对于",
        "关于",
        "为",
        "为了",
        "因为",
        "所以",
        "如果",
        "虽然",
        "但是",
        "而且",
        "并且",
        "以及",
        "或者",
        "我",
        "我们",
        "你",
        "你们",
        "您",
        "他",
        "她",
        "它",
        "他们",
        "她们",
        "自己",
        "本人",
        "大家",
        "这",
        "那",
        "这个",
        "那个",
        "这些",
        "那些",
        "这样",
        "那样",
        "这里",
        "那里",
        "什么",
        "怎么",
        "怎样",
        "为什么",
        "哪里",
        "哪些",
        "谁",
        "几",
        "多少",
        "一个",
        "一些",
        "一下",
        "一直",
        "已经",
        "曾经",
        "正在",
        "将",
        "会",
        "能",
        "可以",
        "可能",
        "应该",
        "要",
        "想",
        "说",
        "去",
        "来",
        "上",
        "下",
        "里",
        "中",
        "内",
        "外",
        "前",
        "后",
        "之",
        "其",
        "其中",
        "所",
        "以",
        "于",
        "由",
        "按",
        "按照",
        "根据",
        "至",
        "至今",
        "吗",
        "呢",
        "吧",
        "啊",
        "呀",
        "哦",
        "嗯",
        "等",
        "等等",
        "请",
        "请问",
        "您好",
        "你好",
        "谢谢",
        "尊敬",
        "领导",
        "希望",
        "现在",
        "目前",
    ]
)
"""Words that join others and name nothing; the usual greetings too."""

_SEPARATORS = re.compile(r"[\s\u3000]+")
_MEANING = re.compile(r"[0-9a-z\u3400-\u9fff]", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<=[。！？!?；;\n])")
LONGEST_MEAN_WORD = 3.5
"""Characters a word on average in text that somebody has already cut; uncut Chinese has far longer runs."""


def normalise(text: str) -> str:
    """Full-width letters and digits become ordinary ones, letters small."""
    return unicodedata.normalize("NFKC", text).lower()


def is_cut(text: str) -> bool:
    """Whether the text already comes as words with spaces between, as in a prepared file."""
    pieces = text.split()
    return len(pieces) >= 8 and sum(map(len, pieces)) / len(pieces) <= LONGEST_MEAN_WORD


def words(text: str) -> list[str]:
    """The words of a message in their order, without punctuation, function words and letter case."""
    text = normalise(text)
    if is_cut(text):
        pieces = text.split()
    else:
        import rjieba

        pieces = rjieba.cut(_SEPARATORS.sub(" ", text))
    return [piece for piece in pieces if piece not in FUNCTION_WORDS and _MEANING.search(piece)]


def squeezed(text: str) -> str:
    """The text in normal form without any space."""
    return _SEPARATORS.sub("", normalise(text))


def sentences(text: str) -> list[str]:
    """Sentences with their closing mark, without blank ones."""
    return [sentence.strip() for sentence in _SENTENCE_END.split(text) if sentence.strip()]
