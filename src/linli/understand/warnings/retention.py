"""What is left of a warning: kind, grid, times and what was found, for the record of its detector; never whose home."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.db.models import CharField, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _

from linli.foundation.privacy.consents.gathering import Span, gathers
from linli.foundation.privacy.consents.standing import sensed_homes
from linli.foundation.privacy.retention.expiring import expires
from linli.foundation.privacy.retention.person import Going, Kept, keeps, spares
from linli.foundation.registry.models import Resident
from linli.sense.telemetry.models import Device
from linli.understand.warnings.engine import forget
from linli.understand.warnings.models import DetectorState, Ladder, Pause, PlanChange, Proposal, RuleChange, Warning
from linli.understand.warnings.shipped import shipped_rules
from linli.understand.warnings.worked_on import said_not_to_work

AFTER_THE_LAST_READING = timedelta(days=2)
"""A silence is warned of some hours after the last reading."""


def what_is_watched(resident: Resident, about: str) -> Iterator[Kept]:
    if resident.home_id is not None and Warning.objects.live().filter(home=resident.home_id).exists():
        yield Kept("warning_open", _("家里有一条预警还没处理完"))


def take_out(spans: Sequence[Span], going: Going) -> None:
    """Ended warnings of the spans lose the home and the numbers; detectors forget homes that are no longer sensed."""
    for span in spans:
        purposes = {key: rule.configured.purpose for key, rule in shipped_rules().items()}
        kinds = [key for key, purpose in purposes.items() if purpose and span.purpose in {"", purpose}]
        rows = Warning.objects.filter(home=span.home_id, kind__in=kinds).exclude(state__in=Warning.LIVE)
        if span.start is not None:
            rows = rows.filter(opened_at__gte=span.start)
        if span.end is not None:
            rows = rows.filter(opened_at__lt=span.end + AFTER_THE_LAST_READING)
        going.subjects |= {f"warning:{pk}" for pk in rows.values_list("pk", flat=True)}
        going.went("warnings.Warning#deidentify", deidentify(rows))
        if not span.purpose or not sensed_homes(span.purpose, {span.home_id}):
            going.went("warnings.DetectorState", _forget_home(span.home_id, kinds))


def deidentify(rows: QuerySet[Warning]) -> int:
    return rows.update(
        home=None, building=None, device=None, source="", evidence={}, finding_note="", acknowledged_by=None
    )


def _forget_home(home_id: int, kinds: Sequence[str]) -> int:
    devices = Device.objects.filter(home=home_id).values_list("pk", flat=True)
    sources = [f"home:{home_id}", *(f"device:{pk}" for pk in devices)]
    remembered = DetectorState.objects.filter(source__in=sources, detector__in=kinds).count()
    for kind in kinds:
        forget(sources, kind)
    return remembered


def _ended(before: datetime) -> QuerySet[Warning]:
    return Warning.objects.filter(ended_at__lt=before).exclude(evidence={}, finding_note="", home=None)


def _proposed(before: datetime) -> QuerySet[Proposal]:
    return Proposal.objects.filter(made_at__lt=before)


def _changed(before: datetime) -> QuerySet[RuleChange]:
    return RuleChange.objects.filter(asked_at__lt=before)


def _plan_changed(before: datetime) -> QuerySet[PlanChange]:
    return PlanChange.objects.filter(asked_at__lt=before)


def _climbed(before: datetime) -> QuerySet[Ladder]:
    return Ladder.objects.filter(ended_at__lt=before)


def _paused(before: datetime) -> QuerySet[Pause]:
    """But for the word that a device about danger does not work, while it stands: nobody else would say it."""
    return Pause.objects.filter(ends_at__lt=before).exclude(pk__in=said_not_to_work().values("pk"))


def _orphaned(before: datetime) -> QuerySet[DetectorState]:
    """Of a device that was revoked before then or is gone, or of a home without one that is not."""
    live = Device.objects.filter(Q(revoked_at__isnull=True) | Q(revoked_at__gte=before))
    devices = live.annotate(source=_source("device", "pk"))
    homes = live.filter(home__isnull=False).annotate(source=_source("home", "home_id"))
    return DetectorState.objects.exclude(source__in=devices.values("source")).exclude(source__in=homes.values("source"))


def _source(kind: str, column: str) -> Concat:
    return Concat(Value(f"{kind}:"), Cast(column, CharField()), output_field=CharField())


def _dispose(rows: QuerySet[Warning]) -> None:
    deidentify(rows)


def register() -> None:
    expires("warnings.Warning", _ended, moment="ended_at", dispose=_dispose, resident="home__residents")
    expires("warnings.DetectorState", _orphaned, moment="due_at", resident="")
    expires("warnings.Proposal", _proposed, moment="made_at", resident="")
    expires("warnings.RuleChange", _changed, moment="asked_at", resident="")
    expires("warnings.PlanChange", _plan_changed, moment="asked_at", resident="")
    expires("warnings.Ladder", _climbed, moment="ended_at", resident="")
    expires("warnings.Pause", _paused, moment="ends_at", resident="home__residents")
    keeps("warnings.open", what_is_watched)
    gathers("warnings.warnings", take_out)
    spares(("warnings.Rule", "warnings.Proposal"), "numbers of rules; nobody is named by them")
    spares(
        ("warnings.RuleChange", "warnings.PlanChange"),
        "which of the staff changed a rule or the order of calling and why; the answer for it outlasts the account",
    )
    spares(
        ("warnings.Pause",),
        "when a home was empty, whoever lived there, gone a month after; that an alarm does not work, until it does",
    )
    spares(
        ("warnings.CallPlan", "warnings.Ladder", "warnings.Call", "warnings.AlertBudget"),
        "which staff were called about a warning",
    )
    spares(
        ("warnings.Warning", "warnings.DetectorState"),
        "what was warned of in a home is taken out by the spans of its consents",
    )
