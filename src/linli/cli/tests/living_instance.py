"""What the test of an erasure does inside a real instance: ``python -m linli.cli.tests.living_instance WHAT``."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

METER = "81234.567"
"""A reading that nothing else says: looked for in the lake and in the message store."""


def settle(home: Path) -> None:
    """A small community, in it an elder who leaves a trace everywhere, and a meter that has spoken."""
    from tests.retention.living import live

    from linli.act.casework import actions
    from linli.foundation.vault.fields import Sealed
    from linli.sense.telemetry.actions import NewDevice, enrol
    from linli.sense.telemetry.broker import Broker, service_address_of
    from linli.sense.telemetry.ingesting import Ingest
    from linli.sense.telemetry.stream import ensure_stream, subject_of
    from linli.sense.telemetry.wire import Connection
    from linli.testing import build_community

    small = build_community("mx", serial=1)
    with small.scope():
        enrol(NewDevice("w-1", "water_meter", home_id=small.homes[0].pk), actor=small.actor("community_director"))
        enrol(NewDevice("l-1", "lift", facility_id=small.lift.pk), actor=small.actor("community_director"))
    life = live(small, actions=actions)
    with Broker(home, nats_port=0, mqtt_port=0) as broker:
        link = Connection(service_address_of(broker), name="test")
        ensure_stream(link)
        for device, values in (("w-1", {"volume": float(METER)}), ("l-1", {"floor": 3})):
            said = json.dumps({"t": int(time.time() * 1000), "v": values}).encode()
            link.request(subject_of("mx", device), said)
        link.close()
        ingest = Ingest(home, say=print)
        ingest.run(until=2)
        print(ingest.counts, file=sys.stderr)
    tokens = []
    with small.scope():
        for row in (small.residents["elder"], small.accounts["elder"]):
            row.refresh_from_db()
            sealed = [getattr(row, column.attname) for column in row._meta.concrete_fields]
            tokens += [value.token for value in sealed if isinstance(value, Sealed) and value]
    print(json.dumps({"traces": life.traces, "tokens": tokens, "deletion": life.deletion, "meter": METER}))


def erase(home: Path) -> None:
    from linli.foundation.accounts.models import Account
    from linli.foundation.accounts.queries import actor_of
    from linli.foundation.privacy.rights import actions as rights
    from linli.foundation.tenancy import community_scope

    lead = Account.objects.get(username="dpo-1")
    with community_scope(lead.community_id):
        rights.erase(int(sys.argv[2]), "都删掉了。", actor=actor_of(lead))


def waits(home: Path) -> None:
    """What the erasure waits for: nothing once it is done."""
    from linli.foundation.privacy.retention.models import Erasure
    from linli.foundation.tenancy import every_community

    with every_community("the test looks at all"):
        for erasure in Erasure.objects.all():
            print(json.dumps({"ended": erasure.ended_at is not None, "work": sorted(erasure.work),
                              "places": erasure.places, "seconds": erasure.seconds}))  # fmt: skip


def grow_old(home: Path) -> None:
    """So many looks of four years ago, ten of today, and the plan that was announced yesterday."""
    from datetime import timedelta

    from linli.foundation import clock
    from linli.foundation.privacy.models import AccessRecord
    from linli.foundation.privacy.retention.planning import make_plan
    from linli.testing import build_community

    small = build_community("mx", serial=1)
    with small.scope():
        for count, at in ((int(sys.argv[2]), clock.now() - timedelta(days=1461)), (10, clock.now())):
            AccessRecord.objects.bulk_create(
                AccessRecord(
                    community=small.community, resident=small.residents["elder"], reader="x", field="phone",
                    purpose="case_contact", at=at,
                )
                for _ in range(count)
            )  # fmt: skip
    with clock.frozen(clock.now() - timedelta(days=1)):
        make_plan(small.community.pk)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.config.settings")
    import django

    django.setup()
    {"settle": settle, "erase": erase, "waits": waits, "grow_old": grow_old}[sys.argv[1]](
        Path(os.environ["LINLI_HOME"])
    )
