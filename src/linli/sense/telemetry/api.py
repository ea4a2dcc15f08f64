"""Devices and observations over HTTP: enrol and revoke, send, and see how ingest is doing."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema, Status
from ninja.security import HttpBasicAuth
from pydantic import Field

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import Invalid, NotAllowed, NotFound, Refusal
from linli.foundation.privacy.sensing.grounds import Ground, grounds_of, view_zones
from linli.foundation.privacy.sensing.kinds import is_sensitive
from linli.foundation.tenancy import community_scope
from linli.sense.telemetry import actions, publishing, quarantine, queries
from linli.sense.telemetry.counting import count, pictured
from linli.sense.telemetry.decoding import MAX_PAYLOAD, Fault, Point, Span, decode
from linli.sense.telemetry.device_types import CATALOGUE
from linli.sense.telemetry.directory import spot_of
from linli.sense.telemetry.models import Device
from linli.sense.telemetry.quarantine_reasons import REASONS, WITHHELD_REASONS, words_for
from linli.sense.telemetry.storing import believed_times
from linli.sense.telemetry.stream import subject_of, topic_of
from linli.sense.telemetry.wire import WireError
from linli.sense.telemetry.withholding import note_refused

router = Router(tags=["telemetry"])

LARGEST_ID = 2**63 - 1
MOST_AT_ONCE = 5_000
MOST_FAULTS = 50


class TooLarge(Refusal):
    status = 413
    code = "too_large"


class Unavailable(Refusal):
    """The message server cannot say that it has the message on disk: send it again."""

    status = 503
    code = "message_server_away"


class DeviceCredential(HttpBasicAuth):
    """User name: the device's code; password: its secret."""

    def authenticate(self, request: HttpRequest, username: str, password: str) -> Device | None:
        return queries.device_by_credential(username, password) if actions.CODE.fullmatch(username) else None


class NewDeviceIn(Schema):
    """The nearest place is enough: the wider ones follow from it."""

    code: str = Field(min_length=1, max_length=48, pattern=r"^[A-Za-z0-9_-]+$")
    type: str = Field(max_length=32, description=f"one of: {', '.join(CATALOGUE)}")
    name: str = Field("", max_length=64, pattern=r"^[^\x00]*$")
    building_id: int | None = Field(None, ge=1, le=LARGEST_ID)
    entrance_id: int | None = Field(None, ge=1, le=LARGEST_ID)
    home_id: int | None = Field(None, ge=1, le=LARGEST_ID)
    facility_id: int | None = Field(None, ge=1, le=LARGEST_ID)


class CredentialOut(Schema):
    """``secret`` is shown this once. MQTT: user name ``code``, password ``secret``, topic ``topic``, QoS 1."""

    id: int
    code: str
    type: str
    secret: str
    topic: str


class DeviceOut(Schema):
    id: int
    code: str
    type: str
    name: str
    building_id: int | None
    entrance_id: int | None
    home_id: int | None
    facility_id: int | None
    enrolled_at: datetime
    revoked_at: datetime | None
    last_seen_at: datetime | None


class DevicesOut(Schema):
    items: list[DeviceOut]
    count: int


class FaultOut(Schema):
    part: str
    code: str
    reason: str


class ZoneOut(Schema):
    """Corners from 0 to 1, x to the right, y downwards."""

    key: str
    corners: list[tuple[float, float]]
    masked: bool


class ViewOut(Schema):
    """What a device with an eye may count, and where it must not look: it blackens `masked` zones before it counts."""

    metrics: list[str]
    zones: list[ZoneOut]


class AcceptedOut(Schema):
    """``sequence`` is the message's place in the stream, where it is on disk; ``set_aside`` goes to the quarantine."""

    sequence: int
    readings: int
    set_aside: list[FaultOut]


class StatusOut(Schema):
    """Messages: ``stream_last``, ``stored``, ``lag``; observations: ``accepted``, ``repeated``, ``quarantined``."""

    stream_last: int | None
    stored: int
    lag: int | None
    urgent_lag: int | None = Field(description="messages not yet looked through for what calls for help")
    accepted: int
    repeated: int
    quarantined: int
    unconsented: int = Field(description="messages from homes that did not agree: counted, never kept")
    undeclared: int = Field(description="messages of sensitive devices that nobody declared or assessed: never kept")
    withheld: int = Field(description="readings and pictures of declared devices that may not be kept: never kept")
    flooded: int = Field(description="readings, or whole messages, beyond what one device may say: never kept")
    tap_failures: int
    violations: int
    running: bool
    trouble: str
    updated_at: datetime | None


