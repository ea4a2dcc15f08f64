"""What the devices in a resident's home send: by kind of device and span of days, not reading by reading on the page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.privacy.holdings import Held, Row, holds, holds_nothing
from linli.foundation.privacy.purposes import in_force
from linli.foundation.registry.models import Resident
from linli.sense.telemetry.device_types import CATALOGUE
from linli.sense.telemetry.models import Device
from linli.sense.telemetry.queries import rollup

DAY = timedelta(days=1)


def sensing_of(resident: Resident, actor: Actor) -> Iterator[Held]:
    if resident.home_id is None:
        return
    by_type: dict[str, list[Device]] = {}
    for device in Device.objects.filter(home=resident.home_id).order_by("type", "pk"):
        by_type.setdefault(device.type, []).append(device)
    for type_key, devices in by_type.items():
        yield _of_type(type_key, devices)


def _of_type(type_key: str, devices: list[Device]) -> Held:
    device_type = CATALOGUE.get(type_key)
    label = str(device_type.label) if device_type is not None else type_key
    first = min(device.enrolled_at for device in devices)
    newest = max((device.last_seen_at for device in devices if device.last_seen_at), default=None)
    purposes = tuple(key for key, purpose in in_force().items() if type_key in purpose.senses)

    def rows() -> Iterator[Row]:
        """A line for each day and thing measured: the readings themselves stay countable, not a minute-by-minute life."""
        for metric in device_type.metrics.values() if device_type is not None else ():
            for bucket in rollup(devices, metric.key, first.replace(hour=0, minute=0), clock.now() + DAY, every=DAY):
                yield {
                    "device": type_key,
                    "metric": metric.key,
                    "day": bucket.start.date(),
                    "count": bucket.count,
                    "least": bucket.least,
                    "mean": round(bucket.mean, 3),
                    "most": bucket.most,
                    "unit": metric.unit,
                }

    if newest is None:
        words = _("%(day)s 装的，还没有发来过数据。") % {"day": f"{first:%Y-%m-%d}"}
    else:
        words = _("%(first)s 到 %(last)s 的数据。") % {"first": f"{first:%Y-%m-%d}", "last": f"{newest:%Y-%m-%d}"}
    return Held(
        key=f"sensing-{type_key}",
        title=_("您家的%(device)s") % {"device": label},
        words=words,
        table="telemetry.HotObservation",
        sources=("device",),
        purposes=purposes,
        rows=rows,
        labels={
            "day": _("哪天"), "metric": _("量什么"), "count": _("几次"), "least": _("最低"), "mean": _("平均"),
            "most": _("最高"), "unit": _("单位"),
        },
        newest_at=newest,
        icon="radio",
        url="portal:consents",
    )  # fmt: skip


def register() -> None:
    holds(
        "telemetry.sensing",
        sensing_of,
        tables=("telemetry.Device", "telemetry.LastValue", "telemetry.HotObservation"),
        order=41,
    )
    holds_nothing(
        ("telemetry.LakeFile", "telemetry.Quarantined", "telemetry.Withheld", "telemetry.DeviceEntry",
         "telemetry.Calibration", "telemetry.Fault", "telemetry.Candidate", "telemetry.CandidateOffer",
         "telemetry.ReadingsFile"),
        "files of many devices, counts of what was not kept, what a bridge says is there, and what was done to a device; what "
        "concerns a home is told by it",
    )  # fmt: skip
