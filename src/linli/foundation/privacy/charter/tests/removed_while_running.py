"""A job uses a field in one process while another process takes the purpose out of the charter.

Run as ``… job`` it is the job: it uses the elder's number again and again and says so, until it is refused.
"""

from __future__ import annotations

import os
import sys
import time

GIVE_UP_SECONDS = 60


def job(community_id: int) -> None:
    from linli.foundation.privacy.door import NotDeclared, use
    from linli.foundation.registry.models import Resident
    from linli.foundation.tenancy import community_scope

    with community_scope(community_id):
        elder = Resident.objects.get(code="R0")
        until = time.time() + GIVE_UP_SECONDS
        while (began := time.time()) < until:
            try:
                use(elder, "phone", "fraud_drill", about="drill:1")
            except NotDeclared:
                print(f"refused {began}", flush=True)
                return
            print(f"used {began}", flush=True)
            time.sleep(0.02)


def main() -> None:
    """Prints what the job said first and last, and how often it used the number once the removal was committed."""
    from datetime import timedelta
    from subprocess import PIPE, Popen

    from django.conf import settings

    from linli.foundation import clock
    from linli.foundation.privacy.charter import actions
    from linli.foundation.privacy.charter.tests.changing import announced, tell_everybody
    from linli.foundation.privacy.consents.actions import give_consent
    from linli.testing import build_community
    from linli.testing_tables import lay_into

    lay_into(settings.LINLI_HOME)
    world = build_community("many", serial=7)
    with world.scope():
        actions.begin_charter()
        give_consent(world.residents["elder"], "fraud_drill", channel="app", actor=world.actor("elder"))
        announced(world, removed=("fraud_drill",))
        tell_everybody()
    running = Popen([sys.executable, "-m", __spec__.name, "job", str(world.community.pk)], stdout=PIPE, text=True)
    assert running.stdout is not None
    before = [running.stdout.readline() for _ in range(5)]
    with world.scope(), clock.frozen(clock.now() + timedelta(days=8)):
        actions.take_effect_due()
    committed = time.time()
    said = [line.split() for line in [*before, *running.stdout]]
    running.wait()
    late = sum(word == "used" and float(began) > committed for word, began in said)
    print(f"{said[0][0]}, then {said[-1][0]}; {late} uses began after the removal")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.config.settings")
    import django

    django.setup()
    if sys.argv[1:2] == ["job"]:
        job(int(sys.argv[2]))
    else:
        main()