class QuarantinedOut(Schema):
    id: int
    subject: str
    device_code: str
    sequence: int
    part: str
    code: str
    reason: str
    payload: str
    payload_size: int
    received_at: datetime
    replayed_at: datetime | None

    @staticmethod
    def resolve_payload(row) -> str:
        return bytes(row.payload).decode(errors="replace")


class QuarantineOut(Schema):
    items: list[QuarantinedOut]
    count: int


class ReplayedOut(Schema):
    sequence: int


class Page(Schema):
    limit: int = Field(100, ge=1, le=1000)
    offset: int = Field(0, ge=0, le=10_000_000)


@router.post("/devices", response={201: list[CredentialOut] | CredentialOut}, summary="Enrol devices")
def enrol(request: ActorRequest, new: list[NewDeviceIn] | NewDeviceIn):
    """One device or a list of at most 5,000, all or none. Community staff only."""
    many = new if isinstance(new, list) else [new]
    if len(many) > MOST_AT_ONCE:
        raise Invalid(_("一次最多登记 %(n)s 个设备。") % {"n": MOST_AT_ONCE}, code="too_many")
    _community_staff(request.actor)
    wanted = [actions.NewDevice(**one.dict()) for one in many]
    given = [_credential(one) for one in actions.enrol_many(wanted, actor=request.actor)]
    return Status(201, given if isinstance(new, list) else given[0])


@router.get("/devices", response=DevicesOut, summary="Devices that the caller may see")
def devices(request: ActorRequest, page: Query[Page], type: str | None = None):
    _in_a_community(request.actor)
    rows = Device.objects.visible_to(request.actor).order_by("code")
    if type is not None:
        rows = rows.filter(type=type.replace("\0", ""))
    return {"items": rows[page.offset : page.offset + page.limit], "count": rows.count()}


class RevokeIn(Schema):
    """``note``: why, for the device's life; the director reads it where nothing else at its place tells of danger."""

    note: str = Field("", max_length=200)


@router.post("/devices/{code}/revoke", response=DeviceOut, summary="Cut a device off at once")
def revoke(request: ActorRequest, code: str, body: RevokeIn | None = None):
    return actions.revoke(_device(code, request.actor), actor=request.actor, note=body.note if body else "")


@router.post("/devices/{code}/secret", response=CredentialOut, summary="Give a device a new secret")
def renew_secret(request: ActorRequest, code: str):
    return _credential(actions.renew_secret(_device(code, request.actor), actor=request.actor))


@router.post("/observations", auth=DeviceCredential(), response={202: AcceptedOut}, summary="Send observations")
def observe(request: ActorRequest, device: str | None = None):
    """The body is what a device says over MQTT: `{"t": …, "v": {metric: number}}` or an array of such objects.

    Answered once the message is on disk in the stream. A gateway names the `device` that it speaks for. A body with
    no usable reading at all is refused with the reasons; one with some is accepted, and the rest set aside. A device of a
    sensitive kind is heard only while it is declared (403 `undeclared`); one with an eye may send counts by zone and
    nothing else (422 `picture`), and what it sent otherwise goes nowhere.
    """
    speaker: Device = request.auth  # type: ignore[attr-defined]  # what DeviceCredential found
    about = _spoken_for(speaker, device)
    body = request.body
    if len(body) > MAX_PAYLOAD:
        raise TooLarge(_("内容有 %(size)s 字节，最多 %(most)s 字节。") % {"size": len(body), "most": MAX_PAYLOAD})
    if pictured(body):
        note_refused(about, "picture")
        raise Invalid(str(REASONS["picture"]), code="picture")
    device_type = CATALOGUE[about.type]
    span = believed_times(device_type, clock.now())
    ground = _ground(about)
    if device_type.sees:
        points = _counts(about, body, ground, span)
        faults: list[Fault] = []
    else:
        points, faults = decode(body, device_type, span)
    if not points:
        raise Invalid(_first(faults), code=faults[0].code, faults=_shown(faults))
    try:
        sequence = publishing.publish(subject_of(speaker.community.code, about.code), body)
    except WireError as away:
        raise Unavailable(_("消息服务器暂时不在，请稍后再发一次。"), retry_after=5) from away
    return Status(202, {"sequence": sequence, "readings": len(points), "set_aside": _shown(faults)})


