"""A program with one timer: ``plant`` sees a lift door open and dies at minute 7 of 10; ``look MINUTE`` wakes what is due."""

import os
import signal
import sys
from datetime import UTC, datetime, timedelta

BEGUN = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.config.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import transaction

    from linli.foundation import clock
    from linli.foundation.registry.models import Community
    from linli.foundation.tenancy import community_scope
    from linli.sense.telemetry import taps
    from linli.sense.telemetry.models import Device
    from linli.sense.telemetry.taps import Observed
    from linli.testing import build_community
    from linli.understand.warnings import engine
    from linli.understand.warnings.changing_rules import change_rule
    from linli.understand.warnings.models import Warning

    def show(device, minute):
        at = BEGUN + timedelta(minutes=minute)
        with clock.frozen(at), transaction.atomic():
            taps.show([Observed(device.pk, device.code, "lift", "door_open", at, 1.0)])
            if minute == 7:
                os.kill(os.getpid(), signal.SIGKILL)

    if sys.argv[1] == "plant":
        call_command("migrate", verbosity=0)
        with clock.frozen(BEGUN):
            world = build_community("timer", serial=8)
        with world.scope(), clock.frozen(BEGUN):
            change_rule(
                "door_open_long", on=True, settings={"open_seconds": 600}, actor=world.actor("community_director")
            )
            lift = Device.objects.create(code="lift-1", type="lift", facility=world.lift, credential_digest="0" * 64,
                                         enrolled_at=BEGUN)  # fmt: skip
        with world.scope():
            show(lift, 0)
            show(lift, 7)
    else:
        at = BEGUN + timedelta(minutes=float(sys.argv[2]))
        with community_scope(Community.objects.get()), clock.frozen(at):
            engine.wake_due()
            told = Warning.objects.filter(kind="door_open_long")
            print(",".join(f"{one.evidence['since']} {one.triggers}" for one in told) or "nothing")
