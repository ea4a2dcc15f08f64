"""Putting a device into service: by its sticker, standing in front of it, or many from a table."""

from __future__ import annotations

import base64
import secrets
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.faces.workbench.access import community_page, staff_page
from linli.faces.workbench.frame import page_of
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.documents import qr_picture
from linli.foundation.documents.spreadsheets import XLSX, Stamp, as_xlsx
from linli.foundation.errors import Invalid, NotFound, Refusal
from linli.foundation.files.actions import store_photo
from linli.foundation.files.photos import MAX_BYTES, NotAPhoto, develop
from linli.foundation.privacy.consents.standing import purposes_sensing
from linli.foundation.privacy.sensing.grounds import grounds_of
from linli.foundation.privacy.sensing.hearing import UNCONSENTED, hearings
from linli.foundation.privacy.sensing.kinds import is_sensitive
from linli.foundation.privacy.sensing.queries import in_the_way
from linli.foundation.registry.actions import Mode, keep_upload
from linli.foundation.registry.api import read_upload, xlsx
from linli.foundation.registry.importing.workbooks import rejected_rows
from linli.foundation.registry.models import Building, Entrance, Facility, Home, ImportUpload, Resident
from linli.foundation.registry.queries import upload as kept_upload
from linli.foundation.registry.uploads import content_of
from linli.foundation.security.headers import permissions_policy
from linli.sense.telemetry import by_file
from linli.sense.telemetry.actions import Enrolled, NewDevice, Places, install, mistakes_in
from linli.sense.telemetry.connecting import access_of, settings_of_mosquitto
from linli.sense.telemetry.device_types import CATALOGUE
from linli.sense.telemetry.directory import spot_of
from linli.sense.telemetry.discovery.queries import waiting
from linli.sense.telemetry.looks import note_look
from linli.sense.telemetry.models import Device
from linli.sense.telemetry.queries import FirstHeard, first_heard
from linli.sense.telemetry.stickers import can_read_photos, sticker_of, words_on

TAB = "registry"
FAULTS_SHOWN = 200
STOP_ASKING = 286
"""The status with which htmx stops asking again."""


class PlaceForm(forms.Form):
    """Where a device stands: a facility, a building or an entrance, and inside a home its room number."""

    place = forms.ChoiceField(
        label=gettext_lazy("装在哪里"), error_messages={"required": gettext_lazy("请选装在哪里。")}
    )
    room = forms.CharField(
        label=gettext_lazy("室号"),
        max_length=16,
        required=False,
        help_text=gettext_lazy("装在家里才填，例如 502。上面要选单元。"),
    )

    def __init__(self, *args, actor: Actor, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["place"]).choices = places_for(actor)

    def where(self) -> dict[str, Any]:
        """The place as the actions take it; raises :class:`Invalid` for a room that is in no such entrance."""
        level, _sep, pk = self.cleaned_data["place"].partition(":")
        room = self.cleaned_data["room"].strip()
        if not room:
            return {f"{level}_id": int(pk)}
        home = Home.objects.filter(entrance=int(pk), number=room).first() if level == "entrance" else None
        if home is None:
            words = _("这个单元没有 %(room)s 室。") if level == "entrance" else _("填了室号，上面就要选单元。")
            raise Invalid(words % {"room": room}, field="room", code="unknown_place")
        return {"home_id": home.pk}


