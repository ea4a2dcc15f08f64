"""Writing about devices: enrol, give a new secret, revoke; and what a person does with a quarantined message."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import Conflict, Invalid, NotAllowed, Refusal
from linli.foundation.events.recording import record
from linli.foundation.files.access import own_photos
from linli.foundation.privacy.sensing.grounds import grounds_of
from linli.foundation.privacy.sensing.hearing import UNCONSENTED, hearings
from linli.foundation.privacy.sensing.kinds import is_sensitive
from linli.foundation.privacy.sensing.queries import in_the_way
from linli.foundation.registry.models import Building, Community, Entrance, Facility, Home
from linli.foundation.tenancy import active_community_id
from linli.sense.telemetry.credentials import digest, new_secret
from linli.sense.telemetry.device_types import CATALOGUE
from linli.sense.telemetry.directory import spot_of
from linli.sense.telemetry.faults import end_fault
from linli.sense.telemetry.models import Device, DeviceEntry

CODE = re.compile(r"[A-Za-z0-9_-]{1,48}")


@dataclass(frozen=True)
class NewDevice:
    """What is known of a device when it is enrolled; the nearest place is enough, the wider ones follow from it.

    ``note`` says how it was calibrated, ``battery`` what it showed in percent; both stand in its life's first entry.
    """

    code: str
    type: str
    name: str = ""
    building_id: int | None = None
    entrance_id: int | None = None
    home_id: int | None = None
    facility_id: int | None = None
    installer: str = ""
    firmware: str = ""
    photo_id: int | None = None
    note: str = ""
    battery: float | None = None

    @property
    def placed(self) -> bool:
        return any((self.building_id, self.entrance_id, self.home_id, self.facility_id))


@dataclass(frozen=True)
class Enrolled:
    """``secret`` is never shown again."""

    device: Device
    secret: str


def enrol(new: NewDevice, *, actor: Actor) -> Enrolled:
    """Enrol one device; see :func:`enrol_many`."""
    return enrol_many([new], actor=actor)[0]


def enrol_many(new: Sequence[NewDevice], *, actor: Actor) -> list[Enrolled]:
    """Enrol devices in the active community, all or none, and give each its secret.

    A device of a sensitive kind is enrolled only where a declaration in force covers it and its kind is assessed. Raises
    :class:`Invalid` with ``details["line"]`` (1-based) for a bad entry, and :class:`Conflict` for a code that is taken
    (codes are unique over all communities), ``not_declared`` and ``not_assessed``.
    """
    refuse_outsiders(actor)
    community = Community.objects.get(pk=active_community_id())
    now = clock.now()
    with transaction.atomic():
        places = Places(new)
        for line, one in enumerate(new, start=1):
            _check(one, line)
        _refuse_taken_codes([one.code for one in new])
        enrolled = []
        for line, one in enumerate(new, start=1):
            secret = new_secret()
            device = Device(
                community=community, code=one.code, type=one.type, name=one.name,
                credential_digest=digest(secret), enrolled_at=now, installer=one.installer, firmware=one.firmware,
                photo_id=one.photo_id, **places.of(one, line),
            )  # fmt: skip
            enrolled.append(Enrolled(device, secret))
        refuse_undeclared([one.device for one in enrolled])
        Device.objects.bulk_create([one.device for one in enrolled])
        DeviceEntry.objects.bulk_create(
            DeviceEntry(
                community=community, device=given.device, what=DeviceEntry.What.ENROLLED, at=now, by_id=actor.account_id,
                note=one.note, data={} if one.battery is None else {"battery": one.battery},
            )
            for one, given in zip(new, enrolled, strict=True)
        )  # fmt: skip
        for given in enrolled:
            record("telemetry.device_enrolled", given.device, actor=actor, type=given.device.type)
    return enrolled


def install(new: NewDevice, *, actor: Actor) -> Enrolled:
    """Enrol a device that somebody stands in front of; see :func:`enrol_many`.

    Unlike a list that is prepared in advance, it raises :class:`Conflict` ``not_agreed`` for a home that has not agreed to
    what the device does, and :class:`NotFound` for a photo that the actor did not send.
    """
    refuse_outsiders(actor)
    if new.photo_id is not None:
        own_photos(actor, [new.photo_id])
    with transaction.atomic():
        enrolled = enrol(new, actor=actor)
        refuse_unheard(enrolled.device)
    return enrolled


def mistakes_in(new: NewDevice) -> list[Refusal]:
    """Every reason for which :func:`install` would refuse the device, not only the first; of its place only where one is
    given, of its code only where one is."""
    found: list[Refusal] = []

    def ask(*checks: Callable[[], None]) -> None:
        for check in checks:
            try:
                check()
            except Refusal as refusal:
                found.append(refusal)
                return

    if new.code:
        ask(lambda: _check_code(new, 1), lambda: _refuse_taken_codes([new.code]))
    if new.type:
        ask(lambda: _check_type(new, 1))
    if not any(one.field == "type" for one in found) and new.type and new.placed:
        try:
            device = Device(type=new.type, **Places([new]).of(new, 1))
        except Refusal as refusal:
            return [*found, refusal]
        ask(lambda: refuse_undeclared([device]), lambda: refuse_unheard(device))
    return found


def refuse_unheard(device: Device) -> None:
    """Raise :class:`Conflict` ``not_agreed`` where the home has not agreed to what a device there does."""
    spot = spot_of(device)
    if spot.home is not None and hearings([spot])[spot].refused == UNCONSENTED:
        raise Conflict(
            _("这户人家还没有同意用“%(kind)s”，先请他们同意，再装。") % {"kind": CATALOGUE[device.type].label},
            code="not_agreed",
            field="home_id",
        )


def renew_secret(device: Device, *, actor: Actor) -> Enrolled:
    """Give the device a new secret; a connection that the old one opened is closed, and it opens none again."""
    refuse_outsiders(actor)
    secret = new_secret()
    with transaction.atomic():
        device = Device.objects.select_for_update().get(pk=device.pk)
        refuse_revoked(device)
        device.credential_digest = digest(secret)
        device.secret_at = clock.now()
        device.save(update_fields=["credential_digest", "secret_at"])
        write_entry(device, DeviceEntry.What.SECRET, actor)
        end_fault(device, "shared")
        record("telemetry.device_secret_renewed", device, actor=actor)
    return Enrolled(device, secret)


def revoke(device: Device, *, actor: Actor, note: str = "") -> Device:
    """Cut the device off: it cannot connect again, a live connection is closed, later messages are quarantined."""
    refuse_outsiders(actor)
    with transaction.atomic():
        device = Device.objects.select_for_update().get(pk=device.pk)
        refuse_revoked(device)
        device.revoked_at = clock.now()
        device.save(update_fields=["revoked_at"])
        write_entry(device, DeviceEntry.What.REVOKED, actor, note=note)
        record("telemetry.device_revoked", device, actor=actor)
    return device


def write_entry(device: Device, what: DeviceEntry.What, actor: Actor, *, note: str = "", **data: Any) -> DeviceEntry:
    """One line of the device's life; inside the transaction of what happened."""
    return DeviceEntry.objects.create(
        device=device, what=what, at=clock.now(), by_id=actor.account_id, note=note.strip()[:200], data=data
    )


