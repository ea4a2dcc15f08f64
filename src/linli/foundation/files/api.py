"""Photos through the API."""

from __future__ import annotations

from django.utils.translation import gettext as _
from ninja import File, Router, Schema
from ninja.files import UploadedFile
from pydantic import Field

from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import Invalid
from linli.foundation.files.actions import SENTENCES, store_photo
from linli.foundation.files.photos import MAX_BYTES

router = Router(tags=["photos"])


class PhotoOut(Schema):
    id: int
    width: int = Field(description="pixels")
    height: int = Field(description="pixels")
    url: str


@router.post("/photos", response={201: PhotoOut}, summary="Upload a photo (JPEG, PNG or WebP, at most 15 MB)")
def upload(request: ActorRequest, photo: UploadedFile = File(...)):
    """Place, time and device are removed; the same photo again returns the same id."""
    if (photo.size or 0) > MAX_BYTES:
        raise Invalid(SENTENCES["too_many_bytes"](), code="too_many_bytes", field="photo")
    if not photo.size:
        raise Invalid(_("照片是空的。"), code="not_a_photo", field="photo")
    kept = store_photo(photo.read(), actor=request.actor)
    return 201, {"id": kept.pk, "width": kept.width, "height": kept.height, "url": f"/photos/{kept.pk}"}
