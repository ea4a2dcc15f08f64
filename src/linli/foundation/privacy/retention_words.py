"""How long something is kept, as told to the person whom it is about."""

from __future__ import annotations

from django.utils.translation import gettext as _


def kept_until(table: str) -> str:
    """The rule of a table (``app.Model``) in a sentence; says so where no term is fixed."""
    return _("办事用得着的时候留着；您可以要求删除。")
