"""Reporting: one page in the standard theme, three small ones in the elder theme, the same form behind both."""

from __future__ import annotations

import math
import uuid
from urllib.parse import urlencode

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from linli.act.casework.actions import receive
from linli.act.casework.queries import explain_deadline, my_matter
from linli.faces.kit.numbers import whole
from linli.faces.kit.themes import ELDER, theme_of
from linli.faces.plan import plan_of
from linli.faces.portal import drafts
from linli.faces.portal.access import SpeakingRequest, resident_page
from linli.faces.portal.forms import PHOTOS_AT_MOST, PlaceKind, ReportForm, photo_ids_in
from linli.faces.portal.handling import handler_of
from linli.faces.portal.pages.frame import page_of
from linli.faces.portal.promising import counting_words
from linli.foundation.errors import Refusal
from linli.foundation.files.actions import store_photo
from linli.foundation.files.models import Attachment
from linli.foundation.files.photos import place_of
from linli.foundation.lifecycle.explaining import moment
from linli.foundation.registry.models import Building, Facility
from linli.foundation.registry.rules.geometry import local_metres
from linli.sense.requests.actions import Place
from linli.sense.requests.models import Channel, VoiceMessage
from linli.sense.requests.rules.danger import SIGNS, find_danger
from linli.sense.requests.rules.sounds import LONGEST, MAX_BYTES
from linli.sense.requests.voices import keep_voice

SEND = "send"
FARTHEST_PHOTO = 5_000.0
"""Metres from the map's beginning beyond which a photo was taken somewhere else."""
DANGER_SIGNS = "|".join(pattern for patterns in SIGNS.values() for pattern in patterns)
"""For the phone, which warns while somebody is still typing; the server decides."""

FIELDS_OF = {"photo_ids": "photos", "facility_id": "facility", "building_id": "building"}


@resident_page
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: SpeakingRequest) -> HttpResponse:
    elder = theme_of(request) == ELDER
    if request.method != "POST":
        draft = drafts.kept(request) if elder else None
        if draft is not None:
            return _ask_again(request, draft)
    form = _form(request, places_photos=not elder and _origin(request) is not None)
    if request.method != "POST":
        return _ask(request, form, step=1, elder=elder)
    _keep_photos(request, form)
    _keep_voice(request, form)
    wanted = request.POST.get("to", SEND)
    if elder and wanted != SEND:
        return _next_step(request, form, wanted)
    if form.is_valid():
        try:
            received = receive(
                form.cleaned_data["words"],
                actor=request.actor,
                channel=Channel.PORTAL,
                place=_place(form),
                speaker_id=request.speaking.resident.pk,
                photo_ids=form.cleaned_data["photo_ids"],
                client_key=form.cleaned_data["client_key"],
                voice_id=form.cleaned_data["voice_id"],
            )
        except Refusal as refusal:
            form.refuse(FIELDS_OF.get(refusal.field or "", refusal.field), refusal.message)
        else:
            drafts.forget(request)
            return redirect("portal:sent", received.request.pk)
    if elder:
        return _turn_to(request, form, step=_step_at_fault(form), checked=True)
    return _ask(request, form, step=1, elder=False, status=422)


@resident_page
@require_safe
def sent(request: SpeakingRequest, request_id: int) -> HttpResponse:
    """What happens now: the number, who, and by when."""
    page = my_matter(request_id, request.actor, of=request.speaking.resident.pk)
    found = page.line
    case = found.case
    context = page_of(
        request,
        "report",
        matter=found,
        page=page,
        handler=handler_of(case, request.speaking.community, ended=found.ended),
        danger=find_danger(page.words),
        contact_by=moment(case.contact_by) if case else "",
        finish_by=moment(case.finish_by) if case else "",
        counting=counting_words(case) if not found.ended else "",
        explanation=explain_deadline(case) if case is not None and not found.ended else [],
    )
    return render(request, "portal/sent.html", context)


