"""Letting whoever may hear a voice message hear it."""

from __future__ import annotations

import re

from django.http import HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import NotFound
from linli.foundation.files import store
from linli.sense.requests.access import voice_for

_RANGE = re.compile(r"bytes=(\d{0,12})-(\d{0,12})$")


@require_safe
def voice(request: ActorRequest, voice_id: int) -> HttpResponseBase:
    """The sound itself. Parts of it are given to whoever asks for parts (RFC 9110, 14): iPhones play nothing without."""
    found = voice_for(request.actor, voice_id)
    etag = f'"{found.sha256}"'
    if request.headers.get("If-None-Match") == etag:
        response: HttpResponseBase = HttpResponseNotModified()
    else:
        try:
            sound = store.path_of(found.sha256, store.VOICE).read_bytes()
        except FileNotFoundError as error:
            raise NotFound from error
        response = _part(sound, request.headers.get("Range", ""), found.content_type)
    response.headers["ETag"] = etag
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


def _part(sound: bytes, wanted: str, content_type: str) -> HttpResponse:
    """All of it, or the one range that is wanted; a range beyond the end is refused with 416, a broken one left out."""
    asked = _RANGE.match(wanted)
    if asked is None or not (asked[1] or asked[2]):
        return HttpResponse(sound, content_type=content_type)
    size = len(sound)
    first = int(asked[1]) if asked[1] else max(0, size - int(asked[2]))
    last = min(int(asked[2]), size - 1) if asked[1] and asked[2] else size - 1
    if first >= size or first > last:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    response = HttpResponse(sound[first : last + 1], content_type=content_type, status=206)
    response.headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    return response
