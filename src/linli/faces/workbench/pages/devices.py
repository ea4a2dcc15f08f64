"""Devices: which there are and how they are, one device's life, and what is done to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from linli.faces.workbench.access import staff_page
from linli.faces.workbench.curves import curves_of
from linli.faces.workbench.frame import page_of
from linli.faces.workbench.pages.enrolling import PlaceForm, enrolled_page
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import Invalid, NotAllowed, NotFound, Refusal
from linli.sense.telemetry import lives, tending
from linli.sense.telemetry.actions import Enrolled, renew_secret, revoke
from linli.sense.telemetry.conditions import CONDITIONS, UNHEARD, conditions_of, in_condition, tallies
from linli.sense.telemetry.device_types import CATALOGUE
from linli.sense.telemetry.discovery.queries import came_through, waiting
from linli.sense.telemetry.looks import note_look
from linli.sense.telemetry.models import Device
from linli.sense.telemetry.queries import sight_of, values_of
from linli.sense.telemetry.unheard import unheard_of
from linli.understand.warnings.last_ears import unheard_after_revoking
from linli.understand.warnings.rules import types_unwatched
from linli.understand.warnings.worked_on import deaf_until

TAB = "registry"
ON_A_PAGE = 50
DAY = timedelta(days=1)
REVOKED = "revoked"
UNWATCHED = "unwatched"
FILTERS = {**CONDITIONS, UNWATCHED: gettext_lazy("没有规则在看")}


class DoForm(forms.Form):
    """The fields of one thing that is done to a device."""

    def __init__(self, *args, fields: dict[str, forms.Field], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields.update(fields)


def _note(label: Any, *, required: bool = False, help_text: Any = "") -> forms.Field:
    return forms.CharField(label=label, max_length=tending.LONGEST_NOTE, required=required, help_text=help_text)


def _number(label: Any, *, required: bool = False, help_text: Any = "") -> forms.Field:
    return forms.FloatField(
        label=label,
        required=required,
        help_text=help_text,
        widget=forms.NumberInput({"step": "any", "inputmode": "decimal"}),
    )


def _calibration(device: Device) -> dict[str, forms.Field]:
    metrics = [(key, str(one.label)) for key, one in CATALOGUE[device.type].metrics.items() if one.may_be_calibrated]
    return {
        "metric": forms.ChoiceField(label=_("哪一项"), choices=metrics),
        "shown": _number(_("设备自己显示"), required=True),
        "true": _number(_("标准表显示"), required=True),
        "shown_too": _number(_("第二次：设备自己显示"), help_text=_("量两次，比例也能校准。")),
        "true_too": _number(_("第二次：标准表显示")),
        "note": _note(_("用什么校准的")),
    }


FIELDS: dict[str, Callable[[Device], dict[str, forms.Field]]] = {
    "maintain": lambda device: {"note": _note(_("哪里不对"), required=True)},
    "battery": lambda device: {"note": _note(_("备注"))},
    "note": lambda device: {"note": _note(_("写一句"), required=True)},
    "firmware": lambda device: {"value": forms.CharField(label=_("固件版本"), max_length=64), "note": _note(_("备注"))},
    "calibrate": _calibration,
    "meter": lambda device: {
        "final": _number(_("旧表停在多少"), help_text=_("记下两个读数，换表那天的用量也算得清。")),
        "initial": _number(_("新表从多少起")),
        "note": _note(_("备注")),
    },
    "move": lambda device: {"note": _note(_("为什么换地方"))},
    "replace": lambda device: {
        "code": forms.CharField(label=_("新设备的编号"), max_length=48),
        "installer": forms.CharField(label=_("谁装的"), max_length=80, required=False),
        "firmware": forms.CharField(label=_("固件版本"), max_length=64, required=False),
        "note": _note(_("为什么换")),
    },
    "renew": lambda device: {},
    "revoke": lambda device: {"note": _note(_("为什么停用"))},
}
LABELS = {
    "maintain": gettext_lazy("报修"),
    "battery": gettext_lazy("换了电池"),
    "note": gettext_lazy("加一条备注"),
    "firmware": gettext_lazy("换了固件"),
    "calibrate": gettext_lazy("校准"),
    "meter": gettext_lazy("换表"),
    "move": gettext_lazy("换地方"),
    "replace": gettext_lazy("换一台新的"),
    "renew": gettext_lazy("换密钥"),
    "revoke": gettext_lazy("停用"),
}
TOLD = {
    "calibrate": gettext_lazy("从现在起的读数按这个算，以前的不改。"),
    "meter": gettext_lazy("水表、电表换了，发数据的还是这一台：读数从头算起，用量不会变成负的，也不会猛涨。"),
    "replace": gettext_lazy("新的一台接着用这个位置，旧的马上断开，不能再连。"),
    "renew": gettext_lazy("旧密钥马上作废，连着的也马上断开。新密钥只显示一次。"),
    "revoke": gettext_lazy("马上断开，不能再连。它说过的数据还在。"),
    "maintain": gettext_lazy("会开一件事，派给这里的网格。"),
}
LEAVES = ("revoke", "move")
"""What takes a device away from its place."""
BY_GRID = ("maintain", "battery", "note", "firmware")
DONE = {
    "maintain": gettext_lazy("报修了，已经开成一件事。"),
    "revoke": gettext_lazy("停用了，连着的也断开了。"),
}


@staff_page
@require_safe
def devices(request: ActorRequest) -> HttpResponse:
    """Every device that the worker may see, by kind and by what is wrong with it."""
    chosen = {name: request.GET.get(name, "")[:48].replace("\0", "") for name in ("type", "how", "q")}
    rows = _rows(request.actor, chosen)
    shown = Paginator(rows, ON_A_PAGE).get_page(request.GET.get("page"))
    listed = list(shown.object_list)
    how = conditions_of(listed)
    counts = tallies(request.actor)
    counts[UNWATCHED] = _unwatched(request.actor).count()
    rules_off = types_unwatched()
    kinds = set(Device.objects.visible_to(request.actor).values_list("type", flat=True))
    context = page_of(
        request,
        TAB,
        rows=[
            (
                device,
                CATALOGUE[device.type].label,
                place_words(device),
                how.get(device.pk, []),
                device.type in rules_off,
            )
            for device in listed
        ],
        shown=shown,
        chosen=chosen,
        chips=[(key, label, counts[key]) for key, label in FILTERS.items() if counts[key] or key == chosen["how"]],
        types=[(key, kind.label) for key, kind in CATALOGUE.items() if key in kinds],
        may_enrol=request.actor.is_community_staff,
        waiting=waiting(request.actor),
    )
    return render(request, "workbench/devices/list.html", context)


@staff_page
@require_safe
def device(request: ActorRequest, device_id: int) -> HttpResponse:
    """Its life; ``?do=`` opens the form of one verb."""
    found = _load(request.actor, device_id)
    verb = request.GET.get("do", "")
    form = _form(found, verb, request.actor) if verb in _verbs(found, request.actor) else None
    return _page(request, found, verb=verb if form else "", form=form)


@staff_page
@never_cache
@sensitive_variables("done")
@require_POST
def do(request: ActorRequest, device_id: int, verb: str) -> HttpResponse:
    found = _load(request.actor, device_id)
    if verb not in FIELDS:
        raise NotFound
    if verb not in BY_GRID and not request.actor.is_community_staff:
        raise NotAllowed
    form = _form(found, verb, request.actor, request.POST)
    if not form.is_valid():
        return _page(request, found, verb=verb, form=form, status=422)
    try:
        done = _perform(found, verb, form, request.actor)
    except Refusal as refusal:
        if refusal.closes_the_page:
            raise
        refusal.beside(form)
        return _page(request, found, verb=verb, form=form, status=refusal.status)
    if isinstance(done, Enrolled):
        return enrolled_page(request, done)
    messages.success(request, DONE.get(verb) or _("记下了。"))
    return redirect("workbench:device", found.pk)


def place_words(device: Device) -> str:
    """The nearest place in words; empty for a device without one."""
    where = device.home or device.facility or device.entrance or device.building
    return str(where) if where else ""


def _perform(found: Device, verb: str, form: forms.Form, actor: Actor) -> Any:
    given = form.cleaned_data
    match verb:
        case "maintain":
            return tending.ask_maintenance(found, actor=actor, **given)
        case "battery" | "firmware":
            return tending.write_down(found, verb, actor=actor, **given)
        case "note":
            return tending.write_down(found, "noted", actor=actor, **given)
        case "calibrate":
            return tending.calibrate(
                found, metric=given["metric"], pairs=_pairs(given), note=given["note"], actor=actor
            )
        case "meter":
            return tending.swap_meter(found, actor=actor, **given)
        case "move":
            return tending.move(found, actor=actor, note=given["note"], **cast(PlaceForm, form).where())
        case "replace":
            return tending.replace(found, actor=actor, **given)
        case "renew":
            return renew_secret(found, actor=actor)
    return revoke(found, actor=actor, **given)


def _pairs(given: dict[str, Any]) -> list[tuple[float, float]]:
    second = (given["shown_too"], given["true_too"])
    if second == (None, None):
        return [(given["shown"], given["true"])]
    if None in second:
        raise Invalid(_("第二次的两个读数要一起填。"), field="shown_too", code="missing")
    return [(given["shown"], given["true"]), cast(tuple[float, float], second)]


def _form(found: Device, verb: str, actor: Actor, data=None) -> forms.Form:
    fields = FIELDS[verb](found)
    if verb in LEAVES and unheard_after_revoking(found):
        fields["note"].required = True
    if verb != "move":
        return DoForm(data, fields=fields)
    form = PlaceForm(data, actor=actor)
    form.fields.update(fields)
    return form


def _verbs(found: Device, actor: Actor) -> list[str]:
    """What this actor may do to it now."""
    if found.revoked_at is not None:
        return []
    kind = CATALOGUE[found.type]
    fits = {
        "maintain": tending.open_maintenance(found) is None,
        "battery": kind.has_battery,
        "calibrate": any(metric.may_be_calibrated for metric in kind.metrics.values()),
        "meter": tending.counter_of(found) is not None,
    }
    return [verb for verb in FIELDS if (actor.is_community_staff or verb in BY_GRID) and fits.get(verb, True)]


def _rows(actor: Actor, chosen: dict[str, str]):
    how, kind, words = chosen["how"], chosen["type"], chosen["q"].strip()
    if how in CONDITIONS:
        rows = in_condition(actor, how)
    elif how == UNWATCHED:
        rows = _unwatched(actor).order_by("code")
    else:
        rows = Device.objects.visible_to(actor).filter(revoked_at__isnull=how != REVOKED).order_by("code")
    if kind:
        rows = rows.filter(type=kind)
    if words:
        rows = rows.filter(Q(code__icontains=words) | Q(name__icontains=words))
    return rows.select_related(*PLACES)


def _unwatched(actor: Actor) -> QuerySet[Device]:
    """What is listened to, and looked at by no rule, because the community has switched off all that would."""
    rows = Device.objects.visible_to(actor).filter(revoked_at__isnull=True, type__in=types_unwatched())
    return rows.exclude(pk__in=unheard_of(rows).values("pk"))


PLACES = (
    "home__entrance__building__estate", "facility", "entrance__building__estate", "building__estate",
)  # fmt: skip


def _load(actor: Actor, device_id: int) -> Device:
    rows = Device.objects.visible_to(actor).select_related(*PLACES, "photo", "replaces", "replaced_by", "community")
    found = rows.filter(pk=device_id).first()
    if found is None:
        raise NotFound
    return found


def _page(
    request: ActorRequest, found: Device, *, verb: str = "", form: forms.Form | None = None, status: int = 200
) -> HttpResponse:
    now = clock.now()
    sees = bool(sight_of(found, request.actor))
    conditions = conditions_of([found]).get(found.pk, [])
    heard = found.revoked_at is None and not any(one.key == UNHEARD for one in conditions)
    if sees:
        note_look(found, request.actor)
    context = page_of(
        request,
        TAB,
        device=found,
        kind=CATALOGUE[found.type],
        place=place_words(found),
        conditions=conditions,
        unwatched=[rule.shipped.name for rule in types_unwatched().get(found.type, [])] if heard else [],
        values=values_of(found, request.actor),
        sees=sees,
        use=lives.use_of(found) if sees else None,
        curves=curves_of(found, now - DAY, now, mark=now + DAY, actor=request.actor),
        timeline=lives.timeline(found),
        repair=tending.open_maintenance(found),
        deaf=deaf_until(found),
        via=came_through(found, request.actor),
        verbs=[(one, LABELS[one]) for one in _verbs(found, request.actor)],
        verb=verb,
        form=form,
        label=LABELS.get(verb, ""),
        told=TOLD.get(verb, ""),
        unheard=unheard_after_revoking(found) if verb in LEAVES else None,
    )
    return render(request, "workbench/devices/device.html", context, status=status)