class EnrolForm(PlaceForm):
    code = forms.CharField(
        label=gettext_lazy("设备编号"),
        max_length=48,
        help_text=gettext_lazy("标签上的编号。"),
        widget=forms.TextInput({"autocapitalize": "off", "autocomplete": "off", "spellcheck": "false"}),
    )
    type = forms.ChoiceField(label=gettext_lazy("是什么设备"))
    name = forms.CharField(label=gettext_lazy("怎么叫它"), max_length=64, required=False)
    installer = forms.CharField(label=gettext_lazy("谁装的"), max_length=80, required=False)
    note = forms.CharField(
        label=gettext_lazy("校准记录"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("例如：出厂校准 2026-01；表盘读数 812.3。"),
    )
    firmware = forms.CharField(label=gettext_lazy("固件版本"), max_length=64, required=False)
    battery = forms.FloatField(
        label=gettext_lazy("电量"),
        min_value=0,
        max_value=100,
        required=False,
        widget=forms.NumberInput({"inputmode": "decimal"}),
        help_text=gettext_lazy("百分之几。"),
    )

    field_order = ("code", "type", "place", "room", "name", "installer", "note", "firmware", "battery")

    def __init__(self, *args, actor: Actor, **kwargs) -> None:
        super().__init__(*args, actor=actor, **kwargs)
        kinds = [(key, str(kind.label)) for key, kind in CATALOGUE.items() if not kind.any_past]
        cast(forms.ChoiceField, self.fields["type"]).choices = [("", _("请选一种")), *kinds]
        self.standing: dict[str, Any] | None = None

    def clean(self) -> dict[str, Any]:
        """All that is wrong at once: with what was written, and with the place for such a device."""
        given = super().clean() or {}
        self.standing = standing_of(self)
        where: dict[str, Any] = {}
        if given.get("place") and "room" in given:
            try:
                where = self.where()
            except Invalid as refusal:
                _beside(self, refusal)
        for mistake in mistakes_in(NewDevice(given.get("code", "").strip(), given.get("type", ""), **where)):
            _beside(self, mistake)
        return given


class FileForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("文件"),
        help_text=gettext_lazy("Excel（.xlsx、.xls）或 CSV，一次最多 5000 台。"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.csv,.txt"}),
    )


def places_for(actor: Actor) -> list:
    """Everything on which a device can be fitted, in groups."""
    facilities = [(f"facility:{one.pk}", str(one)) for one in Facility.objects.visible_to(actor).order_by("name")]
    buildings = Building.objects.visible_to(actor).select_related("estate").order_by("estate__code", "pk")
    entrances = Entrance.objects.filter(building__in=buildings).select_related("building__estate")
    groups = [
        (_("单元和家里"), [(f"entrance:{one.pk}", str(one)) for one in entrances.order_by("building", "pk")]),
        (_("设施"), facilities),
        (_("楼"), [(f"building:{one.pk}", str(one)) for one in buildings]),
    ]
    return [("", _("请选一处")), *((name, choices) for name, choices in groups if choices)]


@community_page
@never_cache
@sensitive_variables("enrolled")
@require_http_methods(["GET", "HEAD", "POST"])
def enrol(request: ActorRequest) -> HttpResponse:
    """The form; once it is accepted, the page with the secret, which is shown this once."""
    initial = {"code": request.GET.get("code", "")[:48], "type": request.GET.get("type", "")[:32]}
    form = EnrolForm(request.POST or None, actor=request.actor, initial=initial)
    if form.is_valid():
        try:
            enrolled = install(_new(request, form), actor=request.actor)
        except Refusal as refusal:
            if refusal.closes_the_page:
                raise
            _beside(form, refusal)
        else:
            return enrolled_page(request, enrolled)
    context = page_of(request, TAB, form=form, standing=form.standing, reads_photos=can_read_photos())
    return _with_camera(render(request, "workbench/devices/enrol.html", context, status=422 if form.errors else 200))


@community_page
@require_POST
def read_sticker(request: ActorRequest) -> HttpResponse:
    """The code on a photo of a sticker, or in the words that the phone's camera read: back into the form's field."""
    words = request.POST.get("words", "")
    photo = request.FILES.get("sticker")
    trouble = ""
    if photo is not None:
        if not can_read_photos():
            trouble = _("这里没有装读码的程序，请手填编号。")
        elif (photo.size or 0) > MAX_BYTES:
            trouble = _("照片太大，请靠近标签再拍一张。")
        else:
            try:
                words = words_on(develop(photo.read()).jpeg)
            except NotAPhoto:
                trouble = _("这个文件不是照片。请选 JPEG、PNG 或 WebP 照片。")
    found = sticker_of(words)
    if not found.code and not trouble:
        trouble = _("没有读出编号。请靠近、照亮标签再拍一张，或者手填。")
    known = Device.objects.visible_to(request.actor).filter(code=found.code).first() if found.code else None
    context = {"found": found, "trouble": trouble, "known": known, "known_type": found.type in CATALOGUE}
    return render(request, "workbench/devices/_sticker.html", context)


@community_page
@require_safe
def standing(request: ActorRequest) -> HttpResponse:
    """Whether the chosen kind may stand at the chosen place, and what comes first where it may not."""
    form = EnrolForm(request.GET, actor=request.actor)
    form.is_valid()
    return render(request, "workbench/devices/_standing.html", {"standing": form.standing})


@staff_page
@never_cache
@require_safe
def first(request: ActorRequest, device_id: int) -> HttpResponse:
    """Whether it has spoken, asked again until it has."""
    device = Device.objects.visible_to(request.actor).filter(pk=device_id).first()
    if device is None:
        raise NotFound
    if CATALOGUE[device.type].bridge:
        count = waiting(request.actor, device)
        status = STOP_ASKING if count and request.headers.get("HX-Request") else 200
        return render(request, "workbench/devices/_found.html", {"device": device, "count": count}, status=status)
    heard = _heard(device, request.actor)
    status = STOP_ASKING if heard.at is not None and request.headers.get("HX-Request") else 200
    return render(request, "workbench/devices/_first.html", {"device": device, "heard": heard}, status=status)


@community_page
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: ActorRequest) -> HttpResponse:
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            content = read_upload(file)
            by_file.check(content, file.name)
            kept = keep_upload(content, file.name, template=by_file.KIND, actor=request.actor)
        except Refusal as refusal:
            form.add_error("file", str(refusal))
        else:
            return redirect("workbench:devices_check", kept.pk)
    context = page_of(request, TAB, form=form, columns=by_file.TEMPLATE.columns, template=by_file.TEMPLATE)
    return render(request, "workbench/devices/upload.html", context, status=422 if form.errors else 200)


