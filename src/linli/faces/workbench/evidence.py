"""Why the machine suggested a category and a level: the words that led there, marked by what they speak for."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

from linli.act.casework.models import Case
from linli.act.casework.queries import Reporter
from linli.sense.requests.rules.danger import find_danger
from linli.understand.triage.first_guess import HARM, NAMES


def topic_words(words: str, case: Case) -> list[str]:
    """Words that name the category which the case has now; none when a person chose another."""
    return [name for name in NAMES.get(case.category, ()) if name in words]


def urgent_words(words: str) -> list[str]:
    """Words that speak for haste: danger to life, or a basic service lost."""
    danger, harm = find_danger(words), HARM.search(words)
    return [w for w in (danger.word if danger else "", harm.group() if harm else "") if w]


def marked(words: str, case: Case) -> SafeString:
    """The words as said; a single line under words about the topic, a double line under words about haste."""
    urgent = urgent_words(words)
    kinds = dict.fromkeys(urgent, "urgent") | {w: "" for w in topic_words(words, case) if w not in urgent}
    if not kinds:
        return escape(words)
    longest_first = sorted(kinds, key=len, reverse=True)
    pattern = re.compile("|".join(re.escape(word) for word in longest_first))
    parts: list[str] = []
    at = 0
    for match in pattern.finditer(words):
        css = kinds[match.group()]
        mark = '<mark class="{}">{}</mark>' if css else "<mark>{1}</mark>"
        parts += [words[at : match.start()], format_html(mark, css, match.group())]
        at = match.end()
    parts.append(words[at:])
    return format_html_join("", "{}", ((part,) for part in parts))


def reasons_of(reporters: Sequence[Reporter], case: Case) -> dict[str, list[str]]:
    """``topic`` and ``urgent``: the words over all reporters, each once, in the order in which they were said."""
    topic = [w for r in reporters for w in topic_words(r.words, case)]
    urgent = [w for r in reporters for w in urgent_words(r.words)]
    return {"topic": list(dict.fromkeys(topic)), "urgent": list(dict.fromkeys(urgent))}
