"""公示: what is sensed where, written by one person and approved by another, with its sign to print."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.faces.workbench.access import signed_in_page
from linli.faces.workbench.frame import page_of
from linli.foundation import clock
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.accounts.permissions import may
from linli.foundation.accounts.roles import Role
from linli.foundation.errors import Invalid, NotAllowed, NotFound, Refusal
from linli.foundation.privacy.cards import card
from linli.foundation.privacy.sensing import actions, queries
from linli.foundation.privacy.sensing.actions.declaring import assessment_of, beyond_words, content_of
from linli.foundation.privacy.sensing.checking import PLACES, Content, purposes_for
from linli.foundation.privacy.sensing.kinds import Kind, kind_of
from linli.foundation.privacy.sensing.models import Declaration, DeclarationState, Method, Room
from linli.foundation.privacy.sensing.printing import SIZES, sign_pdf
from linli.foundation.privacy.sensing.rules.entry import WITHOUT_A_PHONE
from linli.foundation.privacy.sensing.rules.forbidden import AT_HOME, UNSEEN
from linli.foundation.privacy.sensing.rules.scope import beyond
from linli.foundation.privacy.sensing.wording import course
from linli.foundation.registry.models import Building, Entrance, Estate, Facility
from linli.sense.telemetry.withholding import withheld
from linli.understand.warnings.last_ears import unheard_after_withdrawing

TAB = "privacy"
ON_A_PAGE = 30
WITHHELD_SHOWN = 12

card(
    "sensing",
    gettext_lazy("设备公示和影响评估"),
    gettext_lazy("摄像头、门禁、水表、门磁：先评估，再公示，才能装。"),
    icon="camera",
    url="workbench:sensing",
    may_open=lambda actor: may(actor, "sensing.see_pages"),
    order=30,
)


def _text(label, most: int, help_text="", **more) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=most,
        help_text=help_text,
        error_messages={"required": gettext_lazy("还缺一项，补上才能继续。")},
        **more,
    )


class DeclarationForm(forms.Form):
    """What is declared of one kind at one place; ``kind`` decides which questions are asked."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    name = _text(gettext_lazy("叫什么"), 60, gettext_lazy("比如：东门摄像头。"))
    inside_homes = forms.BooleanField(label=gettext_lazy("装在家里"), required=False)
    place = forms.ChoiceField(label=gettext_lazy("在哪里"), required=False)
    room = forms.ChoiceField(label=gettext_lazy("什么地方"))
    position = _text(gettext_lazy("具体位置，朝哪里"), 120, gettext_lazy("比如：岗亭上方，朝马路。只装在需要的地方。"))
    purpose = forms.ChoiceField(label=gettext_lazy("用来做什么"))
    stored = forms.MultipleChoiceField(
        label=gettext_lazy("只留下"),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("没选的一律不留。"),
        error_messages={"required": gettext_lazy("请选择留下哪些数据，没选的一律不留。")},
    )
    keep_days = forms.IntegerField(label=gettext_lazy("留几天"), min_value=1, max_value=3660)
    viewers = forms.MultipleChoiceField(
        label=gettext_lazy("谁能看"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("请选择谁可以看。")},
    )
    methods = forms.MultipleChoiceField(
        label=gettext_lazy("进门办法"),
        choices=Method.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy("有刷脸，就还要有一种不用手机也能用的办法。"),
    )
    tried_method = forms.ChoiceField(
        label=gettext_lazy("试过哪一种不刷脸的办法"),
        choices=[("", "—"), *((one.value, one.label) for one in Method if one.value in WITHOUT_A_PHONE)],
        required=False,
    )
    tried_on = forms.DateField(
        label=gettext_lazy("哪天试的"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    tried_by = forms.CharField(label=gettext_lazy("谁试的"), max_length=40, required=False)
    zones = forms.CharField(
        label=gettext_lazy("看哪里，不看哪里"),
        required=False,
        widget=forms.Textarea({"rows": 4, "data-zones": "", "spellcheck": "false"}),
        help_text=gettext_lazy(
            "一行一个区域：代号 | 名字 | 数 或 遮 | 各个角。角从左上 0,0 到右下 1,1。别人家的窗户要遮住。"
        ),
    )
    looks_into_no_home = forms.BooleanField(
        label=gettext_lazy("我看过画面，拍不到别人家里，也拍不到投票"), required=False
    )
    alternative = _text(
        gettext_lazy("不用它也可以"),
        200,
        gettext_lazy("同样的帮助，不用它怎么办到。"),
        widget=forms.Textarea({"rows": 2}),
    )
    installer = _text(gettext_lazy("谁装的"), 80)
    responsible = _text(gettext_lazy("负责人"), 40, gettext_lazy("印在牌子上，人人看得到。"))
    responsible_phone = _text(gettext_lazy("负责人的工作电话"), 20)

    def __init__(self, *args, kind: Kind, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        inside = [(one.key, str(one.name)) for one in purposes_for(kind, inside_homes=True)]
        outside = [(one.key, str(one.name)) for one in purposes_for(kind, inside_homes=False)]
        roles: dict[str, str] = {}
        for home in (True, False):
            for one in purposes_for(kind, inside_homes=home):
                roles |= {role.value: str(role.label) for role in Role if role in one.roles}
        self._choose("purpose", [*outside, *inside])
        self._choose("place", _places(kind))
        self._choose("stored", [(key, str(label)) for key, label in kind.metrics.items()])
        self._choose("viewers", list(roles.items()))
        rooms = [one for one in Room if one.value in AT_HOME or not kind.sees]
        if kind.sees:
            rooms = [one for one in Room if one.value not in UNSEEN | AT_HOME]
        elif not inside:
            rooms = [one for one in Room if one.value not in AT_HOME]
        self._choose("room", [(one.value, str(one.label)) for one in rooms])
        for name, wanted in (
            ("inside_homes", bool(inside)), ("methods", kind.opens), ("tried_method", kind.opens),
            ("tried_on", kind.opens), ("tried_by", kind.opens), ("zones", kind.sees), ("looks_into_no_home", kind.sees),
        ):  # fmt: skip
            if not wanted:
                del self.fields[name]

    def _choose(self, name: str, choices: list) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = choices

    def clean_zones(self) -> list[dict]:
        return zones_of(self.cleaned_data["zones"])

    def content(self) -> Content:
        """What was filled in; the rules are the action's."""
        given: dict[str, Any] = dict(self.cleaned_data)
        given.pop("version", None)
        level, _sep, pk = given.pop("place", "").partition(":")
        place = (level, int(pk)) if pk.isdecimal() and level in PLACES else None
        return Content(type=self.kind.key, place=place, **given)


def zones_of(text: str) -> list[dict]:
    """Zones from lines ``key | name | 数 or 遮 | x,y x,y …``; raises :class:`forms.ValidationError` naming the line."""
    zones = []
    for number, line in enumerate((line for line in text.splitlines() if line.strip()), start=1):
        parts = [part.strip() for part in line.replace("｜", "|").split("|")]
        try:
            key, name, what, corners = parts
            drawn = [[float(one) for one in corner.split(",")] for corner in corners.replace("，", ",").split()]
            masked = {"数": False, "遮": True, "count": False, "mask": True}[what]
        except (ValueError, KeyError):
            raise forms.ValidationError(
                _("第 %(n)d 行看不懂。要像这样：gate | 大门 | 数 | 0.1,0.3 0.6,0.3 0.6,0.9") % {"n": number}
            ) from None
        zones.append({"key": key, "name": name, "corners": drawn, "masked": masked})
    return zones


def lines_of(zones: list[dict]) -> str:
    return "\n".join(
        f"{zone['key']} | {zone['name']} | {'遮' if zone['masked'] else '数'} | "
        + " ".join(f"{x:g},{y:g}" for x, y in zone["corners"])
        for zone in zones
    )


def _places(kind: Kind) -> list:
    whole = [] if kind.sees or kind.opens else [("", _("整个社区"))]
    estates = [(f"estate:{one.pk}", str(one)) for one in Estate.objects.order_by("code")]
    facilities = [(f"facility:{one.pk}", str(one)) for one in Facility.objects.order_by("name")]
    buildings = Building.objects.select_related("estate").order_by("estate__code", "pk")
    entrances = Entrance.objects.select_related("building__estate").order_by("building__estate__code", "building", "pk")
    groups = [
        (_("小区"), estates),
        (_("设施"), facilities),
        (_("楼"), [(f"building:{one.pk}", str(one)) for one in buildings]),
        (_("单元"), [(f"entrance:{one.pk}", str(one)) for one in entrances]),
    ]
    return [*whole, *((name, choices) for name, choices in groups if choices)]


def _reason(label, help_text="") -> Callable[[], dict[str, forms.Field]]:
    return lambda: {"reason": _text(label, 200, help_text, widget=forms.Textarea({"rows": 2}))}


FIELDS: dict[str, Callable[[], dict[str, forms.Field]]] = {
    "send_back": _reason(gettext_lazy("要改什么")),
    "withdraw": _reason(gettext_lazy("为什么撤下"), gettext_lazy("撤下以后，设备发来的数据马上不再收。")),
    "note_filing": lambda: {"filing": _text(gettext_lazy("公安备案号"), 60)},
}
BUTTONS = {
    "propose": gettext_lazy("交上去等批准"),
    "approve": gettext_lazy("批准，开始公示"),
    "send_back": gettext_lazy("退回去改"),
    "note_filing": gettext_lazy("记下备案号"),
    "revise": gettext_lazy("要改，写一份修改稿"),
    "withdraw": gettext_lazy("撤下"),
    "drop": gettext_lazy("不办了"),
}
ACTIONS: dict[str, Callable[..., Declaration]] = {
    "propose": actions.propose,
    "approve": actions.approve,
    "send_back": actions.send_back,
    "note_filing": actions.note_filing,
    "withdraw": actions.withdraw,
    "drop": actions.drop,
}
FIRST = ("propose", "approve")


class VerbForm(forms.Form):
    """The fields of one verb, and the version that was on the screen."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data=None, *, version: int, verb: str, fields: dict[str, forms.Field], label: str) -> None:
        super().__init__(data, auto_id=f"id_{verb}_%s")
        self.verb, self.label = verb, label
        self.initial["version"] = version
        self.fields.update(fields)


@signed_in_page
@require_safe
def overview(request: ActorRequest) -> HttpResponse:
    """Every sensitive kind, what waits, and the declarations."""
    _may_see(request)
    state = request.GET.get("state", "")
    rows = queries.declarations(request.actor, state=state if state in DeclarationState.values else "")
    paper = Paginator(rows, ON_A_PAGE).get_page(request.GET.get("page"))
    context = page_of(
        request,
        TAB,
        kinds=queries.standings(request.actor),
        rows=[(one, queries.place_words(one), queries.kind_words(one.type)) for one in paper.object_list],
        paper=paper,
        state=state,
        states=[(one.value, one.label) for one in DeclarationState if one != DeclarationState.DROPPED],
        may_declare=may(request.actor, "sensing.declare"),
        may_assess=may(request.actor, "sensing.assess"),
        faces=queries.faces_to_remove(request.actor)[:ON_A_PAGE],
        untried=queries.untried_ways(request.actor)[:ON_A_PAGE],
        withheld=withheld(request.actor)[:WITHHELD_SHOWN],
        today=clock.today(),
    )
    return render(request, "workbench/sensing.html", context)


@signed_in_page
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: ActorRequest, kind: str) -> HttpResponse:
    _may_declare(request)
    chosen = kind_of(kind)
    if chosen is None:
        raise NotFound
    form = DeclarationForm(request.POST or None, kind=chosen, initial={"keep_days": 30})
    return _write(request, form, lambda content: actions.declare(content, actor=request.actor))


@signed_in_page
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: ActorRequest, declaration_id: int) -> HttpResponse:
    _may_declare(request)
    made = queries.declaration_for(request.actor, declaration_id)
    chosen = kind_of(made.type)
    if chosen is None or made.state != DeclarationState.DRAFT:
        raise NotFound
    form = DeclarationForm(request.POST or None, kind=chosen, initial=_initial(made))
    version = form.data.get("version", "") if form.is_bound else ""

    def write(content: Content) -> Declaration:
        seen = int(version) if version.isdecimal() else None
        return actions.change(made.pk, content, version=seen, actor=request.actor)

    return _write(request, form, write, made=made)


@signed_in_page
@require_safe
def declaration(request: ActorRequest, declaration_id: int) -> HttpResponse:
    _may_see(request)
    return _page(request, queries.declaration_for(request.actor, declaration_id))


@signed_in_page
@require_POST
def do(request: ActorRequest, declaration_id: int, verb: str) -> HttpResponse:
    _may_see(request)
    made = queries.declaration_for(request.actor, declaration_id)
    if verb == "revise":
        return redirect("workbench:change_declaration", actions.revise(made.pk, actor=request.actor).pk)
    if verb not in ACTIONS:
        raise NotFound
    form = _verb_form(made, verb, request.POST)
    if not form.is_valid():
        return _page(request, made, wrong=form, status=422)
    try:
        ACTIONS[verb](made.pk, actor=request.actor, **form.cleaned_data)
    except Refusal as refusal:
        if refusal.closes_the_page:
            raise
        refusal.beside(form)
        return _page(request, made, wrong=form, status=refusal.status)
    messages.success(request, _said(verb))
    return redirect("workbench:declaration", made.pk)


@signed_in_page
@require_safe
def sign(request: ActorRequest, declaration_id: int, size: str) -> HttpResponse:
    """The sign as a PDF; only of what is in force and hangs where everybody passes."""
    _may_see(request)
    made = queries.declaration_for(request.actor, declaration_id)
    if made.state != DeclarationState.IN_FORCE or made.inside_homes or size not in SIZES:
        raise NotFound
    address = f"{settings.LINLI_PUBLIC_URL}{reverse('sensing_one', args=[made.code])}"
    pdf = sign_pdf(made, size=size, address=address, who=request.actor.name)
    response = HttpResponse(pdf, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="sign-{made.code}-{size}.pdf"'
    return response


@signed_in_page
@require_POST
def way(request: ActorRequest, way_id: int, verb: str) -> HttpResponse:
    """A way in that was tried, or a face that is gone from its gate."""
    _may_see(request)
    found = queries.way_for(request.actor, way_id)
    if verb == "works":
        actions.say_it_works(found, actor=request.actor)
        messages.success(request, _("记下了，这种办法试过，能进门。"))
    elif verb == "removed":
        actions.confirm_removed(found, actor=request.actor)
        messages.success(request, _("记下了，脸的数据已经从门上删掉。"))
    else:
        raise NotFound
    return redirect("workbench:sensing")


def _may_see(request: ActorRequest) -> None:
    if not may(request.actor, "sensing.see_pages"):
        raise NotAllowed


def _may_declare(request: ActorRequest) -> None:
    if not may(request.actor, "sensing.declare"):
        raise NotAllowed


def _write(
    request: ActorRequest,
    form: DeclarationForm,
    action: Callable[[Content], Declaration],
    *,
    made: Declaration | None = None,
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            written = action(form.content())
        except Invalid as refusal:
            refusal.beside(form)
        except Refusal as refusal:
            if refusal.closes_the_page:
                raise
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("草稿存好了。看一遍，再交上去。"))
            return redirect("workbench:declaration", written.pk)
    context = page_of(request, TAB, form=form, kind=form.kind, made=made, zones_words=_drawing_words())
    return render(request, "workbench/declare.html", context, status=422 if form.errors else 200)


def _initial(made: Declaration) -> dict:
    content = content_of(made)
    place = f"{content.place[0]}:{content.place[1]}" if content.place else ""
    return vars(content) | {"place": place, "zones": lines_of(made.zones), "version": made.version}


def _drawing_words() -> str:
    """What the drawing says, for its script."""
    return json.dumps(
        {
            "count": _("加一个计数的区域"),
            "mask": _("加一个遮住的区域"),
            "done": _("画完这个区域"),
            "undo": _("去掉最后一个角"),
            "clear": _("全部重画"),
            "picture": _("放一张画面在下面（只在这台电脑里，不上传）"),
            "name": _("这个区域叫什么？"),
            "how": _("在图上点出各个角，至少三个，再写上名字。"),
            "label": _("摄像头的画面：哪里计数，哪里遮住"),
        },
        ensure_ascii=False,
    )


def _verb_form(made: Declaration, verb: str, data=None) -> VerbForm:
    fields = FIELDS[verb]() if verb in FIELDS else {}
    return VerbForm(data, version=made.version, verb=verb, fields=fields, label=str(BUTTONS[verb]))


def _said(verb: str) -> str:
    return {
        "propose": _("交上去了，等另一位批准。"),
        "approve": _("批准了，现在就算公示。把牌子印出来挂上。"),
        "send_back": _("退回去了。"),
        "note_filing": _("备案号记下了。"),
        "withdraw": _("撤下了。设备发来的数据，从现在起不再收。"),
        "drop": _("这份草稿不办了。"),
    }[verb]


def _page(
    request: ActorRequest, made: Declaration, *, wrong: VerbForm | None = None, status: int = 200
) -> HttpResponse:
    verbs = [verb for verb in queries.allowed_verbs(made, request.actor) if verb in ACTIONS]
    forms_ = [wrong if wrong is not None and wrong.verb == verb else _verb_form(made, verb) for verb in verbs]
    first = next((verb for verb in FIRST if verb in verbs), "")
    standing = assessment_of(made.type)
    waiting = made.state in (DeclarationState.DRAFT, DeclarationState.PROPOSED)
    further = beyond(standing.weighed, made.scope) if standing is not None else []
    context = page_of(
        request,
        TAB,
        made=made,
        seen=queries.shown(made),
        steps=course(made.steps.all()),
        forms=sorted(forms_, key=lambda form: form.verb != first),
        first=first,
        wrong=wrong.verb if wrong is not None else "",
        standing=standing,
        unassessed=waiting and (standing is None or bool(further)),
        further=[beyond_words(one) for one in further],
        may_change="change" in queries.allowed_verbs(made, request.actor),
        may_revise="revise" in queries.allowed_verbs(made, request.actor),
        may_assess=may(request.actor, "sensing.assess"),
        filing_due=queries.filing_due(made),
        unheard=unheard_after_withdrawing(made) if "withdraw" in verbs else None,
        today=clock.today(),
        successor=made.successors.exclude(state=DeclarationState.DROPPED).first(),
    )
    return render(request, "workbench/declaration.html", context, status=status)