@community_page
@never_cache
@sensitive_variables("enrolled")
@require_http_methods(["GET", "HEAD", "POST"])
def checked(request: ActorRequest, upload_id: int) -> HttpResponse:
    """What the file would do; a POST enrols in the chosen mode and shows the secrets as a file, this once."""
    kept = _kept(request.actor, upload_id)
    if request.method == "POST":
        mode = Mode.GOOD if request.POST.get("mode") == Mode.GOOD else Mode.ALL
        try:
            report, enrolled = by_file.enrol_upload(kept, mode=mode, actor=request.actor)
        except Refusal as refusal:
            messages.error(request, str(refusal))
            return redirect("workbench:devices_check", upload_id)
        if report.imported:
            context = page_of(
                request,
                TAB,
                report=report,
                enrolled=len(enrolled),
                address=_as_address(_secrets_of(enrolled, request.actor)),
                left_over=_as_address(rejected_rows(report)) if report.bad else "",
            )
            return render(request, "workbench/devices/imported.html", context)
        messages.error(request, _("登记簿刚刚有变化，现在有 %(n)d 行不能导入，请再看一遍。") % {"n": report.rejected})
    report = by_file.check(content_of(kept), kept.file_name).report
    faults = [(row.line, fault) for row in report.bad for fault in row.faults]
    context = page_of(
        request,
        TAB,
        kept=kept,
        report=report,
        faults=faults[:FAULTS_SHOWN],
        more_faults=max(0, len(faults) - FAULTS_SHOWN),
    )
    return render(request, "workbench/devices/checked.html", context)


@community_page
@require_safe
def rejected(request: ActorRequest, upload_id: int) -> HttpResponse:
    kept = _kept(request.actor, upload_id)
    report = by_file.check(content_of(kept), kept.file_name).report
    return xlsx(rejected_rows(report), "rejected-devices.xlsx")


