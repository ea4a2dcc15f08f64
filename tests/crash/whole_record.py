"""Run as a program in an instance's environment: prints everything that its record holds as one JSON object."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any


def waiting() -> int:
    """Events that have not yet reached every handler, and messages to phones that have not left, though they may: what can
    wait is not sent at night, and the clock stands."""
    from django.db.models import Q

    from linli.foundation import clock
    from linli.foundation.events.models import Delivery, Event
    from linli.foundation.notices.models import Notice

    return (
        Event.objects.filter(position__isnull=True).count()
        + Delivery.objects.filter(done_at__isnull=True).count()
        + Notice.objects.exclude(state=Notice.State.SENT)
        .filter(Q(not_before=None) | Q(not_before__lte=clock.now()))
        .count()
    )


def requests() -> list[dict[str, Any]]:
    from linli.act.casework.models import CaseRequest
    from linli.foundation.events.models import Event
    from linli.foundation.notices.models import Notice
    from linli.sense.requests.models import Request

    filed = Counter(Event.objects.filter(kind="requests.filed").values_list("subject", flat=True))
    told = Counter(Notice.objects.filter(key__startswith="case:").values_list("key", flat=True))
    return [
        {
            "id": row.pk,
            "client_key": row.client_key,
            "case_ids": list(CaseRequest.objects.filter(request=row).values_list("case_id", flat=True)),
            "filed": filed[f"request:{row.pk}"],
            "told": sum(times for key, times in told.items() if key.endswith(f":received:{row.pk}")),
        }
        for row in Request.objects.order_by("pk")
    ]


def cases() -> list[dict[str, Any]]:
    from linli.act.casework.models import Case
    from linli.foundation.events.models import Event

    events: dict[str, list[tuple[int, str]]] = {}
    for subject, entry, kind in Event.objects.filter(kind__startswith="casework.").values_list(
        "subject", "data__entry_id", "kind"
    ):
        events.setdefault(subject, []).append((entry, kind))
    return [
        {
            "id": case.pk,
            "number": case.number,
            "state": case.state,
            "version": case.version,
            "warning": case.warning_id,
            "requests": case.joined.count(),
            "entries": [(e.pk, e.verb, e.from_state, e.to_state) for e in case.entries.order_by("pk")],
            "events": events.get(f"case:{case.pk}", []),
        }
        for case in Case.objects.order_by("pk")
    ]


def log() -> dict[str, Any]:
    """``undelivered``, ``twice``: (position, handler) of events that a handler has not had once."""
    from linli.foundation.events.handling import registered
    from linli.foundation.events.models import Delivery, Event

    wanted = Counter(
        (event.position, handler.name)
        for event in Event.objects.all()
        for handler in registered.values()
        if event.kind in handler.kinds
    )
    done = Counter(Delivery.objects.filter(done_at__isnull=False).values_list("position", "handler"))
    return {
        "positions": list(Event.objects.order_by("position").values_list("position", flat=True)),
        "deliveries": sum(done.values()),
        "undelivered": sorted((wanted - done).elements()),
        "twice": sorted((done - wanted).elements()),
    }


def observations() -> list[tuple[str, int, float, int]]:
    """Device, time, value and how often it is stored, in the database and the lake together.

    With the lake held: ingest seals and merges until everything is stored, and a merged file is gone.
    """
    import pyarrow as pa

    from linli.sense.telemetry.cutting import this_lake
    from linli.sense.telemetry.models import Device, HotObservation, LakeFile

    codes = dict(Device.objects.values_list("pk", "code"))
    lake = this_lake()
    with lake.alone():
        hot = HotObservation.objects.values_list("device_id", "time", "value")
        stored = Counter((codes[device], at, value) for device, at, value in hot)
        for file in LakeFile.objects.all():
            rows = lake.read(file)
            times = rows["time"].cast(pa.int64()).to_pylist()
            stored.update(zip(rows["device"].to_pylist(), times, rows["value"].to_pylist(), strict=True))
    return [(*key, times) for key, times in stored.items()]


def main() -> None:
    import django

    django.setup()
    from linli.foundation.tenancy import every_community
    from linli.sense.telemetry.models import IngestCursor, LakeFile

    with every_community("the test counts everything"):
        record = {
            "waiting": waiting(),
            "requests": requests(),
            "cases": cases(),
            "log": log(),
            "observations": observations(),
            "lake_files": LakeFile.objects.count(),
            "quarantined": IngestCursor.objects.get().quarantined,
        }
    print(json.dumps(record))


if __name__ == "__main__":
    main()
