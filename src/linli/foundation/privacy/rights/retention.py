"""How long a right that was used stays on record, and what is left of it when the person is erased: that it was done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from linli.foundation.privacy.retention.expiring import expires
from linli.foundation.privacy.retention.models import Erasure
from linli.foundation.privacy.retention.person import Kept, Leaving, erases, keeps, stores
from linli.foundation.privacy.rights.models import CopyState, DataCopy, RightsEntry, RightsRequest, Suspension
from linli.foundation.privacy.rights.store import COPIES
from linli.foundation.registry.models import Resident

BLANK = {"words": "", "evidence": "", "answer": "", "extension_reason": "", "before": "", "after": "", "about": ""}

GONE = "—"


def what_is_asked(resident: Resident, about: str) -> Iterator[Kept]:
    others = RightsRequest.objects.active().filter(resident=resident)
    if about.startswith("rights:"):
        others = others.exclude(pk=int(about.partition(":")[2]))
    for request in others:
        yield Kept("rights_open", _("还有一件要求没答复：%(number)s") % {"number": request.number})


def forget_person(leaving: Leaving) -> None:
    """Each request keeps its number, kind and dates; what was said and shown in it goes, and so do the copies."""
    requests = RightsRequest.objects.filter(resident=leaving.resident_id)
    copies = DataCopy.objects.filter(request__in=requests)
    leaving.later("copies", [name for name in copies.values_list("name", flat=True) if name])
    leaving.went("rights.DataCopy#deidentify", copies.update(state=CopyState.GONE, name="", size=0))
    entries = RightsEntry.objects.filter(request__in=requests)
    leaving.went("rights.RightsEntry#deidentify", entries.update(text=""))
    for entry in entries.filter(verb="correct"):
        entry.data = entry.data | {"before": GONE, "after": GONE}
        entry.save(update_fields=["data"])
    for request in requests:
        for column, value in BLANK.items():
            setattr(request, column, value)
        request.wanted = ""
        request.save(update_fields=[*BLANK, "wanted"])
        leaving.went("rights.RightsRequest#deidentify", 1)


def forget_copies(names: Sequence[str], erasure: Erasure) -> int:
    there = [name for name in names if COPIES.path_of(name).exists()]
    for name in there:
        COPIES.forget(name)
    return len(there)


def _dispose(rows: QuerySet[RightsRequest]) -> None:
    names = list(DataCopy.objects.filter(request__in=rows).values_list("name", flat=True))
    rows.delete()
    transaction.on_commit(partial(_forget_all, names))


def _forget_all(names: Sequence[str]) -> None:
    for name in names:
        COPIES.forget(name)


def register() -> None:
    expires(
        "rights.RightsRequest",
        lambda before: RightsRequest.objects.filter(ended_at__lt=before),
        moment="ended_at",
        dispose=_dispose,
    )
    expires("rights.Suspension", lambda before: Suspension.objects.filter(ended_at__lt=before), moment="ended_at")
    keeps("rights.open", what_is_asked)
    erases(
        "rights.requests",
        forget_person,
        tables=("rights.RightsRequest", "rights.RightsEntry", "rights.RightsMark", "rights.DataCopy",
                "rights.CopyHandout"),
    )  # fmt: skip
    stores("copies", forget_copies, order=45)
