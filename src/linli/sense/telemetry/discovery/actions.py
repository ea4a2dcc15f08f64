"""What a person decides about what a bridge has announced: take it in as a device of the neighbourhood, or not."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from django.db import transaction
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import Conflict, Invalid, NotFound
from linli.foundation.events.recording import record
from linli.sense.telemetry.actions import NewDevice, install, refuse_outsiders
from linli.sense.telemetry.discovery.learning import offer_of
from linli.sense.telemetry.discovery.mapping import proposed, uses
from linli.sense.telemetry.models import Candidate, CandidateOffer, Device


def take_in(candidate: Candidate, new: NewDevice, *, actor: Actor, seen: str) -> Device:
    """Enrol the candidate as a device and take from now on what its offers mean in such a device.

    The same gates as for any device (:func:`~linli.sense.telemetry.actions.install`): declared and assessed where it tells of
    people, agreed to by the home in which it stands. ``seen`` is the :func:`fingerprint` of the offers that the person looked at.
    Raises also :class:`Invalid` ``other_kind`` where its offers make no such device, :class:`Conflict` ``changed_meanwhile``,
    ``already_taken`` and ``bridge_revoked``.
    """
    refuse_outsiders(actor)
    with transaction.atomic():
        candidate, offers = _locked(candidate, seen)
        if candidate.state == Candidate.State.TAKEN and _lives(candidate):
            raise Conflict(_("这台已经接入了。"), code="already_taken")
        if new.type not in proposed([offer_of(row) for row in offers]):
            raise Invalid(_("它发来的东西，做不成这种设备。"), field="type", code="other_kind")
        device = install(new, actor=actor).device
        candidate.device = device
        _take(candidate, offers, device.type)
        record("telemetry.candidate_taken", candidate, actor=actor, device_id=device.pk, type=device.type)
    return device


def take_again(candidate: Candidate, *, actor: Actor, seen: str) -> Candidate:
    """Agree to what a candidate that was taken in offers now. Raises :class:`Conflict` as :func:`take_in`, and ``not_taken``."""
    refuse_outsiders(actor)
    with transaction.atomic():
        candidate, offers = _locked(candidate, seen)
        if candidate.state != Candidate.State.TAKEN or not _lives(candidate) or candidate.device is None:
            raise Conflict(_("这台没有接入。"), code="not_taken")
        _take(candidate, offers, candidate.device.type)
        record("telemetry.candidate_taken", candidate, actor=actor, device_id=candidate.device.pk, again=True)
    return candidate


def refuse(candidate: Candidate, *, actor: Actor) -> Candidate:
    """Take nothing of it (any more); a device that it became stays, and hears no more from the bridge."""
    refuse_outsiders(actor)
    with transaction.atomic():
        candidate = _lock(candidate)
        if candidate.state == Candidate.State.REFUSED:
            raise Conflict(_("已经是不接了。"), code="already_refused")
        candidate.offers.update(metric="")
        candidate.state, candidate.changed, candidate.decided_at = Candidate.State.REFUSED, False, clock.now()
        candidate.save(update_fields=["state", "changed", "decided_at"])
        record("telemetry.candidate_refused", candidate, actor=actor)
    return candidate


def fingerprint(offers: Sequence[CandidateOffer]) -> str:
    """What a person who looks at these offers has seen: it changes when one of them does."""
    seen = sorted(repr((row.topic, offer_of(row))) for row in offers)
    return sha256("\n".join(seen).encode()).hexdigest()[:32]


def _take(candidate: Candidate, offers: Sequence[CandidateOffer], kind: str) -> None:
    for row, use in zip(offers, uses([offer_of(row) for row in offers], kind), strict=True):
        row.metric = use.metric
    CandidateOffer.objects.bulk_update(offers, ["metric"])
    candidate.state, candidate.changed, candidate.decided_at = Candidate.State.TAKEN, False, clock.now()
    candidate.save(update_fields=["state", "changed", "decided_at", "device"])


def _locked(candidate: Candidate, seen: str) -> tuple[Candidate, list[CandidateOffer]]:
    found = _lock(candidate)
    offers = list(found.offers.select_for_update().order_by("pk"))
    if found.bridge.revoked_at is not None:
        raise Conflict(_("这个网桥已经停用了。"), code="bridge_revoked")
    if fingerprint(offers) != seen:
        raise Conflict(_("它发来的东西刚刚有变化，请再看一遍。"), code="changed_meanwhile")
    return found, offers


def _lock(candidate: Candidate) -> Candidate:
    found = Candidate.objects.select_for_update(of=("self",)).select_related("bridge", "device").filter(pk=candidate.pk)
    if (one := found.first()) is None:
        raise NotFound
    return one


def _lives(candidate: Candidate) -> bool:
    return candidate.device is not None and candidate.device.revoked_at is None


def suggested_code(candidate: Candidate) -> str:
    """A code that nobody has, from the bridge's and the gateway's name of the device."""
    name = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_") else "-" for sign in candidate.key)
    stem = f"{candidate.bridge.code[:20]}-{name.strip('-')[:22] or candidate.pk}"
    taken = set(Device._base_manager.filter(code__startswith=stem).values_list("code", flat=True))
    return next(code for n in range(1, len(taken) + 2) if (code := stem if n == 1 else f"{stem}-{n}") not in taken)
