"""Reading what bridges have announced."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import NotFound
from linli.sense.telemetry.device_types import CATALOGUE
from linli.sense.telemetry.discovery.learning import offer_of
from linli.sense.telemetry.discovery.mapping import Use, proposed, troubles, uses
from linli.sense.telemetry.discovery.topics import subjects_of
from linli.sense.telemetry.models import Candidate, CandidateOffer, Device

WAITING = "waiting"
"""What needs a look: new ones, and those that offer something else than what was agreed to."""


class Proposal(NamedTuple):
    """A kind of device that the offers make, the best first, and what becomes of each offer in it."""

    kind: str
    label: str
    uses: list[tuple[CandidateOffer, Use, str]]

    @property
    def metrics(self) -> list[str]:
        return [label for _offer, _use, label in self.uses if label]


def candidates(actor: Actor, state: str = WAITING):
    """Candidates in ``state``, or those that wait for a look; the one that was last heard first."""
    rows = Candidate.objects.visible_to(actor).select_related("bridge", "device").prefetch_related("offers")
    if state == WAITING:
        rows = rows.exclude(state=Candidate.State.REFUSED).exclude(state=Candidate.State.TAKEN, changed=False)
    else:
        rows = rows.filter(state=state)
    return rows.order_by("-last_at", "-pk")


def waiting(actor: Actor, bridge: Device | None = None) -> int:
    """How many candidates wait for a look."""
    rows = candidates(actor)
    return (rows.filter(bridge=bridge) if bridge is not None else rows).count()


def load_candidate(pk: int, *, actor: Actor) -> Candidate:
    """Raises :class:`NotFound`."""
    found = Candidate.objects.visible_to(actor).select_related("bridge__community", "device").filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def proposals(offers: Sequence[CandidateOffer]) -> list[Proposal]:
    said = [offer_of(row) for row in offers]
    return [proposal(offers, kind) for kind in proposed(said)]


def proposal(offers: Sequence[CandidateOffer], kind: str) -> Proposal:
    metrics = CATALOGUE[kind].metrics
    found = uses([offer_of(row) for row in offers], kind)
    told = [
        (row, use, str(metrics[use.metric].label) if use.metric else "") for row, use in zip(offers, found, strict=True)
    ]
    return Proposal(kind, str(CATALOGUE[kind].label), told)


def in_the_way_of(offers: Sequence[CandidateOffer]) -> list[tuple[CandidateOffer, Use, str]]:
    """What stands against each offer where they make no kind of device."""
    return [(row, use, "") for row, use in zip(offers, troubles([offer_of(row) for row in offers]), strict=True)]


def came_through(device: Device, actor: Actor) -> Candidate | None:
    """The candidate that the device was, for who may see candidates."""
    return Candidate.objects.visible_to(actor).select_related("bridge").filter(device=device).first()


def subjects_through_bridges(device: Device) -> list[str]:
    """Under which subjects the stream may hold what bridges said for the device."""
    rows = CandidateOffer.objects.filter(candidate__device=device).select_related("candidate__bridge__community")
    return sorted(
        {
            subject
            for row in rows
            for subject in subjects_of(row.candidate.bridge.community.code, row.candidate.bridge.code, row.state_topic)
        }
    )