def _origin(request: SpeakingRequest) -> tuple[float, float] | None:
    """Where on Earth the community's map begins, if anybody has said so."""
    here = request.speaking.community
    return (
        None
        if here.origin_latitude is None or here.origin_longitude is None
        else (here.origin_latitude, here.origin_longitude)
    )


def _read_place(request: SpeakingRequest, form: ReportForm, data: bytes) -> None:
    """The place in the photo becomes the pin, if the person chose that and it lies on the map; it is kept nowhere else."""
    origin = _origin(request)
    if form.data.get("place") != PlaceKind.PHOTO or form.data.get("x") or origin is None:
        return
    if (found := place_of(data)) is None:
        return
    x, y = local_metres(*found, origin)
    if abs(x) <= FARTHEST_PHOTO and abs(y) <= FARTHEST_PHOTO:
        form.set_field("x", f"{x:.1f}")
        form.set_field("y", f"{y:.1f}")


def _form(request: SpeakingRequest, *, places_photos: bool, data: QueryDict | None = None) -> ReportForm:
    return ReportForm(
        request.POST.copy() if request.method == "POST" else data,
        request.FILES or None,
        facilities=Facility.objects.visible_to(request.actor).order_by("name"),
        buildings=Building.objects.visible_to(request.actor).select_related("estate").order_by("estate__name", "pk"),
        has_home=request.speaking.resident.home_id is not None,
        places_photos=places_photos,
    )


def _keep_photos(request: SpeakingRequest, form: ReportForm) -> None:
    """Store what was sent at once, so that a mistake elsewhere in the form does not lose a photo."""
    kept = _kept_ids(form)
    for file in request.FILES.getlist("photos"):
        if len(kept) >= PHOTOS_AT_MOST:
            form.not_kept("photos", _("最多 4 张照片，多的没有收。"))
            break
        try:
            data = file.read()
            kept.append(store_photo(data, actor=request.actor).pk)
            _read_place(request, form, data)
        except Refusal as refusal:
            form.not_kept("photos", refusal.message)
    form.set_field("photo_ids", ",".join(str(pk) for pk in dict.fromkeys(kept)))


def _keep_voice(request: SpeakingRequest, form: ReportForm) -> None:
    """Stored at once like a photo; a new recording takes the place of the one before."""
    if request.POST.get("voice_drop"):
        form.set_field("voice_id", "")
    file = request.FILES.get("voice")
    if file is None:
        return
    try:
        kept = keep_voice(file.read(), actor=request.actor, seconds=_seconds(request.POST.get("voice_seconds", "")))
    except Refusal as refusal:
        form.not_kept("voice", refusal.message)
    else:
        form.set_field("voice_id", str(kept.pk))


def _seconds(text: str) -> float | None:
    """What the recorder on the phone counted; nonsense is as if it had said nothing."""
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _kept_voice(request: SpeakingRequest, form: ReportForm) -> VoiceMessage | None:
    number = whole(form.data.get("voice_id", "")) if form.is_bound else None
    return VoiceMessage.objects.visible_to(request.actor).filter(pk=number).first() if number is not None else None


def _kept_ids(form: ReportForm) -> list[int]:
    return photo_ids_in(form.data.get("photo_ids", ""))


def _place(form: ReportForm) -> Place:
    given = form.cleaned_data
    match given["place"]:
        case PlaceKind.FACILITY:
            return Place(facility_id=given["facility"].pk)
        case PlaceKind.BUILDING:
            return Place(building_id=given["building"].pk)
        case PlaceKind.PIN | PlaceKind.PHOTO:
            return Place(x=given["x"], y=given["y"])
    return Place()