@router.get(
    "/observations/view", auth=DeviceCredential(), response=ViewOut, summary="What a camera may count, and its masks"
)
def view(request: ActorRequest):
    """For the device itself, with its own credential: to be read at start and each hour. 403 while nothing is declared."""
    device: Device = request.auth  # type: ignore[attr-defined]  # what DeviceCredential found
    if not CATALOGUE[device.type].sees:
        raise NotFound
    ground = _ground(device)
    assert ground is not None
    with community_scope(device.community):
        zones = view_zones(spot_of(device))
    return {"metrics": sorted(ground.metrics), "zones": zones}


@router.get("/telemetry/status", response=StatusOut, summary="How far the stream is stored")
def status(request: ActorRequest):
    if not request.actor.is_staff:
        raise NotAllowed()
    return queries.ingest_status()


@router.get("/telemetry/quarantine", response=QuarantineOut, summary="Messages set aside, newest first")
def quarantined(request: ActorRequest, page: Query[Page]):
    _community_staff(request.actor)
    rows = quarantine.quarantined(request.actor)
    return {"items": rows[page.offset : page.offset + page.limit], "count": rows.count()}


@router.post("/telemetry/quarantine/{int:id}/replay", response=ReplayedOut, summary="Replay a message")
def replay(request: ActorRequest, id: int):
    message = quarantine.load_quarantined(min(id, LARGEST_ID), actor=request.actor)
    try:
        return {"sequence": quarantine.replay(message, actor=request.actor)}
    except WireError as away:
        raise Unavailable(_("消息服务器暂时不在，请稍后再发一次。"), retry_after=5) from away


def _in_a_community(actor: Actor) -> None:
    if actor.community_id is None:
        raise NotAllowed()


def _community_staff(actor: Actor) -> None:
    _in_a_community(actor)
    if not actor.is_community_staff:
        raise NotAllowed()


def _device(code: str, actor: Actor) -> Device:
    _in_a_community(actor)
    if not actions.CODE.fullmatch(code):
        raise NotFound()
    return queries.load_device(code, actor=actor)


def _credential(enrolled: actions.Enrolled) -> CredentialOut:
    device = enrolled.device
    topic = topic_of(device.community.code, device.code)
    return CredentialOut(id=device.pk, code=device.code, type=device.type, secret=enrolled.secret, topic=topic)


def _spoken_for(speaker: Device, code: str | None) -> Device:
    """The device whose readings these are: the speaker itself, or one of its community if it is a gateway."""
    if code is None or code == speaker.code:
        return speaker
    if not CATALOGUE[speaker.type].gateway:
        raise NotAllowed(_("只有网关可以替别的设备发送。"))
    found = queries.device_of(speaker.community, code) if actions.CODE.fullmatch(code) else None
    if found is None:
        raise NotFound()
    return found


def _ground(about: Device) -> Ground | None:
    """What may be kept of a sensitive device; raises :class:`NotAllowed` when it is not declared where it stands."""
    if not is_sensitive(about.type):
        return None
    spot = spot_of(about)
    with community_scope(about.community):
        ground = grounds_of([spot]).get(spot)
    if ground is None:
        note_refused(about, "undeclared")
        raise NotAllowed(_("这个设备还没有公示和影响评估，不收它的数据。"), code="undeclared")
    return ground


def _counts(about: Device, body: bytes, ground: Ground | None, span: Span) -> list[Point]:
    """The counts of a device with an eye; raises :class:`Invalid` for a message with anything else in it."""
    assert ground is not None
    points, withheld = count(
        body, CATALOGUE[about.type], span, counted=ground.counted, masked=ground.masked, declared=ground.metrics
    )
    if withheld:
        for reason in withheld:
            note_refused(about, reason)
        worst = next(iter(withheld))
        raise Invalid(str(WITHHELD_REASONS[worst]), code=worst)
    return points


def _shown(faults: list[Fault]) -> list[dict]:
    return [
        {"part": fault.part, "code": fault.code, "reason": words_for(fault.code, fault.detail)}
        for fault in faults[:MOST_FAULTS]
    ]


def _first(faults: list[Fault]) -> str:
    return words_for(faults[0].code, faults[0].detail)
