"""A topic in words: a label that a person can read, and voices that stand for it, masked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from math import log

import numpy as np

from linli.understand.text.cutting import FUNCTION_WORDS, sentences, squeezed, words
from linli.understand.text.masking import mask
from linli.understand.text.vectors import Space, char_grams, similarities
from linli.understand.topics.grouping import ADMINISTRATIVE, Message

LABEL_WORDS = 3
VOICES = 3
LONGEST_VOICE = 90
LONGEST_SPARE = 12
COMMON_NAME = 0.03
REMEMBERED = 5_000
COURTESY = frozenset(
    [
        "您好",
        "你好",
        "大家好",
        "早上好",
        "上午好",
        "下午好",
        "晚上好",
        "谢谢",
        "谢谢您",
        "谢谢你",
        "谢谢您们",
        "谢谢大家",
        "多谢",
        "感谢",
        "非常感谢",
        "十分感谢",
        "感激",
        "感激不尽",
        "请问",
        "麻烦",
        "麻烦您",
        "劳烦",
        "辛苦",
        "辛苦了",
        "打扰",
        "打扰了",
        "抱歉",
        "不好意思",
        "对不起",
        "拜托",
        "拜托了",
        "恳请",
        "敬请",
        "请求",
        "希望",
        "盼望",
        "期待",
        "尽快",
        "早日",
        "及时",
        "重视",
        "予以",
        "给予",
        "帮忙",
        "帮助",
        "帮我",
        "一下",
        "看看",
        "看一下",
        "尊敬",
        "敬爱",
        "敬礼",
        "此致",
        "此致敬礼",
        "致敬",
        "领导",
        "领导们",
        "各位",
        "各位领导",
        "主任",
        "书记",
        "市长",
        "部门",
        "有关部门",
        "相关部门",
        "反映",
        "咨询",
        "回复",
        "答复",
        "收到",
        "好的",
        "祝好",
        "祝您",
    ]
)
"""What people say to be polite, and to whom: in every message of the first week, and the name of no topic."""
_HAN = re.compile(r"[\u4e00-\u9fff]{2}")
_GREETING = re.compile(r"^(?:尊敬的|敬爱的)?[^，。！？：:]{0,12}(?:您好|你好|领导)[！!，,。：:、\s]*")


@dataclass(frozen=True)
class Description:
    """``name`` is what the topic is about, empty when nothing is named; ``keywords`` what is said of it."""

    name: str
    keywords: tuple[str, ...]
    voices: tuple[str, ...]
    middle: int

    @property
    def label(self) -> str:
        """``丽发小区：搅拌站、噪音``; where nothing is named, the beginning of what one of them said."""
        named = "：".join(part for part in (self.name, "、".join(self.keywords)) if part)
        return named or (self.voices[0][:LONGEST_SPARE] if self.voices else "")


def describe(members: Sequence[Message], background: WordCounts) -> Description:
    """Of one topic, against what is said otherwise; ``middle`` is the member nearest to all others."""
    order = _typical(members)
    name = _name(members, background)
    return Description(name, _keywords(members, background, name), _voices(members, order), order[0])


class WordCounts:
    """How many messages have each word and each name."""

    def __init__(self, messages: Sequence[Message]) -> None:
        self.total = len(messages)
        self.words = Counter(word for message in messages for word in set(_words(message)))
        self.names = Counter(name for message in messages for name in set(message.names))


def _words(message: Message) -> list[str]:
    return [word for word in words(f"{message.title} {message.text}") if len(word) > 1 and not word.isdigit()]


def _name(members: Sequence[Message], background: WordCounts) -> str:
    """The name that most members share and few others have; nothing that identifies a person is a name."""
    counted = Counter(name for message in members for name in set(message.names))
    scored = [
        (n / len(members) * log(1 + background.total / background.names[name]), len(name), name)
        for name, n in counted.items()
        if not ADMINISTRATIVE.search(name)
        and n * 3 >= len(members)
        and n >= 2
        and background.names[name] <= max(6, COMMON_NAME * background.total)
    ]
    for _, _, name in sorted(scored, key=lambda s: (-s[0], -s[1], s[2])):
        if _masked(name) == name:
            return name
    return ""


def _keywords(members: Sequence[Message], background: WordCounts, name: str) -> tuple[str, ...]:
    inside = Counter(word for message in members for word in set(_words(message)))
    titled = Counter(word for message in members for word in set(words(message.title)))
    scored = []
    for word, n in inside.items():
        if word in name or (name and name in word) or not _says_something(word) or n < max(2, len(members) / 4):
            continue
        other = (background.words[word] - n + 1) / (background.total - len(members) + 2)
        share = n / len(members)
        scored.append(((share + titled[word] / len(members)) * log(share / other), word))
    best = [word for worth, word in sorted(scored, key=lambda s: (-s[0], s[1])) if worth > 0]
    chosen = [word for word in best if _masked(word) == word][:LABEL_WORDS]
    if chosen:
        return tuple(chosen)
    spare = (word for text in (members[0].title, members[0].text) for word in words(text) if _says_something(word))
    return tuple([word for word in dict.fromkeys(spare) if word not in name and _masked(word) == word][:LABEL_WORDS])


def _says_something(word: str) -> bool:
    return word not in FUNCTION_WORDS and word not in COURTESY and _HAN.search(word) is not None


def _typical(members: Sequence[Message]) -> list[int]:
    """From the member that resembles all others most; each next one also differs from those before (MMR)."""
    texts = [list(char_grams(squeezed(f"{m.title}。{m.text}"), 2, 3)) for m in members]
    rows = Space.learn(texts, at_least=1).rows(texts)
    alike = similarities(rows, rows)
    near = alike.mean(axis=1)
    order = [int(near.argmax())]
    while len(order) < min(VOICES, len(members)):
        worth = near - 0.7 * alike[:, order].max(axis=1)
        worth[order] = -np.inf
        order.append(int(worth.argmax()))
    return order


def _voices(members: Sequence[Message], order: Sequence[int]) -> tuple[str, ...]:
    """Masked before they are shortened, so that no cut lets a part of a number through; no person twice."""
    voices: dict[str, None] = {}
    seen: set[object] = set()
    for n in order:
        member = members[n]
        if member.person is not None and member.person in seen:
            continue
        seen.add(member.person)
        voices[_short(_masked(member.text or member.title))] = None
    return tuple(voice for voice in voices if voice)


_covered: dict[bytes, str] = {}


def _masked(text: str) -> str:
    """:func:`mask`, remembered: topics are found anew every hour from mostly the same words, and reading names in them was most
    of it. What is kept is the covered text under a digest, never the words themselves."""
    key = blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest()
    if key not in _covered:
        if len(_covered) >= REMEMBERED:
            _covered.clear()
        _covered[key] = mask(text)
    return _covered[key]


def _short(text: str) -> str:
    text = " ".join(text.split())
    out = ""
    for sentence in sentences(_GREETING.sub("", text)):
        if len(out) + len(sentence) > LONGEST_VOICE:
            break
        out += sentence
    text = _GREETING.sub("", text)
    return out or (text if len(text) <= LONGEST_VOICE else f"{text[: LONGEST_VOICE - 1]}…")
