"""After a restore: what was erased since the backup was made is erased again, before anybody can start the instance."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

MARGIN = timedelta(hours=1)
"""An erasure that was under way while the backup was made may stand in the list a little before it."""
LEFT_TO_THE_WORKER = {"events", "last_word", "endings"}
"""Once the instance runs: events that hold numbers only, and what hangs on them."""


@dataclass
class Done:
    """``waiting`` erasures still need something that is not there, named in ``troubles``."""

    people: int = 0
    consents: int = 0
    rows: int = 0
    waiting: int = 0
    troubles: list[str] = field(default_factory=list)


def lists_for(archive: Path, given: Path | None) -> list[Path]:
    """The lists of erasures that concern an archive: the one named, the one beside it, and that of LINLI_TOMBSTONES."""
    import os

    named = os.environ.get("LINLI_TOMBSTONES")
    beside = archive.absolute().parent / "erased.ndjson"
    known = [given, beside, Path(named) if named else None]
    return [path for path in dict.fromkeys(known) if path is not None and path.exists()]


def erase_again(lists: list[Path], made_at: str) -> Done:
    """Do again what the lists name since ``made_at`` (ISO 8601), to the end: lake, stream and freed pages included."""
    from linli.foundation.privacy.retention import finishing, freeing, tombstones
    from linli.foundation.privacy.retention.models import Erasure
    from linli.foundation.tenancy import every_community

    since = datetime.fromisoformat(made_at) - MARGIN
    stones = [stone for stone in tombstones.merge(lists) if datetime.fromisoformat(stone["at"]) >= since]
    done = Done()
    for stone in stones:
        {"resident": _resident, "consent": _consent, "rule": _rule}[stone["kind"]](stone, done)
    tombstones.lay(tombstones.merge(lists))
    with _message_server(done):
        finishing.finish_all(whatever_the_size=True)
    freeing.overwrite(whatever_the_size=True)
    with every_community("erasures of all communities"):
        for erasure in Erasure.objects.unfinished():
            if erasure.work.keys() - LEFT_TO_THE_WORKER:
                done.waiting += 1
                done.troubles.append(f"erasure {erasure.pk} waits for: {erasure.trouble}")
    return done


def _resident(stone: Any, done: Done) -> None:
    from linli.foundation.accounts.actor import Actor
    from linli.foundation.privacy.retention import tombstones
    from linli.foundation.privacy.retention.erasing import erase_resident
    from linli.foundation.registry.models import Resident
    from linli.foundation.tenancy import community_scope

    with community_scope(stone["community"]):
        resident = Resident.objects.filter(pk=stone["id"]).first()
        if resident is None:
            return
        if not tombstones.names_resident(stone, resident):
            done.troubles.append(f"resident {stone['id']} is not the one who was erased, and stays")
            return
        actor = Actor.for_system("restore", stone["community"])
        erase_resident(resident, reason="restore", about="restore", actor=actor)
        done.people += 1


def _consent(stone: Any, done: Done) -> None:
    from linli.foundation.accounts.actor import Actor
    from linli.foundation.privacy.consents.actions import end_consent
    from linli.foundation.privacy.consents.models import Ending
    from linli.foundation.privacy.consents.retention import erase_gathered
    from linli.foundation.privacy.models import Consent
    from linli.foundation.privacy.retention import tombstones
    from linli.foundation.privacy.retention.models import Erasure
    from linli.foundation.tenancy import community_scope

    with community_scope(stone["community"]):
        consent = Consent.objects.filter(pk=stone["id"]).first()
        if consent is None or not tombstones.names_consent(stone, consent):
            return
        if Erasure.objects.filter(about=f"consent:{consent.pk}").exists():
            return
        end_consent(consent, Ending.Reason.WITHDRAWN, actor=Actor.for_system("restore", stone["community"]))
        consent.refresh_from_db()
        erase_gathered(consent, reason="restore")
        done.consents += 1


def _rule(stone: Any, done: Done) -> None:
    from linli.foundation.privacy.retention.expiring import expiries
    from linli.foundation.privacy.retention.planning import scope_of

    expiry = expiries().get(stone["rule"])
    if expiry is None:
        return

    def note(count: int, marks: object) -> None:
        done.rows += count

    with scope_of(stone["community"]):
        while expiry.step(datetime.fromisoformat(stone["as_of"]), note):
            pass


@contextmanager
def _message_server(done: Done) -> Iterator[None]:
    """Run the message server while its store is cleaned; without one the erasures that need it wait."""
    from django.conf import settings

    from linli.sense.telemetry.broker import Broker, BrokerFailed

    if not (settings.LINLI_HOME / "nats" / "store").exists():
        yield
        return
    server = Broker(settings.LINLI_HOME, nats_port=0, mqtt_port=0)
    try:
        server.start()
    except BrokerFailed as missing:
        done.troubles.append(str(missing))
    try:
        yield
    finally:
        server.stop()
