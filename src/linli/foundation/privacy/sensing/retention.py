"""How long what was declared and assessed is kept, and what is left then: that it was, where and for what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.privacy.retention.expiring import expires
from linli.foundation.privacy.retention.person import Kept, keeps, spares
from linli.foundation.privacy.sensing.models import Assessment, Declaration, Method, Step, WayIn
from linli.foundation.registry.models import Resident


def what_a_gate_holds(resident: Resident, about: str) -> Iterator[Kept]:
    """A face that is still in a gate is found by this row alone: it goes from the gate first."""
    faces = WayIn.objects.filter(resident=resident, method=Method.FACE, removed_at__isnull=True)
    for way in faces.select_related("declaration"):
        yield Kept(
            "face_in_gate", _("%(gate)s里还存着脸，先从门禁里删") % {"gate": way.declaration.name}, way.remove_by
        )


def _over(before: datetime) -> QuerySet[Declaration]:
    return Declaration.objects.filter(ended_at__lt=before).exclude(responsible="")


def _forget_names(rows: QuerySet[Declaration]) -> None:
    pks = list(rows.values_list("pk", flat=True))
    Step.objects.filter(declaration__in=pks).update(text="", by_label="", by=None)
    rows.update(
        responsible="", responsible_phone="", installer="", tried_by="", end_reason="", made_by=None, proposed_by=None,
        approved_by=None,
    )  # fmt: skip


def _weighed(before: datetime) -> QuerySet[Assessment]:
    over = Assessment.objects.filter(ended_at__lt=before, keep_until__lt=clock.today())
    return over.exclude(answers={}, risks={})


def _forget_answers(rows: QuerySet[Assessment]) -> None:
    pks = list(rows.values_list("pk", flat=True))
    Step.objects.filter(assessment__in=pks).update(text="", by_label="", by=None)
    rows.update(answers={}, risks={}, due_reason="", made_by=None, proposed_by=None, approved_by=None)


def register() -> None:
    expires("sensing.Declaration", _over, moment="ended_at", dispose=_forget_names, resident="")
    expires("sensing.Assessment", _weighed, moment="ended_at", dispose=_forget_answers, resident="")
    expires(
        "sensing.WayIn",
        lambda before: WayIn.objects.filter(ended_at__lt=before).filter(
            ~Q(method=Method.FACE) | Q(removed_at__isnull=False)
        ),
        moment="ended_at",
    )
    keeps("sensing.faces", what_a_gate_holds)
    spares(("sensing.Declaration", "sensing.Assessment", "sensing.Step"), "about devices and places, written by staff")
