"""Showing a photo to whoever may see it."""

from __future__ import annotations

from django.http import FileResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import NotFound
from linli.foundation.files import store
from linli.foundation.files.access import photo_for


@require_safe
def photo(request: ActorRequest, photo_id: int) -> HttpResponseBase:
    found = photo_for(request.actor, photo_id)
    etag = f'"{found.sha256}"'
    if request.headers.get("If-None-Match") == etag:
        response: HttpResponseBase = HttpResponseNotModified()
    else:
        try:
            response = FileResponse(store.path_of(found.sha256).open("rb"), content_type=found.content_type)
        except FileNotFoundError as error:
            raise NotFound from error
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response
