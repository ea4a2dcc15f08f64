"""Devices about danger to life that somebody works on: nobody is called about them meanwhile, so that everybody may read it.

One person silences such a device for :data:`ALONE` in any :data:`DAY`; longer takes another person. When it is over whoever
began says whether the device works again, unless it has spoken: a test signal that became a warning has gone the whole way.
What somebody says of it, that it does not work, stands until the contrary is said or it speaks, whatever work comes after.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.models import Account
from linli.foundation.accounts.persons import accounts_of
from linli.foundation.accounts.queries import actor_of
from linli.foundation.accounts.roles import Role
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.events.recording import record
from linli.sense.telemetry.device_types import CATALOGUE
from linli.sense.telemetry.models import Device
from linli.sense.telemetry.tending import ask_maintenance
from linli.understand.warnings.models import Pause, Warning
from linli.understand.warnings.shipped import DANGER, urgent_types
from linli.understand.warnings.staff_messages import tell_each

ALONE = timedelta(hours=4)
DAY = timedelta(hours=24)
SHORTEST_NOTE = 2
TIME_TO_TEST = timedelta(minutes=5)
"""How long whoever worked may take to let it speak, before they are asked."""
LAST_OF_THE_WORK = timedelta(minutes=15)
"""What a device says before, while somebody works on it, is the work and no test."""
THEN_THE_DIRECTOR = timedelta(days=1)
PAGE = "/workbench/warnings/pauses/"
PLACES = (
    "device__home__entrance__building__estate", "device__facility", "device__entrance__building__estate",
    "device__building__estate",
)  # fmt: skip


def silent_for(spans: Iterable[tuple[datetime, datetime]], since: datetime, until: datetime) -> timedelta:
    """How much of the time from ``since`` to ``until`` the spans cover, what two of them share counted once. Pure."""
    covered, reached = timedelta(0), since
    for start, end in sorted(spans):
        start, end = max(start, reached), min(end, until)
        if end > start:
            covered, reached = covered + (end - start), end
    return covered


def refuse_silencing(device: Device, until: datetime, *, reason: str, on_site: str, note: str, actor: Actor) -> None:
    """Raise :class:`Invalid` where a device about danger may not be silenced so: without a reason, words or a name, or for
    longer than one person may (``needs_another``). Must run with the device locked."""
    if device.type not in urgent_types():
        return
    if reason not in Pause.Reason.values:
        raise Invalid(_("这台设备报险情，停它要选原因。"), code="missing", field="reason", allowed=Pause.Reason.values)
    if len(note.strip()) < SHORTEST_NOTE:
        raise Invalid(_("请写一句在做什么。"), code="missing", field="note")
    if not on_site.strip():
        raise Invalid(_("请写谁在现场，好找得到人。"), code="missing", field="on_site")
    now = clock.now()
    earlier = Pause.objects.filter(kind=Pause.Kind.MAINTENANCE, device=device, ends_at__gt=until - DAY)
    rows = list(earlier.values_list("made_by", "starts_at", "ends_at"))
    own = accounts_of(actor.account_id, [by for by, _start, _end in rows])
    spans = [(start, end) for by, start, end in rows if by in own or by == actor.account_id]
    last = max([until, *(end for _start, end in spans)])
    if silent_for([*spans, (now, until)], last - DAY, last) > ALONE:
        told = {"most": ALONE // timedelta(hours=1)}
        raise Invalid(
            _("一天里一个人最多停它 %(most)d 小时。还要修，请另一位同事来记。") % told,
            code="needs_another",
            field="hours",
        )


@dataclass(frozen=True)
class Deaf:
    """A device about which nobody would be called now; ``until`` an end of the work on it, or, without one, until it works."""

    pause: Pause
    until: datetime | None

    @property
    def device(self) -> Device:
        assert self.pause.device is not None
        return self.pause.device


def deaf_devices() -> list[Deaf]:
    """In the community in scope, one a device, the first to end first: worked on now, or said not to work afterwards; one query."""
    now = clock.now()
    rows = _urgent().filter(Q(starts_at__lte=now, ends_at__gt=now) | Q(pk__in=said_not_to_work().values("pk")))
    found = {row.device_id: Deaf(row, row.ends_at if row.ends_at > now else None) for row in rows.order_by("ends_at")}
    return sorted(found.values(), key=lambda one: (one.until is None, one.until or one.pause.ends_at))


def deaf_until(device: Device) -> Deaf | None:
    """The same of one device."""
    return next((one for one in deaf_devices() if one.device == device), None)


def said_not_to_work() -> QuerySet[Pause]:
    """Work after which somebody said that the device does not work, the last word about it, while that stands."""
    later = _works_on(OuterRef("device")).filter(works__isnull=False, ends_at__gt=OuterRef("ends_at"))
    spoke = _heard_of(OuterRef("device")).filter(last_triggered_at__gte=OuterRef("ends_at"))
    return _urgent().filter(~Exists(later), ~Exists(spoke), works=False)


def to_answer(actor: Actor) -> list[Pause]:
    """Work that is over of which this person has to say whether the device works again, until it does, the last of each
    device; what others have not said for a day, the director."""
    if actor.account_id is None:
        return []
    now = clock.now()
    theirs = Q(made_by=actor.account_id)
    if actor.has(Role.COMMUNITY_DIRECTOR):
        theirs |= Q(ends_at__lte=now - THEN_THE_DIRECTOR)
    seen = Pause.objects.visible_to(actor).values("pk")
    going_on = _works_on(OuterRef("device")).filter(starts_at__lte=now, ends_at__gt=now)
    rows = _urgent().filter(Q(pk__in=_unsaid(now).values("pk")) | Q(pk__in=said_not_to_work().values("pk")))
    rows = rows.filter(~Exists(going_on), theirs, pk__in=seen).order_by("ends_at")
    return list({row.device_id: row for row in rows}.values())


def ask_whether_they_work() -> int:
    """A word to whoever began work that has ended and still sees the device, once; returns to how many."""
    now = clock.now()
    asked = 0
    for row in _unsaid(now - TIME_TO_TEST).filter(asked_at=None).select_related("made_by"):
        with transaction.atomic():
            if not Pause.objects.filter(pk=row.pk, asked_at=None).update(asked_at=now):
                continue
            if row.made_by is not None and row.made_by.is_active and row in to_answer(actor_of(row.made_by)):
                _ask(row, row.made_by)
                asked += 1
    return asked


def say_whether_it_works(pause_id: int, *, works: bool, actor: Actor) -> Pause:
    """It was tried: it works, or it does not and its repair is asked for. For whoever sees it among the work of their grids.

    Raises :class:`NotFound`, :class:`NotAllowed`, and :class:`Conflict` while somebody still works on it.
    """
    with transaction.atomic():
        seen = Pause.objects.visible_to(actor).filter(pk=pause_id, kind=Pause.Kind.MAINTENANCE)
        pk = seen.values_list("pk", flat=True).first()
        row = (
            Pause.objects.select_for_update(of=("self",)).filter(pk=pk).select_related("device").first() if pk else None
        )
        if row is None or row.device is None:
            raise NotFound
        if not actor.is_staff:
            raise NotAllowed
        if _works_on(row.device).filter(ends_at__gt=clock.now()).exists():
            raise Conflict(_("还在修。修完了先点“现在就结束”。"), code="still_worked_on")
        if row.works == works:
            return row
        row.works = works
        row.save(update_fields=["works"])
        record("warnings.device_tried", row, actor=actor, device=row.device_id, works=works)
        if not works:
            _ask_for_repair(row.device, actor)
    return row


def _ask_for_repair(device: Device, actor: Actor) -> None:
    """Unless it is asked for already, or nobody could be sent."""
    try:
        with transaction.atomic():
            ask_maintenance(device, actor=actor, note=_("维护以后还不能用"))
    except Conflict:
        return


def _urgent() -> QuerySet[Pause]:
    rows = Pause.objects.filter(
        kind=Pause.Kind.MAINTENANCE, device__type__in=urgent_types(), device__revoked_at__isnull=True
    )
    return rows.select_related(*PLACES)


def _unsaid(now: datetime) -> QuerySet[Pause]:
    """The last work on each device, ended by then, after which nobody has said whether it works nor has it spoken. Of work
    without a reason, begun before it was asked for, nobody was to say it."""
    later = _works_on(OuterRef("device")).filter(ends_at__gt=OuterRef("ends_at"))
    spoke = _heard_of(OuterRef("device")).filter(last_triggered_at__gte=OuterRef("starts_at"))
    return _urgent().filter(~Exists(later), ~Exists(spoke), works=None, ends_at__lte=now).exclude(reason="")


def _works_on(device: Device | OuterRef) -> QuerySet[Pause]:
    return Pause.objects.filter(kind=Pause.Kind.MAINTENANCE, device=device)


def _heard_of(device: OuterRef) -> QuerySet[Warning]:
    """Dangers of which the device told while nobody worked on it, or in the last moments of the work."""
    at = OuterRef("last_triggered_at")
    worked = _works_on(OuterRef("device")).filter(starts_at__lte=at, ends_at__gt=at + LAST_OF_THE_WORK)
    return Warning.objects.filter(~Exists(worked), device=device, level=DANGER)


def _ask(row: Pause, account: Account) -> None:
    """Without a room, in a message that may be read over a shoulder."""
    device = row.device
    assert device is not None

    def said(link: str) -> str:
        told = {"what": CATALOGUE[device.type].label, "code": device.code, "place": _outside(device), "link": link}
        return _("%(what)s %(code)s（%(place)s）修完了吗？请按一下测试键，或者说一声能不能用：%(link)s") % told

    tell_each([account], said, key=f"works:{row.pk}", path=PAGE)


def _outside(device: Device) -> str:
    """The facility or the building at which it stands, as far as it has one."""
    entrance = device.home.entrance if device.home is not None else device.entrance
    building = entrance.building if entrance is not None else device.building
    return str(device.facility or building or _("社区里"))
