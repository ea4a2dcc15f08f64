"""Writing down what bridges announce; inside the storing transaction, from the one process that stores."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from datetime import datetime

from django.db.models import F

from linli.foundation.accounts.actor import Actor
from linli.foundation.events.recording import record
from linli.sense.telemetry.discovery.announcing import Announcement, Offer, Unreadable
from linli.sense.telemetry.models import Candidate, CandidateOffer

MOST_CANDIDATES = 500
"""Of one bridge: more is a gateway gone wrong, and nobody looks through them."""

FIELDS = tuple(name for name in Offer.__dataclass_fields__ if name != "key")


def learn(bridge_id: int, topic: str, announced: Announcement | None, now: datetime, *, community_id: int) -> bool:
    """Write down what was announced on ``topic``; ``None``: it was withdrawn, and nothing of it is taken any more.

    Returns whether that ended something that a person had agreed to. Raises :class:`Unreadable` when the bridge has announced more than can be looked through.
    """
    before = CandidateOffer.objects.filter(candidate__bridge=bridge_id, topic=topic).select_related("candidate")
    held = {(offer.candidate.key, offer.key): offer for offer in before}
    agreed = {offer.pk for offer in held.values() if offer.metric}
    if announced is None or not announced.offers:
        _withdraw(list(held.values()))
        return bool(agreed)
    candidate = _candidate(bridge_id, announced, now, community_id)
    kept = {}
    changed = False
    for offer in announced.offers:
        row = held.get((candidate.key, offer.key))
        if row is None:
            CandidateOffer.objects.create(candidate=candidate, topic=topic, **asdict(offer))
            changed = True
        else:
            kept[row.pk] = row
            changed |= _renew(row, offer)
    _withdraw([row for row in held.values() if row.pk not in kept])
    if changed and candidate.state == Candidate.State.TAKEN and not candidate.changed:
        candidate.changed = True
        candidate.save(update_fields=["changed"])
        record(
            "telemetry.candidate_changed",
            candidate,
            actor=Actor.for_system("ingest", community_id),
            bridge_id=bridge_id,
        )
    return any(pk not in kept or not kept[pk].metric for pk in agreed)


def note_heard(unkept: Counter[int], heard: set[int], now: datetime) -> None:
    """Count state messages of which nothing was kept, and note when each candidate was last heard."""
    for pk, times in unkept.items():
        Candidate.objects.filter(pk=pk).update(unkept=F("unkept") + times)
    Candidate.objects.filter(pk__in=heard | set(unkept)).update(last_at=now)


def offer_of(row: CandidateOffer) -> Offer:
    return Offer(row.key, **{name: getattr(row, name) for name in FIELDS})


def _candidate(bridge_id: int, announced: Announcement, now: datetime, community_id: int) -> Candidate:
    described = {"name": announced.name, "maker": announced.maker, "model": announced.model, "last_at": now}
    found = Candidate.objects.filter(bridge=bridge_id, key=announced.key).first()
    if found is not None:
        for name, value in described.items():
            setattr(found, name, value)
        found.save(update_fields=[*described])
        return found
    if Candidate.objects.filter(bridge=bridge_id).count() >= MOST_CANDIDATES:
        raise Unreadable("announced_too_many", most=str(MOST_CANDIDATES))
    made = Candidate.objects.create(bridge_id=bridge_id, key=announced.key, first_at=now, **described)
    record("telemetry.candidate_found", made, actor=Actor.for_system("ingest", community_id), bridge_id=bridge_id)
    return made


def _renew(row: CandidateOffer, offer: Offer) -> bool:
    """Write the offer as it is announced now; whether anything but its name is different, which ends what was agreed to."""
    before = offer_of(row)
    if before == offer:
        return False
    for name in FIELDS:
        setattr(row, name, getattr(offer, name))
    different = any(getattr(before, name) != getattr(offer, name) for name in FIELDS if name != "name")
    if different:
        row.metric = ""
    row.save()
    return different


def _withdraw(rows: list[CandidateOffer]) -> None:
    """Offers go; a candidate that has none left goes too, unless a person has decided about it."""
    candidates = {row.candidate for row in rows}
    CandidateOffer.objects.filter(pk__in=[row.pk for row in rows]).delete()
    for candidate in candidates:
        if candidate.state == Candidate.State.OPEN and not candidate.offers.exists():
            candidate.delete()
