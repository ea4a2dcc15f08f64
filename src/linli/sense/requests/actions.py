"""Filing a request: the only way in, from every channel."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict, Unpack

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.roles import Role
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.events.recording import record
from linli.foundation.files.models import Attachment
from linli.foundation.registry.models import Building, Facility, Home, Resident
from linli.foundation.tenancy import active_community_id
from linli.sense.requests import validators, voices
from linli.sense.requests.models import Channel, Request
from linli.sense.requests.rules.danger import Danger, find_danger
from linli.sense.requests.rules.pin import nearest
from linli.sense.requests.speaking import residents_spoken_for

ENTER_FOR_OTHERS = (Role.BUILDING_LEAD, Role.PROPERTY_COMPANY)
OWN_CHANNELS = frozenset({Channel.PORTAL, Channel.API})


@dataclass(frozen=True)
class Place:
    """Where it is: at most one of home, facility, building, plus a pin in metres of the community's frame."""

    home_id: int | None = None
    building_id: int | None = None
    facility_id: int | None = None
    x: float | None = None
    y: float | None = None


@dataclass(frozen=True)
class Caller:
    """Somebody who is not in the registry and whose words a member of staff writes down."""

    name: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Filed:
    """``repeated`` is true when the same key had filed it before; ``danger`` asks the page to show 110, 119, 120."""

    request: Request
    repeated: bool
    danger: Danger | None


@dataclass(frozen=True)
class Checked:
    """What somebody said, found right and not yet kept; ``before`` is the same request, filed before."""

    request: Request
    photos: tuple[Attachment, ...]
    voice_id: int | None
    danger: Danger | None
    before: Request | None = None


class Given(TypedDict, total=False):
    """What may come with the words; :func:`check_request` has what holds without it."""

    channel: str
    place: Place | None
    speaker_id: int | None
    caller: Caller | None
    photo_ids: Sequence[int]
    said_at: datetime | None
    client_key: str
    outer_number: str
    voice_id: int | None


def file_request(words: str, *, actor: Actor, seconds_id: int | None = None, **given: Unpack[Given]) -> Filed:
    """Keep what somebody said, exactly as said; the same ``client_key`` or outer number answers with the same request.

    ``seconds_id`` is the request to which it only says "me too".
    A resident speaks for itself, a proxy for its principal, a member of staff for a resident of its scope or for a
    ``caller`` outside the registry. Without a ``place`` it is the speaker's home.
    Raises :class:`Invalid` (codes in ``validators``), :class:`NotAllowed`, :class:`NotFound` (place, speaker, photo or
    recording outside the actor's scope) and :class:`Conflict` (``client_key_taken``, ``outer_number_taken``: known, but not to this actor).
    """
    with transaction.atomic():
        return keep_request(check_request(words, actor=actor, seconds_id=seconds_id, **given), actor=actor)


def check_request(
    words: str,
    *,
    actor: Actor,
    channel: str = Channel.PORTAL,
    place: Place | None = None,
    speaker_id: int | None = None,
    caller: Caller | None = None,
    photo_ids: Sequence[int] = (),
    said_at: datetime | None = None,
    client_key: str = "",
    outer_number: str = "",
    seconds_id: int | None = None,
    voice_id: int | None = None,
) -> Checked:
    """Everything of :func:`file_request` that only reads: whoever waits for nobody asks it before the transaction, in which
    others wait."""
    now = clock.now()
    enters_for_others = actor.system or actor.is_staff or actor.has(*ENTER_FOR_OTHERS)
    speaks_for = residents_spoken_for(actor)
    if not enters_for_others and not speaks_for:
        raise NotAllowed(_("这个账号还没有和住户对上，请联系社区。"), code="nobody_to_speak_for")

    validators.validate_words_are_given(words, photo_ids, voice_id)
    validators.validate_words_fit(words)
    validators.validate_words_can_be_stored(words)
    validators.validate_photo_count(photo_ids)
    validators.validate_said_at(said_at or now, now=now)
    validators.validate_keys(client_key, outer_number)
    _validate_channel(channel, enters_for_others=enters_for_others, outer_number=outer_number)

    before = _filed_before(actor, channel, client_key, outer_number)
    if before is not None:
        return Checked(before, (), None, find_danger(before.words), before)
    speaker = _speaker(actor, speaker_id, caller, speaks_for, enters_for_others)
    photos = _photos(actor, photo_ids) if photo_ids else []
    if voice_id is not None:
        voices.unsent(voice_id, actor=actor)
    request = Request(
        community_id=active_community_id(),
        channel=channel,
        words=words,
        seconds_id=seconds_id,
        speaker=speaker,
        speaker_name=caller.name[:64] if caller else "",
        speaker_phone=caller.phone[:20] if caller else "",
        entered_by_id=actor.account_id,
        client_key=client_key,
        outer_number=outer_number,
        said_at=said_at or now,
        received_at=now,
        **_located(place or Place(), speaker, actor),
    )
    return Checked(request, tuple(photos), voice_id, find_danger(words))