def enrolled_page(request: ActorRequest, enrolled: Enrolled) -> HttpResponse:
    """The secret, once: as words and as a code for the device; and whether its first reading has come."""
    access = access_of(enrolled)
    bridge = settings_of_mosquitto(access) if CATALOGUE[enrolled.device.type].bridge else ""
    context = page_of(
        request,
        TAB,
        device=enrolled.device,
        access=access,
        qr=qr_picture(access.url),
        bridge=bridge,
        bridge_file=_as_address(bridge.encode(), "text/plain"),
        count=0,
        heard=_heard(enrolled.device, request.actor),
    )
    response = render(request, "workbench/devices/enrolled.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


def _heard(device: Device, actor: Actor) -> FirstHeard:
    """Who lives where it hangs reads who saw its first values, as of any later ones."""
    heard = first_heard(device, actor)
    if heard.values:
        note_look(device, actor)
    return heard


def _new(request: ActorRequest, form: EnrolForm) -> NewDevice:
    given = form.cleaned_data
    photos = [store_photo(photo.read(), actor=request.actor) for photo in request.FILES.getlist("photo")[:1]]
    return NewDevice(
        given["code"].strip(),
        given["type"],
        given["name"].strip(),
        installer=given["installer"].strip(),
        firmware=given["firmware"].strip(),
        photo_id=photos[0].pk if photos else None,
        note=given["note"].strip(),
        battery=given["battery"],
        **form.where(),
    )


def standing_of(form: PlaceForm) -> dict[str, Any] | None:
    """What is missing before such a device may stand there; ``None`` while kind or place are not chosen."""
    given = form.cleaned_data
    kind = CATALOGUE.get(given.get("type", ""))
    if kind is None or not given.get("place") or "room" not in given:
        return None
    try:
        new = NewDevice("new", kind.key, **form.where())
    except Invalid as refusal:
        return {"lack": "unknown_place", "words": str(refusal)}
    device = Device(type=kind.key, **Places([new]).of(new, 1))
    spot = spot_of(device)
    told = {"kind": kind, "home": device.home_id}
    if is_sensitive(kind.key) and spot not in grounds_of([spot]):
        return {**told, "lack": in_the_way(spot)}
    if hearings([spot])[spot].refused != UNCONSENTED:
        return {**told, "lack": ""}
    if not purposes_sensing(kind.key):
        return {**told, "lack": "no_purpose"}
    people = Resident.objects.filter(home=device.home_id, left_on__isnull=True).order_by("birth_date", "pk")
    return {**told, "lack": "not_agreed", "people": list(people)}


def _beside(form: EnrolForm, refusal: Refusal) -> None:
    """Lists name a home by its key, the form by its room."""
    name = {"home_id": "room"}.get(refusal.field or "", refusal.field)
    form.add_error(name if name in form.fields else None, str(refusal))


def _as_address(file: bytes, kind: str = XLSX) -> str:
    """A file inside the page that offers it: it lies nowhere else."""
    return f"data:{kind};base64,{base64.b64encode(file).decode()}"


def _kept(actor: Actor, upload_id: int) -> ImportUpload:
    kept = kept_upload(actor, upload_id)
    if kept.template != by_file.KIND:
        raise NotFound
    return kept


def _secrets_of(enrolled: list[Enrolled], actor: Actor) -> bytes:
    columns = [_("设备编号"), _("种类"), _("用户名"), _("密钥"), _("服务器"), _("端口"), _("主题")]
    rows: list[list[str | int]] = []
    for one in enrolled:
        access = access_of(one)
        kind = str(CATALOGUE[one.device.type].label)
        rows.append([access.code, kind, access.code, access.secret, access.host, access.port, access.topic])
    stamp = Stamp(f"D-{secrets.token_hex(4)}", actor.name, clock.now())
    return as_xlsx(_("设备密钥"), columns, rows, stamp=stamp, widths=(20, 14, 20, 48, 24, 8, 40))


def _with_camera(response: HttpResponse) -> HttpResponse:
    """Only this page may ask for the camera: it reads stickers."""
    response.headers["Permissions-Policy"] = permissions_policy(camera=True)
    return response
