"""How long what devices say is kept, and how it is taken out again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings

from linli.foundation.privacy.consents.gathering import Span, gathers
from linli.foundation.privacy.retention.expiring import add, expires
from linli.foundation.privacy.retention.models import Erasure
from linli.foundation.privacy.retention.person import Going, spares, stores
from linli.sense.telemetry.ageing import Readings
from linli.sense.telemetry.broker import service_address
from linli.sense.telemetry.cutting import BEGINNING, END, Cut, cut_lake, forget_rows, this_lake
from linli.sense.telemetry.device_types import CATALOGUE
from linli.sense.telemetry.discovery.queries import subjects_through_bridges
from linli.sense.telemetry.ladder import RUNGS
from linli.sense.telemetry.lake import to_ms
from linli.sense.telemetry.models import Candidate, Device, LastValue, PublishViolation, Quarantined, ReadingsFile
from linli.sense.telemetry.stream import STREAM, StreamError, call, erase, subject_of
from linli.sense.telemetry.wire import Connection, WireError

NO_STREAM, NO_MESSAGE = 10059, 10037
SERIES = [key for key, kind in CATALOGUE.items() if kind.any_past]


def take_out(spans: Iterable[Span], going: Going) -> None:
    """What the devices of a home said in the spans: rows at once, the lake and the stream after the commit."""
    cuts = []
    for span in spans:
        devices = Device.objects.select_related("community").filter(home=span.home_id, type__in=span.device_types)
        for device in devices:
            cuts.append(Cut(device.pk, _ms(span.start, BEGINNING), _ms(span.end, END)))
            going.later(
                "stream", [subject_of(device.community.code, device.code).decode(), *subjects_through_bridges(device)]
            )
        if span.start is None:
            devices.update(last_seen_at=None)
    if cuts:
        going.went("telemetry.ReadingsFile", ReadingsFile.objects.all().delete()[0])
    for place, count in forget_rows(cuts).items():
        going.went(place, count)
    going.later("lake", [cut.as_json() for cut in cuts])


def forget_in_lake(items: Sequence[Any], erasure: Erasure) -> int:
    return cut_lake(this_lake(), [Cut(**item) for item in items], erasure.community_id)


def forget_in_stream(subjects: Sequence[str], erasure: Erasure) -> int | None:
    """Overwrite what the message server still holds of these subjects; ``None`` while it does not answer."""
    if not (settings.LINLI_HOME / "nats" / "store").exists():
        return 0
    try:
        link = Connection(service_address(settings.LINLI_HOME), name="retention")
    except (WireError, OSError):
        return None
    try:
        return sum(_overwrite(link, subject) for subject in sorted(set(subjects)))
    except StreamError as refused:
        return 0 if refused.code == NO_STREAM else None
    except WireError:
        return None
    finally:
        link.close()


def _overwrite(link: Connection, subject: str) -> int:
    sequence, gone = 1, 0
    while True:
        try:
            found = call(link, f"STREAM.MSG.GET.{STREAM}", {"seq": sequence, "next_by_subj": subject})
        except StreamError as refused:
            if refused.code == NO_MESSAGE:
                return gone
            raise
        erase(link, [found["message"]["seq"]])
        sequence = found["message"]["seq"] + 1
        gone += 1


def _ms(moment: datetime | None, otherwise: int) -> int:
    return otherwise if moment is None else to_ms(moment)


def _old_values(before: datetime):
    """But not of replayed series, whose newest value tells a repetition."""
    devices = Device.objects.exclude(type__in=SERIES)
    return LastValue.objects.filter(time__lt=before, device__in=devices)


def _revoked(before: datetime):
    return Device.objects.filter(revoked_at__lt=before)


def _unheard_candidates(before: datetime):
    """But not what was taken in: it tells from where its device hears."""
    return Candidate.objects.filter(last_at__lt=before).exclude(state=Candidate.State.TAKEN)


def register() -> None:
    add(Readings())
    for rung in RUNGS:
        add(rung)
    expires("telemetry.LastValue", _old_values, moment="time", resident="")
    expires("telemetry.Device", _revoked, moment="revoked_at", resident="")
    expires(
        "telemetry.Quarantined",
        lambda before: Quarantined.objects.filter(received_at__lt=before),
        moment="received_at",
        resident="",
        everywhere=True,
    )
    expires(
        "telemetry.ReadingsFile", lambda before: ReadingsFile.objects.filter(brought_at__lt=before), moment="brought_at",
        resident="",
    )  # fmt: skip
    expires("telemetry.Candidate", _unheard_candidates, moment="last_at", resident="")
    expires(
        "telemetry.PublishViolation",
        lambda before: PublishViolation.objects.filter(last_at__lt=before),
        moment="last_at",
    )
    gathers("telemetry.readings", take_out)
    stores("lake", forget_in_lake, order=20)
    stores("stream", forget_in_stream, order=30)
    spares(
        ("telemetry.Device", "telemetry.LastValue", "telemetry.HotObservation", "telemetry.LakeFile",
         "telemetry.Quarantined", "telemetry.Withheld", "telemetry.DeviceEntry", "telemetry.Calibration", "telemetry.Fault",
         "telemetry.Candidate", "telemetry.CandidateOffer", "telemetry.ReadingsFile"),
        "what a device in the home said is taken out by the spans of its consents",
    )  # fmt: skip
