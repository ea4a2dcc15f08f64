"""您家里: the devices that hang in a resident's home, told so that it knows what each is for and how to stop it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.urls import reverse
from django.utils.translation import gettext as _

from linli.foundation.privacy.consents.queries import Standing, standings_of
from linli.foundation.privacy.purposes import Purpose
from linli.foundation.privacy.sensing.kinds import is_sensitive
from linli.foundation.privacy.sensing.queries import Shown
from linli.foundation.registry.models import Resident
from linli.sense.telemetry.at_home import AtHome, at_home
from linli.sense.telemetry.device_types import CATALOGUE
from linli.sense.telemetry.models import Device
from linli.understand.warnings.rules import purposes_unwatched
from linli.understand.warnings.worked_on import Deaf, deaf_devices


@dataclass(frozen=True)
class Stop:
    """One agreement under which a device is read. ``own``: the resident gave it; else somebody else at home did, and the
    resident may say no."""

    purpose: Purpose
    own: bool
    href: str


@dataclass(frozen=True)
class Hanging:
    """A device at home. ``measures``, ``viewers`` are words; ``stops`` is empty while it is not read; ``unwatched``: it is,
    but the community has switched off every rule that would speak. ``deaf``: it is worked on, or does not work after that, and
    nobody is called about a danger. ``declared`` is what stands in public about such devices."""

    device: Device
    kind: str
    measures: list[str]
    viewers: list[str]
    declared: list[Shown]
    stops: list[Stop]
    unwatched: bool
    deaf: Deaf | None = None

    @property
    def read(self) -> bool:
        return bool(self.stops)


def hanging(resident: Resident, declared: Sequence[Shown]) -> list[Hanging]:
    """What hangs in the home where ``resident`` lives; ``declared`` is all that is declared for the inside of it."""
    found = at_home(resident.home_id if resident.left_on is None else None)
    standings = {one.purpose.key: one for one in standings_of(resident)} if found else {}
    silenced = purposes_unwatched() if found else frozenset()
    deaf = {one.pause.device_id: one for one in deaf_devices()} if found else {}
    told = [
        _told(one, [seen for seen in declared if seen.made.type == one.device.type], standings, silenced)
        for one in found
    ]
    return [replace(one, deaf=deaf.get(one.device.pk)) for one in told]


def _told(one: AtHome, declared: list[Shown], standings: dict[str, Standing], silenced: frozenset[str]) -> Hanging:
    device, kind = one.device, CATALOGUE[one.device.type]
    if is_sensitive(device.type):
        measures = [words for seen in declared for words in seen.stored]
        viewers = [words for seen in declared for words in seen.viewers]
    else:
        measures = [str(metric.label) for metric in kind.metrics.values()]
        viewers = [_("社区和这个网格的工作人员")]
    stops = [_stop(standings[key]) for key in sorted(one.read_for) if key in standings]
    unwatched = bool(stops) and {stop.purpose.key for stop in stops} <= silenced
    return Hanging(device, str(kind.label), _once(measures), _once(viewers), declared, stops, unwatched)


def _stop(standing: Standing) -> Stop:
    key, consent = standing.purpose.key, standing.consent
    asked = f"withdraw={consent.pk}" if consent is not None else f"give={key}"
    return Stop(standing.purpose, consent is not None, f"{reverse('portal:consents')}?{asked}#purpose-{key}")


def _once(words: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(words))
