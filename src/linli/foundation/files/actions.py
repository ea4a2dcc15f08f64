"""Keeping a photo."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import Invalid, NotAllowed
from linli.foundation.files import store
from linli.foundation.files.models import Attachment
from linli.foundation.files.photos import MAX_BYTES, NotAPhoto, develop

SENTENCES = {
    "not_a_photo": lambda: _("这个文件不是照片。请选 JPEG、PNG 或 WebP 照片。"),
    "too_many_bytes": lambda: _("照片太大，最大 %(mb)d MB。") % {"mb": MAX_BYTES // 1024**2},
    "too_many_pixels": lambda: _("照片的尺寸太大，请用手机相机重新拍一张。"),
}


@transaction.atomic
def store_photo(data: bytes, *, actor: Actor) -> Attachment:
    """Keep a photo for the signed-in actor; the same photo again is the same row.

    Raises :class:`Invalid` (``not_a_photo``, ``too_many_bytes``, ``too_many_pixels``) or :class:`NotAllowed`.
    """
    if not actor.system and (actor.account_id is None or actor.community_id is None):
        raise NotAllowed
    try:
        photo = develop(data)
    except NotAPhoto as refusal:
        code = str(refusal)
        raise Invalid(SENTENCES[code](), code=code, field="photo") from refusal
    store.keep(photo.sha256, photo.jpeg)
    attachment, _created = Attachment.objects.get_or_create(
        sha256=photo.sha256,
        uploaded_by_id=actor.account_id,
        defaults={
            "content_type": "image/jpeg",
            "size": len(photo.jpeg),
            "width": photo.width,
            "height": photo.height,
            "uploaded_at": clock.now(),
        },
    )
    return attachment
