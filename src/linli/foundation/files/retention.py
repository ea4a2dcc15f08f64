"""Photos: they go with what carries them, and what nothing carries goes after a month."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, ManyToManyRel, Model, OuterRef, QuerySet

from linli.foundation.files.models import Attachment
from linli.foundation.files.store import path_of
from linli.foundation.privacy.retention.expiring import expires
from linli.foundation.privacy.retention.models import Erasure
from linli.foundation.privacy.retention.person import Leaving, erases, stores
from linli.foundation.tenancy import every_community


def forget_person(leaving: Leaving) -> None:
    """What they sent, and what was taken of their matters, unless something of somebody else carries it."""
    theirs = Attachment.objects.filter(pk__in=leaving.photos)
    if leaving.account_id:
        theirs = theirs | Attachment.objects.filter(uploaded_by=leaving.account_id)
    going = uncarried(Attachment.objects.filter(pk__in=theirs.values("pk")))
    leaving.later("files", list(going.values_list("sha256", flat=True)))
    leaving.went(
        "files.Attachment", Attachment.objects.filter(pk__in=list(going.values_list("pk", flat=True))).delete()[0]
    )


def forget_files(digests: Sequence[str], erasure: Erasure) -> int:
    """Delete files that no row names any more."""
    return sum(_forget_file(digest) for digest in set(digests))


def uncarried(photos: QuerySet[Attachment]) -> QuerySet[Attachment]:
    """Those that no row of any app carries."""
    for relation in Attachment._meta.related_objects:
        if isinstance(relation, ManyToManyRel):
            through = cast(type[Model], relation.through)
            photos = photos.exclude(Exists(through._base_manager.filter(attachment=OuterRef("pk"))))
    return photos


def _forget_file(digest: str) -> bool:
    with every_community("the same photo is one file for all communities"):
        if Attachment.objects.filter(sha256=digest).exists():
            return False
    path = path_of(digest)
    there = path.exists()
    path.unlink(missing_ok=True)
    return there


def _dispose(rows: QuerySet[Attachment]) -> None:
    digests = list(rows.values_list("sha256", flat=True))
    rows.delete()
    transaction.on_commit(lambda: [_forget_file(digest) for digest in digests])


def remove_orphans() -> int:
    """Delete files that no row names and that have lain for a day: left by an upload or an erasure that was cut short."""
    from linli.foundation import clock

    yesterday = clock.real_now().timestamp() - 86_400
    with every_community("files belong to no community"):
        known = set(Attachment.objects.values_list("sha256", flat=True))
    old = [
        path
        for path in (settings.LINLI_HOME / "files").glob("??/*.jpg*")
        if path.name[:64] not in known and path.stat().st_mtime < yesterday
    ]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def _nobody_carries(before: datetime) -> QuerySet[Attachment]:
    return uncarried(Attachment.objects.filter(uploaded_at__lt=before))


def register() -> None:
    expires("files.Attachment", _nobody_carries, moment="uploaded_at", dispose=_dispose, resident="")
    erases("files.photos", forget_person, tables=("files.Attachment",), order=95)
    stores("files", forget_files, order=40)
