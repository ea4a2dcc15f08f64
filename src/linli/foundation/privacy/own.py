"""A person's own protected fields: masked for a page, in full for a copy that the person asked for."""

from __future__ import annotations

from django.db import models

from linli.foundation.accounts.actor import Actor
from linli.foundation.privacy.masking import MASKS, mask_phone
from linli.foundation.vault.fields import Sealed


def masked(row: models.Model, field: str) -> str:
    """For a screen that somebody may look over: leaves no record."""
    return MASKS.get(field, mask_phone)(_text(row, field))


def own(row: models.Model, field: str, *, actor: Actor) -> str:
    """In full, for the person itself or somebody who may ask in its name."""
    return _text(row, field)


def said(row: models.Model, field: str) -> str:
    """What somebody wrote about themselves for whoever answers, kept sealed until it is answered."""
    return _text(row, field)


def _text(row: models.Model, field: str) -> str:
    from linli.foundation.vault.sealing import unseal

    value = getattr(row, field) or ""
    return unseal(value.token, value.label) if isinstance(value, Sealed) else value
