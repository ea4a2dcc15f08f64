"""What a community may write into its charter: only what this code enforces, and nothing that breaks what was promised."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linli.foundation.accounts.roles import Role
from linli.foundation.privacy.charter.rules.document import WORDS, Facts, by_key, purpose_of
from linli.foundation.privacy.purposes import CONSENTS, FIELDS, GROUNDS, SENSITIVE

INDISPENSABLE = {
    "rights_request": _("法律规定，居民要看、要改、要删自己的信息，社区必须办。"),
    "emergency": _("有人可能有危险时，要找得到人。"),
    "sign_in": _("没有它，居民登录不了，也就看不到这份公约。"),
    "matter_notice": _("没有它，公约改了也没法告诉居民。"),
}
"""What no charter can do without, and why."""

NO_READERS = frozenset({Role.RESIDENT, Role.FAMILY_PROXY, Role.WALL_DISPLAY})
KEY = re.compile(r"[a-z][a-z0-9_]{2,39}")
LONGEST = {"name": 24, "words": 200, "without": 120, "alternative": 120, "law": 80, "shared_with": 60}
"""Characters of Chinese; English may be three times as long."""


@dataclass(frozen=True)
class Problem:
    """``part`` says where; ``words`` what is wrong and what would be right."""

    key: str
    part: str
    words: str | Promise


def problems(
    document: Sequence[Facts], current: Sequence[Facts], shipped: Sequence[Facts], *, kinds: frozenset[str]
) -> list[Problem]:
    """What stands in the way of ``document`` after ``current``; ``kinds`` are the kinds of work that the code knows."""
    found: list[Problem] = []
    keys = [facts["key"] for facts in document]
    for key, why in INDISPENSABLE.items():
        if key not in keys:
            found.append(Problem(key, "key", why))
    now, known = by_key(current), by_key(shipped)
    for key, facts in by_key(document).items():
        if keys.count(key) > 1 or not KEY.fullmatch(key):
            found.append(Problem(key, "key", _("每个用途要有自己的代号：小写英文字母、数字和下划线。")))
        found += problems_of(facts, now.get(key), known.get(key), kinds=kinds)
    return found


def problems_of(facts: Facts, current: Facts | None, shipped: Facts | None, *, kinds: frozenset[str]) -> list[Problem]:
    """The same of one purpose; ``current`` is ``None`` for a new one, ``shipped`` for one that Linli did not bring."""
    key = facts["key"]
    found = [
        *(Problem(key, part, words) for part, words in _words(facts)),
        *(Problem(key, part, words) for part, words in _people(facts, kinds)),
        *(Problem(key, part, words) for part, words in _ground(facts, current, shipped)),
        *(Problem(key, part, words) for part, words in _machine(facts, current, shipped)),
    ]
    if not found:
        try:
            purpose_of(facts)
        except ValueError as error:
            found.append(Problem(key, "", str(error)))
    return found


def _words(facts: Facts):
    both = _("中文和英文都要写。")
    for part in WORDS:
        said = facts[part]
        free = facts["ground"] not in CONSENTS and not facts["observes"]
        if part == "alternative" and free and not said["zh"] and not said["en"]:
            continue
        if not said["zh"].strip() or not said["en"].strip():
            yield part, _("要写明不同意的人怎么办，中文和英文都要写。") if part == "alternative" else both
        elif len(said["zh"]) > LONGEST[part] or len(said["en"]) > 3 * LONGEST[part]:
            yield part, _("太长了，写短一点。")
    if not facts["law"].strip() or len(facts["law"]) > LONGEST["law"]:
        yield "law", _("要写依据哪一部法的哪一条。")
    shared = facts["shared_with"]
    if not shared or any(not one["zh"].strip() or not one["en"].strip() for one in shared):
        yield "shared_with", _("给谁，要写；不给别人，就写“不给别人”。中文和英文一行对一行。")
    elif any(len(one["zh"]) > LONGEST["shared_with"] or len(one["en"]) > 180 for one in shared):
        yield "shared_with", _("太长了，写短一点。")
    if not 1 <= facts["keep_months"] <= 360:
        yield "keep_months", _("要留 1 到 360 个月。")


def _people(facts: Facts, kinds: frozenset[str]):
    if set(facts["fields"]) - FIELDS:
        yield "fields", _("程序不认识这一项信息。")
    if facts["fields"] and not facts["roles"]:
        yield "roles", _("选了要看的信息，就要选谁可以看。")
    if not set(facts["roles"]) <= {str(role) for role in set(Role) - NO_READERS}:
        yield "roles", _("程序不认识这个岗位，或者这个岗位不能看别人的信息。")
    if facts["fields"] and not facts["about"]:
        yield "about", _("要写明办哪一类事的时候才看。")
    if set(facts["about"]) - kinds:
        yield "about", _("程序不认识这一类事。")


def _ground(facts: Facts, current: Facts | None, shipped: Facts | None):
    ground = facts["ground"]
    if ground not in GROUNDS:
        yield "ground", _("程序不认识这一种依据。")
        return
    if ground == "emergency" and (shipped is None or shipped["ground"] != "emergency"):
        yield "ground", _("“救急”不能新加：它不用先问居民，也不限次数。")
    before = current["ground"] if current is not None else shipped["ground"] if shipped is not None else ground
    if before == "separate_consent" != ground or (before in CONSENTS and ground not in CONSENTS):
        yield "ground", _("以前要居民同意的，不能改成不用同意。")
    seen = set(facts["fields"]) | set(facts["machine"])
    if ground == "consent" and seen & SENSITIVE:
        yield "ground", _("敏感信息要单独同意（《个人信息保护法》第 29 条）。")
    if facts["senses"] and ground != "separate_consent":
        yield "ground", _("家里的设备要单独同意（《个人信息保护法》第 29 条）。")


def _machine(facts: Facts, current: Facts | None, shipped: Facts | None):
    """What only the software does is written in its code: a charter may take it away, never invent it."""
    no_device = _("程序不会为这个用途看这种设备。")
    for part, words in (("machine", _("程序不会这样用这一项。")), ("senses", no_device), ("observes", no_device)):
        does = set(shipped[part]) if shipped is not None else set()
        if not set(facts[part]) <= does:
            yield part, words
    if facts["key"] in INDISPENSABLE and shipped is not None and set(shipped["machine"]) - set(facts["machine"]):
        yield "machine", INDISPENSABLE[facts["key"]]
