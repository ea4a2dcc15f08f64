"""The last device at a place that a rule about danger to life listens to: what nobody notices there once it is gone.

Said before whoever takes it away presses, and to the director afterwards. Nobody is stopped: a stolen credential ends at once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from linli.foundation.accounts.holders import holders
from linli.foundation.accounts.roles import Role
from linli.foundation.privacy.consents.standing import agreed_homes
from linli.foundation.privacy.sensing.hearing import hearings
from linli.foundation.privacy.sensing.models import Declaration
from linli.foundation.privacy.sensing.rules.places import covers
from linli.sense.telemetry.device_types import CATALOGUE
from linli.sense.telemetry.directory import spot_of
from linli.sense.telemetry.models import Device
from linli.sense.telemetry.speaking import asked, speaks
from linli.understand.warnings.rules import InForce, rules_in_force
from linli.understand.warnings.shipped import DANGER, urgent_types
from linli.understand.warnings.staff_messages import tell_each
from linli.understand.warnings.worked_on import deaf_devices

NEAREST = ("home_id", "facility_id", "entrance_id", "building_id")
At = tuple[str, int]


@dataclass(frozen=True)
class Unheard:
    """``rules`` to which no device listens any more at ``places`` places."""

    rules: list[InForce]
    places: int

    def __bool__(self) -> bool:
        return bool(self.rules)

    @property
    def names(self) -> str:
        return _("、").join(str(rule.shipped.name) for rule in self.rules)


def unheard_without(devices: Collection[Device]) -> Unheard:
    """What would be heard no more where ``devices`` stand, if they fell silent; in force or not. A rule that is off for some days
    counts: it listens again. No ear is left in a device that has not spoken or has fallen silent, nor in one that is worked on
    or was said not to work."""
    urgent = [device for device in devices if device.type in urgent_types() and _nearest(device) is not None]
    if not urgent:
        return Unheard([], 0)
    dangers = [rule for rule in rules_in_force().values() if rule.configured.level == DANGER]
    rules = [rule for rule in dangers if rule.on or rule.off_until is not None]
    gone = [*(device.pk for device in devices), *(one.device.pk for one in deaf_devices())]
    left: set[tuple[At, str]] = set()
    for row in asked().filter(speaks(), type__in=urgent_types()).exclude(pk__in=gone).only("type", *NEAREST):
        if (at := _nearest(row)) is not None:
            left.add((at, row.type))
    lost: dict[str, InForce] = {}
    places: set[At] = set()
    for device in urgent:
        at = _nearest(device)
        assert at is not None
        for rule in rules:
            types = rule.configured.device_types
            if device.type in types and not any((at, one) in left for one in types):
                lost[rule.shipped.key] = rule
                places.add(at)
    return Unheard(list(lost.values()), len(places))


def heard(devices: Collection[Device]) -> list[Device]:
    """Of the devices, those that may be heard where they stand."""
    spots = {device.pk: spot_of(device) for device in devices}
    found = hearings(set(spots.values()))
    return [device for device in devices if not found[spots[device.pk]].refused]


def unheard_after_revoking(device: Device) -> Unheard:
    """Of a device that is about to be cut off or to leave its place."""
    return unheard_without(heard([device]))


def unheard_after_withdrawing(made: Declaration) -> Unheard:
    """Of the devices that may be heard by this declaration alone."""
    others = list(Declaration.objects.grounding().filter(type=made.type).exclude(pk=made.pk))
    alone = [device for device in _under(made) if not any(covers(one.where, spot_of(device)) for one in others)]
    return unheard_without(heard(alone))


def stands_elsewhere(device: Device, before: Mapping[str, int | None]) -> bool:
    """Whether the nearest place of ``device`` is another than the nearest of ``before``, by the names of its columns."""
    return _nearest(device) != next(((name, pk) for name in NEAREST if (pk := before.get(name)) is not None), None)


def tell_that_it_left(device: Device, *, by: str, key: str) -> None:
    """The director, unless it was they (``by`` is the label of an actor): it was cut off, or has left the place where
    ``device`` says that it stands."""
    _tell(unheard_after_revoking(device), device.type, by=by, key=key, path=f"/workbench/devices/{device.pk}/")


def tell_that_it_is_undeclared(made: Declaration, *, by: str, key: str) -> None:
    """The same of what an ended declaration let speak and nothing else does."""
    under = _under(made)
    agreed = agreed_homes(made.purpose, {device.home_id for device in under if device.home_id is not None})
    under = [device for device in under if device.home_id is None or device.home_id in agreed]
    speak = {device.pk for device in heard(under)}
    lost = unheard_without([device for device in under if device.pk not in speak])
    _tell(lost, made.type, by=by, key=key, path=f"/workbench/privacy/sensing/{made.pk}/")


def _tell(lost: Unheard, device_type: str, *, by: str, key: str, path: str) -> None:
    """Without a room, in a message that may be read over a shoulder."""
    if not lost:
        return

    def said(link: str) -> str:
        told = {"what": CATALOGUE[device_type].label, "n": lost.places, "rules": lost.names, "link": link}
        return _("“%(what)s”停了，有 %(n)d 处再没有设备听：%(rules)s。谁停的、为什么，请看：%(link)s") % told

    told = [one for one in holders(Role.COMMUNITY_DIRECTOR) if by != f"account:{one.pk}"]
    tell_each(told, said, key=key, path=path)


def _under(made: Declaration) -> list[Device]:
    rows = Device.objects.filter(type=made.type, revoked_at=None).select_related("building")
    return [device for device in rows if covers(made.where, spot_of(device))]


def _nearest(device: Device) -> At | None:
    return next(((name, pk) for name in NEAREST if (pk := getattr(device, name)) is not None), None)
