"""先不打扰: a home says that it is away, staff write down a planned outage or work on a device. Each ends by itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import Invalid, NotAllowed, NotFound
from linli.foundation.events.recording import record
from linli.foundation.registry.models import Building, Entrance, Estate, Home, Resident
from linli.sense.telemetry.models import Device
from linli.understand.warnings.causes import outages
from linli.understand.warnings.models import Ladder, Pause, Warning
from linli.understand.warnings.places import devices_with_places, place_of
from linli.understand.warnings.worked_on import refuse_silencing

LONGEST_AWAY = timedelta(days=90)
LONGEST_OUTAGE = timedelta(days=7)
LONGEST_WORK = timedelta(hours=12)
LONGEST_NAME = 40
SHOWN_AHEAD = timedelta(days=3)
"""How long before it a planned outage is told to residents."""
PLACES: Mapping[str, type[models.Model]] = {"entrance": Entrance, "building": Building, "estate": Estate}


def mark_away(home_id: int, until: datetime, *, actor: Actor) -> Pause:
    """Nobody is at home until then: rules that ask because nobody stirs rest. A second mark moves the end of the first.

    For whoever may speak for somebody who lives there, and for staff of the place. Raises :class:`NotFound`,
    :class:`Invalid` for an end that is past or more than 90 days away.
    """
    home = Home.objects.select_related("entrance__building").filter(pk=home_id).first()
    if home is None or not _may_say_away(home, actor):
        raise NotFound
    now = clock.now()
    _checked(now, until, LONGEST_AWAY, _("最多 90 天。再久，到时候再说一次。"))
    with transaction.atomic():
        Home.objects.select_for_update(of=("self",)).get(pk=home.pk)
        row = Pause.objects.in_force(now).filter(kind=Pause.Kind.AWAY, home=home).first()
        if row is None:
            return _make(actor, kind=Pause.Kind.AWAY, home=home, starts_at=now, ends_at=until)
        row.ends_at = until
        row.save()
        _look_again_at(row, until)
        record("warnings.pause_moved", row, actor=actor, pause_kind=row.kind, until=until.isoformat())
    return row


def plan_outage(
    *, utility: str, place: tuple[str, int], starts_at: datetime, ends_at: datetime, note: str = "", actor: Actor
) -> Pause:
    """Water or power will be (or is) off at an entrance, building or estate: staff of the place.

    Raises :class:`NotAllowed`, :class:`NotFound` for a place that there is not, :class:`Invalid` with its field.
    """
    if utility not in outages():
        raise Invalid(_("请选停什么。"), field="utility", allowed=sorted(outages()))
    kind, pk = place
    if kind not in PLACES:
        raise Invalid(_("请选哪里停。"), field="place", allowed=sorted(PLACES))
    where = PLACES[kind].objects.filter(pk=pk).first()  # type: ignore[attr-defined]
    if where is None:
        raise NotFound(field="place")
    if not (actor.is_community_staff or set(_grids_of(where)) <= actor.grid_ids):
        raise NotAllowed
    _checked(max(starts_at, clock.now()), ends_at, LONGEST_OUTAGE, _("最多 7 天。"), starts_at)
    with transaction.atomic():
        return _make(
            actor, kind=Pause.Kind.OUTAGE, utility=utility, starts_at=starts_at, ends_at=ends_at, note=_short(note),
            **{kind: where},
        )  # fmt: skip


def work_on(
    device_code: str, until: datetime, *, reason: str = "", on_site: str = "", note: str = "", actor: Actor
) -> Pause:
    """Somebody works on the device until then, at most twelve hours: what it says asks nobody. Danger is still shown.

    Of a device about danger to life it is asked why and who is there, and one person silences it for four hours a day at most
    (:func:`~linli.understand.warnings.worked_on.refuse_silencing`). Raises :class:`NotFound` and :class:`Invalid`.
    """
    pk = Device.objects.filter(code=device_code.strip(), revoked_at=None).values_list("pk", flat=True).first()
    device = devices_with_places({pk}).get(pk) if pk is not None else None
    place = place_of(device) if device is not None else None
    if device is None or not (actor.is_community_staff or (place is not None and place.grid_id in actor.grid_ids)):
        raise NotFound(_("没有这个编号的设备。"), field="device")
    now = clock.now()
    _checked(now, until, LONGEST_WORK, _("最多 12 小时。"))
    if reason and reason not in Pause.Reason.values:
        raise Invalid(_("请选原因。"), field="reason", allowed=Pause.Reason.values)
    if len(on_site.strip()) > LONGEST_NAME:
        raise Invalid(_("在场的人的名字最多 %(most)d 个字。") % {"most": LONGEST_NAME}, field="on_site")
    with transaction.atomic():
        Device.objects.select_for_update(of=("self",)).get(pk=device.pk)
        refuse_silencing(device, until, reason=reason, on_site=on_site, note=note, actor=actor)
        return _make(
            actor, kind=Pause.Kind.MAINTENANCE, device=device, starts_at=now, ends_at=until, note=_short(note),
            reason=reason, on_site=on_site.strip(),
        )  # fmt: skip


def end_pause(pause_id: int, *, actor: Actor) -> Pause:
    """It is over earlier, or does not come: what waited is looked at now. A second press changes nothing."""
    with transaction.atomic():
        visible = Pause.objects.visible_to(actor).filter(pk=pause_id).values_list("pk", flat=True).first()
        row = Pause.objects.select_for_update(of=("self",)).filter(pk=visible).first() if visible else None
        if row is None:
            raise NotFound
        if not may_end(row, actor):
            raise NotAllowed
        now = clock.now()
        if row.ends_at > now:
            row.ends_at = now
            row.starts_at = min(row.starts_at, now - timedelta(seconds=1))
            row.save()
            _look_again_at(row, now)
            record("warnings.pause_ended", row, actor=actor, pause_kind=row.kind)
    return row


def may_end(row: Pause, actor: Actor) -> bool:
    """Whoever may make such a pause."""
    if actor.system or actor.is_community_staff:
        return True
    if row.kind == Pause.Kind.AWAY and row.home is not None:
        return _may_say_away(row.home, actor)
    return actor.is_staff


def away_of(home: Home | None) -> Pause | None:
    if home is None:
        return None
    return Pause.objects.in_force(clock.now()).filter(kind=Pause.Kind.AWAY, home=home).first()


def outages_for(home: Home | None) -> list[Pause]:
    """Outages at the home that are on or come within three days, the soonest first."""
    if home is None:
        return []
    now = clock.now()
    entrance = home.entrance
    inside = Q(entrance=entrance) | Q(building=entrance.building_id) | Q(estate=entrance.building.estate_id)
    rows = Pause.objects.filter(inside, kind=Pause.Kind.OUTAGE, ends_at__gt=now, starts_at__lte=now + SHOWN_AHEAD)
    return list(rows.order_by("starts_at"))


def utility_name(row: Pause) -> str:
    known = outages().get(row.utility)
    return str(known.name) if known else row.utility


def _may_say_away(home: Home, actor: Actor) -> bool:
    if actor.is_community_staff or home.entrance.building.grid_id in actor.grid_ids:
        return True
    return Resident.objects.living_here().filter(home=home, pk__in=actor.residents_for("requests")).exists()


def _grids_of(where: models.Model) -> list[int]:
    if isinstance(where, Estate):
        return list(Building.objects.filter(estate=where).values_list("grid_id", flat=True))
    building = where.building if isinstance(where, Entrance) else where
    return [building.grid_id] if isinstance(building, Building) else []


def _checked(
    start: datetime, until: datetime, longest: timedelta, too_long: str, given: datetime | None = None
) -> None:
    if until <= start:
        raise Invalid(_("结束要在现在以后。"), code="ended_before", field="until")
    if until - (given or start) > longest:
        raise Invalid(too_long, code="too_long", field="until")


def _make(actor: Actor, **fields) -> Pause:
    row = Pause.objects.create(**fields, made_at=clock.now(), made_by_id=actor.account_id)
    facts = {"pause_kind": row.kind, "from": row.starts_at.isoformat(), "until": row.ends_at.isoformat()}
    record("warnings.pause_made", row, actor=actor, **facts)
    return row


def _look_again_at(row: Pause, at: datetime) -> None:
    """What waits for the pause is looked at when it ends; an outage still has time to settle."""
    if row.kind == Pause.Kind.OUTAGE:
        kinds = outages()[row.utility].kinds
        inside = Q(home__entrance=row.entrance_id) if row.entrance_id else Q(building=row.building_id)
        if row.estate_id:
            inside = Q(building__estate=row.estate_id)
        held = Warning.objects.filter(inside, held_for=Warning.Held.OUTAGE, kind__in=kinds)
        at = at + outages()[row.utility].settle
    elif row.kind == Pause.Kind.AWAY:
        held = Warning.objects.filter(home=row.home_id, held_for=Warning.Held.AWAY)
    else:
        held = Warning.objects.filter(device=row.device_id, held_for=Warning.Held.MAINTENANCE)
        not_begun = Ladder.objects.filter(warning__device=row.device_id, ended_at=None, rung=-1, due_at__gt=at)
        not_begun.filter(warning__level="P0").update(due_at=at)
    held.filter(state=Warning.State.HELD).update(held_until=at)


def _short(note: str) -> str:
    if len(note.strip()) > 120:
        raise Invalid(_("说明最多 %(most)d 个字。") % {"most": 120}, field="note")
    return note.strip()
