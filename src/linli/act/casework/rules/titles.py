"""A short title from what somebody said."""

from __future__ import annotations

import re

LONGEST = 30
SHORTEST = 4
_END = re.compile(r"[。！？!?\n；;…]")
_EXCLAMATION = re.compile(r"^(急|紧急|救命|快来|快点|快|来人|天哪|哎呀|唉|啊|呀|哪|\W)+$")
_GREETING = re.compile(r"^(你好|您好|喂|请问一下|麻烦看一下|师傅|那个|hello|hi)[，,。！! ]*", re.IGNORECASE)


def title_of(words: str) -> str:
    """The first sentence that says something ("急！" does not), at most 30 characters, cut at a comma where one is near."""
    said = _GREETING.sub("", " ".join(words.split())).strip()
    parts = [part.strip() for part in _END.split(said) if part.strip()]
    parts = [part for part in parts if not _EXCLAMATION.match(part)] or parts
    sentence = next((part for part in parts if len(part) >= SHORTEST), parts[0] if parts else said)
    if len(sentence) <= LONGEST:
        return sentence
    cut = max(sentence.rfind(comma, 8, LONGEST) for comma in "，,、")
    return sentence[:cut] if cut > 0 else sentence[: LONGEST - 1] + "…"
