"""A number for a text message: taken through the door, and none where there is none to take."""

from __future__ import annotations

from django.db import models

from linli.foundation.accounts.phones import mobile
from linli.foundation.errors import Invalid
from linli.foundation.privacy.door import NotCovered, use


def mobile_of(row: models.Model, purpose: str, *, about: str, column: str = "phone") -> str | None:
    """The mobile number of a resident, an account or a caller; ``None`` where none is known, where it is a landline, and
    where the purpose no longer reaches this person: not being able to send word stops no work.

    Raises :class:`~linli.foundation.privacy.door.NotDeclared` for a use that Linli never declared.
    """
    if not getattr(row, column):
        return None
    try:
        return mobile(use(row, column, purpose, about=about))
    except (Invalid, NotCovered):
        return None