def _next_step(request: SpeakingRequest, form: ReportForm, wanted: str) -> HttpResponse:
    """Forward only past what is complete; backward always, with everything kept."""
    step = int(wanted) if wanted in {"1", "2", "3"} else 1
    came_from = request.POST.get("step", "1")
    if came_from == "1" and step == 2 and set(form.errors) & {"words", "photos", "voice"}:
        return _turn_to(request, form, step=1, checked=True)
    if came_from == "2" and step == 3 and set(form.errors) & {"place", "facility", "building"}:
        return _turn_to(request, form, step=2, checked=True)
    return _turn_to(request, form, step=step, checked=False)


def _turn_to(request: SpeakingRequest, form: ReportForm, *, step: int, checked: bool) -> HttpResponse:
    """Send the phone to that step as a page of its own, with all that was written."""
    if not form.data.get("client_key"):
        form.set_field("client_key", uuid.uuid4().hex)
    data = {name: form.data[name] for name in form.fields if name in form.data}
    key = data["client_key"][:64]
    draft = drafts.Draft(key, request.speaking.resident.pk, data | {"client_key": key}, checked, form.said)
    if not drafts.keep(request, draft):
        return _ask(request, form, step=step, elder=True, status=422 if checked else 200, fresh=not checked)
    return redirect(f"{reverse('portal:report')}?{urlencode({'draft': key, 'step': step})}")


def _ask_again(request: SpeakingRequest, draft: drafts.Draft) -> HttpResponse:
    data = QueryDict(mutable=True)
    data.update(draft.data)
    form = _form(request, places_photos=False, data=data)
    for field, words in draft.said:
        form.not_kept(field, words)
    form.is_valid()
    step = whole(request.GET.get("step"))
    return _ask(request, form, step=step if step in (1, 2, 3) else 1, elder=True, fresh=not draft.checked)


def _step_at_fault(form: ReportForm) -> int:
    if set(form.errors) & {"words", "photos", "voice"}:
        return 1
    return 2 if set(form.errors) & {"place", "facility", "building"} else 3


def _ask(
    request: SpeakingRequest,
    form: ReportForm,
    *,
    step: int,
    elder: bool,
    status: int = 200,
    fresh: bool = False,
) -> HttpResponse:
    if fresh:
        for name in list(form.errors):
            del form.errors[name]
    if form.is_bound and not form.data.get("place"):
        form.set_field("place", form.places[0])
    buildings = form.buildings
    home = request.speaking.resident.home
    context = page_of(
        request,
        "report",
        form=form,
        step=step,
        previous=step - 1,
        back=reverse("portal:home"),
        plan=plan_of(request.speaking.community, buildings) if step == 2 or not elder else None,
        home_place=home or "",
        kept_photos=Attachment.objects.visible_to(request.actor).filter(pk__in=_kept_ids(form))
        if form.is_bound
        else [],
        photos_at_most=PHOTOS_AT_MOST,
        kept_voice=_kept_voice(request, form),
        voice_longest=LONGEST,
        voice_minutes=LONGEST // 60,
        voice_largest=MAX_BYTES,
        danger=find_danger(form.data.get("words", "")) if form.is_bound else None,
        danger_signs=DANGER_SIGNS,
        speech_language="zh-CN" if (get_language() or "").startswith("zh") else "en-US",
    )
    if elder:
        context |= {"place_words": _place_words(form, home), "place_fields": _place_fields(form)}
    template = "portal/elder/report.html" if elder else "portal/report.html"
    return render(request, template, context, status=status)


def _place_fields(form: ReportForm) -> list[tuple[str, str]]:
    names = ("place", "facility", "building", "x", "y")
    return [(name, form.data[name]) for name in names if form.is_bound and form.data.get(name)]


def _place_words(form: ReportForm, home) -> str:
    if not form.is_bound:
        return ""
    given = form.cleaned_data if hasattr(form, "cleaned_data") else {}
    match form.data.get("place"):
        case PlaceKind.FACILITY:
            return str(given.get("facility") or "")
        case PlaceKind.BUILDING:
            return str(given.get("building") or "")
        case PlaceKind.PIN:
            return _("您在图上点的地方")
    return str(home or "")
