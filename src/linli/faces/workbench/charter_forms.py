"""The guided form in which a lead writes one purpose of the charter, and the forms of each step of a change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from linli.foundation.accounts.roles import Role
from linli.foundation.privacy.charter.models import Change, Opinion
from linli.foundation.privacy.charter.queries import known_kinds
from linli.foundation.privacy.charter.rules.comparing import Altered
from linli.foundation.privacy.charter.rules.document import WORDS, Facts
from linli.foundation.privacy.charter.rules.permitted import INDISPENSABLE, NO_READERS
from linli.foundation.privacy.words import DEVICE_WORDS, FIELD_WORDS, GROUND_NAMES, SENSE_WORDS, WORK_WORDS

MISSING = {"required": _("还没有写。写一句就行。")}


def _words(label, *, rows: int = 2, required: bool = True, help_text="") -> forms.CharField:
    widget: forms.Widget = forms.Textarea(attrs={"rows": rows}) if rows > 1 else forms.TextInput()
    return forms.CharField(
        label=label, required=required, max_length=800, widget=widget, help_text=help_text, error_messages=MISSING
    )


def _several(label, choices, *, help_text="") -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, required=False, choices=choices, widget=forms.CheckboxSelectMultiple, help_text=help_text
    )


class PurposeForm(forms.Form):
    """One purpose, part by part. What only the software does can be taken away here, never added."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    key = forms.SlugField(
        label=_("代号"), max_length=40, help_text=_("小写英文字母、数字和下划线，比如 summer_class。以后不改。")
    )
    name_zh = _words(_("叫什么（中文）"), rows=1, help_text=_("最多 24 个字。"))
    name_en = _words(_("叫什么（英文）"), rows=1)
    words_zh = _words(_("用来做什么（中文）"), help_text=_("一句不超过 20 个字，说给没上过几年学的人听。"))
    words_en = _words(_("用来做什么（英文）"))
    fields_ = _several(_("工作人员看哪些信息"), list(FIELD_WORDS.items()))
    roles = _several(_("谁可以看"), [(str(role), role.label) for role in Role if role not in NO_READERS])
    about = _several(_("办什么事的时候用"), [], help_text=_("不是为办这些事，就看不到。"))
    machine = _several(_("只有机器用哪些信息"), [], help_text=_("只能减少。"))
    senses = _several(_("看家里的哪种设备"), [], help_text=_("只能减少。"))
    observes = _several(_("看公共地方的哪种设备"), [], help_text=_("只能减少。"))
    minors = forms.BooleanField(label=_("也用在不满 14 岁的孩子身上"), required=False)
    ground = forms.ChoiceField(label=_("凭什么可以用"), choices=list(GROUND_NAMES.items()))
    law = _words(_("哪一条法律"), rows=1, help_text=_("比如：PIPL art. 13(1)，页面上会写成中文。"))
    keep_months = forms.IntegerField(label=_("留几个月"), min_value=1, max_value=360, error_messages=MISSING)
    shared_zh = _words(_("给谁（中文）"), help_text=_("一行写一个。不给别人，就写“不给别人”。"))
    shared_en = _words(_("给谁（英文）"), help_text=_("和中文一行对一行。"))
    without_zh = _words(_("没有它会怎样（中文）"))
    without_en = _words(_("没有它会怎样（英文）"))
    alternative_zh = _words(
        _("不用它，还有什么办法（中文）"), required=False, help_text=_("要居民同意的，一定要写：不同意也有同样的服务。")
    )
    alternative_en = _words(_("不用它，还有什么办法（英文）"), required=False)

    GROUPS = (
        (_("一、做什么"), ("key", "name_zh", "name_en", "words_zh", "words_en")),
        (_("二、用什么、谁看"), ("fields_", "roles", "about", "machine", "senses", "observes", "minors")),
        (_("三、凭什么、留多久、给谁"), ("ground", "law", "keep_months", "shared_zh", "shared_en")),
        (_("四、不想要的人怎么办"), ("without_zh", "without_en", "alternative_zh", "alternative_en")),
    )
    OPTIONAL = frozenset(
        {"fields_", "roles", "about", "machine", "senses", "observes", "minors", "alternative_zh", "alternative_en"}
    )

    def __init__(self, *args, facts: Facts | None, shipped: Facts | None, version: int, **kwargs) -> None:
        """``facts`` are what the draft says of it, ``None`` for a new one; ``shipped`` bounds what machines may do."""
        super().__init__(*args, **kwargs)
        if facts is not None:
            del self.fields["key"]
            self.initial.update(_initial(facts))
        self.initial["version"] = version
        self.fields["about"].choices = [(kind, WORK_WORDS.get(kind, kind)) for kind in sorted(known_kinds())]  # type: ignore[attr-defined]
        for part, words in (("machine", FIELD_WORDS), ("senses", SENSE_WORDS), ("observes", DEVICE_WORDS)):
            does = shipped[part] if shipped is not None else []
            if does and not (facts is not None and facts["key"] in INDISPENSABLE):
                self.fields[part].choices = [(one, words.get(one, one)) for one in does]  # type: ignore[attr-defined]
            else:
                del self.fields[part]

    @property
    def groups(self):
        """(title, bound fields with whether each may stay empty) in the order of writing."""
        return [
            (title, [(self[name], name in self.OPTIONAL) for name in names if name in self.fields])
            for title, names in self.GROUPS
        ]

    def facts(self) -> dict[str, Any]:
        """The parts that were written; raises :class:`KeyError` before the form is valid."""
        given = self.cleaned_data
        said = {part: {"zh": given[f"{part}_zh"], "en": given[f"{part}_en"]} for part in WORDS}
        lines = [[line for line in given[f"shared_{lang}"].splitlines() if line.strip()] for lang in ("zh", "en")]
        length = max(len(one) for one in lines)
        zh, en = (one + [""] * (length - len(one)) for one in lines)
        several: dict[str, Any] = {
            part: given[part] for part in ("roles", "about", "machine", "senses", "observes") if part in self.fields
        }
        return {
            **said,
            **several,
            "fields": given["fields_"],
            "minors": given["minors"],
            "ground": given["ground"],
            "law": given["law"],
            "keep_months": given["keep_months"],
            "shared_with": [{"zh": one, "en": other} for one, other in zip(zh, en, strict=True)],
        }

    def add_problem(self, part: str, words: str) -> None:
        """Put a refusal beside the field that it is about."""
        name = {"fields": "fields_", "shared_with": "shared_zh"}.get(part, part)
        name = f"{part}_zh" if part in WORDS else name
        self.add_error(name if name in self.fields else None, words)