def refuse_outsiders(actor: Actor) -> None:
    if not (actor.system or actor.is_community_staff):
        raise NotAllowed()


def refuse_revoked(device: Device) -> None:
    if device.revoked_at is not None:
        raise Conflict(_("这个设备已经停用了。"), code="device_revoked")


def _check(new: NewDevice, line: int) -> None:
    _check_code(new, line)
    _check_type(new, line)


def _check_code(new: NewDevice, line: int) -> None:
    if not CODE.fullmatch(new.code):
        raise Invalid(
            _("设备编号只能用字母、数字、- 和 _，最多 48 个字符。"),
            field="code",
            code="bad_device_code",
            line=line,
        )


def _check_type(new: NewDevice, line: int) -> None:
    if new.type not in CATALOGUE:
        raise Invalid(
            _("没有这种设备：%(type)s。可用的有：%(known)s。") % {"type": new.type[:40], "known": "、".join(CATALOGUE)},
            field="type", code="unknown_device_type", line=line,
        )  # fmt: skip


def _refuse_taken_codes(codes: Sequence[str]) -> None:
    twice = [code for code, times in Counter(codes).items() if times > 1]
    if twice:
        raise Invalid(_("设备编号 %(code)s 出现了两次。") % {"code": twice[0]}, field="code", code="device_code_twice")
    manager = Device._base_manager
    ours = Device.objects.filter(code__in=codes, revoked_at__isnull=False).values_list("code", flat=True).first()
    if ours:
        words = _("设备 %(code)s 已经停用，它的编号不能再用。给这台设备写一个新编号，再登记。")
        raise Conflict(words % {"code": ours}, field="code", code="device_code_revoked")
    taken = manager.filter(code__in=codes).values_list("code", flat=True).first()
    if taken:
        raise Conflict(_("设备编号 %(code)s 已经在用。") % {"code": taken}, field="code", code="device_code_taken")


