"""The rules of tables that belong to no app with rules of its own: jobs, deliveries, and what retention itself keeps."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django_tasks_db.models import DBTaskResult

from linli.foundation.events.models import Delivery
from linli.foundation.privacy.retention.expiring import expires
from linli.foundation.privacy.retention.holding_back import held_residents
from linli.foundation.privacy.retention.models import Erasure, LegalHold, Plan
from linli.foundation.privacy.retention.person import Kept, Leaving, erases, keeps, spares
from linli.foundation.registry.models import Resident


def what_is_held(resident: Resident, about: str) -> Iterator[Kept]:
    if resident.pk in held_residents():
        yield Kept("legal_hold", _("有暂停删除的决定，要先恢复"))


def forget_person(leaving: Leaving) -> None:
    """Holds that were lifted."""
    leaving.went("retention.LegalHold", LegalHold.objects.filter(resident=leaving.resident_id).delete()[0])


def register() -> None:
    expires(
        "django_tasks_database.DBTaskResult",
        lambda before: DBTaskResult.objects.finished().filter(finished_at__lt=before),
        moment="finished_at",
    )
    expires(
        "events.Delivery", lambda before: Delivery.objects.filter(done_at__lt=before), moment="done_at", resident="",
        everywhere=True,
    )  # fmt: skip
    expires("retention.LegalHold", lambda before: LegalHold.objects.filter(lifted_at__lt=before), moment="lifted_at")
    expires(
        "retention.Plan", lambda before: Plan.objects.filter(ended_at__lt=before), moment="ended_at", resident="",
        everywhere=True,
    )  # fmt: skip
    expires(
        "retention.Erasure", lambda before: Erasure.objects.filter(ended_at__lt=before), moment="ended_at", resident=""
    )
    keeps("retention.hold", what_is_held)
    erases("retention.holds", forget_person, tables=("retention.LegalHold",))
    spares(
        ("retention.Plan", "retention.PlanLine", "retention.RegisterEntry", "retention.Erasure"),
        "counts and digests; the numbers that an erasure still needs are emptied when it is done",
    )