def _initial(facts: Facts) -> dict[str, Any]:
    said = {f"{part}_{lang}": facts[part][lang] for part in WORDS for lang in ("zh", "en")}
    shared = {f"shared_{lang}": "\n".join(one[lang] for one in facts["shared_with"]) for lang in ("zh", "en")}
    plain = ("roles", "about", "machine", "senses", "observes", "minors", "ground", "law", "keep_months")
    return {**said, **shared, "fields_": facts["fields"], **{part: facts[part] for part in plain}}


class StepForm(forms.Form):
    """The version of the change that was on the screen, and what the verb needs."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, change: Change, verb: str, altered: Sequence[Altered] = (), **kwargs: Any) -> None:
        kwargs["auto_id"] = f"id_{verb}_%s"
        super().__init__(*args, **kwargs)
        self.verb, self.label, self.hint = verb, BUTTONS[verb], HINTS.get(verb, "")
        self.initial["version"] = change.version
        self.fields.update(FIELDS[verb](change, altered))


def _reasons(change: Change, altered: Sequence[Altered]) -> dict[str, forms.Field]:
    reworded = [
        (one.key, one.after["name"]["zh"])
        for one in altered
        if one.after is not None and any(difference.part == "words" for difference in one.differences)
    ]
    fields: dict[str, forms.Field] = {
        "reason_zh": _words(_("为什么改（中文）"), help_text=_("居民会看到。")),
        "reason_en": _words(_("为什么改（英文）")),
    }
    fields["reason_zh"].initial, fields["reason_en"].initial = change.reason_zh, change.reason_en
    if reworded:
        fields["clearer"] = _several(
            _("只是说得更清楚，用法没变"), reworded, help_text=_("没有勾的，按“用法变了”算：以前的同意会停，重新问。")
        )
        fields["clearer"].initial = change.clearer
    return fields


FIELDS: dict[str, Callable[[Change, Sequence[Altered]], dict[str, forms.Field]]] = {
    "propose": _reasons,
    "approve": lambda change, altered: {},
    "send_back": lambda change, altered: {"text": _words(_("哪里要改"))},
    "withdraw": lambda change, altered: {"reason": _words(_("为什么不改了"))},
    "catch_up": lambda change, altered: {},
}
BUTTONS = {
    "propose": _("提出来，请另一个人审"),
    "approve": _("同意，公示七天"),
    "send_back": _("退回去改"),
    "withdraw": _("撤回这份修改"),
    "catch_up": _("合到现在的版本"),
}
HINTS = {
    "approve": _("公示以后马上通知居民。七天以后自己生效；中间可以撤回。"),
    "catch_up": _("您写的时候，公约出了新的一版。合起来以后，两边都改过的地方会标出来。"),
}


class OpinionForm(forms.Form):
    """What somebody said at the desk, on the telephone or at the door."""

    channel = forms.ChoiceField(
        label=_("怎么来的"),
        choices=[one for one in Opinion.Channel.choices if one[0] != Opinion.Channel.PORTAL],
        widget=forms.RadioSelect,
    )
    words = _words(_("原话"), rows=3, help_text=_("不写名字和电话。"))


class AnswerForm(forms.Form):
    answer = _words(_("答复"), rows=2, help_text=_("大家都看得到，不写是谁问的。"))
