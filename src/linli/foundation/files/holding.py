"""Photos that a resident sent."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, Max
from django.utils.translation import gettext as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.files.models import Attachment
from linli.foundation.privacy.holdings import Held, Row, holds
from linli.foundation.registry.models import Resident


def photos_by(resident: Resident, actor: Actor) -> Iterator[Held]:
    photos = Attachment.objects.filter(uploaded_by__resident=resident)
    found = photos.aggregate(count=Count("pk"), newest=Max("uploaded_at"))
    if not found["count"]:
        return

    def rows() -> Iterator[Row]:
        for photo in photos.order_by("-uploaded_at"):
            yield {
                "uploaded_at": photo.uploaded_at,
                "size": photo.size,
                "width": photo.width,
                "height": photo.height,
                "sha256": photo.sha256,
                "address": f"/photos/{photo.pk}",
            }

    yield Held(
        key="photos",
        title=_("您传的照片"),
        words=_("%(n)d 张。照片里的拍摄地点已经去掉。") % {"n": found["count"]},
        table="files.Attachment",
        sources=("self",),
        purposes=("case_contact",),
        rows=rows,
        labels={"uploaded_at": _("时间"), "width": _("宽"), "height": _("高"), "address": _("登录后在这里看")},
        newest_at=found["newest"],
        icon="image",
    )


def register() -> None:
    holds("files.photos", photos_by, tables=("files.Attachment",), order=35)
