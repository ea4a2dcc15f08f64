"""The verbs of a case as buttons and small forms: which comes first, which key, what it asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from django import forms
from django.utils.translation import gettext_lazy as _

from linli.act.casework.actions.errands import open_errands
from linli.act.casework.actions.handling import REJECT_REASONS, RETURN_REASONS
from linli.act.casework.actions.spending import in_words
from linli.act.casework.models import Case, Complaint, Law, Level, Outcome, Rating
from linli.act.casework.people import colleagues_of, may_handle
from linli.act.casework.permissions import unrated
from linli.act.casework.queries import (
    AllowedVerb,
    asked_at_the_end,
    checks_of,
    list_cases,
    readings_of,
    spendings_of,
    without_finding,
)
from linli.act.casework.queries.helping import templates_for
from linli.act.casework.wording import REASONS, case_title
from linli.faces.kit.spending import spending_fields
from linli.faces.portal.forms import PhotosField
from linli.faces.workbench.finding import finding_field, on_site_field, sounds_on
from linli.foundation.accounts.actor import Actor
from linli.foundation.registry.models import Building, Grid
from linli.understand.triage.taxonomy import categories

TEXT_AT_MOST = 2000


def _text(label, *, required: bool = True, help_text="", rows: int = 3) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=TEXT_AT_MOST,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={"required": _("还没有写。写一句就行。")},
    )


def _photos(label=_("照片")) -> PhotosField:
    return PhotosField(label=label, required=False)


def _grid(case: Case, actor: Actor) -> forms.ChoiceField:
    choices = [(grid.pk, str(grid)) for grid in Grid.objects.visible_to(actor)]
    return forms.TypedChoiceField(label=_("派给哪个网格"), choices=choices, coerce=int, initial=case.grid_id)


def _people(case: Case, actor: Actor) -> forms.ChoiceField:
    people = may_handle(case.grid_id).exclude(pk=case.handler_id or 0)
    return forms.TypedChoiceField(
        label=_("转给谁"), choices=[(person.pk, person.display_name) for person in people], coerce=int
    )


def _mentions(case: Case, actor: Actor) -> dict[str, forms.Field]:
    choices = [(one.pk, one.display_name) for one in colleagues_of(case) if one.pk != actor.account_id]
    if not choices:
        return {}
    return {
        "mention_ids": forms.TypedMultipleChoiceField(
            label=_("请谁看一眼"), choices=choices, coerce=int, required=False, widget=forms.CheckboxSelectMultiple,
            help_text=_("对方会收到通知。也可以在话里写 @ 加名字。只能是内部的话，居民看不到。"),
        )
    }  # fmt: skip


def _other_cases(case: Case, actor: Actor) -> forms.ChoiceField:
    near = list(list_cases(actor, building_id=case.building_id).active().exclude(pk=case.pk)[:30])
    seen = readings_of(near, actor)
    choices = [(other.pk, f"{other.number} {case_title(other, seen)}") for other in near]
    return forms.TypedChoiceField(
        label=_("并到哪一件"),
        choices=choices,
        coerce=int,
        help_text=_("同一幢楼还没办完的事。说的人都会收到结果。"),
    )


def _category(case: Case, actor: Actor) -> forms.ChoiceField:
    from django.utils.translation import get_language

    language = get_language() or "zh-hans"
    choices = [(code, kind.path(language)) for code, kind in categories().items() if not kind.restricted]
    return forms.ChoiceField(label=_("分类"), choices=choices, initial=case.category)


def _check(case: Case, *, open_only: bool) -> forms.ChoiceField:
    choices = [(one.pk, one.words) for one in checks_of(case) if not open_only or one.state == "open"]
    return forms.TypedChoiceField(label=_("哪一项"), choices=choices, coerce=int)


def _spending(case: Case) -> forms.ChoiceField:
    rows, _totals = spendings_of(case)
    choices = [(one.row.pk, in_words(one.row)) for one in rows if not one.taken_back and one.row.corrects_id is None]
    return forms.TypedChoiceField(label=_("冲掉哪一笔"), choices=choices, coerce=int)


def _building(case: Case, actor: Actor) -> forms.ChoiceField:
    buildings = Building.objects.visible_to(actor).select_related("estate").order_by("estate__name", "pk")
    choices = [(one.pk, str(one)) for one in buildings]
    return forms.TypedChoiceField(label=_("在哪幢楼"), choices=choices, coerce=int, initial=case.building_id)


def _finding(case: Case) -> dict[str, forms.Field]:
    """Of the case's warnings of which nobody has said yet what was found: one answer for all of them. While danger to life
    sounds, whether somebody was there."""
    of, unseen = asked_at_the_end(case)
    asked: dict[str, forms.Field] = {"finding": finding_field(of)} if of else {}
    if len(of) > 1:
        asked["finding"].help_text = _("这件事有 %(n)d 条预警，都这样记。不一样的，先到那一条预警里写。") % {
            "n": len(of)
        }
    if unseen:
        asked["on_site"] = on_site_field()
        asked["on_site"].help_text = _("设备还在报警，还没有人说到了现场：没有到过现场，不能算办完。")
    elif sounds_on(of):
        asked["on_site"] = on_site_field()
        asked["on_site"].help_text = _("设备还在报警：说不是真的，要打这个勾，在下面写明为什么。")
    return asked


def _goes_back(case: Case) -> str:
    """What ending the case here leaves open."""
    if not without_finding(case).exists():
        return ""
    return str(_("预警还没有写发现：事件结束以后，预警回到清单上；没有人在去的，该叫人的重新叫人。"))


def _codes(label, codes, *, help_text="") -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=[(code, REASONS[code]) for code in codes], help_text=help_text)


Fields = Callable[[Case, Actor], dict[str, forms.Field]]

FIELDS: dict[str, Fields] = {
    "dispatch": lambda case, actor: {"grid_id": _grid(case, actor)},
    "contact": lambda case, actor: (
        {
            "text": _text(_("现场是什么情况？")),
            "on_site": forms.BooleanField(
                label=_("我到现场了"), required=False, help_text=_("打电话问来的不要勾：还没有人到，会接着叫人。")
            ),
        }
        if case.nobody_reported()
        else {"text": _text(_("说好了什么？"), help_text=_("居民看得到这句话。"))}
    ),
    "note": lambda case, actor: {
        "text": _text(_("做了什么，到哪一步了？")),
        "photos": _photos(),
        "shows": forms.ChoiceField(
            label=_("照片拍的是"),
            required=False,
            choices=[("", _("过程中")), ("before", _("处置前")), ("after", _("处置后"))],
            help_text=_("处置前和处置后会放在一起给居民看。"),
        ),
        "public": forms.BooleanField(label=_("居民也看得到"), required=False),
        **_mentions(case, actor),
    },
    "hand_over": lambda case, actor: {
        "account_id": _people(case, actor),
        "text": _text(_("交代一句"), required=False, rows=2),
    },
    "ask_resident": lambda case, actor: {
        "text": _text(_("要问居民什么？"), help_text=_("等回话的时候计时停下，最多三个工作日。"))
    },
    "suspend": lambda case, actor: {
        "reason": _text(_("为什么现在办不了？"), help_text=_("居民看得到这句话。")),
        "review_on": forms.DateField(label=_("哪天再看"), widget=forms.DateInput(attrs={"type": "date"})),
    },
    "return": lambda case, actor: {
        "reason_code": _codes(_("哪里派错了"), RETURN_REASONS),
        "reason": _text(_("说明白一点"), rows=2),
    },
    "transfer": lambda case, actor: {
        "unit": forms.CharField(label=_("转给哪个单位"), max_length=64, help_text=_goes_back(case)),
        "reason": _text(_("为什么转"), help_text=_("居民看得到这句话。"), rows=2),
        "outer_number": forms.CharField(label=_("对方的编号"), required=False, max_length=64),
    },
    "escalate": lambda case, actor: {"reason": _text(_("需要社区做什么？"))},
    "reclassify": lambda case, actor: {
        "category": _category(case, actor),
        "level": forms.ChoiceField(
            label=_("缓急"), choices=[(v, f"{v} {name}") for v, name in Level.choices], initial=case.level
        ),
    },
    "locate": lambda case, actor: {"building_id": _building(case, actor)},
    "place_under_law": lambda case, actor: {
        "law": forms.ChoiceField(
            label=_("按哪一种办"), choices=Law.choices, help_text=_("时限照法规算，不计入日常的三率。")
        )
    },
    "extend": lambda case, actor: {"reason": _text(_("为什么延期？"), help_text=_("居民看得到这句话。只能延一次。"))},
    "feed_back": lambda case, actor: {
        **_finding(case),
        "outcome": forms.ChoiceField(label=_("结果"), choices=Outcome.choices, widget=forms.RadioSelect),
        "result": _text(_("办成什么样"))
        if case.nobody_reported()
        else _text(_("告诉居民办成什么样"), help_text=_("用大白话写，居民看得到。")),
        "photos": _photos(_("处置后的照片")),
        **(
            {
                "anyway": _text(
                    _("外单位还没办完，为什么现在就算办完了？"), required=False, help_text=_("不写就等它办完。"), rows=2
                )
            }
            if open_errands(case)
            else {}
        ),
    },
    "rate": lambda case, actor: {
        "request_id": forms.TypedChoiceField(
            label=_("谁的评价"),
            choices=[(row.request_id, row.request.words[:24]) for row in unrated(case).select_related("request")],
            coerce=int,
        ),
        "solved": forms.TypedChoiceField(
            label=_("办好了吗？"),
            choices=[("yes", _("办好了")), ("no", _("还没有"))],
            coerce=lambda value: value == "yes",
            widget=forms.RadioSelect,
        ),
        "satisfaction": forms.TypedChoiceField(
            label=_("满意吗？"),
            choices=list(reversed(Rating.Satisfaction.choices)),
            coerce=int,
            widget=forms.RadioSelect,
        ),
        "reasons": forms.MultipleChoiceField(
            label=_("哪里不满意？"), choices=Complaint.choices, required=False, widget=forms.CheckboxSelectMultiple
        ),
        "reason": _text(_("居民的原话"), required=False, rows=2),
    },
    "reopen": lambda case, actor: {"reason": _text(_("为什么重新办？"))},
    "merge": lambda case, actor: {"into_id": _other_cases(case, actor)},
    "reject": lambda case, actor: {
        "reason_code": _codes(_("为什么不受理"), REJECT_REASONS, help_text=_goes_back(case)),
        "reason": _text(_("给居民的话"), help_text=_("居民看得到这句话。")),
    },
    "tick": lambda case, actor: {
        "check_id": _check(case, open_only=False),
        "on": forms.BooleanField(label=_("做了"), required=False),
    },
    "waive": lambda case, actor: {
        "check_id": _check(case, open_only=True),
        "reason": _text(_("为什么不用做？"), rows=2),
    },
    "spend": lambda case, actor: spending_fields(),
    "unspend": lambda case, actor: {
        "spending_id": _spending(case),
        "reason": _text(_("哪里记错了？"), help_text=_("原来的一笔留着，再记一笔相反的。对的请另记。"), rows=2),
    },
    "resume": lambda case, actor: {},
    "accept": lambda case, actor: {},
    "take": lambda case, actor: {},
    "start": lambda case, actor: {},
}

INLINE = frozenset({"tick", "unspend"})
"""Verbs whose buttons stand beside what they change, not in the bar."""

BUTTONS = {
    "accept": _("受理这件事"),
    "dispatch": _("派给网格"),
    "take": _("我来办这件事"),
    "start": _("开始处置"),
    "contact": _("给居民回电"),
    "note": _("加一条进展"),
    "hand_over": _("转给别人"),
    "ask_resident": _("请居民回话"),
    "resume": _("继续办这件事"),
    "suspend": _("挂账"),
    "return": _("派错了，退回"),
    "transfer": _("转给别的单位"),
    "escalate": _("上报社区"),
    "tick": _("勾检查单"),
    "waive": _("免做一项"),
    "spend": _("记材料、工时"),
    "unspend": _("冲掉一笔"),
    "reclassify": _("换一类"),
    "locate": _("改地点"),
    "place_under_law": _("按信访或信息公开办"),
    "extend": _("延期"),
    "feed_back": _("办完了，告诉居民"),
    "rate": _("代记居民评价"),
    "reopen": _("重新办这件事"),
    "merge": _("并到另一件"),
    "reject": _("不受理"),
}

AT_THE_PLACE = {
    "contact": _("写现场情况"),
    "feed_back": _("办完了，写结果"),
}
"""What those buttons say of a case that nobody reported."""

DONE = {
    "accept": _("受理了。"),
    "dispatch": _("派出去了。"),
    "take": _("这件事归您了。"),
    "start": _("开始处置了。"),
    "contact": _("记下了，已联系居民。"),
    "note": _("进展记下了。"),
    "hand_over": _("转过去了。"),
    "ask_resident": _("问题发给居民了，计时停下。"),
    "resume": _("继续办，计时恢复。"),
    "suspend": _("挂账了，到日子会提醒。"),
    "return": _("退回社区了。"),
    "transfer": _("转出去了。"),
    "escalate": _("报上去了。"),
    "tick": _("检查单记下了。"),
    "waive": _("免做记下了。"),
    "spend": _("记下了一笔。"),
    "unspend": _("冲掉了。对的请另记一笔。"),
    "reclassify": _("改好了，时限也重新算了。"),
    "locate": _("地点改好了。"),
    "place_under_law": _("改按法规的时限办。"),
    "extend": _("延期记下了，新的时间也告诉居民。"),
    "feed_back": _("结果告诉居民了，等他评价。"),
    "rate": _("评价记下了。"),
    "reopen": _("重新办了。"),
    "merge": _("并好了，一起办。"),
    "reject": _("已答复不受理。"),
}

DONE_AT_THE_PLACE = {
    "contact": _("现场情况记下了。"),
    "feed_back": _("结果记下了。"),
}

KEYS = {
    "accept": "A", "dispatch": "D", "take": "T", "start": "S", "contact": "E", "note": "N", "hand_over": "H",
    "ask_resident": "Q", "resume": "R", "reclassify": "C", "feed_back": "F", "merge": "M", "escalate": "U",
}  # fmt: skip

FIRST = ("accept", "resume", "take", "contact", "start", "feed_back", "dispatch", "rate")
"""Which of the allowed verbs is the one primary button: the next step of the main path; none once all is said."""

BESIDE = ("start", "contact", "feed_back", "note", "ask_resident", "dispatch", "hand_over")
"""Secondary buttons that stand in the open; the rest waits under "更多"."""

SHOWN_BESIDE = 3


@dataclass(frozen=True)
class Button:
    """``asks`` when the verb has a form; ``key`` is a single letter, empty where none is given."""

    verb: str
    label: str
    key: str
    asks: bool


@dataclass
class Buttons:
    """``wrong`` stands apart at the end of the bar: the dispatch was a mistake."""

    primary: Button | None = None
    beside: list[Button] = field(default_factory=list)
    more: list[Button] = field(default_factory=list)
    wrong: Button | None = None

    @property
    def all(self) -> list[Button]:
        return [b for b in (self.primary, *self.beside, *self.more, self.wrong) if b]


def buttons_of(case: Case, allowed: tuple[AllowedVerb, ...]) -> Buttons:
    """Only what the state table allows this actor now, in the order of the work."""
    verbs = [a.verb for a in allowed if a.verb in BUTTONS and a.verb not in INLINE]
    told = case.contacted_at is not None or case.warning_id is not None
    first = [v for v in FIRST if v in verbs and not (v == "contact" and told)]
    primary = first[0] if first else None
    rest = [v for v in verbs if v != primary and v != "return"]
    beside = [v for v in BESIDE if v in rest][:SHOWN_BESIDE]
    unreported = case.nobody_reported()

    def button(verb: str) -> Button:
        label = label_of(verb, nobody_reported=unreported)
        return Button(verb, label, KEYS.get(verb, ""), asks=verb in FIELDS and verb not in PLAIN)

    return Buttons(
        primary=button(primary) if primary else None,
        beside=[button(v) for v in beside],
        more=[button(v) for v in rest if v not in beside],
        wrong=button("return") if "return" in verbs else None,
    )


def label_of(verb: str, *, nobody_reported: bool) -> str:
    return str((BUTTONS | AT_THE_PLACE if nobody_reported else BUTTONS)[verb])


PLAIN = frozenset({"accept", "take", "start", "resume"})
"""Verbs that ask for nothing: one press does them."""


class VerbForm(forms.Form):
    """The fields of one verb for one case, with the version of the case that the person is looking at."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args, verb: str, case: Case, actor: Actor, **kwargs):
        super().__init__(*args, **kwargs | {"auto_id": f"{verb}_%s"})
        self.fields.update(FIELDS[verb](case, actor))
        self.fields["version"].initial = case.version
        self.templates = templates_for(case) if verb == "feed_back" else []
        self.verb = verb
        self.label = label_of(verb, nobody_reported=case.nobody_reported())