def refuse_undeclared(devices: Sequence[Device]) -> None:
    """Raise :class:`Conflict` for the first device of a sensitive kind that is not declared or assessed where it stands."""
    spots = {device.code: spot_of(device) for device in devices if is_sensitive(device.type)}
    grounds = grounds_of(set(spots.values()))
    for line, device in enumerate(devices, start=1):
        spot = spots.get(device.code)
        if spot is None or spot in grounds:
            continue
        lack = in_the_way(spot)
        label = CATALOGUE[device.type].label
        words = (
            _("“%(kind)s”还没有批准的影响评估，不能装。请先评估，再公示。")
            if lack == "not_assessed"
            else _("这个位置还没有公示“%(kind)s”，不能装。请先公示，由另一位批准。")
        )
        raise Conflict(words % {"kind": label}, code=lack, field="type", line=line)


class Places:
    """The places that a list of new devices names, read in four queries."""

    def __init__(self, new: Sequence[NewDevice]) -> None:
        self.homes = Home.objects.select_related("entrance").in_bulk({n.home_id for n in new if n.home_id})
        self.entrances = Entrance.objects.in_bulk({n.entrance_id for n in new if n.entrance_id})
        self.facilities = Facility.objects.in_bulk({n.facility_id for n in new if n.facility_id})
        around = {home.entrance.building_id for home in self.homes.values()}
        around |= {entrance.building_id for entrance in self.entrances.values()}
        around |= {one.building_id for one in self.facilities.values() if one.building_id}
        self.buildings = Building.objects.in_bulk(around | {n.building_id for n in new if n.building_id})

    def of(self, new: NewDevice, line: int) -> dict[str, Any]:
        """The device's place from the home or facility outwards."""
        home = _known(self.homes, new.home_id, "home_id", line)
        facility = _known(self.facilities, new.facility_id, "facility_id", line)
        entrance = _known(self.entrances, new.entrance_id, "entrance_id", line)
        building = _known(self.buildings, new.building_id, "building_id", line)
        entrance_id = entrance.pk if entrance else None
        building_id = building.pk if building else None
        if home:
            entrance_id, building_id = home.entrance_id, home.entrance.building_id
        elif entrance:
            building_id = entrance.building_id
        elif facility:
            entrance_id, building_id = facility.entrance_id, building_id or facility.building_id
        return {
            "home_id": home.pk if home else None,
            "facility_id": facility.pk if facility else None,
            "entrance_id": entrance_id,
            "building": self.buildings[building_id] if building_id else None,
        }


def _known(rows: dict, pk: int | None, field: str, line: int):
    if pk is None:
        return None
    if pk not in rows:
        raise Invalid(_("没有找到这个位置。"), field=field, code="unknown_place", line=line)
    return rows[pk]
