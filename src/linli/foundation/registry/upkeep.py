"""Keeping the register right, as a piece of work: it is about the one resident whose entry is looked at."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.privacy.concerning import work_of
from linli.foundation.privacy.naming import names_work
from linli.foundation.registry.models import Resident


def concerns(pk: int, resident: Resident, reader: Actor, *, emergency: bool) -> bool:
    """Whether it is this resident's entry and the reader may see it; it is never an emergency."""
    return not emergency and pk == resident.pk and Resident.objects.visible_to(reader).filter(pk=pk).exists()


def names(numbers: Collection[int], resident: Resident) -> dict[int, str]:
    return {resident.pk: _("核对名册里的您")} if resident.pk in numbers else {}


def register() -> None:
    work_of("resident", concerns)
    names_work("resident", names)
