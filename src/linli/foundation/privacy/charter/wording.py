"""The charter in plain words, in the reader's language: what each purpose says, and what a change makes different."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.foundation.accounts.actor import as_read
from linli.foundation.accounts.roles import Role
from linli.foundation.privacy.charter.models import Change, ChangeEntry, Origin
from linli.foundation.privacy.charter.rules.comparing import Altered, Difference, gained
from linli.foundation.privacy.charter.rules.document import Facts
from linli.foundation.privacy.purposes import Purpose, Words
from linli.foundation.privacy.words import (
    DEVICE_WORDS,
    FIELD_WORDS,
    GROUND_NAMES,
    GROUND_WORDS,
    SENSE_WORDS,
    WORK_WORDS,
    law_in_words,
    months_in_words,
)

PART_WORDS = {
    "name": gettext_lazy("叫什么"),
    "words": gettext_lazy("用来做什么"),
    "ground": gettext_lazy("凭什么可以用"),
    "law": gettext_lazy("哪一条法律"),
    "fields": gettext_lazy("工作人员看哪些信息"),
    "machine": gettext_lazy("只有机器用哪些信息"),
    "senses": gettext_lazy("看家里的哪种设备"),
    "observes": gettext_lazy("看公共地方的哪种设备"),
    "roles": gettext_lazy("谁可以看"),
    "about": gettext_lazy("办什么事的时候用"),
    "minors": gettext_lazy("不满 14 岁的孩子"),
    "keep_months": gettext_lazy("留多久"),
    "shared_with": gettext_lazy("给谁"),
    "without": gettext_lazy("没有它会怎样"),
    "alternative": gettext_lazy("不用它，还有什么办法"),
}
KIND_WORDS = {
    "added": gettext_lazy("新加的"),
    "changed": gettext_lazy("改了的"),
    "removed": gettext_lazy("取消的"),
}
VERB_WORDS = {
    "start": gettext_lazy("开始写"),
    "write": gettext_lazy("写了"),
    "remove": gettext_lazy("取消了"),
    "restore": gettext_lazy("恢复成原来的"),
    "settle": gettext_lazy("看过别人改的，照自己写的"),
    "catch_up": gettext_lazy("合到新的一版"),
    "propose": gettext_lazy("提出来，请另一个人审"),
    "send_back": gettext_lazy("退回去改"),
    "approve": gettext_lazy("同意，开始公示"),
    "withdraw": gettext_lazy("撤回"),
    "take_effect": gettext_lazy("生效了"),
}


@dataclass(frozen=True)
class Item:
    """One thing in a list on the page: ``key`` (or several) for machines, ``words`` for people."""

    key: str
    words: str


@dataclass(frozen=True)
class Told:
    """One purpose as the page tells it. ``people`` see ``fields``, ``senses`` and ``observes``; ``machine`` nobody sees."""

    purpose: Purpose
    fields: tuple[Item, ...]
    machine: tuple[Item, ...]
    senses: tuple[Item, ...]
    observes: tuple[Item, ...]
    people: tuple[Item, ...]
    works: tuple[Item, ...]
    ground: str
    ground_name: str
    law: str
    keep: str
    shared: tuple[str, ...]

    @property
    def texts(self) -> list[str]:
        """Every sentence of it, for looking words up."""
        seen = (self.fields, self.machine, self.senses, self.observes, self.people)
        listed = [item.words for items in seen for item in items]
        purpose = self.purpose
        said = [str(purpose.name), purpose.sentence, str(purpose.without), str(purpose.alternative)]
        return [*said, *listed, self.ground, self.ground_name, self.law, *self.shared]


def told(purpose: Purpose) -> Told:
    return Told(
        purpose=purpose,
        fields=_items(purpose.fields, FIELD_WORDS),
        machine=_items(purpose.machine, FIELD_WORDS),
        senses=_items(purpose.senses, SENSE_WORDS),
        observes=_items(purpose.observes, DEVICE_WORDS),
        people=tuple(Item(str(role), str(role.label)) for role in Role if role in purpose.roles),
        works=_items(purpose.about, WORK_WORDS),
        ground=str(GROUND_WORDS[purpose.ground]),
        ground_name=str(GROUND_NAMES[purpose.ground]),
        law=law_in_words(purpose.law),
        keep=months_in_words(purpose.keep_months),
        shared=tuple(str(one) for one in purpose.shared_with),
    )


@dataclass(frozen=True)
class ToldDifference:
    """``sentence`` says it whole; ``before`` and ``after`` stand side by side."""

    part: str
    title: str
    sentence: str
    before: str
    after: str
    wider: bool


@dataclass(frozen=True)
class ToldAlteration:
    """One purpose of a change in words; ``facts`` are those of one that is new or gone, ``consents`` says what becomes of what people agreed to."""

    key: str
    kind: str
    kind_words: str
    name: str
    words: str
    differences: tuple[ToldDifference, ...]
    consents: str
    wider: bool
    facts: tuple[tuple[str, str], ...]


def altered_in_words(altered: Iterable[Altered]) -> list[ToldAlteration]:
    return [_alteration(one) for one in altered]


def shown(part: str, value: Any) -> str:
    """One part of a purpose as text."""
    match part:
        case "fields" | "machine":
            return _listed(_items(value, FIELD_WORDS))
        case "senses":
            return _listed(_items(value, SENSE_WORDS))
        case "observes":
            return _listed(_items(value, DEVICE_WORDS))
        case "about":
            return _listed(_items(value, WORK_WORDS))
        case "roles":
            return _listed(Item(one, _role(one)) for one in value)
        case "shared_with":
            return _("、").join(str(Words(**one)) for one in value)
        case "minors":
            return _("也用") if value else _("不用")
        case "keep_months":
            return months_in_words(value) if value else _("没有")
        case "ground":
            return str(GROUND_NAMES.get(value, value))
        case "law":
            return law_in_words(value)
    return str(Words(**value)) or _("没有")


def origin_words(origin: str, change: Change | None) -> str:
    """Where a version comes from, with the reason that residents were given."""
    if change is not None and change.reason_zh:
        return str(Words(change.reason_zh, change.reason_en))
    if origin == Origin.DROPPED:
        return _("软件不再做这件事，所以取消。")
    return _("邻里软件自带的。") if origin == Origin.SHIPPED else ""


@dataclass(frozen=True)
class Line:
    """One step of a change."""

    sentence: str
    text: str
    by: str
    at: Any


def entries_of(change: Change) -> list[Line]:
    """The course, newest first; several writings in a row are told once with what was written last."""
    lines: list[ChangeEntry] = []
    for entry in reversed(list(change.entries.all())):
        if not (lines and entry.verb == "write" == lines[-1].verb and entry.text == lines[-1].text):
            lines.append(entry)
    return [Line(str(VERB_WORDS[one.verb]), one.text, as_read(one.by_label), one.at) for one in lines]


def _alteration(one: Altered) -> ToldAlteration:
    facts: Facts = one.after or one.before or {}
    return ToldAlteration(
        key=one.key,
        kind=one.kind,
        kind_words=str(KIND_WORDS[one.kind]),
        name=str(Words(**facts["name"])),
        words=str(Words(**facts["words"])),
        differences=tuple(_difference(difference) for difference in one.differences),
        consents=_consents(one),
        wider=one.wider,
        facts=() if one.kind == "changed" else _facts(facts),
    )


def _facts(facts: Facts) -> tuple[tuple[str, str], ...]:
    """What a purpose that is new or gone says, without what it leaves empty."""
    parts = [part for part in PART_WORDS if part not in {"name", "words"}]
    said = ((part, shown(part, facts[part])) for part in parts)
    return tuple((str(PART_WORDS[part]), words) for part, words in said if words != _("没有"))


def _consents(one: Altered) -> str:
    if not one.ends_consents:
        return ""
    if one.kind == "removed":
        return _("大家以前的同意停掉，留下的记录删掉。")
    return _("大家以前的同意停掉，要重新问。")


def _difference(difference: Difference) -> ToldDifference:
    before, after = shown(difference.part, difference.before), shown(difference.part, difference.after)
    return ToldDifference(
        part=difference.part,
        title=str(PART_WORDS[difference.part]),
        sentence=_sentence(difference, before, after),
        before=before,
        after=after,
        wider=difference.wider,
    )


def _sentence(difference: Difference, before: str, after: str) -> str:
    part, old, new = difference.part, difference.before, difference.after
    facts = {"before": before, "after": after}
    match part:
        case "keep_months" if new > old:
            return _("留得更久：以前 %(before)s，改成 %(after)s。") % facts
        case "keep_months":
            return _("留得更短：以前 %(before)s，改成 %(after)s。") % facts
        case "minors" if new:
            return _("也用在不满 14 岁的孩子身上了。")
        case "minors":
            return _("不再用在不满 14 岁的孩子身上。")
        case "fields":
            return _both(part, old, new, _("多看：%(items)s。"), _("不再看：%(items)s。"))
        case "machine":
            return _both(part, old, new, _("机器多用：%(items)s。"), _("机器不再用：%(items)s。"))
        case "senses":
            return _both(part, old, new, _("多看家里的：%(items)s。"), _("不再看家里的：%(items)s。"))
        case "observes":
            return _both(part, old, new, _("多看公共地方的：%(items)s。"), _("不再看公共地方的：%(items)s。"))
        case "roles":
            return _both(part, old, new, _("多了可以看的人：%(items)s。"), _("不能再看的人：%(items)s。"))
        case "about":
            return _both(part, old, new, _("多了用的时候：%(items)s。"), _("不再用的时候：%(items)s。"))
        case "shared_with":
            return _both(part, old, new, _("改成给：%(items)s。"), _("不再给：%(items)s。"))
    facts["part"] = str(PART_WORDS[part])
    return _("%(part)s：以前是“%(before)s”，改成“%(after)s”。") % facts


def _both(part: str, old: Sequence[Any], new: Sequence[Any], more: str, fewer: str) -> str:
    said = [
        words % {"items": shown(part, items)}
        for words, items in ((more, gained(old, new)), (fewer, gained(new, old)))
        if items
    ]
    return _join(said)


def _join(sentences: Sequence[str]) -> str:
    return _("%(one)s%(other)s") % {"one": sentences[0], "other": sentences[1]} if len(sentences) == 2 else sentences[0]


def _items(keys: Iterable[str], words: dict) -> tuple[Item, ...]:
    """In the order of ``words``, what is unknown last; keys that people know by one name are one item."""
    wanted = set(keys)
    named: dict[str, list[str]] = {}
    for key in [key for key in words if key in wanted] + sorted(wanted - words.keys()):
        named.setdefault(str(words.get(key, key)), []).append(key)
    return tuple(Item(" ".join(same), name) for name, same in named.items())


def _listed(items: Iterable[Item]) -> str:
    return _("、").join(dict.fromkeys(item.words for item in items)) or _("没有")


def _role(key: str) -> str:
    return str(Role(key).label) if key in Role.values else key
