"""How a SensorThings request is refused: an HTTP status and a sentence, in OData's JSON shape."""

from __future__ import annotations

from django.utils.translation import gettext as _


class Refused(Exception):
    """``status`` is the HTTP status; ``code`` is for programs, ``message`` for people."""

    def __init__(self, message: str, *, status: int = 400, code: str = "bad_request") -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def not_found() -> Refused:
    return Refused(_("没有这个地址，或者没有找到。"), status=404, code="not_found")
