"""A field of the registry as both sides may read it: masked."""

from __future__ import annotations

from django.utils.translation import gettext as _

from linli.foundation.privacy.door import masked
from linli.foundation.privacy.masking import MASKS
from linli.foundation.registry.models import Resident


def shown(resident: Resident, field: str) -> str:
    """One correctable field, masked where it is protected; empty fields say so."""
    match field:
        case "phone" | "name" | "identity_number" | "care_grade":
            value = masked(resident, field)
        case "health":
            value = masked(resident, "health_note")
        case "address":
            value = MASKS["address"](str(resident.home)) if resident.home else ""
        case "birth_date":
            value = MASKS["birth_date"](resident.birth_date.isoformat())
        case "sex":
            value = resident.get_sex_display()
        case "living_alone":
            value = _("是") if resident.living_alone else _("不是")
        case _:
            raise LookupError(field)
    return str(value) or _("没有记")