def keep_request(checked: Checked, *, actor: Actor) -> Filed:
    """Write what was checked, and its event; call it inside a transaction."""
    if checked.before is not None:
        return Filed(checked.before, repeated=True, danger=checked.danger)
    request, danger = checked.request, checked.danger
    known_by_key = bool(request.client_key or request.outer_number)
    try:
        with transaction.atomic() if known_by_key else nullcontext():
            request.save()
    except IntegrityError:
        before = _filed_before(actor, request.channel, request.client_key, request.outer_number)
        if before is None:
            raise
        return Filed(before, repeated=True, danger=find_danger(before.words))
    if checked.photos:
        request.photos.set(checked.photos)
    if checked.voice_id is not None:
        voices.attach(checked.voice_id, request, actor=actor)
    record(
        "requests.filed",
        request,
        actor=actor,
        channel=request.channel,
        building_id=request.building_id,
        facility_id=request.facility_id,
        danger=danger.sign if danger else None,
    )
    return Filed(request, repeated=False, danger=danger)


def _validate_channel(channel: str, *, enters_for_others: bool, outer_number: str) -> None:
    if channel not in Channel.values:
        raise Invalid(
            _("没有这个渠道。可以是：%(channels)s。") % {"channels": "、".join(Channel.values)},
            code="channel_unknown",
            field="channel",
        )
    if not enters_for_others and (channel not in OWN_CHANNELS or outer_number):
        raise NotAllowed(_("这个渠道由工作人员登记。"), code="channel_for_staff", field="channel")


def _filed_before(actor: Actor, channel: str, client_key: str, outer_number: str) -> Request | None:
    if client_key and (same_key := Request.objects.filter(client_key=client_key).first()):
        if not actor.system and same_key.entered_by_id != actor.account_id:
            raise Conflict(_("这个编号已经用过了，请换一个。"), code="client_key_taken", field="client_key")
        return same_key
    if outer_number and (same := Request.objects.filter(channel=channel, outer_number=outer_number).first()):
        if not Request.objects.visible_to(actor).filter(pk=same.pk).exists():
            raise Conflict(_("这个编号已经登记过了。"), code="outer_number_taken", field="outer_number")
        return same
    return None


def _speaker(
    actor: Actor, speaker_id: int | None, caller: Caller | None, speaks_for: frozenset[int], enters_for_others: bool
) -> Resident | None:
    if enters_for_others:
        if speaker_id is None:
            return None
        found = Resident.objects.visible_to(actor).filter(pk=speaker_id).first()
        if found is None and speaker_id in speaks_for:
            found = Resident.objects.filter(pk=speaker_id).first()
        if found is None:
            raise NotFound(_("没有找到这位居民。"), field="speaker_id")
        return found
    if caller is not None and (caller.name or caller.phone):
        raise NotAllowed(
            _("替别人说事，请先办亲情代办，或者打社区电话。"), code="caller_for_staff", field="speaker_name"
        )
    if speaker_id is None and actor.resident_id is None and len(speaks_for) > 1:
        raise Invalid(_("请选一下，是替谁说的。"), code="speaker_missing", field="speaker_id")
    chosen = speaker_id or actor.resident_id or next(iter(speaks_for))
    if chosen not in speaks_for:
        raise NotAllowed(_("您还不能替这位居民说事，请先办亲情代办。"), code="not_proxy", field="speaker_id")
    return Resident.objects.get(pk=chosen)


def _photos(actor: Actor, photo_ids: Sequence[int]) -> list[Attachment]:
    wanted = set(photo_ids)
    photos = list(Attachment.objects.visible_to(actor).filter(pk__in=wanted))
    if len(photos) != len(wanted):
        raise NotFound(_("有照片没有传上来，请重新拍一张。"), code="photo_missing", field="photo_ids")
    return photos


def _located(place: Place, speaker: Resident | None, actor: Actor) -> dict:
    """Model fields for the place; the building follows from a home, a facility or a pin beside it."""
    validators.validate_pin(place.x, place.y)
    given = [name for name in ("home_id", "building_id", "facility_id") if getattr(place, name) is not None]
    if len(given) > 1:
        raise Invalid(_("地点只选一个：家、楼或者设施。"), code="place_ambiguous", field=given[1])
    pin = {"x": place.x, "y": place.y}
    if place.facility_id is not None:
        facility = Facility.objects.visible_to(actor).filter(pk=place.facility_id).first()
        if facility is None:
            raise NotFound(_("没有找到这个设施。"), field="facility_id")
        return pin | {"facility": facility, "building_id": facility.building_id}
    if place.building_id is not None:
        if not Building.objects.visible_to(actor).filter(pk=place.building_id).exists():
            raise NotFound(_("没有找到这幢楼。"), field="building_id")
        return pin | {"building_id": place.building_id}
    if place.home_id is not None:
        home = Home.objects.visible_to(actor).select_related("entrance").filter(pk=place.home_id).first()
        if home is None:
            raise NotFound(_("没有找到这一户。"), field="home_id")
        return pin | {"home": home, "building_id": home.entrance.building_id}
    if place.x is not None and place.y is not None:
        footprints = Building.objects.visible_to(actor).values_list("pk", "footprint")
        return pin | {"building_id": nearest(footprints, place.x, place.y)}
    if speaker is not None and speaker.home_id is not None:
        home = Home.objects.select_related("entrance").get(pk=speaker.home_id)
        return {"home": home, "building_id": home.entrance.building_id}
    return {}
