"""An export in words, for somebody who was on it."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext as _

from linli.foundation.privacy.exports.models import Export
from linli.foundation.privacy.purposes import ever
from linli.foundation.registry.models import Resident


def names(numbers: Collection[int], resident: Resident) -> dict[int, str]:
    """What the list was for and how many were on it, never who else."""
    published = ever()
    found = Export.objects.filter(pk__in=numbers, community_id=resident.community_id)
    return {
        one.pk: _("“%(purpose)s”，名单上一共 %(n)d 人")
        % {"purpose": published[one.purpose].name if one.purpose in published else one.purpose, "n": one.rows}
        for one in found
    }
