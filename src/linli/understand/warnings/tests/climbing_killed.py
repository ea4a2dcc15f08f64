"""A program with one climb: ``plant`` opens a P0 and dies while the second rung is called; ``plant_answered`` has it
answered after two minutes and dies while the next rung is called because nobody arrives; ``look MINUTE`` goes on."""

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

    from linli.foundation import clock
    from linli.foundation.events.dispatching import drain
    from linli.foundation.registry.models import Community
    from linli.foundation.tenancy import community_scope
    from linli.testing import build_community
    from linli.understand.warnings import actions, calling
    from linli.understand.warnings.models import Call
    from linli.understand.warnings.tests.test_warning_life import raised

    if sys.argv[1] in {"plant", "plant_answered"}:
        answered = sys.argv[1] == "plant_answered"
        call_command("migrate", verbosity=0)
        with clock.frozen(BEGUN):
            world = build_community("climb", serial=8)
        with world.scope():
            with clock.frozen(BEGUN):
                warning = raised(world)
                drain()
            if answered:
                with clock.frozen(BEGUN + timedelta(minutes=2)):
                    actions.acknowledge(warning, actor=world.actor("grid_worker"))
                    drain()
                with clock.frozen(BEGUN + timedelta(minutes=32)):
                    calling.climb_due()
            calling.record = lambda *_facts, **_more: os.kill(os.getpid(), signal.SIGKILL)
            with clock.frozen(BEGUN + timedelta(minutes=34 if answered else 5)):
                calling.climb_due()
    else:
        at = BEGUN + timedelta(minutes=float(sys.argv[2]))
        with community_scope(Community.objects.get()), clock.frozen(at):
            calling.climb_due()
            rows = Call.objects.order_by("pk").values_list("role", "round")
            print(",".join(f"{role} {turn}" for role, turn in rows))
